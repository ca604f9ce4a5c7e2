"""Signed bearer tokens: made for one audience, valid for a time, given back by their id.

HS256 under the setting's secret, or one derived from the secret key. A token says who its subject
is and nothing that is believed without asking: the key or user is looked up at every request, so
one that was revoked opens nothing although its token has time left. Time is the universe's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt

from gateway.domain import instants
from gateway.domain.context import Context
from gateway.domain.problems import Unauthenticated
from gateway.models import RevokedToken
from gateway.models.current import current_store
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services.making import fresh

ALGORITHM = "HS256"
_PURPOSE = "bearer tokens"

_REVOKED = Prepared(
    lambda: RevokedToken.select(RevokedToken.uid).where(RevokedToken.jti == P("jti"))
)
_REVOKE = Insert(RevokedToken, ignore=True)


class Expired(Unauthenticated):
    """A token that was good once: some clients fetch a new one when they are told so."""


def issue(
    ctx: Context, audience: str, subject: UUID, claims: Mapping[str, Any], *, seconds: int
) -> str:
    """A token of `subject` (a key or user) for one dialect; `claims` are the dialect's own."""
    now = ctx.runtime.now()
    standard = {
        "iss": ctx.settings.token_issuer,
        "aud": audience,
        "sub": str(subject),
        "jti": str(ctx.runtime.new_uid()),
        "iat": instants.micros(now) // 1_000_000,
        "exp": instants.micros(now + timedelta(seconds=seconds)) // 1_000_000,
    }
    return jwt.encode({**claims, **standard}, _secret(ctx), ALGORITHM)


def read(ctx: Context, token: str, audience: str | None) -> dict[str, Any]:
    """The claims of a token that is valid now.

    With audience None the token may lack what only ours have (aud, iss, jti), as those of another
    issuer that shares the secret; one that has an audience then opens nothing. Raises Expired, or
    Unauthenticated.
    """
    unchecked = {"verify_exp": False, "verify_iat": False, "verify_aud": audience is not None}
    required = ["exp"] if audience is None else ["exp", "iat", "sub", "jti", "aud", "iss"]
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _secret(ctx),
            [ALGORITHM],
            audience=audience,
            issuer=ctx.settings.token_issuer if audience is not None else None,
            options={"require": required, **unchecked},  # type: ignore[arg-type]
        )
    except (jwt.InvalidTokenError, ValueError):
        raise Unauthenticated("the token is not valid") from None
    if audience is None and "aud" in claims:
        raise Unauthenticated("the token is for somebody else")
    if not _lasts(ctx, claims["exp"]):
        raise Expired("the token has expired")
    if "jti" in claims and _REVOKED.one(jti=str(claims["jti"])) is not None:
        raise Unauthenticated("the token was given back")
    return claims


def _lasts(ctx: Context, expires: Any) -> bool:
    now = instants.micros(ctx.runtime.now()) / 1_000_000
    return isinstance(expires, int | float) and not isinstance(expires, bool) and expires > now


def revoke(ctx: Context, claims: Mapping[str, Any]) -> bool:
    """The token with these claims opens nothing any more; false where somebody was faster."""
    if "jti" not in claims:
        return False
    expires = instants.from_micros(int(claims["exp"]) * 1_000_000)
    with write():
        row = {**fresh(ctx), "jti": str(claims["jti"]), "expires_at": expires}
        return _REVOKE.run(row) > 0


def _secret(ctx: Context) -> str:
    given: str | None = ctx.settings.jwt_secret
    return given or current_store().keyring.digest(_PURPOSE)
