"""Hooks of an account (seed 004: C12 to C15)."""

from __future__ import annotations

from typing import Any

from adapters.callable import ids
from adapters.callable.routes.common import ACCOUNT, SDK, created, path
from adapters.callable.schemas.common import Created
from adapters.callable.schemas.hooks import Hook
from gateway.domain.context import Context
from gateway.http.kit import Answer, Blueprint, Held
from gateway.services import own_hooks
from gateway.wire import REPLACE, Change

blp = Blueprint("hooks", __name__, held=Held.HERE)

ALL, ONE = ACCOUNT + "/hook", ACCOUNT + "/hook/<hookId>"
HOOK, HOOKS = Hook(), Hook(many=True)
MADE = Created()


@blp.operation("GET", ALL, "listHooks", returns=HOOKS, path=path())
def list_hooks(ctx: Context, account_id: str) -> Any:
    """Hooks of the account."""
    return own_hooks.search(ctx)


@blp.operation("POST", ALL, "createHook", takes=HOOK, returns=MADE, status=201, path=path())
def create_hook(ctx: Context, account_id: str, change: Change) -> Answer:
    """Create a hook."""
    row = own_hooks.create(ctx, change)
    return created(ctx, f"/account/{account_id}/hook", row, str(row.uid))


@blp.operation("GET", ONE, "getHook", returns=HOOK, path=path("hookId"))
def get_hook(ctx: Context, account_id: str, hook_id: str) -> Any:
    """One hook."""
    return own_hooks.get(ctx, ids.uuid(hook_id))


@blp.operation("PUT", ONE, "updateHook", takes=HOOK, mode=REPLACE, status=204, path=path("hookId"))
def update_hook(ctx: Context, account_id: str, hook_id: str, change: Change) -> None:
    """Replace a hook."""
    own_hooks.update(ctx, ids.uuid(hook_id), change)


@blp.operation("DELETE", ONE, "deleteHook", status=204, path=path("hookId"), provenance=SDK)
def delete_hook(ctx: Context, account_id: str, hook_id: str) -> None:
    """Delete a hook that no device leads to."""
    own_hooks.delete(ctx, ids.uuid(hook_id))
