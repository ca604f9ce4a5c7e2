"""Who is asking: a bearer token, which is the secret of an access key or a token of a signed-in
person.

It comes in the Authorization header, or as `access_token` in the query or the body, as the real
server takes it. What looks like a signed token is read as one first. Keys of all scopes open
something here; what they open is policy.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.dialect import Credentials
from gateway.domain.context import CHANGES, OPERATION, Context
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Forbidden, Unauthenticated
from gateway.services import access, api_limits, registration, tokens

AUDIENCE = "jambonz"
CHALLENGE = 'Bearer realm="Users"'
CLAIMS = "jambonz.claims"
# What somebody who registered may do before the address is proven.
OPEN_TO_NEW = frozenset(
    {"sendActivationCode", "validateActivationCode", "getMyDetails", "logoutUser"}
)
VIEW_ONLY = "VIEW_ONLY"
# What somebody who may only look changes all the same: it is their own.
OPEN_TO_READERS = frozenset({"logoutUser", "changePassword"})
SCOPES = {Scope.ADMIN: "admin", Scope.PROVIDER: "service_provider", Scope.ACCOUNT: "account"}


class BadToken(Unauthenticated):
    """A token was shown and opens nothing; the challenge says so."""


def authenticate(ctx: Context, shown: Credentials) -> Principal | None:
    """The principal of a bearer token of any scope, whose request is counted."""
    token = _token(shown)
    if not token:
        return None
    principal = None
    if token.count(".") == 2:
        principal = _signed(ctx, token)
    principal = principal or access.by_secret(ctx, token)
    if principal is None:
        raise BadToken("the token is not valid")
    api_limits.count(ctx, principal)
    return principal


def _token(shown: Credentials) -> str:
    if shown.scheme == "bearer":
        return shown.secret
    if shown.scheme:
        return ""
    given = shown.query.get("access_token") or shown.body().get("access_token")
    return given if isinstance(given, str) else ""


def _signed(ctx: Context, token: str) -> Principal | None:
    """The person of a token that is ours, or, where the profile says so, of a server that shares
    the secret; None for any other text."""
    try:
        claims = tokens.read(ctx, token, AUDIENCE)
        subject = claims["sub"]
    except Unauthenticated:
        if ctx.profile != "observed" or not ctx.settings.jwt_secret:
            return None
        try:
            claims = tokens.read(ctx, token, None)
        except Unauthenticated:
            return None
        subject = claims.get("user_sid")
    ctx.notes[CLAIMS] = claims
    try:
        uid = UUID(str(subject))
    except ValueError:
        return None
    if VIEW_ONLY in claims.get("permissions", ()) and _changes_something(ctx):
        raise Forbidden("you may only look")
    found = access.by_uid(ctx, uid)
    if found is None and ctx.notes.get(OPERATION) in OPEN_TO_NEW:
        found = registration.awaiting(ctx, uid)
    return found


def _changes_something(ctx: Context) -> bool:
    return bool(ctx.notes.get(CHANGES)) and ctx.notes.get(OPERATION) not in OPEN_TO_READERS


def permissions_of(user: Any) -> list[str]:
    """What a person may do, in the server's words; none are named for those who may do all."""
    reads = user.extras.get("jambonz", {}).get("scope") == "read-only"
    return [VIEW_ONLY] if reads else []


def issue(ctx: Context, user: Any) -> str:
    """A token for a person who proved who they are; `user` is a row of the table of users."""
    claims = {
        "user_sid": str(user.uid),
        "account_sid": user.account_uid and str(user.account_uid),
        "service_provider_sid": user.service_provider_uid and str(user.service_provider_uid),
        "email": user.email,
        "name": user.name,
        "scope": SCOPES[Scope(user.scope)],
        "permissions": permissions_of(user),
    }
    seconds = 60 * ctx.settings.token_minutes
    return tokens.issue(ctx, AUDIENCE, user.uid, claims, seconds=seconds)


def claims_of(ctx: Context) -> dict[str, Any] | None:
    """The claims of the request's signed token; None for an access key."""
    found: dict[str, Any] | None = ctx.notes.get(CLAIMS)
    return found
