"""Synchronising our account with the provider of a connection, both ways.

A round reads the provider, then, in one transaction, compares our account with it, takes what only
the provider changed, and remembers what both say alike now. What only we changed is sent to it
afterwards, request by request and on record. The next round finds what came of that; the last one
finds nothing more to do. So a process may die anywhere: what was done is seen to be done when it
is run again, by ids where both are known and by natural keys else, and only what both agree on is
ever taken for old.

    read -> compare, take, remember (one transaction) -> send -> read ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.domain.context import Context
from gateway.domain.drift import Begun, Difference, Verdict
from gateway.domain.holdings import Inventory
from gateway.domain.migration import REFERENCES, Item, Plan, digest, from_json
from gateway.domain.moves import Row
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Conflict, Invalid
from gateway.domain.settling import Settled, plain, settled
from gateway.domain.sides import STANDING, Sides
from gateway.domain.words import AlertType, ConnectionMode, ItemState, RunState
from gateway.models.database import write
from gateway.services import (
    alerts,
    baselines,
    connections,
    move_runs,
    own_inventory,
    pairing,
    tenancy,
)
from gateway.services.making import lock_account
from gateway.services.move_plans import End
from gateway.services.moving import Mover, There
from gateway.services.sync_plans import Drift, Held, Wish, compare, untaken
from gateway.services.sync_pulls import Pull, Refusal
from gateway.services.sync_pushes import Pushes
from gateway.wire.upstream import Refused

ROUNDS = 4
ABOUT_IT = (400, 404, 405, 409, 410, 412, 415, 422)
"""Answers of a provider that are about what was asked, and not about who asks or when."""
BROKEN_OFF = "broken off; both sides were compared again"


@dataclass
class Report:
    """What was, or would be, taken and sent, and what was not. `by_hand` is what a person must do
    beside it; `unread` could not be understood of the provider's answers."""

    connection: str
    dialect: str
    pull: list[Difference] = field(default_factory=list)
    push: list[Difference] = field(default_factory=list)
    conflicts: list[Difference] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    by_hand: list[Held] = field(default_factory=list)
    unread: Sequence[str] = ()
    agreed: int = 0

    @property
    def is_clean(self) -> bool:
        return not self.conflicts and not self.held


@dataclass(frozen=True)
class _Theirs:
    inventory: Inventory
    rows: Settled


