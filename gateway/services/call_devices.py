"""Calls to the account's own devices: which device a target names, and what is done about it.

A device is named by its uid or by its extension. The target says which device it was when the call
was made (`node`): the call walks from there. Where something else is dialled in the place of the
device, only that is said (`dialled`). A target that names no device has neither, and its call
cannot be carried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.problems import Invalid, Why
from gateway.models import FlowNode
from gateway.models.prepared import P, Prepared, among
from gateway.services import aliases

DEVICE, EXTENSION = "device", "extension"
KINDS = frozenset({DEVICE, EXTENSION})
_MINE = FlowNode.account == P("account")
_KNOWN = Prepared(lambda: FlowNode.select(FlowNode.uid).where(_MINE & among(FlowNode.uid, "uids")))
_BY = {
    DEVICE: Prepared(lambda: FlowNode.select().where(_MINE & (FlowNode.uid == P("name")))),
    EXTENSION: Prepared(lambda: FlowNode.select().where(_MINE & (FlowNode.extension == P("name")))),
}


def resolved(ctx: Context, named: Mapping[str, Ref]) -> dict[str, str]:
    """Uids of devices, as text, by what they were called; `named` maps where it was said to what.

    Raises Invalid at every place that names no device of the account. One query.
    """
    uids = {path: aliases.uid_of(ctx, ref, "flow_node") for path, ref in named.items()}
    wanted = [uid for uid in uids.values() if uid is not None]
    rows = _KNOWN.all(account=ctx.account_uid, uids=wanted) if wanted else []
    known = {row.uid for row in rows}
    faults = {
        path: [Why("unknown_reference", named[path].text)]
        for path, uid in uids.items()
        if uid not in known
    }
    if faults:
        raise Invalid("a device that the account does not have is named", fields=faults)
    return {named[path].text: str(uid) for path, uid in uids.items()}


def placed(verbs: Sequence[Mapping[str, Any]], uids: Mapping[str, str]) -> list[dict[str, Any]]:
    """The verbs with uids for the names of devices."""
    found = []
    for verb in verbs:
        made = dict(verb)
        if made["verb"] == "flow":
            made["node"] = uids.get(made["node"], made["node"])
        elif made["verb"] == "dial":
            made["target"] = [_placed_target(target, uids) for target in made["target"]]
        found.append(made)
    return found


def _placed_target(target: Mapping[str, Any], uids: Mapping[str, str]) -> dict[str, Any]:
    if target.get("type") != DEVICE:
        return dict(target)
    return {**target, "id": uids.get(target["id"], target["id"])}


def addressed(account: UUID, target: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The target with the device it is, or what is dialled for that; and whom the call is to."""
    kind, value = target["kind"], str(target["value"])
    if kind not in KINDS:
        return dict(target), value
    row = _row(account, kind, value)
    if row is None:
        return dict(target), value
    override = target.get("override")
    found = {"dialled": str(override)} if override else {"node": str(row.uid)}
    return {**target, **found}, row.extension


def _row(account: UUID, kind: str, value: str) -> Any | None:
    name: Any = value
    if kind == DEVICE:
        try:
            name = UUID(value)
        except ValueError:
            return None
    return _BY[kind].one(account=account, name=name)


def lost(target: Mapping[str, Any] | None) -> bool:
    """Whether a call goes to a device that there is not."""
    named = target or {}
    return named.get("kind") in KINDS and not (named.get("dialled") or named.get("node"))


def node(target: Mapping[str, Any] | None) -> str:
    """The device from which a call walks on; empty for a call that is dialled as it is."""
    return str((target or {}).get("node") or "")


def destination(row: Any) -> str:
    """The number, address or user that a call is dialled at in the end."""
    target = row.target or {}
    return str(target.get("dialled") or target.get("value") or row.to_number or "")
