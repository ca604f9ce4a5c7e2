"""Who is asking, and for which project: Basic with an access key, or a token made from one.

The project stands in the path, so what authentication gives is a caller narrowed to it. A key
opens its own project and those below it, a provider's key the projects of its accounts. A secret
shown alone as a bearer token opens nothing here.
"""

from __future__ import annotations

from uuid import UUID

from gateway.dialect import Credentials
from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.principal import Principal
from gateway.domain.problems import Forbidden, NotFound, Unauthenticated
from gateway.services import access, scoping, tokens

AUDIENCE = "sinch"
TOKEN_SECONDS = 3600
TOKEN_RATE = (10.0, 30)
CHALLENGE = 'Basic realm="Sinch", Bearer'
PROJECT = "projectId"


def authenticate(ctx: Context, shown: Credentials) -> Principal | None:
    """The caller inside the project of the path; Forbidden for a project of somebody else."""
    project = shown.path.get(PROJECT)
    if project is None:
        return _pair(ctx, shown)  # only the pair itself makes tokens: they cannot be prolonged
    principal = _principal(ctx, shown)
    if principal is None:
        return None
    ctx.principal = principal
    try:
        return scoping.inside_account(ctx, Ref("uuid", str(project))).principal
    except NotFound:
        raise Forbidden(f"the key does not have access to projects/{project}") from None
    finally:
        ctx.principal = None


def _pair(ctx: Context, shown: Credentials) -> Principal | None:
    """The key of a client that authenticates by Basic, or by its id and secret in the form."""
    if shown.scheme == "basic":
        return access.by_pair(ctx, shown.user, shown.secret)
    members = {} if shown.scheme else shown.body()
    user, secret = members.get("client_id"), members.get("client_secret")
    if not isinstance(user, str) or not isinstance(secret, str):
        return None
    return access.by_pair(ctx, user, secret)


def _principal(ctx: Context, shown: Credentials) -> Principal | None:
    if shown.scheme == "basic":
        return access.by_pair(ctx, shown.user, shown.secret)
    if shown.scheme != "bearer":
        return None
    claims = tokens.read(ctx, shown.secret, AUDIENCE)
    try:
        return access.by_uid(ctx, UUID(str(claims["sub"])))
    except ValueError:
        return None


def issue(ctx: Context, key: Principal) -> str:
    """An access token for an access key."""
    if key.key_uid is None:
        raise Unauthenticated("tokens are made from access keys")
    return tokens.issue(ctx, AUDIENCE, key.key_uid, {"scope": ""}, seconds=TOKEN_SECONDS)
