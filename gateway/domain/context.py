"""What a use case knows of its caller: first argument of every service function."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Unauthenticated
from gateway.domain.runtime import Runtime


@dataclass
class Context:
    """One request (or one job): the universe's runtime, the settings, and who asks in what dialect.

    `settings` is `gateway.settings.Settings`, typed loosely because the domain imports nothing.
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
