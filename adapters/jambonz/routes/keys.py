"""API keys (seed 000)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import sids
from adapters.jambonz.schemas import tenancy as wire
from gateway.domain.context import Context
from gateway.http.kit import Blueprint
from gateway.services import keys
from gateway.wire import Change

blp = Blueprint("api keys", __name__)

NEW, MADE = wire.NewApiKey(), wire.SuccessfulApiKeyAdd()


@blp.operation(
    "POST", "/v1/ApiKeys", "createApikey", takes=NEW, returns=MADE, status=201,
    body_required=False,
)  # fmt: skip
def create_api_key(ctx: Context, change: Change) -> Any:
    """Create a key of an account, a service provider, or, without either, the installation."""
    return keys.make(
        ctx,
        change.get("account_uid"),
        change.get("service_provider_uid"),
        seconds=change.get("seconds"),
    )


@blp.operation(
    "DELETE", "/v1/Apikeys/<ApiKeySid>", "deleteApiKey", also={204: None}, path=sids("ApiKeySid")
)
def delete_api_key(ctx: Context, api_key_sid: str) -> None:
    """Revoke a key."""
    keys.withdraw(ctx, sid(api_key_sid))
