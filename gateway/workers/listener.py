"""The gateway's own SMPP listener: carriers that connect to us instead of being connected to.

One worker listens, by a lease; the others stand by and take over. That is what keeps the parts of a
long message together, and makes the address the same whoever serves it. A peer's messages and
receipts are stored as those of a link are, many in one transaction, and answered after its commit.
When the store cannot take them the peer is told to come again.

Every few seconds each session is asked for its login anew, so that a trunk that was switched off,
or has another password, loses its peer.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import gevent
from gevent.event import Event

from gateway.domain import receipts as receipt_texts
from gateway.domain.context import Context
from gateway.domain.problems import Unavailable
from gateway.domain.segments import UDH_INDICATOR
from gateway.models.database import connection, write
from gateway.services import inbound_binds, leases, receipts, receive
from gateway.services.batch import Batch
from gateway.services.flights import Way
from gateway.services.inbound_binds import Bind, Refusal
from gateway.services.receipts import Orphans
from gateway.transports.smpp.codec import Pdu
from gateway.transports.smpp.commands import Command, Status
from gateway.transports.smpp.server import Limits, ServerSession, SmppServer
from gateway.universe import Universe
from gateway.workers.metrics import Metrics

log = logging.getLogger("polytrunk.worker")

LEASE = "listener"
MOST_SESSIONS = 200
MOST_WAITING = 2000
MOST_AT_ONCE = 500
CHECK_SECONDS = 5.0
STOP_SECONDS = 2.0
SETTLE_SECONDS = 600.0
"""How long a receipt that fits nothing yet is compared with what was sent meanwhile."""

REFUSALS = {
    Refusal.UNKNOWN: Status.INVALID_SYSTEM_ID,
    Refusal.PASSWORD: Status.INVALID_PASSWORD,
    Refusal.ADDRESS: Status.BIND_FAILED,
}
TAKEN = frozenset({Command.SUBMIT_SM, Command.DELIVER_SM, Command.DATA_SM})
REPORTING = frozenset({Command.DELIVER_SM, Command.DATA_SM})


@dataclass(frozen=True, slots=True)
class Login:
    """What a session showed, to be asked again, and what it opened."""

    password: str
    bind: Bind


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request that waits to be stored."""

    session: ServerSession
    bind: Bind
    pdu: Pdu


