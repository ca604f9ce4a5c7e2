"""Webhooks on their own (seed 000)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import BEYOND_SERVER, sids
from adapters.jambonz.schemas.common import SuccessfulAdd
from adapters.jambonz.schemas.hooks import LoneWebhook, Webhook
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import hook_objects
from gateway.wire import Change

blp = Blueprint("webhooks", __name__, held=Held.HERE)

HOOK, LONE, MADE = Webhook(), LoneWebhook(), SuccessfulAdd()


@blp.operation(
    "POST", "/v1/Webhooks", "createWebhook", takes=LONE, returns=MADE, status=201,
    provenance=BEYOND_SERVER,
)  # fmt: skip
def create_webhook(ctx: Context, change: Change) -> Any:
    """Create a webhook that an application or account may name."""
    return hook_objects.create(ctx, change)


@blp.operation(
    "GET", "/v1/Webhooks/<WebhookSid>", "getWebhook", returns=HOOK, path=sids("WebhookSid")
)
def get_webhook(ctx: Context, webhook_sid: str) -> Any:
    """One webhook."""
    return hook_objects.get(ctx, sid(webhook_sid))
