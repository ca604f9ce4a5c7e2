"""How a dialect's account at a real provider is reached and read.

A dialect declares a `Provider`: how a client is made from a login, and one function for each part
of an account that reads it into holdings. The functions see the dialect's client only, so what
carries its requests, and how often they are tried, is no concern of theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.domain.holdings import Holding
from gateway.wire.upstream import Transport


@dataclass(frozen=True)
class Login:
    """Who we are at a provider. `key` is a name, an id or nothing, whatever goes with a secret
    there; `account` is the provider's own name of the account, where a login opens several."""

    key: str
    secret: str = field(repr=False)
    account: str
    now: Callable[[], datetime]


@dataclass
class Reading:
    """One reading of an account; what people should be told of it is put into `notes`."""

    client: Any
    account: str
    notes: list[str] = field(default_factory=list)


Reader = Callable[[Reading], Iterator[Holding]]


@dataclass(frozen=True)
class Provider:
    """`readers` come in an order in which what is referred to is read first. `probes` name for a
    kind of bundle rows the operation that lists them, to be asked in a test of the connection."""

    base_url: str
    connect: Callable[[Transport, Login], Any]
    readers: Sequence[Reader]
    probes: Mapping[str, str]
