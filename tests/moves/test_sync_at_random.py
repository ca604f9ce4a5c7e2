"""Edits at random on both sides: they come together, but for what both changed, and stay so."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest

from gateway.models import Endpoint, Number
from gateway.models.database import Store, connection, using
from tests.moves.both_sides import CLEAN, Pair, Side, said
from tests.moves.conftest import installation
from tests.moves.providers import DIALECTS, HELD, Provider

SEEDS = range(8)
ROUNDS = 3
TRUNKS: Mapping[str, tuple[str, ...]] = {
    "sinch": ("name", "forward_number", "caller_name_lookup"),
    "jambonz": ("name", "description", "tech_prefix", "leading_plus"),
}
ADDRESSES: Mapping[str, tuple[str, ...]] = {
    "sinch": ("name", "address", "port", "priority", "enabled"),
    "jambonz": ("address", "port", "enabled"),
    "flowroute": ("name", "address", "port"),
    "callable": ("address", "port"),
}
PLACE = ("trunk", "access_list", "admits", "dials")


class Editor:
    """Makes one edit after another of a side, each allowed by the rules of what is stored."""

    def __init__(self, rng: random.Random, dialect: str) -> None:
        self.rng, self.dialect = rng, dialect

    def edit(self, side: Side) -> None:
        self.rng.choice([
            self.trunk, self.new_trunk, self.address, self.address, self.new_address,
            self.no_address, self.number, self.new_number, self.no_number,
        ])(side)  # fmt: skip

    def trunk(self, side: Side) -> None:
        if self.dialect in TRUNKS:
            rows = side.exported()["trunks"]
            row, name = self.rng.choice(rows), self.rng.choice(TRUNKS[self.dialect])
            value = self.value(name)
            if name != "name" or all(one["name"] != value for one in rows):
                side.change("trunks", {"uid": row["uid"]}, **{name: value})
                if name == "name":
                    self.rename_list(side, row["uid"], value)

    def rename_list(self, side: Side, trunk: str, name: str) -> None:
        """As the service does that renames a trunk."""
        for row in side.exported().get("access_lists", ()):
            if row.get("is_auto") and row.get("home_trunk") == trunk:
                side.change("access_lists", {"uid": row["uid"]}, name=f"{name} (auto)")

    def new_trunk(self, side: Side) -> None:
        name = self.rng.choice("stu") * 2
        if self.dialect in TRUNKS and all(row["name"] != name for row in side.exported()["trunks"]):
            side.add("trunks", name=name, host_name=f"{name}{self.rng.randrange(10**6)}")

    def address(self, side: Side) -> None:
        rows = self.addresses(side)
        if rows:
            row, name = self.rng.choice(rows), self.rng.choice(ADDRESSES[self.dialect])
            after = {**row, name: self.value(name)}
            if name in ("name", "priority", "enabled") or all(
                self.place(one) != self.place(after) for one in rows
            ):
                side.change(
                    "endpoints", {"uid": row["uid"]}, **{"name": row["name"], name: after[name]}
                )

    def new_address(self, side: Side) -> None:
        rows, new = self.addresses(side), f"192.0.2.{self.rng.randrange(20, 24)}"
        if rows and all(row["address"] != new for row in rows):
            first = self.rng.choice(rows)
            kept = {name: first[name] for name in PLACE if name in first}
            side.add("endpoints", **{"kind": "host", "name": new, "address": new, **kept})

    def no_address(self, side: Side) -> None:
        used = {
            row.get(name) for row in side.exported().get("numbers", ())
            for name in ("primary_endpoint", "failover_endpoint")
        }  # fmt: skip
        rows = [row for row in self.addresses(side) if row["uid"] not in used]
        if rows and self.dialect != "callable":  # its flow leads there
            side.drop(Endpoint, uid=UUID(self.rng.choice(rows)["uid"]))

    def number(self, side: Side) -> None:
        numbers, rows = side.exported().get("numbers", []), self.addresses(side)
        if not numbers or not rows:
            return
        row = self.rng.choice(numbers)
        if self.dialect == "sinch":
            trunk = self.rng.choice(side.exported()["trunks"])["uid"]
            side.change("numbers", {"uid": row["uid"]}, trunk=trunk, handling="trunk")
        elif self.dialect == "flowroute":
            chosen = self.rng.choice(rows)["uid"]
            if row.get("failover_endpoint") != chosen:
                values = {"primary_endpoint": chosen, "handling": "endpoint"}
                side.change("numbers", {"uid": row["uid"]}, **values)

    def new_number(self, side: Side) -> None:
        e164 = f"+1206555017{self.rng.randrange(10)}"
        exported = side.exported()
        if all(row["e164"] != e164 for row in exported.get("numbers", ())):
            trunk = self.rng.choice(exported["trunks"])["uid"]
            side.add(
                "numbers", e164=e164, **({} if self.dialect == "callable" else {"trunk": trunk})
            )

    def no_number(self, side: Side) -> None:
        rows = side.exported().get("numbers", ())
        if rows:
            side.drop(Number, uid=UUID(self.rng.choice(rows)["uid"]))

    def addresses(self, side: Side) -> list[dict[str, Any]]:
        dialled = [row for row in side.exported().get("endpoints", ()) if row.get("address")]
        return [row for row in dialled if row.get("dials") or self.dialect == "callable"]

    def place(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return row["address"], row.get("port") or 5060

    def value(self, name: str) -> Any:
        some = {
            "name": self.rng.choice("pqr") * 3, "address": f"192.0.2.{self.rng.randrange(10, 14)}",
            "port": self.rng.choice([5060, 5070, None]), "priority": self.rng.randrange(1, 5),
            "forward_number": f"+1206555019{self.rng.randrange(10)}",
            "description": self.rng.choice(["one", "two", None]),
            "tech_prefix": self.rng.choice(["1", "2", None]),
        }  # fmt: skip
        return some[name] if name in some else self.rng.random() < 0.5


@pytest.mark.long
@pytest.mark.parametrize("dialect", DIALECTS)
def test_both_sides_come_together(opened: Callable[[str], Store], dialect: str) -> None:
    met = 0
    for seed in SEEDS:
        rng = random.Random(seed)
        there, store = (
            Provider(dialect, opened(f"there-{seed}"), HELD[dialect]()),
            opened(f"{seed}"),
        )
        with using(store), connection():
            both, editor = Pair(installation(store), there), Editor(rng, dialect)
            both.sync()
            for _ in range(ROUNDS):
                for side in (both.here, both.away):
                    for _ in range(rng.randrange(1, 6)):
                        editor.edit(side)
                met += len(both.sync().pull)
                again = both.sync()
                assert said(again)[:2] == CLEAN[:2], (seed, again)
                if not again.conflicts and not again.held:
                    assert both.ours() == both.theirs(), seed
    assert met > len(SEEDS)
