"""What a project at Sinch can be told when an account moves there."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from adapters.sinch.kinds import hidden_endpoint
from adapters.sinch.schemas.common import MAX_NAME
from gateway.domain.moves import Inventory, Move, Row, Step, Values, own_text, ref, uid_only, within
from gateway.domain.settling import ONE_ADDRESS, as_host, place
from gateway.domain.words import EndpointKind
from gateway.wire.provider import named
from gateway.wire.upstream import Blank

TRUNK = ("name", "host_name", "caller_name_lookup", "forward_enabled", "forward_number")
PLACE = ("address", "port", "transport", "value")
ENDPOINT = ("trunk_uid", "name", "priority", "enabled", "kind", *PLACE)
PORTED = "port the number to Sinch; until then calls come by its present provider"


def host_name(row: Row) -> Values:
    """A label that is the same whenever the same trunk is moved."""
    slug = re.sub(r"[^a-z0-9]+", "-", row.name.lower()).strip("-")[:50].strip("-")
    tail = hashlib.sha256(str(row.uid).encode()).hexdigest()[:6]
    return {"host_name": f"{slug or 'trunk'}-{tail}"}


def endpoint(row: Row) -> Values:
    return {"name": place(vars(row)), "priority": 1, "enabled": True}


def fits(row: Row) -> Values:
    """A URI without a user is a host, whatever else it says."""
    host = as_host(str(row.value)) if row.kind == EndpointKind.URI else {}
    return {**named_within(row), **host}


def lacks(row: Row, there: Inventory) -> str:
    """A registered endpoint names a user, whose password no provider tells."""
    users = {one.get("username") for one in there.get("sip_credential", ())}
    if row.kind != EndpointKind.REGISTRATION or row.value in users:
        return ""
    return f"no credential list there has the user {row.value}: make one first"


def named_within(row: Row) -> Values:
    return {"name": within(row.name, MAX_NAME)}


def _trunk(values: Values) -> Values:
    return {name: values.get(name) for name in TRUNK}


def _endpoint(values: Values) -> Values:
    return {name: values.get(name) for name in ENDPOINT if name != "trunk_uid"}


def _list(values: Values) -> Values:
    ranges = [Blank(one) for one in values.get("ranges") or ()]
    return {**_list_alone(values), "ranges": ranges}


def _list_alone(values: Values) -> Values:
    return {"name": values["name"], "enabled": values.get("enabled", True)}


def put_ranges(client: Any, values: Values) -> None:
    """Make a list hold just these ranges: what is missing is added before others go, since a list
    is never without one."""
    wanted = {_range(one): one for one in values.get("ranges") or ()}
    listed = client.listed("getIpRangesForAccessControlList", id=values["uid"])
    there = {_range(one): own_text(one["uid"]) for one in listed}
    for one in wanted.keys() - there.keys():
        client.call("addIpRangeToAccessControlList", values=wanted[one], id=values["uid"])
    for one in there.keys() - wanted.keys():
        path = {"id": values["uid"], "range": there[one]}
        client.call("deleteIpRangeFromAccessControlList", **path)


def _range(one: Values) -> tuple[Any, Any]:
    return one["address"], one.get("prefix_length") or ONE_ADDRESS


def _on_trunk(values: Values) -> Values:
    return {"id": values["trunk_uid"]}


def _in_trunk(values: Values) -> Values:
    return {"id": values["trunk_uid"], "endpoint": values["uid"]}


def _uid(answer: Values) -> object:
    return answer["uid"]


def _number(values: Values) -> Values:
    return {"e164": values["e164"], "trunk": values.get("trunk_uid")}


def _taken_off(values: Values) -> Values:
    return {"e164": values["e164"]}


def put_number(client: Any, values: Values) -> None:
    """Put a number on a trunk; it has to be taken off the one that it is on."""
    at = named(client.call("GetPhoneNumberByNumber", number=values["e164"]).get("trunk_uid"))
    if at and at != values.get("trunk_uid"):
        client.call("AddPhoneNumber", values=_taken_off(values))
    if values.get("trunk_uid") and at != values["trunk_uid"]:
        client.call("AddPhoneNumber", values=_number(values))


def _no_ranges(row: Row) -> str:
    return "" if row.ranges else "a list has a range at least; this one has none"


MOVES = (
    Move(
        "trunk", TRUNK, fits=named_within, given=host_name,
        create=Step("createSipTrunk", sends=_trunk, name=_uid),
        change=Step("updateSipTrunk", uid_only, _trunk),
        delete=Step("deleteSipTrunk", uid_only),
    ),
    Move(
        "access_list", ("name", "enabled"), hides=_no_ranges, fits=named_within,
        given=lambda row: {"ranges": row.ranges},
        create=Step("createAccessControlList", sends=_list, name=_uid),
        change=Step("updateAccessControlList", uid_only, _list_alone),
        delete=Step("deleteAccessControlList", uid_only),
    ),
    Move("access_list", ("ranges",), part="ranges", hides=_no_ranges, puts=put_ranges),
    Move(
        "trunk_access_list", ("trunk_uid", "access_list_uid"),
        create=Step(
            "addAccessControlListToTrunk", _on_trunk,
            lambda values: {"uids": [ref(values, "access_list_uid")]},
        ),
        delete=Step(
            "deleteAccessControlListFromTrunk",
            lambda values: {"id": values["trunk_uid"], "list": values["access_list_uid"]},
        ),
    ),
    Move(
        "endpoint", ENDPOINT, hides=hidden_endpoint, fits=fits, lacks=lacks, given=endpoint,
        skips=lambda row: bool(row.admits and not row.dials),
        create=Step("createSipEndpoint", _on_trunk, _endpoint, _uid),
        change=Step("updateSipEndpoint", _in_trunk, _endpoint),
        delete=Step("deleteSipEndpoint", _in_trunk),
    ),
    Move(
        "number", ("e164", "trunk_uid"), by_trunk=True, by_hand=PORTED,
        create=Step("AddPhoneNumber", sends=_number, name=_uid),
        puts=put_number,
        delete=Step("AddPhoneNumber", sends=_taken_off),
        lasting="a project does not give numbers up; it would be taken off its trunk",
    ),
)  # fmt: skip
