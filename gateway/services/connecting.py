"""Connecting a platform to a provider: one plan for each end, carried out and taken back as moves.

The platform gets the provider as a carrier with its numbers, the provider gets the platform's
addresses. Each end is written to by a run of its own, the platform's first, so that it knows the
calls before they come. What an end is to hold is made of the other one, whose seat is swapped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gateway.domain import connecting, migration
from gateway.domain.connecting import Wire
from gateway.domain.context import Context
from gateway.domain.migration import Action, Plan, Policy, digest
from gateway.domain.problems import Conflict, Invalid, NotFound
from gateway.domain.seats import ADMITS, DIALS, address
from gateway.domain.settling import Settled
from gateway.domain.words import RunState
from gateway.services import connections, move_runs
from gateway.services.move_plans import End
from gateway.services.moving import Mover
from gateway.wire.provider import Reading

PLATFORM, PROVIDER = "platform", "provider"
SIGNALLING, SBCS = "signalling", "sbcs"
"""Settings of a connection: what a provider publishes, and a platform's own addresses."""


class PolicyRefuses(Conflict):
    """Something would be lost, and the policy is to refuse that."""


@dataclass(frozen=True)
class Half(Plan):
    """What is to be done at one end, `seat`. It is kept in the run, so that nobody takes that for a
    move. `blocked` says why nothing can be done at either."""

    seat: str = PLATFORM
    blocked: str = ""


@dataclass(frozen=True)
class Facing(End):
    """One end as the other is to hold it."""

    seen: Callable[[Context], Settled]

    def read(self, ctx: Context) -> tuple[Settled, tuple[str, ...]]:
        return self.seen(ctx), ()


def is_half(run: Any) -> bool:
    """Whether a run is one end of a platform being connected."""
    return "seat" in run.plan


