"""The port to those who vouch for people: what a code they gave says of its bearer.

The emulation knows codes of the form `ok-<name>`: that person, at `<name>@<provider>.example`. It
refuses every other code, as the real ones refuse what they did not issue.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from gateway.domain.context import Context
from gateway.domain.problems import Forbidden, Why

KNOWN = ("github", "google", "twitter")
_CODE = re.compile(r"ok-([a-z][a-z0-9]{0,31})")


class Profile(NamedTuple):
    """A person as a sign-in provider knows them; it has checked the email."""

    user_id: str
    name: str
    email: str


class SignIn(Protocol):
    """Asks a provider of `KNOWN`; Forbidden for a code it did not give, or not for long enough."""

    def profile(self, ctx: Context, provider: str, code: str) -> Profile: ...


class EmulatedSignIn:
    """Believes codes of one form."""

    def profile(self, ctx: Context, provider: str, code: str) -> Profile:
        found = _CODE.fullmatch(code)
        if found is None:
            why = [Why("said", "code is expired or invalid")]
            raise Forbidden("the code is expired or invalid", fields={"oauth_code": why})
        name = found[1]
        return Profile(name, name.title(), f"{name}@{provider}.example")
