"""Who is asking: a bearer token made from a login, which opens what the login's roles allow.

A login is a person's name and password, or the id and secret of an access key. It gives two tokens:
one that opens the API for an hour, and one that fetches the next pair, once. The account stands in
the path, so what authentication gives is a caller narrowed to it. Roles are read from the person
at every request, whatever the token says.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from adapters.callable.ids import hex24
from gateway.dialect import Credentials
from gateway.domain.context import OPERATION, Context
from gateway.domain.ids import CODECS
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Forbidden, Unauthenticated
from gateway.services import access, scoping, tokens

AUDIENCE: Final = "callable"
CHALLENGE: Final = "Bearer"
ACCESS_SECONDS: Final = 3600
REFRESH_SECONDS: Final = 36_000
TOKEN_RATE: Final = (10.0, 30)
BEARER, REFRESH = "Bearer", "Refresh"
ORGANISATION, VOICE = "OrganisationAdmin", "VoiceChannel"
KEY_ROLES: Final = frozenset({ORGANISATION, VOICE})
VOICE_OPERATIONS: Final = frozenset(
    {
        "createVoiceCall",
        "listVoiceCalls",
        "getVoiceCall",
        "updateVoiceCall",
        "deleteVoiceCall",
    }
)
"""What the role of the voice channel opens; the other role opens everything else."""
ACCOUNT: Final = "accountId"


def authenticate(ctx: Context, shown: Credentials) -> Principal | None:
    """The caller inside the account of the path. Forbidden without the role that the operation
    needs, NotFound for an account of another organisation."""
    if shown.scheme != "bearer":
        return None
    claims = tokens.read(ctx, shown.secret, AUDIENCE)
    principal = _subject(ctx, claims) if claims.get("typ") == BEARER else None
    if principal is None:
        return None
    role = VOICE if ctx.notes.get(OPERATION) in VOICE_OPERATIONS else ORGANISATION
    if role not in principal.roles:
        raise Forbidden(f"the role {role} is needed")
    account = shown.path.get(ACCOUNT)
    if account is None:
        return principal
    ctx.principal = principal
    try:
        return scoping.inside_account(ctx, hex24(str(account))).principal
    finally:
        ctx.principal = None


def _subject(ctx: Context, claims: dict[str, Any]) -> Principal | None:
    try:
        uid = UUID(str(claims["sub"]))
    except ValueError:
        return None
    return _usable(access.by_uid(ctx, uid))


def _usable(found: Principal | None) -> Principal | None:
    """Somebody of an organisation: an administrator of the installation belongs to none.

    Whether an organisation has aliases is not known without asking.
    """
    if found is None or found.scope is Scope.ADMIN:
        return None
    roles = found.roles if found.user_uid else KEY_ROLES
    aliased = found.has_aliases or found.scope is Scope.PROVIDER
    return replace(found, roles=roles, has_aliases=aliased)


def sign_in(ctx: Context, username: str, password: str) -> SimpleNamespace:
    """The two tokens of a person, or of an access key; Unauthenticated."""
    key = access.by_pair(ctx, username, password)
    found = _usable(key or access.by_password(ctx, username, password))
    if found is None:
        raise Unauthenticated("Invalid user credentials")
    return _issue(ctx, found, username)


def renew(ctx: Context, token: str) -> SimpleNamespace:
    """The next two tokens, for a refresh token that was not used before; Unauthenticated."""
    refused = Unauthenticated("Token is not active")
    try:
        claims = tokens.read(ctx, token, AUDIENCE)
    except Unauthenticated:
        raise refused from None
    found = _subject(ctx, claims) if claims.get("typ") == REFRESH else None
    if found is None or not tokens.revoke(ctx, claims):
        raise refused
    return _issue(ctx, found, str(claims.get("preferred_username", "")))


def _issue(ctx: Context, found: Principal, username: str) -> SimpleNamespace:
    subject = found.user_uid or found.key_uid
    assert subject is not None
    assert found.service_provider_uid is not None
    claims = {
        "preferred_username": username,
        "org": CODECS["hex24"].encode(found.service_provider_uid),
        "realm_access": {"roles": sorted(found.roles)},
    }
    bearer, refresh = (
        tokens.issue(ctx, AUDIENCE, subject, {**claims, "typ": typ}, seconds=seconds)
        for typ, seconds in ((BEARER, ACCESS_SECONDS), (REFRESH, REFRESH_SECONDS))
    )
    return SimpleNamespace(
        access_token=bearer,
        refresh_token=refresh,
        refresh_expires_in=REFRESH_SECONDS,
        expires_in=ACCESS_SECONDS,
    )
