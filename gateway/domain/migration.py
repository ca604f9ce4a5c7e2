"""The plan of a move from one provider to another: what to make, what to change, what is lost.

Pure: two settled inventories and the target's table of moves go in, an ordered list of items comes
out. An item's key is made of natural keys, never of ids, so the same inventories give the same plan
and a row is found again whoever made it. References are keys as well; they become ids when the plan
is carried out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from gateway.domain.moves import Move, Row, within
from gateway.domain.settling import Settled, place
from gateway.domain.splitting import ROUTES, fitted, replaced

REFERENCES = {
    "trunk_uid": "trunk",
    "home_trunk_uid": "trunk",
    "access_list_uid": "access_list",
    "primary_endpoint_uid": "endpoint",
    "failover_endpoint_uid": "endpoint",
}
VOLATILE = frozenset({"created_at", "updated_at", "registered", "assigned_at"})
"""What changes at a provider without anybody changing the inventory."""

CHOICES = "as the trunks of the numbers that choose it"
"""What becomes of routes where numbers have trunks and no routes."""

Offers = Mapping[str, Mapping[str, Any]]


class Action(StrEnum):
    """`manual`: only a person can do it. `blocked`: the target cannot, or asks for what the source
    does not have."""

    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    NONE = "none"
    MANUAL = "manual"
    BLOCKED = "blocked"


WRITES = (Action.CREATE, Action.CHANGE, Action.DELETE)
"""What a provider is asked to do."""


class Policy(StrEnum):
    """What losses do to a plan: `refuse` makes it impossible to apply, `warn` says them and exits
    with a code of its own, `carry` takes them as they are."""

    REFUSE = "refuse"
    WARN = "warn"
    CARRY = "carry"


class Loss(NamedTuple):
    """A member of the source that the target cannot tell, and the attribute it stands for."""

    object: str
    member: str
    why: str
    attribute: str = ""


@dataclass(frozen=True)
class Item:
    """One thing to do. `values` are what the target is told, `before` what it says there now;
    `target` names its row where it has one, `source` the row that is moved."""

    key: str
    action: Action
    kind: str
    source: str
    move: int = -1
    target: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    by_hand: str = ""
    monthly_cost_nano: int | None = None
    setup_cost_nano: int | None = None
    spends: bool = False
    losses: tuple[Loss, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """From the connection `source` to `target`. `digest` is of the source's inventory, or of what
    its `numbers` need where only some are moved; `fates` counts every member of every object in it,
    `said` those that say something."""

    source: str
    target: str
    dialects: tuple[str, str]
    digest: str
    items: tuple[Item, ...]
    policy: Policy = Policy.WARN
    fates: Mapping[str, int] = field(default_factory=dict)
    said: int = 0
    unread: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    def of(self, *actions: Action) -> list[Item]:
        return [item for item in self.items if item.action in actions]

    @property
    def lost(self) -> list[Item]:
        return [item for item in self.items if item.losses]

    @property
    def refused(self) -> str:
        """Why it cannot be applied, empty where it can."""
        if self.policy is Policy.REFUSE and self.lost:
            return f"{len(self.lost)} rows lose members, and the policy is to refuse that"
        return ""

    @property
    def score(self) -> int:
        """Readiness of the target in percent: what it will say, of all that is said. The losses
        are the reasons for what is missing."""
        return readiness(self.said, sum(len(item.losses) for item in self.items))


def readiness(said: int, lost: int) -> int:
    """In percent: the part of what is said that is not lost."""
    return 100 if not said else (said - lost) * 100 // said


def digest(rows: Settled) -> str:
    """A fingerprint of an inventory, whatever the order of its rows."""
    told = {
        kind: sorted(
            json.dumps(
                {name: one for name, one in row.items() if name not in VOLATILE},
                sort_keys=True, default=str,
            )
            for row in rows[kind]
        )
        for kind in sorted(rows) if rows[kind]
    }  # fmt: skip
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


class Keys:
    """Natural keys of an inventory's rows, by the names that its provider gives them."""

    def __init__(self, rows: Settled, *, trunks: bool) -> None:
        self.trunks = trunks
        self.named: dict[tuple[str, str], str] = {}
        for kind in ("trunk", "access_list", "endpoint", "trunk_access_list", "number"):
            for row in rows.get(kind, ()):
                self.named[kind, row["uid"]] = self.of(kind, row)
        for kind in rows:
            for row in rows[kind]:
                self.named.setdefault((kind, row["uid"]), self.of(kind, row))

    def of(self, kind: str, row: Mapping[str, Any]) -> str:
        return f"{kind}/{self._name(kind, row)}".replace("#", "%23")  # which begins a part

    def _name(self, kind: str, row: Mapping[str, Any]) -> str:
        if kind == "number":
            return str(row["e164"])
        if kind == "endpoint":
            at = self.ref("trunk", row.get("trunk_uid")) if self.trunks else None
            return place(row) if at is None else f"{at.partition('/')[2]}/{place(row)}"
        if kind == "trunk_access_list":
            ends = (("trunk", row["trunk_uid"]), ("access_list", row["access_list_uid"]))
            return "+".join(str(self.ref(*end) or end[1]).partition("/")[2] for end in ends)
        return str(row.get("name") or row["uid"])

    def ref(self, kind: str, uid: Any) -> str | None:
        return None if uid is None else self.named.get((kind, str(uid)))

    def told(self, move: Move, row: Mapping[str, Any]) -> dict[str, Any]:
        """What a move writes of a row, references as keys; unset members are left out."""
        values = {name: row.get(name) for name in move.takes}
        for name, kind in REFERENCES.items():
            if values.get(name) is not None:
                values[name] = self.ref(kind, values[name])
        primary, failover = ROUTES
        if values.get(primary) == values.get(failover):
            values.pop(failover, None)  # two routes to one place are one
        return {name: value for name, value in values.items() if value is not None}


