"""Trunks of an account (seed 004: C8 to C11)."""

from __future__ import annotations

from typing import Any

from adapters.callable import ids
from adapters.callable.routes.common import ACCOUNT, SDK, created, path
from adapters.callable.schemas.common import Created
from adapters.callable.schemas.trunks import Trunk
from gateway.domain.context import Context
from gateway.http.kit import Answer, Blueprint, Held
from gateway.services import own_addresses
from gateway.wire import REPLACE, Change

blp = Blueprint("trunks", __name__, held=Held.SHARED)

ALL, ONE = ACCOUNT + "/trunk", ACCOUNT + "/trunk/<trunkId>"
TRUNK, TRUNKS = Trunk(), Trunk(many=True)
MADE = Created()


@blp.operation("GET", ALL, "listTrunks", returns=TRUNKS, path=path())
def list_trunks(ctx: Context, account_id: str) -> Any:
    """Trunks of the account."""
    return own_addresses.search(ctx)


@blp.operation("POST", ALL, "createTrunk", takes=TRUNK, returns=MADE, status=201, path=path())
def create_trunk(ctx: Context, account_id: str, change: Change) -> Answer:
    """Let an address call."""
    row = own_addresses.create(ctx, change)
    return created(ctx, f"/account/{account_id}/trunk", row, str(row.uid))


@blp.operation("GET", ONE, "getTrunk", returns=TRUNK, path=path("trunkId"))
def get_trunk(ctx: Context, account_id: str, trunk_id: str) -> Any:
    """One trunk."""
    return own_addresses.get(ctx, ids.uuid(trunk_id))


@blp.operation(
    "PUT", ONE, "updateTrunk", takes=TRUNK, mode=REPLACE, status=204, path=path("trunkId")
)
def update_trunk(ctx: Context, account_id: str, trunk_id: str, change: Change) -> None:
    """Replace a trunk."""
    own_addresses.update(ctx, ids.uuid(trunk_id), change)


@blp.operation("DELETE", ONE, "deleteTrunk", status=204, path=path("trunkId"), provenance=SDK)
def delete_trunk(ctx: Context, account_id: str, trunk_id: str) -> None:
    """Delete a trunk that no device leads to."""
    own_addresses.delete(ctx, ids.uuid(trunk_id))
