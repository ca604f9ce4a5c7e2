"""Whose credential a request to one of the gateway's own closed paths shows.

Any dialect's credential opens them, with the scope it has in its dialect. Which dialects take it is
their own business, so each is asked in turn; the first that knows the caller is the one that asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import flask

from gateway.dialect import Credentials, Dialect
from gateway.domain.context import CHANGES, Context
from gateway.domain.ids import reference
from gateway.domain.principal import Scope
from gateway.domain.problems import Forbidden, Invalid, NotFound, Unauthenticated
from gateway.http.lifecycle import in_store
from gateway.http.limits import RateLimiter
from gateway.http.proxies import base_url
from gateway.services.scoping import inside_account
from gateway.universe import Universe


@dataclass(frozen=True)
class Asker:
    """A caller, and the dialect whose credential it showed (or whose eyes it asked for)."""

    dialect: Dialect
    ctx: Context

    def inside_one_account(self) -> Context:
        """The context of the account asked about: the caller's own, or the one that a caller of a
        wider scope names by `account=`, in any dialect's spelling. Invalid without one."""
        named = flask.request.args.get("account")
        if named is not None:
            return inside_account(self.ctx, reference(named))
        if self.ctx.caller.scope is not Scope.ACCOUNT:
            raise Invalid.one("account", "required", "account= must name an account")
        return self.ctx


@contextmanager
def asking(
    universe: Universe,
    dialects: Mapping[str, Dialect],
    eyes: str = "",
    limiter: RateLimiter | None = None,
) -> Iterator[Asker]:
    """The caller of the present request; statements of the block reach the universe's database.

    With `eyes` the asker's dialect is the named one, whoever knows the credential; NotFound for a
    dialect there is not. Raises Unauthenticated when no dialect knows it. Requests are counted as
    in the dialects: by caller, and by address where nobody is known.
    """
    if eyes and eyes not in dialects:
        raise NotFound(f"there is no dialect {eyes}")
    request = flask.request
    shown = Credentials.parse(request.headers.get("Authorization"), request.args)
    with in_store(universe):
        for name in sorted(dialects, key=lambda name: (name != eyes, name)):
            ctx = universe.context(dialect=eyes or name)
            ctx.base_url = base_url(request.environ, universe.settings)
            if _knows(dialects[name], ctx, shown):
                _count(limiter, ctx.caller.actor)
                yield Asker(dialects[eyes or name], ctx)
                return
    _count(limiter, request.remote_addr)
    raise Unauthenticated("the credentials are missing or wrong")


def _count(limiter: RateLimiter | None, key: str | None) -> None:
    if limiter is not None:
        limiter.check(key or "")


def _knows(dialect: Dialect, ctx: Context, shown: Credentials) -> bool:
    """Whether a dialect takes the credential; the context then has its caller."""
    ctx.notes[CHANGES] = False
    try:
        ctx.principal = dialect.authenticate(ctx, shown)
    except (Unauthenticated, Forbidden):
        ctx.principal = None
    return ctx.principal is not None
