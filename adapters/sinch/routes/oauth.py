"""Access tokens by the client credentials of an access key (vendor documentation)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from adapters.sinch import auth
from adapters.sinch.routes.common import BEYOND
from adapters.sinch.schemas import oauth as wire
from gateway.domain.context import Context
from gateway.http.kit import Blueprint
from gateway.wire import Change

blp = Blueprint("oauth", __name__)

GRANT, TOKEN = wire.Grant(), wire.Token()


@blp.operation(
    "POST", "/oauth2/token", "createToken", takes=GRANT, returns=TOKEN, provenance=BEYOND,
    rate=auth.TOKEN_RATE,
)  # fmt: skip
def create_token(ctx: Context, change: Change) -> Any:
    """A bearer token of one hour; the key authenticates by Basic."""
    return SimpleNamespace(
        access_token=auth.issue(ctx, ctx.caller),
        token_type="Bearer",
        expires_in=auth.TOKEN_SECONDS,
        scope="",
    )