@dataclass(frozen=True)
class Connecting:
    """Invalid where the first end is no provider or the second no platform."""

    ctx: Context
    provider: End
    platform: End

    def __post_init__(self) -> None:
        for end, name, is_platform in ((self.provider, "from", False), (self.platform, "to", True)):
            if (connections.provider_of(end.dialect).border is not None) is not is_platform:
                wanted = "a platform" if is_platform else "a provider"
                text = f"{end.connection.name} ({end.dialect.title}) is not {wanted}"
                raise Invalid.one(name, "choice", text)

    def plans(self, policy: Policy = Policy.WARN) -> list[Half]:
        """What to do at the platform, then at the provider. Where the two cannot be connected all
        of it is blocked."""
        (held, unread), (theirs, more) = self.provider.read(self.ctx), self.platform.read(self.ctx)
        wire = self._wire()
        lacking = connecting.lacking(held, wire)
        wanted = connecting.at_platform(held, wire)
        first = self._half(PLATFORM, wanted, theirs, digest(wanted), policy, more, lacking)
        wanted = connecting.at_provider(held, wire) if not lacking else {}
        facts = digest(_border(wire))
        second = self._half(PROVIDER, wanted, held, facts, policy, unread, lacking)
        return [first, second]

    def _half(
        self, seat: str, wanted: Settled, there: Settled, facts: str, policy: Policy,
        unread: tuple[str, ...], lacking: str,
    ) -> Half:  # fmt: skip
        source, target = self._ends(seat)
        moves = target.dialect.moves()
        made = migration.plan(
            (source.connection.name, target.connection.name),
            (source.dialect.name, target.dialect.name), wanted, there, moves, policy=policy,
        )  # fmt: skip
        rows = {(kind, row["uid"]): row for kind in wanted for row in wanted[kind]}
        own = {row["uid"] for kind in there for row in there[kind]} if seat == PROVIDER else set()
        items = []
        for item in connecting.relevant(made, frozenset(own)):
            row, move = rows[item.kind, item.source], moves[item.move]
            hand = self._by_hand(seat, item.kind)
            item = connecting.judged(item, row, move, target.dialect.name, hand)
            items.append(connecting.blocked(item, lacking) if lacking else item)
        told = vars(made) | connecting.counted(items, rows)
        told |= {"items": tuple(items), "digest": facts, "unread": unread}
        return Half(**told, seat=seat, blocked=lacking)

    def _by_hand(self, seat: str, kind: str) -> str:
        """Numbers wait at the platform for calls that the provider sends; addresses of the platform
        at the provider wait to be let in."""
        waits = {(PLATFORM, "number"): DIALS, (PROVIDER, "endpoint"): ADMITS}
        by_hand = connections.provider_of(self.provider.dialect).by_hand
        return by_hand.get(waits.get((seat, kind), ""), "")

    def _wire(self) -> Wire:
        """What is known of the addresses at both ends."""
        at = connections.provider_of(self.provider.dialect)
        published = self.provider.connection.settings.get(SIGNALLING, ())
        own = [address(text) for text in self.platform.connection.settings.get(SBCS, ())]
        border = connections.provider_of(self.platform.dialect).border
        if not own and border is not None:
            own = [dict(one) for one in border(self._reading())]
        signalling = [address(text) for text in published]
        return Wire(self.provider.connection.name, own, signalling, frozenset(at.by_hand))

    def _reading(self) -> Reading:
        return Reading(self.platform.client(self.ctx), self.platform.account)

    def _ends(self, seat: str) -> tuple[End, End]:
        """From which end to which a half goes; it ends where it writes."""
        if seat == PLATFORM:
            return self.provider, self.platform
        return self.platform, self.provider

    def _mover(self, seat: str) -> Mover:
        source, target = self._ends(seat)
        seen = self._at_platform if seat == PLATFORM else lambda _: _border(self._wire())
        facing = Facing(source.connection, source.dialect, source.transport, seen=seen)
        return Mover(self.ctx, facing, target)

    def _at_platform(self, ctx: Context) -> Settled:
        held, _ = self.provider.read(ctx)
        return connecting.at_platform(held, self._wire())

    def apply(self, made: list[Half] | None, policy: Policy, *, spend: bool) -> Iterator[Any]:
        """Carry out what is left to do at both ends, by the plans, else by such as are made now;
        the runs. Conflict when that may not be.

        Plans of an earlier start say nothing any more once a run had to go on."""
        for seat in (PLATFORM, PROVIDER):
            run = self._last(seat)
            if run is not None and run.state == RunState.APPLYING:
                yield self._mover(seat).go_on(run)
                made = None
                continue
            made = made or self.plans(policy)
            for half in made:
                if half.blocked:
                    raise Conflict(half.blocked)
                if half.refused:
                    raise PolicyRefuses(half.refused)
            half = next(one for one in made if one.seat == seat)
            if half.of(Action.CREATE, Action.CHANGE):
                yield self._mover(seat).start(half, spend=spend)

    def undo(self) -> Iterator[Any]:
        """Take back all that was done to connect the two, last things first; the runs. NotFound
        when nothing was; Conflict while a move that came later stands."""
        done = False
        while (seat := self._newest()) is not None:
            yield self._mover(seat).undo(self._last(seat))
            done = True
        if not done:
            raise NotFound("these connections were not connected")

    def _newest(self) -> str | None:
        """Where the newest run wrote that is not taken back."""
        found = {seat: self._last(seat) for seat in (PLATFORM, PROVIDER)}
        there = {seat: run.id for seat, run in found.items() if run is not None}
        return max(there, key=lambda seat: there[seat]) if there else None

    def _last(self, seat: str) -> Any:
        source, target = self._ends(seat)
        run = move_runs.last(self.ctx, source.connection, target.connection)
        if run is not None and not is_half(run):
            names = f"{source.connection.name} to {target.connection.name}"
            raise Conflict(f"an account was moved from {names}: take that back first")
        return run


def _border(wire: Wire) -> Settled:
    """What the provider's end is made of, as far as it is the platform's."""
    return {"border": [dict(one) for one in wire.ours]}


def as_json(halves: list[Half]) -> list[dict[str, Any]]:
    """Both plans; `from_json` reads them."""
    return [migration.as_json(half) for half in halves]


def from_json(told: Any) -> list[Half]:
    """ValueError, KeyError or TypeError for what is not the plans of two ends."""
    halves = [
        Half(**vars(migration.from_json(one)), seat=one["seat"], blocked=one["blocked"])
        for one in told
    ]
    if [half.seat for half in halves] != [PLATFORM, PROVIDER]:
        raise ValueError("it has not the two ends of a connection")
    return halves
