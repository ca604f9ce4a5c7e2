"""Access control lists with their IP ranges (seed 001: AccessControlList, IpRange)."""

from __future__ import annotations

from typing import Any

from adapters.sinch.schemas.common import (
    MAX_NAME,
    Id,
    Paged,
    Sent,
    TrueFlag,
    create_time,
    own_id,
    project_id,
    update_time,
)
from gateway.wire import Computed, Int, Length, Listed, Part, Pattern, Range, Text

OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = Pattern(rf"({OCTET}\.){{3}}{OCTET}", "must be an IPv4 address, without a prefix length")
MOST_RANGES = 1000
PREFIX = Range(1, 32)


class IpRange(Sent):
    """Addresses calls are accepted from."""

    defaults = {"prefix_length": 32}

    id = own_id()
    description = Text(validate=Length(0, MAX_NAME))
    ipAddress = Text(attribute="address", required=True, validate=IPV4)
    range = Computed(
        out=lambda row, view: 32 if row.prefix_length is None else row.prefix_length,
        into=int,
        attribute="prefix_length",
        of=Int(validate=PREFIX),
        load_default=32,
        validate=PREFIX,
    )
    createTime = create_time()
    updateTime = update_time()
    projectId = project_id()
    accessControlListId = Id(attribute="access_list_uid", dump_only=True)


class AccessControlList(Sent):
    """A list; an account's automatic lists show like the others."""

    defaults = {"enabled": True}

    id = own_id()
    name = Text(required=True, validate=Length(1, MAX_NAME))
    enabled = TrueFlag(load_default=True)
    ipRanges = Listed(
        Part(IpRange, null=False),
        attribute="ranges",
        required=True,
        validate=Length(1, MOST_RANGES),
    )
    trunks = Listed(Id(null=False), dump_only=True)
    createTime = create_time()
    updateTime = update_time()
    projectId = project_id()


class AccessControlListChange(Sent):
    """What a change may say: the ranges stay unless they are there."""

    defaults = {"enabled": True}

    name = Text(required=True, validate=Length(1, MAX_NAME))
    enabled = TrueFlag(load_default=True)
    ipRanges = Listed(
        Part(IpRange, null=False), attribute="ranges", validate=Length(1, MOST_RANGES)
    )
    passes = ("id", "trunks", "createTime", "updateTime", "projectId")


class AccessControlLists(Paged):
    accessControlLists = Listed(Part(AccessControlList), attribute="items")


class IpRanges(Paged):
    ipRanges = Listed(Part(IpRange), attribute="items")


def changed(change: dict[str, Any]) -> dict[str, Any]:
    """A change without the ranges it does not speak of."""
    return {name: value for name, value in change.items() if name != "ranges" or value is not None}