class Syncer(Mover):
    """Synchronises one connection. Nobody else writes to its provider meanwhile."""

    def __init__(self, ctx: Context, end: End, **more: Any) -> None:
        super().__init__(ctx, end, end, **more)
        if not end.dialect.moves():
            raise Invalid.one("dialect", "choice", f"{end.dialect.title} is told nothing")
        self.row = end.connection
        self.account = tenancy.get_account(ctx, self.row.account_uid)
        self.there: There | None = None
        self.refused: dict[str, str] = {}

    @property
    def own(self) -> Context:
        """The account acts itself: its rules hold for what is taken."""
        owner = {"service_provider_uid": self.account.service_provider_uid}
        principal = Principal(
            Scope.ACCOUNT, key_uid=self.ctx.runtime.new_uid(), account_uid=self.account.uid, **owner
        )
        return replace(self.ctx, principal=principal, dialect=self.row.dialect)

    def dry_run(self, wish: Wish) -> Report:
        """What would be done; nothing is written anywhere."""
        theirs = self._theirs()
        made = compare(self._sides(theirs), wish, begun=self._begun())
        pushes = self._pushes(made, wish)
        items = list(pushes.items())
        return self._report(made, made, theirs, pushes.held, items)

    def sync(self, wish: Wish) -> Report:
        """Do it. Conflict for a connection that is not of that mode, and while another run writes.

        Conflicts stay as they are on both sides; they are told in the report and by an alert.
        """
        if self.row.mode != ConnectionMode.SYNC:
            raise Conflict(f"{self.row.name} is {self.row.mode}: its mode must be sync")
        with self._alone():
            done: list[Report] = []
            for _ in range(ROUNDS):
                done.append(self._round(wish))
                wish = _undecided(wish)  # what comes up later nobody has seen
                if not done[-1].pull and not done[-1].push:
                    break
            report = _joined(done)
            self._alert(report)
            return report

    def _round(self, wish: Wish) -> Report:
        self._renew()
        self.refused = {}
        theirs = self._theirs()
        self._renew()
        made, after = self._taken(theirs, wish)
        pushes = self._pushes(after, wish)
        items = list(pushes.items())
        if items:
            self._send(after, items)
        sent = [item for item in items if item.key not in self.refused]
        refused = [Held(key, why) for key, why in self.refused.items()]
        return self._report(made, after, theirs, [*pushes.held, *refused], sent)

    def _theirs(self) -> _Theirs:
        end = self.target
        found = connections.pull(self.ctx, self.row, end.dialect, end.transport)
        return _Theirs(found, settled(plain(found)))

    def _sides(self, theirs: _Theirs, pairs: Sequence[Any] = ()) -> Sides:
        rows = own_inventory.rows_of(self.row.account_uid)
        shared = {row["uid"] for row in pairing.share(rows, self.row)["number"]}
        elsewhere = {row["uid"] for row in rows["number"]} - shared
        known = [*pairs, *baselines.names(self.row.uid)]
        base = baselines.get(self.row.uid)
        return Sides(self.hand.moves, settled(rows), theirs.rows, base, known, elsewhere)

    # Taking

    def _taken(self, theirs: _Theirs, wish: Wish) -> tuple[Drift, Drift]:
        """Take what is theirs: the drift before and after that. What cannot be taken is held, and
        the rest is taken without it."""
        refused: dict[str, str] = {}
        while True:
            try:
                return self._take(theirs, wish, refused)
            except Refusal as refusal:
                refused[refusal.key] = refusal.why

    def _take(self, theirs: _Theirs, wish: Wish, refused: Mapping[str, str]) -> tuple[Drift, Drift]:
        with write():
            lock_account(self.row.account_uid)
            begun = self._begun()
            made = compare(self._sides(theirs), wish, begun=begun, refused=refused)
            pairs = []
            if made.pull:
                pull = Pull(self.own, self.row, theirs.inventory, made.sides)
                pairs = pull.take(made.pull)
            left = wish if wish.take is Verdict.OURS else _undecided(wish)
            after = compare(self._sides(theirs, pairs), left, begun=begun, refused=refused)
            for held in untaken(made, after):
                raise Refusal(*held)
            baselines.put(self.ctx, self.row.uid, after.sides.remembered(after.agreed))
            pairing.forget(self.row, self._gone(after.sides))
            self._close_broken()
            return made, after

    def _gone(self, sides: Sides) -> list[str]:
        """Rows that the connection has names for and we have no more."""
        return [
            pair.ours for pair in baselines.names(self.row.uid)
            if pair.kind in STANDING and sides.of_ours(pair.kind, pair.ours) is None
        ]  # fmt: skip

    # Sending

    def _pushes(self, made: Drift, wish: Wish) -> Pushes:
        return Pushes(made, wish, dict(self._offers(made)))

    def _offers(self, made: Drift) -> Iterator[tuple[str, Any]]:
        """New numbers that the provider sells; each is looked up once."""
        for move in self.hand.moves:
            for one in made.push if move.offer is not None else ():
                thing = made.sides.things[one.key]
                if thing.kind != move.kind or thing.theirs is not None or thing.ours is None:
                    continue
                offer = move.offer(self.hand.client, Row(thing.ours)) if move.offer else None
                if offer is not None:
                    yield str(thing.ours["e164"]), offer

    def _send(self, made: Drift, items: Sequence[Item]) -> None:
        sides, row = made.sides, self.row
        names = {
            thing.key: str(thing.theirs["uid"]) for thing in sides.things.values() if thing.theirs
        }
        rows = {thing.key: thing.theirs for thing in sides.things.values() if thing.theirs}
        self.there = There(names, rows, sides.there)
        plan = Plan(
            str(self.account.name), row.name, (row.dialect, row.dialect), digest(sides.ours),
            tuple(items),
        )  # fmt: skip
        self._carry_out(move_runs.begin(self.ctx, self.account, row, plan))

    def _look(self) -> There:
        """What the round read, by the names of things."""
        assert self.there is not None
        return self.there

    def _do(self, row: Any, item: Item, there: There) -> None:
        """What the provider refuses stops nothing else; the next round tries once more, since what
        comes after it may have been in its way."""
        named = (item.values.get(name) for name in REFERENCES)
        lacking = [key for key in named if key is not None and key not in there.ids]
        try:
            if lacking:
                raise Conflict(f"{lacking[0]} is not there")
            super()._do(row, item, there)
        except (Conflict, Refused) as problem:
            if isinstance(problem, Refused) and problem.status not in ABOUT_IT:
                raise
            self.refused[item.key] = str(problem)
            move_runs.note(self.ctx, row, ItemState.WAITING, {"error": str(problem)})

    def _broken(self) -> Any:
        """The run that never ended, None where all did."""
        run = move_runs.last(self.ctx, self.account, self.row)
        return run if run is not None and run.state == RunState.APPLYING else None

    def _begun(self) -> list[Begun]:
        """What it left half done, where that can be: changes that take several requests."""
        run = self._broken()
        if run is None:
            return []
        items = from_json(run.plan).items
        started = [
            items[row.position] for row in move_runs.items(run) if row.state == ItemState.STARTED
        ]
        return [
            Begun(item.key.partition("#")[0], item.before, item.values)
            for item in started if self.hand.moves[item.move].puts is not None
        ]  # fmt: skip

    def _close_broken(self) -> None:
        """It is not gone on with: what it left to do is found by comparing."""
        run = self._broken()
        if run is not None:
            move_runs.state(self.ctx, run, RunState.APPLIED, BROKEN_OFF)

    # Telling

    def _report(
        self, made: Drift, after: Drift, theirs: _Theirs, held: Sequence[Held],
        items: Sequence[Item],
    ) -> Report:  # fmt: skip
        sent = {item.key.partition("#")[0] for item in items}
        hand = [Held(item.key, item.by_hand) for item in items if item.by_hand]
        found = theirs.inventory
        return Report(
            self.row.name, self.row.dialect, made.pull,
            [one for one in after.push if one.key in sent], after.conflicts,
            [*after.held, *held], hand, (*found.notes, *found.oddities()), len(after.agreed),
        )  # fmt: skip

    def _alert(self, report: Report) -> None:
        if not report.conflicts:
            return
        keys = sorted({one.key for one in report.conflicts})
        text = f"{report.connection}: both sides changed {', '.join(keys[:3])}"
        with write():
            alerts.add(
                self.ctx, AlertType.LINK_DOWN, text, account_uid=self.row.account_uid,
                details={"connection": report.connection, "keys": keys},
            )  # fmt: skip


def _undecided(wish: Wish) -> Wish:
    return replace(wish, take=None, keys=())


def _joined(done: Sequence[Report]) -> Report:
    """All that the rounds did, and what the last one left."""
    last = done[-1]
    unmoved = [*last.pull, *last.push] if len(done) == ROUNDS else []
    stuck = [Held(one.key, f"{one.member or 'it'} does not stay as it was set") for one in unmoved]
    return replace(
        last,
        pull=[one for report in done for one in report.pull],
        push=[one for report in done for one in report.push],
        by_hand=[one for report in done for one in report.by_hand],
        held=[*last.held, *stuck],
    )
