"""Call flows: the nodes of an account, made, read, replaced and removed.

A node is read with `bodies`, its config under the name its type gives to it, references as uids.
Numbers say themselves which node their calls start at; a start node's config only keeps the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import flows, policy
from gateway.domain.context import Context
from gateway.domain.flows import ReferenceKind
from gateway.domain.problems import Conflict, NotFound, Why
from gateway.domain.words import NumberHandling
from gateway.models import FlowNode, Number
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import aliases, endpoints, flow_references, flow_targets, sealing
from gateway.services.flow_targets import Targets
from gateway.services.making import differing, fresh, lock_account
from gateway.services.owning import Named
from gateway.wire.reading import apply

_INSERT = Insert(FlowNode)
_MINE = FlowNode.account == P("account")
_LIST = Prepared(lambda: FlowNode.select().where(_MINE).order_by(FlowNode.id), attach=("bodies",))
_ONE = Prepared(
    lambda: FlowNode.select().where(_MINE & (FlowNode.uid == P("uid"))), attach=("bodies",)
)
_EXTENSIONS = Prepared(lambda: FlowNode.select(FlowNode.uid, FlowNode.extension).where(_MINE))
_DELETE = Prepared(lambda: FlowNode.delete().where(FlowNode.uid == P("uid")))
_NUMBERS = Prepared(
    lambda: (
        Number.select(Number.uid, Number.flow_node)
        .where((Number.account == P("account")) & among(Number.flow_node, "nodes"))
        .order_by(Number.e164)
    )
)
_LEAD = Prepared(
    lambda: Number.update(flow_node=P("node"), handling=P("handling"), updated_at=P("now")).where(
        among(Number.uid, "uids")
    )
)
_LET_GO = Prepared(
    lambda: Number.update(
        flow_node=None,
        handling=pw.Case(None, ((Number.handling == P("flow"), P("none")),), Number.handling),
        updated_at=P("now"),
    ).where((Number.flow_node == P("node")) & ~among(Number.uid, "kept"))
)


def search(ctx: Context) -> list[Any]:
    """The nodes of the account, oldest first; two queries."""
    policy.require(ctx, "flow.read")
    return _shown(ctx, _LIST.all(account=ctx.account_uid))


def get(ctx: Context, given: Named) -> Any:
    """A node of the account; NotFound."""
    policy.require(ctx, "flow.read")
    return _shown(ctx, [_found(ctx, given)])[0]


def _found(ctx: Context, given: Named) -> Any:
    uid = aliases.uid_of(ctx, given, "flow_node") if given is not None else None
    row = _ONE.one(account=ctx.account_uid, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound("there is no such node")
    return row


def _shown(ctx: Context, rows: list[Any]) -> list[Any]:
    """The rows with their bodies, the numbers of start nodes as they are now."""
    starts = [row.uid for row in rows if row.type == flows.FlowType.ROUTE_START]
    leading: dict[UUID, list[UUID]] = {}
    for number in _NUMBERS.all(account=ctx.account_uid, nodes=starts) if starts else []:
        leading.setdefault(number.flow_node_uid, []).append(number.uid)
    for row in rows:
        config = flows.rewritten(row.type, row.config, lambda found: UUID(found.value))
        if row.type == flows.FlowType.ROUTE_START:
            order = {uid: place for place, uid in enumerate(config.get("ddis") or ())}
            mine = leading.get(row.uid, [])
            config["ddis"] = sorted(mine, key=lambda uid: order.get(uid, len(order)))
        row.bodies = {flows.TYPES[row.type].body: config}
    return rows


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """A node of type, name, extension (or the next free one) and config.

    Raises Invalid at the places of references to nothing the account has, Conflict for an extension
    or a number that is taken.
    """
    policy.require(ctx, "flow.write")
    account = ctx.account_uid
    with write():
        lock_account(account)
        values = apply(None, change)
        values["extension"] = _extension(account, values.get("extension"), None)
        row = {**fresh(ctx), **values, "account_uid": account}
        config, targets = flow_targets.settle(ctx, row["type"], row["config"])
        row["config"] = sealing.sealed(config)
        _check_numbers(row, targets)
        _INSERT.run(row)
        _take_effect(ctx, row["uid"], row, targets)
        return get(ctx, row["uid"])


def replace(ctx: Context, given: Named, change: Mapping[str, Any]) -> None:
    """The node becomes what the change says; NotFound, and errors as `create`.

    It keeps its extension and its password where the change names none. InUse, with the places,
    when another node names it where only its present type can stand.
    """
    policy.require(ctx, "flow.write")
    account = ctx.account_uid
    with write():
        lock_account(account)
        stored = _found(ctx, given)
        values = apply(stored, change)
        wanted = values.get("extension") or stored.extension
        values["extension"] = _extension(account, wanted, stored.uid)
        row = {"uid": stored.uid, **values}
        config, targets = flow_targets.settle(ctx, row["type"], row["config"], stored.uid)
        if row["type"] != stored.type:
            flow_references.check_fits(stored.uid, row["type"])
        old = stored.config if stored.type == row["type"] else {}
        values["config"] = sealing.resealed(config, old)
        _check_numbers(row, targets)
        changed = differing(stored, values)
        if changed:
            changed["updated_at"] = ctx.runtime.now()
            FlowNode.update(changed).where(FlowNode.uid == stored.uid).execute()
        _take_effect(ctx, stored.uid, {**row, "config": values["config"]}, targets)


def delete(ctx: Context, given: Named) -> None:
    """NotFound; InUse, with the places, while another node leads to it."""
    policy.require(ctx, "flow.write")
    with write():
        lock_account(ctx.account_uid)
        row = _found(ctx, given)
        flow_references.check_unused(row.uid)
        _release(ctx, row.uid, [])
        flow_references.forget(row.uid)
        _DELETE.run(uid=row.uid)


def _extension(account: UUID, wanted: str | None, own: UUID | None) -> str:
    """The wanted extension if it is free, or else the lowest free one from 600."""
    taken = {row.extension for row in _EXTENSIONS.all(account=account) if row.uid != own}
    if wanted is None:
        number = flows.FIRST_EXTENSION
        while str(number) in taken:
            number += 1
        return str(number)
    if wanted in taken:
        raise Conflict("the extension is taken", fields={"extension": [Why("taken", "is taken")]})
    return wanted


def _check_numbers(row: Mapping[str, Any], targets: Targets) -> None:
    body = flows.TYPES[row["type"]].body
    taken = {
        f"{body}.{found.path}": [Why("taken", "starts another flow")]
        for found, number in targets.get(ReferenceKind.NUMBER, ())
        if number.flow_node_uid not in (None, row["uid"])
    }
    if taken:
        raise Conflict("a number starts one flow only", fields=taken)


def _take_effect(ctx: Context, uid: UUID, row: Mapping[str, Any], targets: Targets) -> None:
    """What a written node changes besides its own row."""
    flow_references.store(ctx, uid, row["type"], row["config"])
    numbers = [number.uid for _, number in targets.get(ReferenceKind.NUMBER, ())]
    _release(ctx, uid, numbers)
    if numbers:
        _LEAD.run(node=uid, handling=NumberHandling.FLOW, now=ctx.runtime.now(), uids=numbers)
    for _, endpoint in targets.get(ReferenceKind.ENDPOINT, ()):
        endpoints.start_dialling(ctx, endpoint)


def _release(ctx: Context, uid: UUID, kept: list[UUID]) -> None:
    _LET_GO.run(
        node=uid,
        kept=kept,
        flow=NumberHandling.FLOW,
        none=NumberHandling.NONE,
        now=ctx.runtime.now(),
    )
