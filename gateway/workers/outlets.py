"""One connection to a provider as this worker sends messages through it.

An outlet asks for each message once. What has to be asked again is the business of the message's
job, which survives this process and can go another way; so all that is remembered here is how the
provider fares: whether it shut us out, and until when it asked for patience. Both follow the
machine's clock, as the line does.
"""

from __future__ import annotations

import copy
import random
import time
from dataclasses import replace
from typing import Any
from uuid import UUID

import gevent

from gateway.dialect import Dialect
from gateway.domain import retry
from gateway.domain.context import Context
from gateway.domain.problems import Problem, Unavailable
from gateway.domain.provider_answers import Verdict, verdict
from gateway.models.database import connection
from gateway.services import connections, event_addresses, jobs, submission, ways
from gateway.services.flights import Flight, References
from gateway.services.submission import LINK_PAUSE, Result
from gateway.transports.upstream import Line, Unreached
from gateway.wire.messages import Messages, Outgoing
from gateway.wire.provider import named
from gateway.wire.upstream import Garbled, Refused

AT_ONCE = 4
"""Messages on their way to one provider at the same time, unless its connection says otherwise."""
MATTERS = ("base_url", "dialect", "secret", "settings", "account_uid")
TOO_MANY = 429
LONGEST_PAUSE = 3600.0
LONGEST_WORDS = 300


class Outlet:
    """`flights` are those without a recorded answer. `shut` says why nothing has any use now, empty
    while that is not so."""

    def __init__(self, row: Any, dialect: Dialect, line: Line, ctx: Context) -> None:
        spec = connections.provider_of(dialect).messages
        if spec is None:
            raise ValueError(f"{dialect.title} has no messages")
        self.spec: Messages = spec
        self.row = row
        self.way = ways.of_connection(row.uid, row.settings)
        self.line = replace(line, tries=1, wait=gevent.sleep)
        self.places = max(1, int(row.settings.get("at_once") or AT_ONCE))
        self.flights: dict[UUID, Flight] = {}
        self.turn = jobs.Turn()
        self.references = References(ctx.runtime)
        self.shut = ""
        self._dialect, self._ctx = dialect, ctx
        self._client: Any = None
        self._rng = random.Random()
        self._refusals = 0
        self._shut_until = self._rests_until = 0.0

    def marked(self, row: Any) -> bool:
        """Whether a row says the same as the one this outlet was made of."""
        return all(getattr(row, name) == getattr(self.row, name) for name in MATTERS)

    @property
    def is_open(self) -> bool:
        """Whether it is worth while to send something this way."""
        return not self._shut_for() and not self.line.breaker.is_open(self.line.clock())

    def _shut_for(self) -> float:
        return max(0.0, self._shut_until - time.monotonic())

    def wanted(self, most: int) -> int:
        """How many more messages to claim: few that are sent, one of them where the last were
        refused the door, many that find it shut."""
        if not self.is_open:
            return most - len(self.flights)
        return (1 if self._refusals else self.places) - len(self.flights)

    # one message

    def send(self, flight: Flight) -> list[Result]:
        """Ask the provider to take a message, and say what came of it. Not in a transaction."""
        if len(flight.states) > 1:
            why = "a part of it has left another way"
            return [Result(flight, index, "impossible", detail=why) for index in flight.open]
        return [self._sent(flight)]

    def _sent(self, flight: Flight) -> Result:
        if (pause := self._shut_for()) > 0:
            return _result(flight, submission.BLOCKED, self.shut, pause=pause)
        if (pause := self._rests_until - time.monotonic()) > 0:
            return _result(flight, "unsent", pause=pause)
        try:
            client = self._logged_in(flight)
        except Problem as problem:
            return self._shut_out(flight, f"it cannot be logged in to: {problem}")
        try:
            answer = self._asked(client, flight)
        except Refused as refusal:
            return self._refused(client, flight, refusal)
        except Unreached as problem:
            return self._unreached(flight, problem)
        except (Garbled, Unavailable, OSError) as problem:
            return _result(flight, submission.UNKNOWN, str(problem))
        self._refusals, self.shut = 0, ""
        own = named(answer.get("uid")) if answer is not None else ""
        if not own:
            return _result(flight, submission.UNKNOWN, "the answer names no message")
        return _result(flight, "answered", status=0, message_id=own)

    def _logged_in(self, flight: Flight) -> Any:
        """The client, with a key of this message's own where the provider tells repetitions."""
        if self._client is None:
            self._client = connections.client(self._ctx, self.row, self._dialect, self.line)
        if self._client.new_key is None:
            return self._client
        client = copy.copy(self._client)
        client.new_key = lambda: str(flight.message.uid)
        return client

    def _asked(self, client: Any, flight: Flight) -> Any:
        message = flight.message
        media = [item["url"] for item in message.media or ()]
        with connection():
            callback = event_addresses.present(self._ctx, self.way.uid)
        outgoing = Outgoing(
            message.from_number, message.to_number, message.text or "", media, callback
        )
        account = str(self.row.settings.get("account") or "")
        path = {"account": account} if self.spec.in_account else {}
        return client.call(self.spec.operation, values=self.spec.values(outgoing), **path)

    def _refused(self, client: Any, flight: Flight, refusal: Refused) -> Result:
        said = f"answered {refusal.status}: {self._words(client, refusal)}"
        match verdict(refusal.status, self.spec.about_message):
            case Verdict.REFUSED:
                return _result(flight, submission.REFUSED, said)
            case Verdict.CLOSED:
                return self._shut_out(flight, said)
            case Verdict.UNKNOWN:
                return _result(flight, submission.UNKNOWN, said)
        if refusal.status == TOO_MANY:
            return self._throttled(flight, said, min(float(refusal.retry_after), LONGEST_PAUSE))
        return _result(flight, submission.LATER, said)

    def _throttled(self, flight: Flight, said: str, pause: float) -> Result:
        """All messages wait as long as the provider asks, which is no failure of this one. Where
        that is longer than a way may be stuck, they go another way."""
        until = time.monotonic() + pause
        if pause < self.way.wants.failover_seconds:
            self._rests_until = until
            return _result(flight, "unsent", said, pause=pause)
        self._shut_until, self.shut = max(until, self._shut_until), said
        return _result(flight, submission.BLOCKED, said, pause=pause)

    def _words(self, client: Any, refusal: Refused) -> str:
        said = self.spec.words(refusal.errors) or refusal.detail
        for secret in client.secrets:
            said = said.replace(secret, "***")
        return " ".join(said.replace("\0", "").split())[:LONGEST_WORDS]

    def _shut_out(self, flight: Flight, why: str) -> Result:
        """Only a person can mend it, and asking again and again gets an address blocked."""
        if not self._shut_for():
            self._refusals += 1
            pause = retry.REBIND_REFUSED.next_delay(self._refusals, self._rng)
            self._shut_until, self.shut = time.monotonic() + (pause or 0.0), why
        return _result(flight, submission.BLOCKED, why, pause=self._shut_for())

    def _unreached(self, flight: Flight, problem: Unreached) -> Result:
        """Once or twice is nothing; when the line gives up, what waits goes another way."""
        if self.line.breaker.is_open(self.line.clock()):
            pause = float(problem.retry_after)
            why = f"it cannot be reached: {problem}"
            return _result(flight, submission.BLOCKED, why, pause=pause)
        return _result(flight, "unsent", str(problem), pause=LINK_PAUSE)


def _result(flight: Flight, outcome: str, detail: str = "", **more: Any) -> Result:
    """About the one part of a message that a provider is sent."""
    return Result(flight, next(iter(flight.open)), outcome, detail=detail, **more)
