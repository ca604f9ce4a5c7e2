"""Access control lists and their ranges (seed 001: S18 to S26, and beyond)."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapters.sinch.ids import ulid
from adapters.sinch.routes.common import CLIENTS, PROJECT, ids, paged
from adapters.sinch.schemas import access as wire
from adapters.sinch.schemas.common import PageQuery
from adapters.sinch.schemas.trunks import SipTrunks
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import access_control
from gateway.wire import REPLACE, Change

blp = Blueprint("access control lists", __name__, held=Held.SHARED)

ACL, ACLS, CHANGE = (
    wire.AccessControlList(),
    wire.AccessControlLists(),
    wire.AccessControlListChange(),
)
RANGE, RANGES, TRUNKS, QUERY = wire.IpRange(), wire.IpRanges(), SipTrunks(), PageQuery()
ALL = PROJECT + "/accessControlLists"
ONE = ALL + "/<id>"
ALL_RANGES = ALL + "/<accessControlListId>/ipRanges"
ONE_RANGE = ALL_RANGES + "/<ipRangeId>"
IN_LIST, IN_RANGE = ids("accessControlListId"), ids("accessControlListId", "ipRangeId")


@blp.operation("GET", ALL, "getAccessControlList", query=QUERY, returns=ACLS, path=ids())
def get_access_control_list(ctx: Context, project_id: str, query: Change) -> Any:
    """Access control lists of the project."""
    return paged(query, partial(access_control.search, ctx))


@blp.operation("POST", ALL, "createAccessControlList", takes=ACL, returns=ACL, path=ids())
def create_access_control_list(ctx: Context, project_id: str, change: Change) -> Any:
    """Create a list with its ranges."""
    return access_control.create(ctx, change)


@blp.operation(
    "GET", ONE, "getAccessControlListById", returns=ACL, path=ids("id"), provenance=CLIENTS
)
def get_access_control_list_by_id(ctx: Context, project_id: str, id: str) -> Any:
    """One list."""
    return access_control.get(ctx, ulid(id))


@blp.operation(
    "PUT", ONE, "updateAccessControlList", takes=CHANGE, mode=REPLACE, returns=ACL, path=ids("id")
)
def update_access_control_list(ctx: Context, project_id: str, id: str, change: Change) -> Any:
    """Change name, switch, and, if given, the ranges."""
    return access_control.update(ctx, ulid(id), wire.changed(change))


@blp.operation("DELETE", ONE, "deleteAccessControlList", status=204, path=ids("id"))
def delete_access_control_list(ctx: Context, project_id: str, id: str) -> None:
    """Delete a list that is on no trunk."""
    access_control.delete(ctx, ulid(id))


@blp.operation("GET", ONE + "/trunks", "trunksByACL", query=QUERY, returns=TRUNKS, path=ids("id"))
def trunks_by_acl(ctx: Context, project_id: str, id: str, query: Change) -> Any:
    """Trunks a list is in force on."""
    return paged(query, partial(access_control.trunks_of, ctx, ulid(id)))


@blp.operation(
    "POST", ALL_RANGES, "addIpRangeToAccessControlList", takes=RANGE, returns=RANGE, path=IN_LIST
)
def add_ip_range(ctx: Context, project_id: str, access_control_list_id: str, change: Change) -> Any:
    """Add a range to a list."""
    return access_control.add_range(ctx, ulid(access_control_list_id), change)


@blp.operation(
    "GET", ALL_RANGES, "getIpRangesForAccessControlList", query=QUERY, returns=RANGES, path=IN_LIST
)
def get_ip_ranges(ctx: Context, project_id: str, access_control_list_id: str, query: Change) -> Any:
    """Ranges of a list."""
    return paged(query, partial(access_control.ranges, ctx, ulid(access_control_list_id)))


@blp.operation(
    "PUT", ONE_RANGE, "updateIpRangeFromAccessControlList", takes=RANGE, mode=REPLACE,
    returns=RANGE, path=IN_RANGE,
)  # fmt: skip
def update_ip_range(
    ctx: Context, project_id: str, access_control_list_id: str, ip_range_id: str, change: Change
) -> Any:
    """Replace a range."""
    acl, one = ulid(access_control_list_id), ulid(ip_range_id)
    return access_control.update_range(ctx, acl, one, change)


@blp.operation("DELETE", ONE_RANGE, "deleteIpRangeFromAccessControlList", status=204, path=IN_RANGE)
def delete_ip_range(
    ctx: Context, project_id: str, access_control_list_id: str, ip_range_id: str
) -> None:
    """Delete a range; a list keeps at least one."""
    access_control.delete_range(ctx, ulid(access_control_list_id), ulid(ip_range_id))