class Listener:
    """`run` and `pump` are loops for greenlets of their own. `orphans_of(link)` gives the memory of
    the link's owner where that is this process, else None."""

    def __init__(
        self,
        universe: Universe,
        holder: str,
        metrics: Metrics,
        orphans_of: Callable[[UUID], Orphans | None] = lambda uid: None,
    ) -> None:
        self.universe = universe
        self._holder = holder
        self._metrics = metrics
        self._orphans_of = orphans_of
        self._server: SmppServer | None = None
        self._arrivals: deque[Arrival] = deque()
        self._unsettled: dict[UUID, tuple[Way, float]] = {}
        self._wake = Event()
        self._stopping = Event()
        self._ended = Event()
        self._checked_at = 0.0

    @property
    def port(self) -> int:
        """The port in use; 0 while another worker listens."""
        return self._server.port if self._server is not None else 0

    @property
    def sessions(self) -> list[ServerSession]:
        return list(self._server.sessions) if self._server is not None else []

    @property
    def ctx(self) -> Context:
        return self.universe.context()

    # being the one that listens

    def run(self) -> None:
        """Hold the lease and the socket, and look after what came, until `stop()`."""
        while not self._stopping.is_set():
            self.look()
            self._stopping.wait(min(1.0, float(self.universe.settings.lease_seconds) / 4))

    def look(self) -> None:
        """One round; trouble is logged and tried again in the next."""
        try:
            with connection():
                if not self._hold():
                    self._close(0.0)
                    return
                self._open()
                if time.monotonic() - self._checked_at >= CHECK_SECONDS:
                    self._checked_at = time.monotonic()
                    self._check()
                self._attend()
        except Unavailable as problem:
            log.error("the SMPP listener cannot be looked after: %s", problem)
        except OSError as problem:
            log.error("%s cannot be listened on: %s", self.universe.settings.smpp_bind, problem)
            self._let_go()
        except Exception:
            log.exception("looking after the SMPP listener failed")

    def stop(self) -> None:
        """Send the peers away, store what they had sent, and let another worker listen."""
        self._stopping.set()
        self._close(STOP_SECONDS)
        self._ended.set()
        self._wake.set()
        with self.universe.entered():
            self.tick()
            self._let_go()

    def _hold(self) -> bool:
        now, seconds = datetime.now(UTC), float(self.universe.settings.lease_seconds)
        with write():
            uid = self.universe.runtime.new_uid()
            return leases.acquire(LEASE, self._holder, uid, now, seconds)

    def _let_go(self) -> None:
        try:
            with write():
                leases.release(LEASE, self._holder)
        except Unavailable as problem:
            log.error("the listener's lease could not be given back: %s", problem)

    def _open(self) -> None:
        if self._server is not None or self._stopping.is_set():
            return
        settings = self.universe.settings
        host, _, port = settings.smpp_bind.rpartition(":")
        limits = Limits(
            sessions=MOST_SESSIONS,
            strict=False,
            accepts_deliver=True,
            init_seconds=settings.smpp_bind_seconds,
            enquire_seconds=settings.smpp_enquire_seconds,
            response_seconds=settings.smpp_response_seconds,
        )
        server = SmppServer(
            host.strip("[]"),
            int(port),
            authenticate=self._authenticate,
            on_submit=self._take,
            limits=limits,
        )
        server.start()
        self._server = server
        log.info("carriers may bind at %s:%d", server.host, server.port)

    def _close(self, grace_seconds: float) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.stop(grace_seconds)

    def _check(self) -> None:
        """Send away peers whose login no longer opens what it did."""
        for session in self.sessions:
            login = session.account
            if session.bound and login is not None:
                address = _host(session)
                if inbound_binds.admit(session.system_id, login.password, address) != login.bind:
                    log.warning("the peer %s may no longer be bound", _named(session))
                    session.unbind()

    def _attend(self) -> None:
        """Hand over what waited too long, and look at receipts that fitted nothing."""
        ctx, batch = self.ctx, Batch()
        overdue = inbound_binds.unattended(ctx)
        now = time.monotonic()
        self._unsettled = {uid: kept for uid, kept in self._unsettled.items() if kept[1] > now}
        if not overdue and not self._unsettled:
            return
        with write():
            for way, provider_uid in overdue:
                receive.hand_over(ctx, way, provider_uid, batch)
            for way, _ in self._unsettled.values():
                receipts.settle(ctx, way, batch, seconds=SETTLE_SECONDS)
            batch.flush()

    # what the server asks, in the sessions' own greenlets

    def _authenticate(self, session: ServerSession, pdu: Pdu) -> int:
        password = str(pdu.fields["password"])
        try:
            with self.universe.entered(), connection():
                found = inbound_binds.admit(session.system_id, password, _host(session))
        except Unavailable as problem:
            log.error("a peer could not be looked up: %s", problem)
            return Status.SYSTEM_ERROR
        if isinstance(found, Refusal):
            log.warning("the peer %s may not bind: %s", _named(session), found.value)
            return REFUSALS[found]
        session.account = Login(password, found)
        self._remember(found.ways)
        log.info("the peer %s is bound", _named(session))
        return Status.OK

    def _take(self, session: ServerSession, pdu: Pdu) -> int | None:
        if pdu.command not in TAKEN:
            return Status.INVALID_COMMAND_ID
        if len(self._arrivals) >= MOST_WAITING:
            return Status.THROTTLED
        self._arrivals.append(Arrival(session, session.account.bind, pdu))
        self._wake.set()
        return None

    def _remember(self, ways: Sequence[Way]) -> None:
        until = time.monotonic() + SETTLE_SECONDS
        self._unsettled |= {way.uid: (way, until) for way in ways}

    # storing

    def pump(self) -> None:
        """Store what comes, a few milliseconds' worth in one transaction."""
        pause = self.universe.settings.smpp_tick_ms / 1000
        while not self._ended.is_set():
            self._wake.wait()
            self._wake.clear()
            while self._arrivals:
                self.tick()
                gevent.sleep(pause)

    def tick(self) -> int:
        """Store what waits and answer it; how many requests."""
        taken = [self._arrivals.popleft() for _ in range(min(len(self._arrivals), MOST_AT_ONCE))]
        if not taken:
            return 0
        try:
            self._answer(taken, self._store(taken))
        except Unavailable as problem:
            log.error("the store is unavailable, peers must repeat: %s", problem)
            self._answer(taken, [Status.SYSTEM_ERROR] * len(taken))
        except Exception:
            log.exception("what peers sent could not be stored as a whole, now one by one")
            for arrival in taken:
                self._alone(arrival)
        return len(taken)

    def _alone(self, arrival: Arrival) -> None:
        try:
            statuses = self._store([arrival])
        except Exception:
            log.exception("what %s sent could not be stored", _named(arrival.session))
            statuses = [Status.SYSTEM_ERROR]
        self._answer([arrival], statuses)

    def _answer(self, arrivals: Sequence[Arrival], statuses: Sequence[int]) -> None:
        for arrival, status in zip(arrivals, statuses, strict=True):
            repeat = status == Status.SYSTEM_ERROR and arrival.pdu.command == Command.DELIVER_SM
            arrival.session.reply(arrival.pdu, Status.TEMPORARY_APP_ERROR if repeat else status)

    def _store(self, arrivals: Sequence[Arrival]) -> list[int]:
        ctx, batch = self.ctx, Batch()
        try:
            with connection(), write():
                statuses = [self._stored(ctx, arrival, batch) for arrival in arrivals]
                batch.flush()
        except BaseException:
            self._forget_receipts(arrivals)
            raise
        return statuses

    def _forget_receipts(self, arrivals: Sequence[Arrival]) -> None:
        """Have the links' owners read their orphans again: some they know of are not stored."""
        for uid in {way.uid for arrival in arrivals for way in arrival.bind.ways}:
            orphans = self._orphans_of(uid)
            if orphans is not None:
                orphans.stale = True

    def _stored(self, ctx: Context, arrival: Arrival, batch: Batch) -> int:
        """Store one request in the transaction; the command_status to answer it with."""
        bind, pdu = arrival.bind, arrival.pdu
        if self._reports(ctx, bind, pdu, batch):
            self._count(bind.way, "receipt")
            return receive.STORED
        segment = receive.read(pdu.fields, pdu.tlvs)
        status = receive.inbound(
            ctx,
            bind.way,
            bind.service_provider_uid,
            segment,
            batch,
            account_uid=bind.account_uid,
        )
        if status == receive.STORED:
            self._count(bind.way, "message")
        else:
            log.warning("%s sent a message for %s, which is not its to serve",
                        _named(arrival.session), segment.destination)  # fmt: skip
        return status

    def _reports(self, ctx: Context, bind: Bind, pdu: Pdu, batch: Batch) -> bool:
        """Take a receipt; False for what is none.

        It belongs to the link of the trunk its message left by; one that fits nothing yet is kept
        for the link that is dialled.
        """
        esm_class = int(pdu.fields.get("esm_class") or 0)
        if pdu.command not in REPORTING or esm_class & UDH_INDICATOR:
            return False
        text = bytes(pdu.fields.get("short_message") or b"")
        info = receipt_texts.parse(text, pdu.tlvs, esm_class)
        if info is None:
            return False
        way = next((way for way in bind.ways if receipts.known(way, [info])[0]), None)
        if way is None and info.certain:
            self._remember(bind.ways[:1])
        way = way or bind.ways[0]
        orphans = self._orphans_of(way.uid) or Orphans()
        batch.flush()  # an earlier receipt of this transaction may have changed the same part
        return receipts.receive(ctx, way, [info], orphans, batch)[0]

    def _count(self, way: Way, kind: str) -> None:
        self._metrics.deliveries.labels(str(way.uid), kind).inc()


def _host(session: ServerSession) -> str:
    return session.address.rpartition(":")[0]


def _named(session: Any) -> str:
    return f"{session.system_id!r} at {session.address}"
