"""Providers that messages are sent to: real servers of a dialect in process, and bad ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from gateway.dialect import Dialect
from gateway.domain.exchanges import Request, Response
from gateway.models.database import Store, write
from gateway.services import connections, leases, message_routes
from gateway.transports.upstream import Line
from gateway.universe import Universe
from gateway.workers.metrics import Metrics
from gateway.workers.upstreams import Upstreams
from tests.support.pipeline import World
from tests.support.worlds import DIALECTS

THERE = "11111111-1111-4111-8111-111111111111"
KEY, SECRET = "mover", "mover-secret-0123456789abcdef"
OWN_ID = {"flowroute": f"mdr2-{7:032x}", "jambonz": "00000000-0000-4000-8000-000000000007"}
TAKEN = {
    "flowroute": Response(202, {}, b'{"data": {"id": "%b"}}' % OWN_ID["flowroute"].encode()),
    "jambonz": Response(201, {}, b'{"sid": "%b"}' % OWN_ID["jambonz"].encode()),
}

Answer = Response | Exception | Callable[[Request], Response]


@dataclass
class Far:
    """A carrier to a provider that answers in turn, the last for ever."""

    answers: list[Answer]
    seen: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    def close(self) -> None:
        """There is nothing to let go of."""


@dataclass
class Abroad:
    """The providers of a world's connections, by the connections' names."""

    world: World
    store: Store
    far: dict[str, Any] = field(default_factory=dict)

    def line(self, row: Any, dialect: Dialect) -> Line:
        return Line(self.far[row.name], row.name, rate=1000)

    def connect(self, dialect: str, *answers: Answer, name: str = "", **settings: Any) -> UUID:
        """A connection of the world's account that may send messages, to a provider that answers
        so, else takes everything."""
        name = name or dialect
        self.far.setdefault(name, Far(list(answers) or [TAKEN[dialect]]))
        ctx, account = self.world.ctx(), self.world.account_uid
        row = connections.add(
            ctx, account, DIALECTS[dialect], name=name, base_url="http://provider.example",
            secret=settings.pop("secret", SECRET),
            settings={"key": KEY, "account": THERE, "messages": True, **settings},
        )  # fmt: skip
        uid: UUID = row.uid
        return uid

    def route(self, name: str = "all", **values: Any) -> Any:
        return message_routes.add(self.world.ctx(), self.world.account_uid, name, values)

    def routed(self, dialect: str, *answers: Answer, **settings: Any) -> UUID:
        """`connect`, and all messages go there."""
        uid = self.connect(dialect, *answers, **settings)
        self.route(f"to {uid}", connection_uid=uid)
        return uid

    def upstreams(self, holder: str = "me") -> Upstreams:
        universe = Universe(self.store, self.world.runtime, self.world.settings)
        return Upstreams(universe, DIALECTS, holder, Metrics(), self.line)


def open_way(uid: UUID) -> None:
    """Say that somebody holds a way open, as its owner does."""
    with write():
        leases.acquire(leases.bound_name(uid), "owner", uuid4(), datetime.now(UTC), 60)
