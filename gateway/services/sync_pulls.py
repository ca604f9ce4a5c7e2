"""Taking into our account what changed at a provider, all of it in the caller's transaction.

What is new there comes as a bundle of the provider's own holdings, under fresh uids, with its ids
as aliases of the connection; rows of ours are named in that bundle, so that nothing new is taken
for one of them. What changed and what went is left to the services that own it, with their rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.drift import WHOLE, Difference
from gateway.domain.holdings import Holding, Inventory, Link
from gateway.domain.problems import Conflict, Invalid, Problem
from gateway.domain.settling import built_in
from gateway.domain.sides import STANDING, Pair, Sides, Thing
from gateway.domain.words import NumberHandling
from gateway.models import Trunk
from gateway.models.prepared import P, Prepared
from gateway.services import (
    access_control,
    bundles,
    connections,
    pairing,
    provisioning,
    trunks,
)
from gateway.services.bundle_kinds import uid_of
from gateway.services.sync_changes import Changes

_HOSTED = Prepared(lambda: Trunk.select(Trunk.uid).where(Trunk.host_name == P("host_name")))
_ROW = re.compile(r"(\w+)\[(\d+)\]")
CLAIMED = ("trunk", "access_list", "endpoint")
"""Kinds whose rows a bundle would also find by their names."""


class Refusal(Exception):
    """One thing cannot be taken; the transaction is of no use any more."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(key)
        self.key, self.why = key, why


def _told(problem: Problem) -> str:
    reasons = [why.text for whys in problem.fields.values() for why in whys]
    return ", ".join(dict.fromkeys(reasons)) or str(problem)


