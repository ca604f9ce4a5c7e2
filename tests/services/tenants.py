"""Two customers of one provider, numbers for sale, and who asks: for tests of the services."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.principal import Principal, Scope
from gateway.domain.runtime import Runtime
from gateway.models.database import Store
from gateway.services import bundles
from gateway.settings import Settings
from tests.support.pipeline import Clock

PROVIDER = UUID("a0000000-0000-4000-8000-000000000001")
MINE = UUID("a0000000-0000-4000-8000-000100000000")
THEIRS = UUID("a0000000-0000-4000-8000-000200000000")
FOR_SALE = [
    ("+12065551000", "206", "wa", "seattle", 1_000_000_000, 1_250_000_000),
    ("+12065552001", "206", "wa", "bellevue", 3_990_000_000, 1_250_000_000),
    ("+12125551002", "212", "ny", "newyork", 3_990_000_000, 1_000_000_000),
    ("+14165551003", "416", "on", "toronto", 1_000_000_000, 1_500_000_000),
    ("+18005551004", "800", None, None, 0, 1_450_000_000),
]


def world() -> dict[str, Any]:
    """A bundle: provider, two accounts with one number each, and numbers for sale."""
    return {
        "polytrunk": 1,
        "service_providers": [{"uid": str(PROVIDER), "name": "provider"}],
        "accounts": [
            {"uid": str(MINE), "service_provider": str(PROVIDER), "name": "mine"},
            {"uid": str(THEIRS), "service_provider": str(PROVIDER), "name": "theirs"},
        ],
        "numbers": [
            {"account": str(MINE), "e164": "+12065550100"},
            {"account": str(THEIRS), "e164": "+12065550200"},
            *(
                {
                    "service_provider": str(PROVIDER),
                    "e164": e164,
                    "region": state,
                    "rate_center": center,
                    "setup_cost_nano": setup,
                    "monthly_cost_nano": monthly,
                    "country": "CA" if state == "on" else "US",
                }
                for e164, _, state, center, setup, monthly in FOR_SALE
            ),
        ],
    }


@dataclass
class Tenants:
    """Contexts of the two accounts in one store, on a clock the test moves."""

    store: Store
    clock: Clock
    runtime: Runtime
    settings: Settings

    def ctx(self, account: UUID | None = MINE, dialect: str = "spoken") -> Context:
        principal = Principal(
            Scope.ACCOUNT if account else Scope.ADMIN,
            key_uid=self.runtime.new_uid(),
            service_provider_uid=PROVIDER if account else None,
            account_uid=account,
        )
        return Context(self.runtime, self.settings, principal, dialect=dialect)

    @property
    def mine(self) -> Context:
        return self.ctx(MINE)

    @property
    def theirs(self) -> Context:
        return self.ctx(THEIRS)

    @property
    def nobody(self) -> Context:
        """What a command or a request before authentication has."""
        return Context(self.runtime, self.settings, None, dialect="spoken")

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements run in the block."""
        database = self.store.database
        statements: list[str] = []
        run = database.execute_sql

        def counting(sql: str, *given: Any, **options: Any) -> Any:
            statements.append(sql)
            return run(sql, *given, **options)

        database.execute_sql = counting  # type: ignore[method-assign]
        try:
            yield statements
        finally:
            database.execute_sql = run  # type: ignore[method-assign]


def make(store: Store) -> Tenants:
    clock = Clock()
    made = Tenants(store, clock, Runtime(clock, random.Random(5)), Settings())
    bundles.load(made.nobody, world())
    return made
