"""One link owned by this worker: the sessions on one side, the pipeline's queues on the other.

The link's greenlets only put answers and deliveries into queues here; the pipeline takes them out
in its transaction. What a transaction changes in memory is saved before and put back if it fails.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from gateway.domain import receipts as receipt_texts
from gateway.domain.context import Context
from gateway.domain.segments import UDH_INDICATOR
from gateway.domain.words import OnAmbiguous
from gateway.services import jobs, receipts, receive, submission
from gateway.services.batch import Batch
from gateway.services.flights import Flight, References, fields
from gateway.services.submission import Result
from gateway.transports.smpp.link import (
    Answer,
    Delivery,
    Dial,
    LinkState,
    Outcome,
    SmppLink,
    Submission,
    SubmitPart,
)
from gateway.transports.smpp.stream import connect
from gateway.workers.connectors import Connector
from gateway.workers.metrics import Metrics

log = logging.getLogger("polytrunk.worker")

TEMPORARY = 0x64
MOST_AT_ONCE = 500
LATE_KEPT = 2000


class LinkOwner:
    """`wake()` tells the pipeline that something came. `dial` connects the link."""

    def __init__(
        self,
        connector: Connector,
        ctx: Context,
        holder: str,
        metrics: Metrics,
        wake: Callable[[], Any],
        dial: Dial = connect,
    ) -> None:
        self.connector = connector
        self.way = connector.way
        self.holder = holder
        self.answers: deque[Answer] = deque()
        self.deliveries: deque[Delivery] = deque()
        self.flights: dict[UUID, Flight] = {}
        self.late: OrderedDict[UUID, Flight] = OrderedDict()
        self.orphans = receipts.Orphans()
        self.turn = jobs.Turn()
        self.references = References(ctx.runtime)
        self.down_since: float | None = time.monotonic()
        self.quiet_since = time.monotonic()
        self.retiring = False
        self.refusal = ""
        self.told_refusal = False
        self._ctx = ctx
        self._metrics = metrics
        self._wake = wake
        self._label = str(connector.uid)
        self.link = SmppLink(
            connector.spec,
            on_answer=self._on_answer,
            on_deliver=self._on_deliver,
            on_state=self._on_state,
            name=f"{connector.name} {connector.uid}",
            dial=dial,
        )

    # what the link reports, in its own greenlets

    def _on_answer(self, answer: Answer) -> None:
        self.answers.append(answer)
        self._wake()

    def _on_deliver(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self._wake()

    def _on_state(self, state: LinkState, detail: str) -> None:
        bound = self.link.bound
        self._metrics.bound.labels(self._label).set(1 if bound else 0)
        calm = bound or state in (LinkState.STOPPED, LinkState.CONNECTING)
        level = logging.INFO if calm else logging.WARNING
        log.log(level, "link %s is %s %s", self.link.name, state.value, detail)
        if bound:
            self.down_since, self.refusal, self.told_refusal = None, "", False
        elif self.down_since is None:
            self.down_since = time.monotonic()
        if state is LinkState.REFUSED:
            self.refusal = detail
        self._wake()

    # what the pipeline asks, inside its transaction

    @property
    def in_hand(self) -> int:
        """Parts that were claimed and have no recorded answer."""
        return sum(len(flight.open) for flight in self.flights.values())

    def wanted(self) -> int:
        """How many more messages to claim: a bound link holds some windows ahead."""
        if not self.link.bound or self.retiring:
            return 0
        if self.way.wants.on_ambiguous is OnAmbiguous.HOLD:
            return min(self.link.room(), self.connector.ahead - self.in_hand)
        settings = self._ctx.settings
        ahead = self.connector.ahead * settings.smpp_claim_windows
        return max(ahead, int(settings.smpp_claim_least)) - self.in_hand

    def record(self, answers: Sequence[Answer], batch: Batch) -> None:
        """Write answers down and apply the receipts that waited for them."""
        results = [r for r in map(self._result, answers) if r is not None]
        if not results:
            return
        taken = submission.record(self._ctx, self.way, self.holder, results, batch)
        receipts.match(self._ctx, self.way, taken, self.orphans, batch)
        batch.flush()

    def _result(self, answer: Answer) -> Result | None:
        flight = self._flight(answer)
        if flight is None:
            return None
        return Result(
            flight,
            answer.part_key,  # type: ignore[arg-type]
            str(answer.outcome),
            answer.status,
            answer.message_id,
            answer.attempts - answer.put_back,  # a throttled message has had no try
            answer.late,
            answer.detail,
        )

    def _flight(self, answer: Answer) -> Flight | None:
        key: Any = answer.key
        return (self.late.get(key) if answer.late else None) or self.flights.get(key)

    def saved(self, answers: Sequence[Answer]) -> list[tuple[Flight, dict[str, Any]]]:
        """The state of the flights these answers will change."""
        found = {id(flight): flight for flight in map(self._flight, answers) if flight}
        return [(flight, flight.saved()) for flight in found.values()]

    def store(self, deliveries: Sequence[Delivery], batch: Batch) -> list[int]:
        """Store receipts and inbound segments; the command_status to acknowledge each with."""
        ctx = self._ctx
        infos: dict[int, Any] = {}
        for place, delivery in enumerate(deliveries):
            info = self._receipt(delivery)
            if info is not None:
                infos[place] = info
        told = receipts.receive(ctx, self.way, list(infos.values()), self.orphans, batch)
        statuses = {p: receive.STORED for p, was in zip(infos, told, strict=True) if was}
        for place, delivery in enumerate(deliveries):
            if place not in statuses:
                statuses[place] = self._inbound(delivery, batch)
        batch.flush()
        return [statuses[place] for place in range(len(deliveries))]

    def _receipt(self, delivery: Delivery) -> Any:
        """What a delivery reports, None for a message (or for part of one)."""
        esm_class = int(delivery.fields.get("esm_class") or 0)
        if esm_class & UDH_INDICATOR:
            return None
        text = bytes(delivery.fields.get("short_message") or b"")
        return receipt_texts.parse(text, delivery.tlvs, esm_class)

    def _inbound(self, delivery: Delivery, batch: Batch) -> int:
        segment = receive.read(delivery.fields, delivery.tlvs)
        status = receive.inbound(
            self._ctx,
            self.way,
            self.connector.service_provider_uid,
            segment,
            batch,
            account_uid=self.connector.account_uid,
        )
        if status == receive.UNKNOWN_DESTINATION:
            log.warning(
                "link %s: an inbound message for %s, which no account it serves owns, was refused",
                self.link.name,
                segment.destination,
            )
        return status

    def claim(self, batch: Batch) -> list[Flight]:
        """Take due messages of the lane; hand them to `send` after the commit."""
        limit = min(self.wanted(), MOST_AT_ONCE)
        if limit <= 0:
            return []
        return submission.take(
            self._ctx,
            self.way,
            self.holder,
            limit,
            turn=self.turn,
            references=self.references,
            batch=batch,
        )

    # after the commit

    def forget(self, answers: Sequence[Answer]) -> None:
        """Drop recorded answers and the flights that are over."""
        for answer in answers:
            self.answers.popleft()
            self._metrics.answers.labels(self._label, str(answer.outcome)).inc()
            key: Any = answer.key
            flight = self.flights.get(key)
            if answer.late:
                self.late.pop(key, None)
            elif flight is not None and answer.outcome is Outcome.TIMEOUT:
                self.late[key] = flight
            if flight is not None and not flight.open:
                del self.flights[key]
        while len(self.late) > LATE_KEPT:
            self.late.popitem(last=False)
        if answers:
            self.quiet_since = time.monotonic()

    def send(self, flights: Sequence[Flight]) -> None:
        """Give claimed messages to the link."""
        for flight in flights:
            if not self.flights:
                self.quiet_since = time.monotonic()
            self.flights[flight.message.uid] = flight
            try:
                self.link.submit(self._submission(flight))
            except (ValueError, KeyError) as problem:
                self._unsent(flight, "impossible", str(problem))
            except RuntimeError:
                self._unsent(flight, Outcome.UNSENT, "the link is stopped")
        if flights:
            self._metrics.parts.labels(self._label).inc(sum(len(f.open) for f in flights))

    def _submission(self, flight: Flight) -> Submission:
        parts = []
        for index, segment in flight.segments.items():
            members, tlvs = fields(flight.message, segment, flight.coding, self.way.wants)
            parts.append(SubmitPart(index, members, tlvs))
        ends = flight.message.queued_at + timedelta(hours=self._ctx.settings.validity_hours)
        left = (ends - self._ctx.runtime.now()).total_seconds()
        return Submission(flight.message.uid, parts, deadline=time.monotonic() + max(left, 0.0))

    def _unsent(self, flight: Flight, outcome: str, detail: str) -> None:
        for index in list(flight.open):
            self._on_answer(
                Answer(flight.message.uid, index, outcome, attempts=0, detail=detail)  # type: ignore[arg-type]
            )

    def renew(self, until: Any) -> None:
        """Keep the claims of what is still on its way. Inside a transaction."""
        held = [flight.job.uid for flight in self.flights.values()]
        if held:
            jobs.renew(held, self.holder, until)
        self._metrics.waiting.labels(self._label).set(len(held))

    @property
    def stuck_for(self) -> float:
        """Seconds the link has been down, or has had work and no answer."""
        now = time.monotonic()
        if self.down_since is not None:
            return now - self.down_since
        return now - self.quiet_since if self.flights else 0.0