def present(rows: Settled, moves: Sequence[Move]) -> dict[str, Mapping[str, Any]]:
    """Natural key -> row of all that a provider has as a thing of its own. (An address that is only
    in a list is no address that calls go to.)"""
    keys = Keys(rows, trunks=has_trunks(moves))
    skips = {move.kind: move.skips for move in moves if not move.part}
    return {
        keys.of(kind, row): row
        for kind in rows for row in rows[kind]
        if kind not in skips or not skips[kind](Row(row))
    }  # fmt: skip


def has_trunks(moves: Sequence[Move]) -> bool:
    """Whether addresses there belong to trunks."""
    return any(move.kind == "trunk" and move.create for move in moves)


class _Planner:
    def __init__(
        self, source: Settled, target: Settled, moves: Sequence[Move], offers: Offers
    ) -> None:
        self.rows, self.moves, self.offers = fitted(source, moves), moves, offers
        self.replaced = replaced(source, self.rows)
        trunks = has_trunks(moves)
        self.whole = Keys(source, trunks=trunks)
        self.ours, self.theirs = Keys(self.rows, trunks=trunks), Keys(target, trunks=trunks)
        self.there = present(target, moves)
        self.possible: set[str] = set()
        self.target = target
        self.named = {(key.partition("/")[0], row.get("name")): key
                      for key, row in self.there.items()}  # fmt: skip

    def items(self) -> Iterator[Item]:
        for index, move in enumerate(self.moves):
            for row in sorted(self.rows.get(move.kind, ()), key=lambda one: str(one["uid"])):
                if move.skips(Row(row)):
                    if not move.part:
                        yield Item(
                            self.ours.of(move.kind, row), Action.NONE, move.kind, row["uid"],
                            move=index, why="told by others there",
                        )  # fmt: skip
                    continue
                item = self._item(index, move, row)
                if item.action in (Action.CREATE, Action.CHANGE, Action.NONE) and not move.part:
                    self.possible.add(item.key)
                if item.action is not Action.NONE or not move.part:
                    yield item
            if not move.part:
                yield from self._stood_for(index, move)
        known = {move.kind for move in self.moves}
        for kind in sorted(self.rows.keys() - known):
            for row in self.rows[kind]:
                why = "the target makes nothing of this kind"
                yield Item(self.ours.of(kind, row), Action.BLOCKED, kind, row["uid"], why=why)

    def _stood_for(self, index: int, move: Move) -> Iterator[Item]:
        """Rows of the source that the target holds as what was made of them."""
        for row in self.replaced.get(move.kind, ()):
            key = self.whole.of(move.kind, row)
            yield Item(key, Action.NONE, move.kind, row["uid"], move=index, why=CHOICES)

    def _item(self, index: int, move: Move, row: Mapping[str, Any]) -> Item:
        key = self.ours.of(move.kind, row)
        item = Item(f"{key}#{move.part}" if move.part else key, Action.NONE, move.kind, row["uid"])
        item = replace(item, move=index)
        if why := move.hides(Row(row)):
            return replace(item, action=Action.NONE if move.part else Action.BLOCKED, why=why)
        if not move.part and key in self.possible:
            return replace(item, why="another row of the source says the same")
        known = self.there.get(key)
        there = {} if known is None else self.theirs.told(move, known)
        values, lacking = self._values(move, row)
        if lacking and not move.part:
            return replace(item, action=Action.BLOCKED, why=lacking)
        if move.part:
            return self._part(item, move, key, values, known, there)
        if known is None and (why := move.lacks(Row(row), self.target)):
            return replace(item, action=Action.BLOCKED, why=why)
        if move.alone and "name" in values:
            values["name"] = self._name_alone(move, key, values["name"])
        if known is None:
            return self._made(item, move, {**move.given(Row(row)), **values}, row)
        item = replace(item, target=known["uid"])
        return self._changed(item, move, values, there)

    def _name_alone(self, move: Move, key: str, name: str) -> str:
        """The name, or where another row has it the name and the key."""
        if self.named.setdefault((move.kind, name), key) == key:
            return name
        more = str(within(f"{key.partition('/')[2]} {name}", move.alone))
        return more if self.named.setdefault((move.kind, more), key) == key else name

    def _values(self, move: Move, row: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """What the target is to say, and which reference leads to what it does not make."""
        values, lacking = self.ours.told(move, row), ""
        for name in REFERENCES.keys() & values.keys():
            if values[name] not in self.possible and values[name] not in self.there:
                lacking = f"{name.removesuffix('_uid')} names what the target does not have"
                del values[name]
        return values, lacking

    def _part(
        self, item: Item, move: Move, key: str, values: dict[str, Any],
        known: Mapping[str, Any] | None, there: dict[str, Any],
    ) -> Item:  # fmt: skip
        if key not in self.possible or not values or (known is None and move.change is None):
            return item
        item = replace(item, target="" if known is None else known["uid"])
        if move.puts is None:
            return self._changed(item, move, values, there)
        changed = values != there
        return replace(item, action=Action.CHANGE, values=values, before=there) if changed else item

    def _made(self, item: Item, move: Move, values: dict[str, Any], row: Mapping[str, Any]) -> Item:
        if move.create is None:
            return replace(item, action=Action.MANUAL, by_hand=move.by_hand, values=values)
        sold = self.offers.get(str(row.get("e164"))) if move.offer else None
        if move.offer and sold is None:
            return replace(item, action=Action.MANUAL, by_hand=move.by_hand, values=values)
        priced = sold or row
        return replace(
            item, action=Action.CREATE, values=values, spends=sold is not None, why=move.lasting,
            by_hand="" if sold else move.by_hand,
            monthly_cost_nano=priced.get("monthly_cost_nano"),
            setup_cost_nano=sold.get("setup_cost_nano") if sold else None,
        )  # fmt: skip

    def _changed(
        self, item: Item, move: Move, values: dict[str, Any], there: dict[str, Any]
    ) -> Item:
        differing = {name for name, value in values.items() if there.get(name) != value}
        if not differing:
            return item
        if move.change is None and move.puts is None:
            why = f"cannot be changed there: {', '.join(sorted(differing))}"
            return replace(item, action=Action.BLOCKED, why=why, values=values, before=there)
        whole = {**there, **values}
        return replace(item, action=Action.CHANGE, values=whole, before=there)


def plan(
    names: tuple[str, str],
    dialects: tuple[str, str],
    source: Settled,
    target: Settled,
    moves: Sequence[Move],
    *,
    policy: Policy = Policy.WARN,
    offers: Offers = MappingProxyType({}),
    numbers: Sequence[str] = (),
) -> Plan:
    """What makes the target's inventory say what the source's says, in the order to do it.

    `offers` are numbers that the target sells, with their costs; `numbers` those that the source
    was narrowed to.
    """
    items = tuple(_Planner(source, target, moves, offers).items())
    return Plan(*names, dialects, digest(source), items, policy, numbers=tuple(numbers))


def with_unread(plan: Plan, lines: tuple[str, ...]) -> Plan:
    """The plan with what could not be understood of the providers' answers."""
    return replace(plan, unread=lines)


def as_json(plan: Plan) -> dict[str, Any]:
    """A plan as one JSON document; `from_json` reads it."""
    told = asdict(plan)
    for item, one in zip(told["items"], plan.items, strict=True):
        item["losses"] = [loss._asdict() for loss in one.losses]
    return {**told, "score": plan.score, "summary": summary(plan)}


def from_json(told: Mapping[str, Any]) -> Plan:
    known = {name: told[name] for name in Plan.__dataclass_fields__}
    items = tuple(
        Item(**{
            **one, "action": Action(one["action"]),
            "losses": tuple(Loss(**loss) for loss in one["losses"]),
        })
        for one in told["items"]
    )  # fmt: skip
    known.update(
        items=items, policy=Policy(told["policy"]), dialects=tuple(told["dialects"]),
        unread=tuple(told["unread"]), numbers=tuple(told["numbers"]),
    )  # fmt: skip
    return Plan(**known)


def summary(plan: Plan) -> dict[str, Any]:
    """Counts and costs. `unpriced` are new numbers whose monthly cost nobody told."""
    numbers = [item for item in plan.of(Action.CREATE) if item.kind == "number"]
    priced = [item.monthly_cost_nano for item in numbers if item.monthly_cost_nano is not None]
    return {
        **{str(action): len(plan.of(action)) for action in Action},
        "losses": sum(len(item.losses) for item in plan.items),
        "by_hand": sum(1 for item in plan.items if item.by_hand),
        "monthly_cost_nano": sum(priced),
        "setup_cost_nano": sum(item.setup_cost_nano or 0 for item in numbers),
        "unpriced": len(numbers) - len(priced),
    }
