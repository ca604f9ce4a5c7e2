"""What a use case knows of its caller: first argument of every service function."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from gateway.domain.events import EngineReply, Event
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Unauthenticated
from gateway.domain.runtime import Runtime

OPERATION, CHANGES = "operation", "changes"
"""Notes for those who judge a credential: the operation a request asks for, and whether it does
more than read."""


class Engine(Protocol):
    """What reaches a feature server: it sends an event in the dialect's shape."""

    url: str

    def send(self, event: Event, path: str, url: str = "") -> EngineReply: ...


@dataclass
class Context:
    """One request (or one job): the universe's runtime, the settings, and who asks in what dialect.

    `settings` is `gateway.settings.Settings`, typed loosely because the domain imports nothing.
    `engine` carries the calls of the dialect, if one was set up; without it they are simulated.
    `ports` are `gateway.services.ports.Ports`, None for the built-in ones. `mount` is the path
    below which the universe is served, empty or like `/_u/name`. `reach` gets at the providers of
    connections (`gateway.reach.Reach`), None where nobody may.
    """

    runtime: Runtime
    settings: Any
    principal: Principal | None = None
    dialect: str = ""
    profile: str = "documented"
    request_id: str = ""
    base_url: str = ""
    idempotency_key: str | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    engine: Engine | None = None
    ports: Any = None
    mount: str = ""
    reach: Any = None

    @property
    def root(self) -> str:
        """Root of links in what no request has asked for, such as webhooks."""
        public: str = self.settings.public_url or f"http://{self.settings.bind}"
        return public.rstrip("/") + self.mount

    @property
    def caller(self) -> Principal:
        """The principal of an authenticated request."""
        if self.principal is None:
            raise Unauthenticated()
        return self.principal

    @property
    def account_uid(self) -> UUID:
        """The account of an account-scope caller."""
        caller = self.caller
        if caller.scope is not Scope.ACCOUNT or caller.account_uid is None:
            raise Unauthenticated()
        return caller.account_uid
