"""The client side of one connector: sessions that stay bound, and submissions that leave in order.

    link = SmppLink(spec, on_answer=..., on_deliver=..., on_state=...)
    link.start()
    link.submit(Submission(key, [SubmitPart(part_key, fields, tlvs), ...]))
    ...
    link.stop(grace_seconds=10)

What an owner relies on:

* `submit` never blocks and never loses a part: exactly one `Answer` comes per part. It raises
  ValueError (a value over its limit) before anything is queued. More than `room()` may be handed
  in; the rest waits inside, and `recall()` takes back what has not left yet (answered UNSENT).
* Throttling (0x58, 0x14) and a wrong session state (0x04) are dealt with inside: the part goes
  back to the head and is sent again after the pause or the new bind. Every other status is handed
  over as it came; retrying it is the owner's business.
* LOST and TIMEOUT mean the provider may or may not have the message.
* A `Delivery` must be acknowledged with `ack()` once it is stored; the provider keeps it till then.
* Callbacks run in the link's own greenlets, one at a time per session. They must be quick and may
  call any method here. An exception in `on_deliver` refuses the delivery with 0x64; one in the
  others is logged.
* Passwords and texts are never logged.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import gevent
from gevent.event import Event

from gateway.domain.bucket import TokenBucket
from gateway.transports.smpp.codec import Pdu, encode_submit_body
from gateway.transports.smpp.commands import Status, status_name
from gateway.transports.smpp.pacing import Backoff, Throttle
from gateway.transports.smpp.session import BindRefused, Dial, Session
from gateway.transports.smpp.shapes import (
    Answer,
    Delivery,
    LinkSpec,
    LinkState,
    Outcome,
    Role,
    Submission,
    SubmitPart,
)
from gateway.transports.smpp.stream import connect
from gateway.transports.smpp.window import Flight

__all__ = [
    "Answer",
    "Delivery",
    "Dial",
    "LinkSpec",
    "LinkState",
    "Outcome",
    "SmppLink",
    "Submission",
    "SubmitPart",
]

log = logging.getLogger("polytrunk.smpp.link")

_CREDENTIALS = frozenset({Status.BIND_FAILED, Status.INVALID_PASSWORD, Status.INVALID_SYSTEM_ID})
_STEADY_SECONDS = 5.0


@dataclass(slots=True)
class _Item:
    """One part on its way through the link; `order` keeps the order of submission."""

    order: int
    key: Hashable
    part_key: Hashable
    body: bytes
    deadline: float | None
    attempts: int = 0
    put_back: int = 0
    rebinds: int = 0
    status: int | None = None

    def answer(self, outcome: Outcome, status: int | None = None, **more: Any) -> Answer:
        more |= {"attempts": self.attempts, "put_back": self.put_back}
        return Answer(self.key, self.part_key, outcome, status, **more)


class SmppLink:
    """See the module's text. `name` appears in the log; `rng` only spreads the reconnects. `dial`
    connects, by default over the network."""

    def __init__(
        self,
        spec: LinkSpec,
        *,
        on_answer: Callable[[Answer], None],
        on_deliver: Callable[[Delivery], None],
        on_state: Callable[[LinkState, str], None] | None = None,
        name: str = "",
        rng: random.Random | None = None,
        dial: Dial = connect,
    ) -> None:
        self.spec = spec
        self.name = name or f"{spec.host}:{spec.port}"
        self.state = LinkState.STOPPED
        self.last_error = ""
        self.bound_since: float | None = None
        self.statuses: Counter[int] = Counter()
        self.sent = 0
        self._on_answer = on_answer
        self._on_deliver = on_deliver
        self._on_state = on_state
        self._rng = rng or random.Random()
        self._dial = dial
        self._sessions: list[Session] = []
        self._queue: deque[deque[_Item]] = deque()
        self._queued = 0
        self._order = 0
        self._throttle = Throttle(spec.throttle, self._rng)
        self._bucket = _bucket(spec.rate)
        self._wake = Event()
        self._stopping = Event()
        self._stopping.set()
        self._greenlets: list[Any] = []

    # -- life

    def start(self) -> None:
        """Open the sessions in the background; returns at once. Starting twice does nothing."""
        if not self._stopping.is_set():
            return
        self._stopping.clear()
        self._state(LinkState.CONNECTING, "")
        self._greenlets = [gevent.spawn(self._keep, role) for role in self.spec.roles]
        self._greenlets.append(gevent.spawn(self._pump))

    def stop(self, grace_seconds: float = 10.0) -> None:
        """Take nothing more, wait for open answers at most the grace, unbind, and end.

        What has not left is answered UNSENT, what is still unanswered LOST.
        """
        if self._stopping.is_set():
            return
        self._stopping.set()
        self.recall()
        until = time.monotonic() + grace_seconds
        while self.in_flight and time.monotonic() < until:
            gevent.sleep(0.01)
        sessions = list(self._sessions)
        gevent.joinall([gevent.spawn(session.unbind, "stopped") for session in sessions])
        gevent.joinall(self._greenlets, timeout=0.1)
        gevent.killall(self._greenlets, timeout=1.0)
        for session in list(self._sessions):
            self._lost(session, "stopped")
        self.recall()
        self._state(LinkState.STOPPED, "")

    # -- what the owner asks

    @property
    def bound(self) -> bool:
        """At least one session can submit."""
        return any(session.open for session in self._sessions)

    @property
    def in_flight(self) -> int:
        return sum(len(session.window.open) for session in self._sessions)

    @property
    def queued(self) -> int:
        """Parts handed in that have not left (or were refused by throttling)."""
        return self._queued + sum(len(session.backlog) for session in self._sessions)

    def room(self) -> int:
        """Free window slots over the bound sessions, less what waits already; 0 while not bound."""
        slots = sum(session.window.room for session in self._sessions if session.open)
        return max(0, slots - self.queued)

    def submit(self, submission: Submission) -> None:
        """Queue a submission; raises ValueError or KeyError for parts that cannot be written."""
        if self._stopping.is_set():
            raise RuntimeError("the link is stopped")
        bodies = [encode_submit_body(part.fields, part.tlvs) for part in submission.parts]
        batch: deque[_Item] = deque()
        for part, body in zip(submission.parts, bodies, strict=True):
            self._order += 1
            batch.append(_Item(self._order, submission.key, part.key, body, submission.deadline))
        if batch:
            self._queue.append(batch)
            self._queued += len(batch)
            self._wake.set()

    def recall(self) -> int:
        """Take back all parts that have not left; each is answered UNSENT. Their number."""
        items = [item for batch in self._queue for item in batch]
        self._queue.clear()
        self._queued = 0
        for session in self._sessions:
            items.extend(session.backlog)
            session.backlog.clear()
        for item in items:
            self._tell(item.answer(Outcome.UNSENT, item.status))
        return len(items)

    def query(
        self, message_id: str, source: str, *, ton: int = 0, npi: int = 0, seconds: float = 10.0
    ) -> Pdu | None:
        """Ask the provider for a message's state; None when not bound or not answered in time."""
        for session in self._sessions:
            if session.open:
                return session.query(message_id, source, ton, npi, seconds)
        return None

    def snapshot(self) -> dict[str, Any]:
        """Figures for operators: state, sessions, window use, queue, counts per status."""
        return {
            "state": str(self.state),
            "bound_seconds": time.monotonic() - self.bound_since if self.bound_since else None,
            "sessions": len(self._sessions),
            "in_flight": self.in_flight,
            "queued": self.queued,
            "sent": self.sent,
            "statuses": {f"0x{status:08X}": n for status, n in self.statuses.items()},
            "last_error": self.last_error,
        }

    # -- staying bound

    def _keep(self, role: Role) -> None:
        """Hold one session bound until the link stops."""
        spec = self.spec
        lost = Backoff(spec.reconnect, self._rng)
        refused = Backoff(spec.refused, self._rng)
        waiting = Backoff(spec.waiting, self._rng)
        while not self._stopping.is_set():
            session = Session(spec, role, self, self._dial)
            try:
                session.bind()
            except BindRefused as error:
                delay = self._refused(error, refused, waiting, lost)
            except (OSError, ValueError) as error:
                self._failed(f"{type(error).__name__}: {error}")
                delay = lost.next()
            else:
                refused.reset()
                waiting.reset()
                steady = self._live(session)
                if steady:
                    lost.reset()
                delay = lost.next()
            self._stopping.wait(delay)

    def _live(self, session: Session) -> bool:
        """Run a bound session to its end; True if it lasted."""
        self._sessions.append(session)
        if self.bound and self.bound_since is None:
            self.bound_since = time.monotonic()
        self._state(LinkState.BOUND if self.bound else LinkState.CONNECTING, session.role.value)
        self._wake.set()
        try:
            why = session.run()
        finally:
            self._lost(session, session.why)
        log.info("link %s: a %s session ended: %s", self.name, session.role.value, why)
        return time.monotonic() - (session.bound_at or 0.0) >= _STEADY_SECONDS

    def _refused(
        self, error: BindRefused, refused: Backoff, waiting: Backoff, lost: Backoff
    ) -> float:
        self.last_error = str(error)
        if error.status in _CREDENTIALS:
            log.error("link %s: %s; asking again later", self.name, error)
            self._state(LinkState.REFUSED, str(error))
            return refused.next()
        self._failed(str(error))
        return (waiting if error.status == Status.ALREADY_BOUND else lost).next()

    def _failed(self, detail: str) -> None:
        self.last_error = detail
        log.warning("link %s: %s", self.name, detail)
        if not self.bound and not self._stopping.is_set():
            self._state(LinkState.DOWN, detail)

    def _lost(self, session: Session, why: str) -> None:
        """Answer what a dead session had open and take back what it had not sent."""
        if session not in self._sessions:
            return
        self._sessions.remove(session)
        back, session.backlog = session.backlog, deque()
        if back:
            self._queue.appendleft(back)
            self._queued += len(back)
        for flight in session.window.drain():
            self._tell(flight.item.answer(Outcome.LOST, detail=why))
        if not self.bound:
            self.bound_since = None
            if not self._stopping.is_set():
                self._failed(why)
        self._wake.set()

    def _state(self, state: LinkState, detail: str) -> None:
        if state is self.state and state is not LinkState.REFUSED:
            return
        self.state = state
        if self._on_state is not None:
            try:
                self._on_state(state, detail)
            except Exception:
                log.exception("link %s: on_state failed", self.name)

    # -- submitting

    def _pump(self) -> None:
        while not self._stopping.is_set():
            delay = self._send_what_may_go()
            self._wake.wait(delay)
            self._wake.clear()

    def _send_what_may_go(self) -> float | None:
        """Send until the window, the rate or a pause says stop; seconds until looking again."""
        while self._queue or any(session.backlog for session in self._sessions):
            now = time.monotonic()
            if now < self._throttle.paused_until:
                return self._throttle.paused_until - now
            allowed = self._throttle.allowance
            if allowed is not None and self.in_flight >= allowed:
                return None
            session = self._next_session()
            if session is None:
                return None
            item = session.backlog[0]
            if item.deadline is not None and now >= item.deadline:
                self._give_up(session.backlog.popleft())
                continue
            wait = self._bucket.take(now) if self._bucket is not None else 0.0
            if wait > 0:
                return wait
            session.backlog.popleft()
            item.attempts += 1
            self.sent += 1
            session.submit(item, item.body, now)
        return None

    def _next_session(self) -> Session | None:
        """A session with room and something to send: what it has begun, else a new message."""
        best: Session | None = None
        for session in self._sessions:
            if not session.open or session.window.room <= 0:
                continue
            if session.backlog:
                return session
            if best is None or session.window.room > best.window.room:
                best = session
        if best is None or not self._queue:
            return None
        best.backlog = self._queue.popleft()
        self._queued -= len(best.backlog)
        return best

    def _give_up(self, item: _Item) -> None:
        """The deadline passed while the part waited."""
        if item.status is not None:
            self._tell(item.answer(Outcome.ANSWERED, item.status, detail="still throttled"))
        else:
            self._tell(item.answer(Outcome.UNSENT, detail="waited past its deadline"))

    def _put_back(self, session: Session, item: _Item) -> None:
        """To the head of what the session still has to send, in the order of submission."""
        item.put_back += 1
        if session not in self._sessions or session.retiring:
            self._queue.appendleft(deque([item]))
            self._queued += 1
            return
        at = 0
        while at < len(session.backlog) and session.backlog[at].order < item.order:
            at += 1
        session.backlog.insert(at, item)

    # -- what sessions report

    def answered(
        self,
        session: Session,
        flight: Flight[_Item],
        status: int,
        message_id: str | None,
        late: bool,
    ) -> None:
        item = flight.item
        self.statuses[status] += 1
        self._wake.set()
        if not late and self._handled_inside(session, flight, status):
            return
        if status == Status.OK and self._throttle.accepted(flight.sent_at, self.spec.window):
            self._state(LinkState.BOUND, "back at full speed")
        self._tell(item.answer(Outcome.ANSWERED, status, message_id=message_id, late=late))

    def _handled_inside(self, session: Session, flight: Flight[_Item], status: int) -> bool:
        """Throttling and a lost bind state concern the link, not the message."""
        item, spec = flight.item, self.spec
        item.status = status
        now = time.monotonic()
        if status in spec.throttle_statuses:
            if self._throttle.refused(flight.sent_at, now):
                pause = self._throttle.paused_until - now
                self._state(LinkState.THROTTLED, f"{status_name(status)}, pausing {pause:.1f} s")
            if item.deadline is not None and now >= item.deadline:
                return False
            self._put_back(session, item)
            return True
        if status in spec.rebind_statuses and item.rebinds < spec.rebind_limit:
            item.rebinds += 1
            session.retire(f"answered {status_name(status)}")
            self._put_back(session, item)
            return True
        return False

    def overdue(self, session: Session, flights: list[Flight[_Item]]) -> None:
        for flight in flights:
            self._tell(flight.item.answer(Outcome.TIMEOUT, detail="no answer in time"))
        self._wake.set()

    def delivered(self, delivery: Delivery) -> None:
        delivery.link = self
        self._on_deliver(delivery)

    def drained(self, session: Session) -> None:
        self._wake.set()

    def _tell(self, answer: Answer) -> None:
        try:
            self._on_answer(answer)
        except Exception:
            log.exception("link %s: on_answer failed", self.name)


def _bucket(rate: float | None) -> TokenBucket | None:
    """A burst of a fiftieth of a second: below it gevent's timers would cap the rate."""
    return TokenBucket(rate, max(1.0, rate / 50)) if rate else None
