"""What becomes of every member of an inventory when another dialect's provider holds it.

The ledger of one object asks for a row of the core with what belongs to it. What was read at a
provider is made into such rows here, without a database: ids that are no uuids get one that is the
same every time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from gateway.dialect import Dialect
from gateway.domain.migration import REFERENCES, Action, Item, Loss, Plan
from gateway.domain.moves import Move, Row
from gateway.domain.settling import USUAL, Settled
from gateway.domain.splitting import ROUTES, fitted, is_by_trunk, joined
from gateway.wire.ledger import Entry, Fate, Ledger, Seat, kept, ledger, losses
from gateway.wire.profile import View

NEW_ROUTE = 1
"""Stands for the number that an address gets when it is made where routes are numbered."""
_RELATED = {
    "trunk_uid": "home",
    "access_list_uid": "access_list",
    "primary_endpoint_uid": "primary_endpoint",
    "failover_endpoint_uid": "failover_endpoint",
}


@dataclass
class Rows:
    """An inventory as rows of the core. `aliases` are the provider's own ids of them."""

    settled: Settled
    aliases: dict[UUID, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_uid = {
            (kind, row["uid"]): row for kind in self.settled for row in self.settled[kind]
        }

    def of(self, kind: str, uid: str, *, deep: bool = True) -> Row | None:
        values = self._by_uid.get((kind, uid))
        if values is None:
            return None
        made: dict[str, Any] = {"extras": {}, **values, "uid": self._named(kind, uid)}
        for name, target in REFERENCES.items():
            if values.get(name) is not None:
                made[name] = self._named(target, values[name])
                if deep and name in _RELATED:
                    made[_RELATED[name]] = self.of(target, values[name], deep=False)
        made["trunks"] = [self._named("trunk", one) for one in values.get("trunks") or ()]
        made["ranges"] = [self._range(kind, uid, one) for one in values.get("ranges") or ()]
        return Row(made)

    def _range(self, kind: str, uid: str, one: Mapping[str, Any]) -> Row:
        own = f"{uid}/{one['address']}/{one.get('prefix_length')}"
        return Row({"extras": {}, **one, "uid": self._named("range", own)})

    def _named(self, kind: str, text: str) -> UUID:
        try:
            uid = UUID(text)
        except ValueError:
            uid = uuid5(NAMESPACE_URL, f"{kind}/{text}")
        self.aliases[uid] = text
        return uid


def told(plan: Plan, rows: Settled, source: Dialect, target: Dialect) -> Plan:
    """The plan with the losses and needs of each item, and the fates of all members counted. What
    is made of rows of the source, as often as the target needs it, counts where the rows stand."""
    moves = target.moves()
    fit = fitted(rows, moves)
    core, fates, said, items = Rows(joined(rows, fit)), Counter[str](), 0, []
    counted = {(kind, row["uid"]) for kind in rows for row in rows[kind]}
    by_trunk = _Choices(plan, rows, fit) if is_by_trunk(moves) else None
    for item in plan.items:
        move = moves[item.move] if item.move >= 0 else None
        if move is not None and move.part:
            items.append(item)
            continue
        row, found = _ledger(core, item, source, target, move)
        if by_trunk is not None and item.kind == "number":
            found = by_trunk.said(item, found)
        lost: list[Loss] = []
        if (item.kind, item.source) in counted:
            fates.update(str(entry.fate) for entry in found.entries)
            lost = [_loss(one, target) for one in losses(row, found)]
            lost += _unfitting(core, item, move, {loss.attribute for loss in lost})
            said += len(lost) + kept(found)
        items.append(_judged(replace(item, losses=tuple(lost), needs=dict(found.needs)), move))
    return replace(plan, items=tuple(items), fates=dict(fates), said=said)


class _Choices:
    """The routes that numbers chose, where their trunks say so."""

    def __init__(self, plan: Plan, rows: Settled, fit: Settled) -> None:
        self.chose, self.numbers = (
            {row["uid"]: row for row in one["number"]} for one in (rows, fit)
        )
        self.unsaid = {
            item.source for item in plan.items
            if item.kind == "endpoint" and item.action is Action.BLOCKED
        }  # fmt: skip

    def said(self, item: Item, found: Ledger) -> Ledger:
        """The ledger of a number, in which its routes are no loss."""
        row, chose = self.numbers[item.source], self.chose[item.source]
        carried = {
            name.removesuffix("_uid") for name in ROUTES
            if row.get("routed") and not {row.get(name), chose.get(name)} & self.unsaid
            and (row.get(name) is not None or chose.get(name) is None)
        }  # fmt: skip
        told = (self._converted(entry, carried) for entry in found.entries)
        return replace(found, entries=tuple(told))

    @staticmethod
    def _converted(entry: Entry, carried: set[str]) -> Entry:
        parts = {name.partition(".")[0] for name in entry.attributes}
        if entry.fate is not Fate.PARKED or not parts or not parts <= carried:
            return entry
        why = "said by the trunk that the number is on"
        return entry._replace(fate=Fate.CONVERTED, why=why)


def _loss(entry: Entry, target: Dialect) -> Loss:
    """A provider has no row of ours that a member could stay with."""
    why = f"{target.name} has no member for it" if entry.fate is Fate.PARKED else entry.why
    return Loss(entry.object, entry.member, why, entry.attributes[0])


def _unfitting(core: Rows, item: Item, move: Move | None, told: Collection[str]) -> list[Loss]:
    """What the target holds otherwise than the source says it."""
    row = core.of(item.kind, item.source)
    if move is None or row is None:
        return []
    held = {name: value for name, value in move.fits(row).items() if name not in {"kind", *told}}
    return [
        Loss(item.kind, name, "the target holds it otherwise", name)
        for name, value in held.items() if getattr(row, name) not in (None, USUAL.get(name), value)
    ]  # fmt: skip


def _judged(item: Item, move: Move | None) -> Item:
    """What cannot be made for want of a value is not tried."""
    if item.action is Action.CREATE and item.needs:
        path, why = next(iter(item.needs.items()))
        return replace(item, action=Action.BLOCKED, why=f"the target asks for {path}: {why}")
    return item if item.action is Action.CREATE else replace(item, needs={})


def _ledger(
    core: Rows, item: Item, source: Dialect, target: Dialect, move: Move | None
) -> tuple[Row, Ledger]:
    """The row as it will be once it is made there, and its ledger."""
    row = core.of(item.kind, item.source)
    assert row is not None
    ours, theirs = _seat(source, item.kind, core), _seat(target, item.kind, core)
    given: dict[str, Any] = {} if move is None else dict(move.given(row))
    if row.dials:
        given["route_number"] = NEW_ROUTE
    whole = Row({**given, **{k: v for k, v in vars(row).items() if v is not None}})
    return whole, ledger(item.kind, whole, ours, theirs)


def _seat(dialect: Dialect, kind: str, core: Rows) -> Seat:
    view = View(profile=dialect.profile(), aliases=core.aliases)
    return Seat(dialect.name, dialect.kinds().get(kind, ()), view)
