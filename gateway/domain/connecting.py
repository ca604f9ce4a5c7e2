"""What both ends must hold so that a platform's calls go by a provider: two inventories, made of
what the provider holds now and of the addresses of both.

Pure. The platform gets a carrier for each trunk of the provider, with the provider's addresses and
the numbers that are on the trunk. The provider gets the addresses of the platform: called before
whatever it calls now, and let in. What it had stays behind them, so that calls go there while the
platform does not answer.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.migration import Action, Item, Loss, Plan
from gateway.domain.moves import Move
from gateway.domain.seats import ADMITS, DIALS, Mirrored, is_number, mirror
from gateway.domain.settling import DEFAULT, USUAL, Plain, Settled, place, settled

FIRST = 1
"""The priority of the platform's addresses."""
TOLD = ("name", "description", "leading_plus", "address", "port", "transport", "prefix_length",
    "e164",
)  # fmt: skip
"""What is said of rows that are made, where the end can say it."""

Rows = list[Plain]


@dataclass(frozen=True)
class Wire:
    """The addresses of both ends: `ours` of the platform, `signalling` of the provider. `name` is
    what a provider without trunks is called; `presumed` what its API tells nothing of."""

    name: str
    ours: Sequence[Mapping[str, Any]]
    signalling: Sequence[Mapping[str, Any]]
    presumed: frozenset[str] = frozenset()

    def mirrored(self, rows: Settled, trunk: Plain) -> Mirrored:
        named = {**trunk, "name": self.name} if trunk["uid"] == DEFAULT else trunk
        return mirror(named, _of_trunk(rows, trunk), self.ours, self.signalling, self.presumed)


def lacking(rows: Settled, wire: Wire) -> str:
    """Why the two cannot be connected, empty where they can."""
    names = [trunk["name"] for trunk in rows["trunk"]]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        return f"several trunks of the provider are called {twice[0]}: rename one of them"
    for trunk in rows["trunk"]:
        found = wire.mirrored(rows, trunk)
        for whose, there, wanted in (
            ("provider's addresses", found.endpoints, {DIALS: found.admits, ADMITS: found.dials}),
            ("platform's addresses", found.theirs, {DIALS: found.dials, ADMITS: found.admits}),
        ):
            if wanted[DIALS] and not any(one[DIALS] for one in there):
                return f"none of the {whose} is known that can be called"
            if wanted[ADMITS] and not any(one[ADMITS] for one in there):
                return f"none of the {whose} is known that calls can be let in from (no name)"
    return "" if rows["trunk"] else "the provider has no trunk"


def at_platform(rows: Settled, wire: Wire) -> Settled:
    """What the platform must hold of the provider."""
    made: dict[str, Rows] = {"trunk": [], "endpoint": [], "number": []}
    for trunk in rows["trunk"]:
        found = wire.mirrored(rows, trunk)
        made["trunk"].append({"uid": trunk["uid"], **found.trunk})
        made["endpoint"] += _placed(trunk, found.endpoints)
    kept = ("uid", "e164", "trunk_uid")
    made["number"] = [{name: row.get(name) for name in kept} for row in rows["number"]]
    return settled(made)


def at_provider(rows: Settled, wire: Wire) -> Settled:
    """What the provider must hold of the platform: new rows, and those that change for them."""
    added: Rows = []
    moved: Rows = []
    for trunk in rows["trunk"]:
        theirs = _placed(trunk, wire.mirrored(rows, trunk).theirs)
        moved += _behind(_of_trunk(rows, trunk), theirs)
        added += [one for one in _let_in(rows, trunk, theirs) if one[DIALS] or one[ADMITS]]
    whole = settled({**rows, "endpoint": [*rows["endpoint"], *added]})
    new = {row["uid"] for row in added}
    placed = [row for row in whole["endpoint"] if row["uid"] in new]
    lists = {row["access_list_uid"] for row in placed if row.get("access_list_uid")}
    homes = {(row["trunk_uid"], row.get("access_list_uid")) for row in placed}
    return {
        "trunk": rows["trunk"],
        "access_list": [row for row in whole["access_list"] if row["uid"] in lists],
        "trunk_access_list": [
            row for row in whole["trunk_access_list"]
            if (row["trunk_uid"], row["access_list_uid"]) in homes
        ],
        "endpoint": [*placed, *moved],
        "number": list(_routed(rows, placed)),
    }  # fmt: skip


def _of_trunk(rows: Settled, trunk: Plain) -> Rows:
    """The addresses of a trunk, and what else the lists in force on it let in."""
    links = rows["trunk_access_list"]
    lists = {one["access_list_uid"] for one in links if one["trunk_uid"] == trunk["uid"]}
    own = [row for row in rows["endpoint"] if row["trunk_uid"] == trunk["uid"]]
    return own + [
        {**row, DIALS: False} for row in rows["endpoint"]
        if row["trunk_uid"] != trunk["uid"] and row.get("access_list_uid") in lists
    ]  # fmt: skip


