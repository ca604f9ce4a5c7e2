"""Who owns which link: leases, configuration, failover and what else is looked at once a second.

Every worker asks for the leases of links nobody owns, up to its fair share of them, and renews
those it has. An owner binds the link, makes its predecessor's claims due and reads the orphans; one
that lost its lease drops the link at once. Leases follow the machine's clock.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import gevent
from gevent.event import Event

from gateway.domain.problems import Unavailable
from gateway.models.database import connection, spawn, write
from gateway.services import alerts, jobs, leases, receipts, receive, retention, routing, submission
from gateway.services.alerts import AlertType
from gateway.services.batch import Batch
from gateway.workers.connectors import Connector, configured
from gateway.workers.owner import LinkOwner
from gateway.workers.smpp import Pipeline

log = logging.getLogger("polytrunk.worker")

CHANGE_GRACE = 5.0
TIDY_SECONDS = 10.0
CLAIM_RENEWALS = 3
"""Renewals within the length of a claim."""


class Keeper:
    """Gives the pipeline its links and takes them away."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._universe = pipeline.universe
        self._holder = pipeline.holder
        self._wanted: dict[UUID, Connector] = {}
        self._known_bad: dict[UUID, str] = {}
        self._stopping = Event()
        self._renewed_at = datetime.min.replace(tzinfo=UTC)
        self._tidied_at = float("-inf")

    @property
    def period(self) -> float:
        """Seconds between two looks: a link's change is noticed within one."""
        return min(1.0, float(self._universe.settings.lease_seconds) / 4)

    def run(self) -> None:
        while not self._stopping.is_set():
            self.look()
            self._stopping.wait(self.period)

    def stop(self) -> None:
        """Let go of everything: no new messages, then unbind, then give claims and leases back."""
        self._stopping.set()
        self._pipeline.claiming = False
        owners = list(self._pipeline.owners.values())
        grace = float(self._universe.settings.shutdown_grace)
        gevent.joinall([spawn(owner.link.stop, grace) for owner in owners])
        for _ in range(3):
            self._pipeline.tick()
        try:
            with write():
                for owner in owners:
                    self._give_back(owner)
                leases.release(leases.worker_name(self._holder), self._holder)
        except Unavailable as problem:
            log.error("leases could not be given back and end by themselves: %s", problem)
        self._pipeline.owners.clear()

    def look(self) -> None:
        """One round; trouble with the store is logged and tried again in the next."""
        try:
            with connection():
                self._configure()
                self._lease()
                self._attend()
        except Unavailable as problem:
            log.error("the links cannot be looked after: %s", problem)
        except Exception:
            log.exception("looking after the links failed")

    # configuration

    def _configure(self) -> None:
        wanted = configured(self._universe.settings, self._known_bad)
        changed = wanted != self._wanted
        for uid, owner in list(self._pipeline.owners.items()):
            if owner.retiring:
                continue
            if uid not in wanted:
                self._drop(owner, "is no longer configured")
            elif wanted[uid] != owner.connector:
                self._drop(owner, "has changed")
        self._wanted = wanted
        now = time.monotonic()
        if changed or now - self._tidied_at >= TIDY_SECONDS:
            self._tidied_at = now
            self._tidy_lanes(wanted.keys(), changed)

    def _tidy_lanes(self, wanted: Iterable[UUID], changed: bool) -> None:
        """Messages for links that are no more look for another, and unrouted ones look again."""
        lanes = {jobs.link_lane(uid) for uid in wanted}
        gone = [name for name in jobs.lanes(jobs.LINK) if name not in lanes]
        ctx = self._pipeline.ctx
        with write():
            for lane in gone:
                jobs.abandon(lane, ctx.runtime.now())
                routing.strand(ctx, lane)
            if changed:
                jobs.wake(jobs.UNROUTED, ctx.runtime.now())
            retention.schedule(ctx)

    def _drop(self, owner: LinkOwner, why: str) -> None:
        """Stop a link in the background; its claims come back to the lane."""
        log.info("link %s %s", owner.link.name, why)
        owner.retiring = True
        spawn(self._retire, owner)

    def _retire(self, owner: LinkOwner) -> None:
        owner.link.stop(CHANGE_GRACE)
        while owner.answers:
            gevent.sleep(0.01)
            if self._stopping.is_set():
                return
        try:
            with write():
                self._give_back(owner)
        except Unavailable as problem:
            log.error("a link's lease could not be given back: %s", problem)
        finally:
            self._forget(owner)

    def _give_back(self, owner: LinkOwner) -> None:
        """Release what is left of a stopped link. Inside a transaction."""
        now = self._universe.runtime.now()
        held = [flight.job.uid for flight in owner.flights.values()]
        if held:
            jobs.release(held, self._holder, now)
        leases.release(leases.bound_name(owner.connector.uid), self._holder)
        leases.release(leases.link_name(owner.connector.uid), self._holder)

    def _forget(self, owner: LinkOwner) -> None:
        if self._pipeline.owners.get(owner.connector.uid) is owner:
            del self._pipeline.owners[owner.connector.uid]

    # leases

    def _lease(self) -> None:
        now = datetime.now(UTC)
        seconds = float(self._universe.settings.lease_seconds)
        lost, gained = [], []
        with write():
            if self._pipeline.claiming:
                self._acquire(leases.worker_name(self._holder), now, seconds)
            else:  # nobody is to wait for a worker that begins nothing
                leases.release(leases.worker_name(self._holder), self._holder)
            for owner in list(self._pipeline.owners.values()):
                if not self._acquire(leases.link_name(owner.connector.uid), now, seconds):
                    lost.append(owner)
                elif owner.link.bound:
                    self._acquire(leases.bound_name(owner.connector.uid), now, seconds)
                else:
                    leases.release(leases.bound_name(owner.connector.uid), self._holder)
            for connector in self._free(now):
                if self._acquire(leases.link_name(connector.uid), now, seconds):
                    gained.append(self._take_over(connector))
        for owner in lost:
            log.warning("link %s was taken by another worker", owner.link.name)
            self._forget(owner)
            spawn(owner.link.stop, 0)
        for owner in gained:
            log.info("link %s is ours", owner.link.name)
            self._pipeline.owners[owner.connector.uid] = owner
            owner.link.start()

    def _acquire(self, name: str, now: datetime, seconds: float) -> bool:
        # by chance, not by the universe: how often leases are renewed must not change its ids
        return leases.acquire(name, self._holder, uuid4(), now, seconds)

    def _free(self, now: datetime) -> list[Connector]:
        """Links nobody owns, as many as our share leaves room for."""
        mine = self._pipeline.owners
        if mine.keys() >= self._wanted.keys():
            return []
        held = leases.held("link:", now)
        free = [
            connector
            for uid, connector in self._wanted.items()
            if uid not in mine and held.get(leases.link_name(uid), self._holder) == self._holder
        ]
        workers = max(1, len(leases.held("worker:", now)))
        share = -(-len(self._wanted) // workers)
        return free[: max(0, share - len(mine))]

    def _take_over(self, connector: Connector) -> LinkOwner:
        """Make a link ours, in the transaction that has its lease."""
        pipeline = self._pipeline
        ctx = pipeline.ctx
        found = jobs.take_over(connector.way.lane, self._holder, ctx.runtime.now())
        if found:
            log.info("link %s: %d messages of a former owner are due", connector.name, found)
        owner = LinkOwner(
            connector, ctx, self._holder, pipeline.metrics, pipeline.wake.set, pipeline.dial
        )
        owner.orphans = receipts.load_orphans(ctx, connector.way)
        return owner

    # what else goes on

    def _attend(self) -> None:
        ctx, settings = self._pipeline.ctx, self._universe.settings
        now = datetime.now(UTC)
        length = timedelta(seconds=settings.claim_seconds)
        renew = now - self._renewed_at >= length / CLAIM_RENEWALS
        with write():
            for owner in list(self._pipeline.owners.values()):
                provider_uid = owner.connector.service_provider_uid
                batch = Batch()
                receive.hand_over(ctx, owner.way, provider_uid, batch)
                batch.flush()
                if renew:
                    owner.renew(ctx.runtime.now() + length)
                self._help(owner)
        if renew:
            self._renewed_at = now

    def _help(self, owner: LinkOwner) -> None:
        """Give a stuck link's messages to others, and call a person for a refused one."""
        ctx, connector = self._pipeline.ctx, owner.connector
        if owner.stuck_for >= connector.way.wants.failover_seconds:
            if owner.down_since is not None:
                owner.link.recall()
                submission.expire(ctx, owner.way, self._holder, Batch())
            moved = routing.fail_over(ctx, connector.uid, _why_stuck(owner))
            if moved:
                log.warning("link %s: %d messages went other ways", owner.link.name, moved)
        if owner.refusal and not owner.told_refusal:
            owner.told_refusal = True
            alerts.add(
                ctx,
                AlertType.LINK_DOWN,
                f"The carrier refuses the link: {owner.refusal}",
                account_uid=connector.account_uid,
                service_provider_uid=connector.service_provider_uid,
                details={"link": str(connector.uid), "host": connector.spec.host},
            )


def _why_stuck(owner: LinkOwner) -> str:
    if owner.refusal:
        return f"the login is refused: {owner.refusal}"
    return "it gives no answers" if owner.down_since is None else "it is down"
