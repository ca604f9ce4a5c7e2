"""What call flows refer to: looked up when a node is written, and let go of when a row goes.

Whoever removes an endpoint or a hook either asks first whether a flow uses it, or has the places
that name it hung up; which of the two is the choice of the dialect that removes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from gateway.domain import flows
from gateway.domain.context import Context
from gateway.domain.flows import FlowType, ReferenceKind
from gateway.domain.problems import InUse, Why
from gateway.models import FlowNode, FlowReference
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services.making import fresh

_AT = re.compile(r"\.\d+")
"""Which item of a list a path goes through."""
_INSERT = Insert(FlowReference)
_CLEAR = Prepared(lambda: FlowReference.delete().where(FlowReference.flow_node == P("node")))
_USERS = Prepared(
    lambda: (
        FlowReference.select(
            FlowReference.path, FlowReference.target_uid, FlowNode.uid, FlowNode.name, FlowNode.type
        )
        .join(FlowNode, on=(FlowReference.flow_node == FlowNode.uid))
        .where((FlowReference.target_uid == P("target")) & (FlowNode.uid != P("target")))
        .order_by(FlowReference.id)
    ),
    nest={FlowNode: "node"},
)
_NODES_NAMING = Prepared(
    lambda: (
        FlowNode.select()
        .where(
            FlowNode.uid.in_(
                FlowReference.select(FlowReference.flow_node).where(
                    among(FlowReference.target_uid, "targets")
                )
            )
        )
        .order_by(FlowNode.id)
    )
)
_CONFIGURE = Prepared(lambda: FlowNode.update(config=P("config")).where(FlowNode.uid == P("node")))


def check_unused(target: UUID) -> None:
    """InUse, naming the places, when the flow of another node leads to this row."""
    users = _USERS.all(target=target)
    if users:
        raise _in_use("is used by call flows", users)


def check_fits(node: UUID, type_: FlowType) -> None:
    """InUse, naming the places, when another node names this one where no `type_` can stand."""
    users = [
        row
        for row in _USERS.all(target=node)
        for place in flows.TYPES[row.node.type].places
        if place.path == _AT.sub("[]", row.path) and place.type not in (None, type_)
    ]
    if users:
        raise _in_use("call flows need it to be of the type it is", users)


def _in_use(text: str, users: Iterable[Any]) -> InUse:
    fields: dict[str, list[Why]] = {}
    for row in users:
        place = f"{flows.TYPES[row.node.type].body}.{row.path}"
        fields.setdefault(str(row.node.uid), []).append(Why("in_use", f"{row.node.name}, {place}"))
    return InUse(text, fields=fields)


def store(ctx: Context, node: UUID, type_: FlowType, config: Mapping[str, Any]) -> None:
    """Write down what a node refers to, in place of what it referred to before."""
    _CLEAR.run(node=node)
    _INSERT.many(
        [
            {
                **fresh(ctx),
                "flow_node_uid": node,
                "path": found.path,
                "kind": found.place.kind,
                "target_uid": UUID(found.value),
            }
            for found in flows.references(type_, config)
            if found.place.kind is not ReferenceKind.NUMBER
        ]
    )


def forget(node: UUID) -> None:
    """Before a node goes."""
    _CLEAR.run(node=node)


def hang_up(ctx: Context, targets: Iterable[UUID]) -> None:
    """Before rows go: flows that lead to them hang up there instead. Inside a transaction."""
    gone = {str(uid): flows.HANGUP for uid in targets}
    _redirect(ctx, gone)


def redirect(ctx: Context, old: UUID, new: UUID) -> None:
    """Flows that lead to one row lead to another. Inside a transaction."""
    _redirect(ctx, {str(old): str(new)})


def _redirect(ctx: Context, places: Mapping[str, str]) -> None:
    rows = _NODES_NAMING.all(targets=[UUID(text) for text in places]) if places else []
    for row in rows:
        config = flows.rewritten(
            row.type, row.config, lambda found: places.get(found.value, found.value)
        )
        _CONFIGURE.run(node=row.uid, config=config)
        store(ctx, row.uid, row.type, config)