def _placed(trunk: Plain, addresses: Rows) -> Rows:
    return [
        {"uid": f"{trunk['uid']}/{place(one)}", "trunk_uid": trunk["uid"], **one}
        for one in addresses
    ]


def _let_in(rows: Settled, trunk: Plain, theirs: Rows) -> Iterator[Plain]:
    """The platform's addresses at a trunk, not let in once more where a range has them already."""
    ranges = [
        ipaddress.ip_network(f"{row['address']}/{row['prefix_length']}", strict=False)
        for row in _of_trunk(rows, trunk)
        if row.get(ADMITS) and row["enabled"] and is_number(str(row.get("address")))
    ]
    for one in theirs:
        known = one[ADMITS] and any(ipaddress.ip_address(one["address"]) in net for net in ranges)
        yield {**one, "priority": FIRST, ADMITS: one[ADMITS] and not known}


def _behind(there: Rows, theirs: Rows) -> Rows:
    """What the trunk calls now, as far back as it must be for the platform to come first."""
    ours = {place(one) for one in theirs if one[DIALS]}
    others = [row for row in there if row.get(DIALS) and row["enabled"] and place(row) not in ours]
    lowest = min((row.get("priority") or FIRST for row in others), default=FIRST + 1)
    if not ours or lowest > FIRST:
        return []
    back = FIRST + 1 - lowest
    return [{**row, "priority": (row.get("priority") or FIRST) + back} for row in others]


def _routed(rows: Settled, placed: Rows) -> Iterator[Plain]:
    """Numbers of the trunks go to the platform first, then to its next address, else to where they
    went."""
    ours = {(row["trunk_uid"], place(row)): row["uid"] for row in placed if row[DIALS]}
    places = {row["uid"]: (row["trunk_uid"], place(row)) for row in rows["endpoint"]}
    for row in rows["number"]:
        mine = [uid for (trunk, _), uid in ours.items() if trunk == row.get("trunk_uid")]
        now = row.get("primary_endpoint_uid")
        if mine and places.get(now) not in ours:
            second = mine[1] if len(mine) > 1 else now or row.get("failover_endpoint_uid")
            yield {**row, "primary_endpoint_uid": mine[0], "failover_endpoint_uid": second}


def relevant(plan: Plan, own: frozenset[str]) -> list[Item]:
    """The items that are about connecting, without what others tell and without those of rows that
    stay as they were (`own`)."""
    writes = (Action.CREATE, Action.CHANGE)
    return [
        item for item in plan.items
        if item.action in writes or (item.source not in own and not _is_told(item))
    ]  # fmt: skip


def _is_told(item: Item) -> bool:
    return item.action is Action.NONE and bool(item.why)


def judged(item: Item, row: Mapping[str, Any], move: Move, dialect: str, by_hand: str) -> Item:
    """The item with what the end cannot say of a row that is made there; without a part of its
    address it is not made. The move's own word of what to do by hand is about a number whose calls
    somebody else has to send, and a number that both ends hold is no new one."""
    if item.action is not Action.CREATE:
        return item
    unsaid = [name for name in said(row) if name not in move.takes]
    why = f"{dialect} has no member for it"
    if address := [name for name in unsaid if name in USUAL]:
        return blocked(item, f"its {address[0]} is {row[address[0]]}, and {why}")
    lost = tuple(Loss(item.kind, name, why, name) for name in unsaid)
    cost = 0 if item.kind == "number" else None
    return replace(item, losses=lost, by_hand=by_hand, monthly_cost_nano=cost)


def said(row: Mapping[str, Any]) -> list[str]:
    """What a row says beside what is usual."""
    return [name for name in TOLD if row.get(name) not in (None, USUAL.get(name))]


def counted(items: Sequence[Item], rows: Mapping[tuple[str, str], Plain]) -> dict[str, Any]:
    """How much is said of what is made, and how much of it is lost, as plans count it."""
    made = [item for item in items if item.action is Action.CREATE]
    whole = sum(len(said(rows[item.kind, item.source])) for item in made)
    lost = sum(len(item.losses) for item in made)
    return {"said": whole, "fates": {"kept": whole - lost, "impossible": lost}}


def blocked(item: Item, why: str) -> Item:
    """The item, not to be done."""
    if item.action not in (Action.CREATE, Action.CHANGE):
        return item
    return replace(item, action=Action.BLOCKED, why=why, by_hand="", losses=(), values={})
