"""How a dialect's client sends a message, declared by the dialect.

What carries the request, how often it is tried and what becomes of the message is the business of
others: here is only which operation it is, what goes in, and where the answer has its words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outgoing:
    """A message on its way to a provider: numbers in E.164, `media` as URLs. `callback_url` is
    where its receipts are waited for, empty where nobody does."""

    from_number: str
    to_number: str
    text: str
    media: Sequence[str] = ()
    callback_url: str = ""


@dataclass(frozen=True)
class Messages:
    """How a client sends one message. The answer to `operation`, called with `values`, has the
    provider's id of it as `uid`.

    `about_message` are statuses by which the provider refuses a message for good although they
    usually mean something else; `words` finds what a refusal says in its JSON. `in_account`: the
    operation's path names the provider's account.
    """

    operation: str
    values: Callable[[Outgoing], Mapping[str, Any]]
    words: Callable[[Any], str]
    about_message: Collection[int] = ()
    in_account: bool = False
