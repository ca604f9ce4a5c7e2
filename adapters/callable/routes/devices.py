"""The devices of call flows."""

from __future__ import annotations

from typing import Any

from adapters.callable import ids
from adapters.callable.routes.common import ACCOUNT, SDK, created, path
from adapters.callable.schemas.common import Created
from adapters.callable.schemas.devices import Device
from gateway.domain.context import Context
from gateway.http.kit import Answer, Blueprint, Held
from gateway.services import flows
from gateway.wire import REPLACE, Change

blp = Blueprint("devices", __name__, held=Held.SHARED)

ALL, ONE = ACCOUNT + "/device", ACCOUNT + "/device/<deviceId>"
DEVICE, DEVICES, CREATED = Device(), Device(many=True), Created()


@blp.operation("GET", ALL, "listDevices", returns=DEVICES, path=path())
def list_devices(ctx: Context, account_id: str) -> Any:
    """Devices of the account."""
    return flows.search(ctx)


@blp.operation("POST", ALL, "createDevice", takes=DEVICE, returns=CREATED, status=201, path=path())
def create_device(ctx: Context, account_id: str, change: Change) -> Answer:
    """Create a device."""
    row = flows.create(ctx, change)
    return created(ctx, f"/account/{account_id}/device", row, str(row.uid))


@blp.operation("GET", ONE, "getDevice", returns=DEVICE, path=path("deviceId"))
def get_device(ctx: Context, account_id: str, device_id: str) -> Any:
    """One device."""
    return flows.get(ctx, ids.uuid(device_id))


@blp.operation(
    "PUT", ONE, "updateDevice", takes=DEVICE, mode=REPLACE, status=204, path=path("deviceId")
)
def update_device(ctx: Context, account_id: str, device_id: str, change: Change) -> None:
    """Replace a device."""
    flows.replace(ctx, ids.uuid(device_id), change)


@blp.operation(
    "DELETE", ONE, "deleteDevice", status=204, errors=(409,), provenance=SDK, path=path("deviceId")
)
def delete_device(ctx: Context, account_id: str, device_id: str) -> None:
    """Remove a device that no other leads to."""
    flows.delete(ctx, ids.uuid(device_id))
