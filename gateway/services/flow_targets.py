"""The rows that a node being written refers to: one query for each kind of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gateway.domain import flows
from gateway.domain.context import Context
from gateway.domain.flows import FlowType, Found, ReferenceKind
from gateway.domain.ids import Ref
from gateway.domain.problems import Invalid, Why
from gateway.domain.words import HookPurpose, NumberStatus
from gateway.models import FlowNode, Hook, Number
from gateway.models.prepared import P, Prepared, among
from gateway.services import aliases, own_addresses

Targets = Mapping[ReferenceKind, list[tuple[Found, Any]]]
"""References with the rows they name, by kind, in the order of the config."""

_KNOWN = {
    ReferenceKind.NODE: Prepared(
        lambda: FlowNode.select(FlowNode.uid, FlowNode.type).where(
            (FlowNode.account == P("account")) & among(FlowNode.uid, "uids")
        )
    ),
    ReferenceKind.HOOK: Prepared(
        lambda: Hook.select(Hook.uid).where(
            (Hook.account == P("account"))
            & (Hook.dialect == P("dialect"))
            & (Hook.purpose == P("purpose"))
            & among(Hook.uid, "uids")
        )
    ),
    ReferenceKind.NUMBER: Prepared(
        lambda: Number.select(Number.uid, Number.flow_node).where(
            (Number.account == P("account"))
            & (Number.status == P("status"))
            & among(Number.uid, "uids")
        )
    ),
}
_ALIAS_KINDS = {
    ReferenceKind.NODE: "flow_node",
    ReferenceKind.ENDPOINT: "endpoint",
    ReferenceKind.HOOK: "hook",
    ReferenceKind.NUMBER: "number",
}


def settle(
    ctx: Context, type_: FlowType, config: Mapping[str, Any], own: UUID | None = None
) -> tuple[dict[str, Any], Targets]:
    """The config with uids (as text) for references, and the rows those name. `own` is the node if
    it is there already, maybe of another type.

    Raises Invalid at the place of every reference to nothing the account has, or to a row that
    cannot stand there.
    """
    wanted: dict[ReferenceKind, list[Found]] = {}
    for found in flows.references(type_, config):
        wanted.setdefault(found.place.kind, []).append(found)
    targets: dict[ReferenceKind, list[tuple[Found, Any]]] = {}
    faults: dict[str, list[Why]] = {}
    for kind, places in wanted.items():
        uids = aliases.uids_of(ctx, [found.value for found in places], _ALIAS_KINDS[kind])
        rows = _rows(ctx, kind, list(uids.values()))
        for found in places:
            uid = uids.get(found.value)
            row = rows.get(uid) if uid is not None else None
            why = _fault(found, row, type_ if row is not None and row.uid == own else None)
            if why is not None:
                faults[f"{flows.TYPES[type_].body}.{found.path}"] = [why]
            targets.setdefault(kind, []).append((found, row))
    if faults:
        raise Invalid("a reference cannot stand", fields=faults)
    named = {found.path: str(row.uid) for places in targets.values() for found, row in places}
    return flows.rewritten(type_, config, lambda found: named[found.path]), targets


def _rows(ctx: Context, kind: ReferenceKind, uids: list[UUID]) -> dict[UUID, Any]:
    values: dict[ReferenceKind, dict[str, Any]] = {
        ReferenceKind.HOOK: {"dialect": ctx.dialect, "purpose": HookPurpose.FLOW},
        ReferenceKind.NUMBER: {"status": NumberStatus.OWNED},
    }
    if kind is ReferenceKind.ENDPOINT:
        found = own_addresses.some(ctx, uids)
    else:
        found = _KNOWN[kind].all(account=ctx.account_uid, uids=uids, **values.get(kind, {}))
    return {row.uid: row for row in found}


def _fault(found: Found, row: Any, becomes: FlowType | None) -> Why | None:
    if row is None:
        value = found.value
        return Why("unknown_reference", value.text if isinstance(value, Ref) else str(value))
    wanted = found.place.type
    if wanted is not None and (becomes or row.type) != wanted:
        return Why("node_type", f"must be a {wanted}")
    return None
