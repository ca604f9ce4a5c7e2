"""A small world for tests of the message pipeline: who sends, over which link, at what time."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from gateway.dialect import Dialect, Rendered
from gateway.domain.context import Context
from gateway.domain.events import Event, HookRequest
from gateway.domain.hooks import HookPolicy
from gateway.domain.principal import Principal, Scope
from gateway.domain.runtime import Runtime
from gateway.models import (
    Account,
    Hook,
    Message,
    MessagePart,
    Number,
    Receipt,
    ServiceProvider,
    SmppLink,
    Trunk,
)
from gateway.models.database import Store, write
from gateway.models.prepared import Insert
from gateway.services import calls, jobs, messages
from gateway.services.flights import References, Way
from gateway.services.links import LinkSettings
from gateway.settings import Settings
from gateway.universe import Universe
from gateway.workers.main import Worker

OWN = "+12065550100"
OTHER = "+12065559999"
TO = "+14155550123"


@dataclass
class Clock:
    """A clock that stands still until told."""

    now: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


_names = itertools.count(1)


@dataclass
class World:
    """One provider, one account with number OWN, and whatever links a test adds."""

    clock: Any = field(default_factory=Clock)
    settings: Settings = field(default_factory=lambda: Settings(allow_private_hooks=True))
    runtime: Runtime = field(init=False)
    provider_uid: UUID = field(init=False)
    account_uid: UUID = field(init=False)
    trunk_uid: UUID | None = None

    def __post_init__(self) -> None:
        self.runtime = Runtime(clock=self.clock, rng=random.Random(7))
        with write():
            self.provider_uid = self._add(ServiceProvider, name=f"provider {next(_names)}")
            self.account_uid = self.add_account()
            self.add_number(OWN, self.account_uid)

    def _add(self, model: Any, **values: Any) -> UUID:
        uid = self.runtime.new_uid()
        row = {"uid": uid, "created_at": self.runtime.now(), **values}
        with write():
            Insert(model).run(row)
        return uid

    def add_account(self, **values: Any) -> UUID:
        return self._add(Account, service_provider_uid=self.provider_uid, name="acme", **values)

    def add_number(self, e164: str, account_uid: UUID | None, **values: Any) -> UUID:
        return self._add(
            Number,
            service_provider_uid=self.provider_uid,
            account_uid=account_uid,
            e164=e164,
            status="owned",
            **values,
        )

    def add_trunk(self, account_uid: UUID | None = None, **values: Any) -> UUID:
        return self._add(
            Trunk,
            service_provider_uid=self.provider_uid,
            account_uid=account_uid,
            name=f"carrier {next(_names)}",
            host_name=f"carrier-{next(_names)}",
            **{"smpp_system_id": "carrier", **values},
        )

    def add_link(self, settings: Mapping[str, Any] | None = None, **values: Any) -> UUID:
        """A dialling link on the account's own trunk unless `trunk_uid` is given."""
        if "trunk_uid" not in values:
            self.trunk_uid = self.trunk_uid or self.add_trunk(self.account_uid)
            values["trunk_uid"] = self.trunk_uid
        values.setdefault("host", "127.0.0.1")
        return self._add(SmppLink, settings=dict(settings or {}), **values)

    def add_hook(self, purpose: str, url: str, dialect: str = "plain", **values: Any) -> UUID:
        values.setdefault("account_uid", self.account_uid)
        return self._add(Hook, purpose=purpose, url=url, dialect=dialect, **values)

    def ctx(self, account_uid: UUID | None = None, **more: Any) -> Context:
        principal = Principal(
            Scope.ACCOUNT,
            key_uid=UUID(int=1),
            service_provider_uid=self.provider_uid,
            account_uid=account_uid or self.account_uid,
        )
        more.setdefault("dialect", "plain")
        return Context(self.runtime, self.settings, principal, **more)

    def send(self, text: str = "hello", **change: Any) -> Any:
        given = {"from_number": OWN, "to_number": TO, "text": text, **change}
        return messages.send(self.ctx(), given)

    def call(self, to: str = "joe", url: str = "", **change: Any) -> Any:
        """Start a call to a user, asked about at `url`/call and told of at `url`/status."""
        names = {"call": f"{url}/call", "status": f"{url}/status"} if url else {}
        given = {
            "from_number": OWN,
            "target": {"kind": "user", "value": to},
            "hooks": {name: {"url": at, "method": "post"} for name, at in names.items()},
            **change,
        }
        return calls.create(self.ctx(), given)

    def way(self, link_uid: UUID, trunk_uid: UUID | None = None, **wants: Any) -> Way:
        return Way(
            link_uid,
            trunk_uid or self.trunk_uid or UUID(int=0),
            jobs.link_lane(link_uid),
            LinkSettings.read(wants),
        )

    def references(self) -> References:
        return References(self.runtime)


def message(uid: UUID) -> Any:
    return Message.get(Message.uid == uid)


def parts(uid: UUID) -> list[Any]:
    return list(
        MessagePart.select().where(MessagePart.message_uid == uid).order_by(MessagePart.index)
    )


def receipts(uid: UUID) -> list[Any]:
    return list(Receipt.select().where(Receipt.message_uid == uid).order_by(Receipt.id))


class Live:
    """The machine's clock, which a test may push forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


def render(event: Event, profile: Any) -> HookRequest:
    """An event as plain JSON: enough to see what was told."""
    if event.call is not None:
        return render_call(event)
    told = {
        "event": str(event.uid),
        "kind": str(event.kind),
        "message": str(event.message.uid),
        "text": event.message.text,
        "from": event.message.from_number,
        "to": event.message.to_number,
    }
    if event.receipt is not None:
        told |= {"level": event.receipt.level, "status": event.receipt.status}
    return HookRequest("POST", {"Content-Type": "application/json"}, orjson.dumps(told))


def render_call(event: Event) -> HookRequest:
    told = {
        "event": str(event.uid),
        "kind": str(event.kind),
        "call": str(event.call.uid),
        **event.facts,
    }
    return HookRequest("POST", {"Content-Type": "application/json"}, orjson.dumps(told))


def plain_dialect(name: str = "plain", **more: Any) -> Dialect:
    """A dialect that only has events."""
    more.setdefault("hook_policy", HookPolicy(retries=3, spacing_seconds=(0.05,)))
    return Dialect(
        name=name,
        title=name,
        prefixes=(f"/{name}/",),
        blueprints=tuple,
        authenticate=lambda ctx, credentials: None,
        render_problem=lambda problem, view: Rendered(500),
        events=render,
        **more,
    )


@contextmanager
def working(world: World, store: Store, **more: Any) -> Iterator[Worker]:
    """A started worker on the world's store, stopped at the end."""
    more.setdefault("dialects", {"plain": plain_dialect(), "other": plain_dialect("other")})
    worker = Worker(Universe(store, world.runtime, world.settings), **more)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