class Pull:
    """Takes differences. `own` is the context in which the account acts itself."""

    def __init__(self, own: Context, connection: Any, inventory: Inventory, sides: Sides) -> None:
        self.own, self.connection, self.sides = own, connection, sides
        self.inventory = inventory
        self.known = {str(one.ref): one for one in inventory.holdings}
        self.uids = {
            thing.key: uid for thing in sides.things.values()
            if thing.ours is not None and (uid := uid_of(thing.ours["uid"])) is not None
        }  # fmt: skip
        self.routes: set[int] = {row.get("route_number", 0) for row in sides.ours["endpoint"]}
        self.made: list[Pair] = []

    def take(self, found: Sequence[Difference]) -> list[Pair]:
        """Which rows of ours stand for the new things now. Raises Refusal."""
        whole = [one for one in found if one.member == WHOLE]
        new = [self.sides.things[one.key] for one in whole if one.theirs is not None]
        self._create(sorted(new, key=lambda thing: STANDING.index(thing.kind)))
        changes = Changes(self.own, self.sides, self.uids)
        changed: dict[str, dict[str, Any]] = {}
        for one in found:
            if one.member != WHOLE:
                changed.setdefault(one.key, {})[one.member] = one.theirs
        for key, values in sorted(changed.items()):
            with _about(key):
                changes.change(self.sides.things[key], values)
        gone = [self.sides.things[one.key] for one in whole if one.theirs is None]
        for thing in sorted(gone, key=lambda thing: STANDING.index(thing.kind), reverse=True):
            with _about(thing.key):
                changes.remove(thing)
        return self.made

    # New things

    def _create(self, things: Sequence[Thing]) -> None:
        if not things:
            return
        fresh = self._fresh(things)
        for ref in fresh:
            thing = self._thing(ref)
            if thing is not None and thing.kind != "number":
                self.uids[thing.key] = self.own.runtime.new_uid()
                self.made.append(Pair(thing.kind, str(self.uids[thing.key]), _uid(ref)))
        self._number(thing for thing in things if thing.kind == "number")
        bundle = self._bundle(fresh)
        try:
            bundles.load(self.own, bundle)
        except Invalid as refusal:
            raise self._refusal(refusal, bundle) from None
        own = [thing.theirs["e164"] for thing in things if thing.kind == "number" and thing.theirs]
        pairing.carry(self.connection, own, self.connection.uid)
        for thing in things:
            if thing.kind == "trunk_access_list":
                with _about(thing.key):
                    access_control.add(self.own, *self._ends(thing))

    def _fresh(self, things: Iterable[Thing]) -> list[str]:
        """The holdings that have to be made, in the order they were read: those of the things, what
        is told by them (the ranges of a list), and what they are part of and nobody tells."""
        chosen: set[str] = set()
        users: dict[str, list[str]] = {}
        for ref, one in self.known.items():
            for link in _links(one):
                users.setdefault(link, []).append(ref)
        waiting = [_ref(thing) for thing in things if thing.kind != "trunk_access_list"]
        while waiting:
            ref = waiting.pop()
            if ref in chosen:
                continue
            chosen.add(ref)
            waiting += [link for link in _links(self.known[ref]) if self._is_implied(link)]
            waiting += [user for user in users.get(ref, ()) if self._is_implied(user)]
        return [ref for ref in self.known if ref in chosen]

    def _is_implied(self, ref: str) -> bool:
        """Whether it comes with others, and we have nothing that stands for it."""
        thing = self._thing(ref)
        if thing is None:
            return ref.partition("/")[0] == "trunk_access_lists"
        is_ours = thing.key in self.uids or bool(thing.untold)
        return not is_ours and self.sides.is_aside(thing.kind, thing.theirs or {})

    def _thing(self, ref: str) -> Thing | None:
        kind, _, uid = ref.partition("/")
        return self.sides.of_theirs(kind.removesuffix("s"), uid)

    def _bundle(self, fresh: Sequence[str]) -> dict[str, Any]:
        """The holdings as rows with uids; what they lead to and we have is named by its uid."""
        holdings = [self._holding(ref) for ref in fresh]
        inventory = Inventory(self.inventory.dialect, tuple(holdings))
        made = connections.bundle(self.own, self.connection, inventory, secrets=True)
        for rows in made.values():
            for row in rows if isinstance(rows, list) else ():
                thing = self._thing(row["ref"]) if "ref" in row else None
                if thing is not None:
                    row["uid"] = str(self.uids[thing.key])
        for kind in CLAIMED:
            known = [{"uid": row["uid"]} for row in self.sides.ours.get(kind, ())]
            if f"{kind}s" in made:
                made[f"{kind}s"] += [row for row in known if uid_of(row["uid"]) is not None]
        return made

    def _holding(self, ref: str) -> Holding:
        """A holding whose links are uids of ours; links to what is not taken are left out."""
        one = self.known[ref]
        members = {}
        for name, value in one.members.items():
            if isinstance(value, Link):
                uid = self._named(value)
                if uid is None:
                    continue
                value = str(uid)
            members[name] = value
        with _about(self._key(ref)):
            return replace(one, members=self._fitting(one.kind, members))

    def _named(self, link: Link) -> UUID | None:
        """Our row that stands for a holding; the built-in registration is made with its account's
        first address."""
        thing = self._thing(link)
        if thing is None:
            return None
        if thing.key not in self.uids and thing.kind == "endpoint" and built_in(thing.theirs or {}):
            return trunks.default_trunk(self.own, self.own.account_uid).built_in_uid
        return self.uids.get(thing.key)

    def _fitting(self, kind: str, members: dict[str, Any]) -> dict[str, Any]:
        """What the provider says, as it fits into our account."""
        if kind == "numbers":
            return {**members, "handling": _handling(members)}
        name = members.get("host_name")
        if kind == "trunks" and name and _HOSTED.one(host_name=name) is not None:
            raise Conflict(f"another trunk here has the host name {name}")
        if (number := members.get("route_number")) is not None:
            members["route_number"] = self._free(number)
        return members

    def _free(self, number: int) -> int:
        """The provider's route number, else one that neither side has."""
        if number in self.routes:
            theirs = (one.members.get("route_number", 0) for one in self.inventory.holdings)
            number = 1 + max(*theirs, *self.routes)
        self.routes.add(number)
        return number

    def _number(self, things: Iterable[Thing]) -> None:
        """Numbers become the account's by the rules for new numbers: nobody else may have them."""
        for thing in things:
            assert thing.theirs is not None
            with _about(thing.key):
                made = provisioning.create(self.own, {"e164": thing.theirs["e164"]})
            self.uids[thing.key] = made.uid
            self.made.append(Pair("number", str(made.uid), thing.theirs["uid"]))

    def _ends(self, thing: Thing) -> tuple[UUID, list[UUID]]:
        assert thing.theirs is not None
        trunk = self.sides.of_theirs("trunk", thing.theirs["trunk_uid"])
        listed = self.sides.of_theirs("access_list", thing.theirs["access_list_uid"])
        assert trunk is not None
        assert listed is not None
        return self.uids[trunk.key], [self.uids[listed.key]]

    def _key(self, ref: str) -> str:
        thing = self._thing(ref)
        return ref if thing is None else thing.key

    def _refusal(self, refusal: Invalid, bundle: Mapping[str, Any]) -> Exception:
        """The refusal of the thing that a path of the bundle is about, else the problem itself."""
        for path in refusal.fields:
            found = _ROW.match(path)
            row = bundle[found[1]][int(found[2])] if found else {}
            if "ref" in row:
                return Refusal(self._key(row["ref"]), _told(refusal))
        return refusal


class _about:  # noqa: N801
    """Problems inside are about one thing."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Problem):
            raise Refusal(self.key, _told(error)) from None


def _ref(thing: Thing) -> str:
    assert thing.theirs is not None
    return f"{thing.kind}s/{thing.theirs['uid']}"


def _uid(ref: str) -> str:
    return ref.partition("/")[2]


def _links(one: Holding) -> Iterator[str]:
    return (str(value) for value in one.members.values() if isinstance(value, Link))


def _handling(members: Mapping[str, Any]) -> str:
    """A number whose provider says where its calls go leads nowhere until its application is
    chosen here; any other to the address, or to the trunk, that it is on."""
    if "handling" in members:
        return NumberHandling.NONE.value
    if "primary_endpoint" in members:
        return NumberHandling.ENDPOINT.value
    return NumberHandling.TRUNK.value if "trunk" in members else NumberHandling.NONE.value
