"""What a bundle row may leave out because something else in it says the same.

`complete` looks at the values given and returns further columns for a row that is new; a row that
exists keeps what it has. Values that are wrong together raise ValueError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from gateway.domain import numbers as e164s
from gateway.domain.message_routes import READERS as ROUTE_READERS
from gateway.domain.words import NumberHandling, NumberStatus
from gateway.models import Account, Endpoint
from gateway.models.current import current_store
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import P, Prepared
from gateway.services.trunks import host_name

Values = dict[str, Any]

_PROVIDER_OF = Prepared(
    lambda: Account.select(Account.service_provider).where(Account.uid == P("uid"))
)
_HIGHEST_ROUTE = Prepared(
    lambda: (
        Endpoint.select(Endpoint.route_number)
        .where((Endpoint.account == P("account")) & Endpoint.route_number.is_null(False))
        .order_by(Endpoint.route_number.desc())
        .limit(1)
    )
)
_PROVIDER_FROM_ACCOUNT = frozenset(
    {
        "trunks",
        "endpoints",
        "access_lists",
        "credential_lists",
        "documents",
        "numbers",
        "calls",
        "applications",
    }
)


class Defaults:
    """Asks the database once per account, not once per row."""

    def __init__(self) -> None:
        self._providers: dict[UUID, UUID | None] = {}
        self._routes: dict[UUID, int] = {}

    def identify(self, kind: str, values: Values, columns: Any) -> None:
        """Fill in what natural keys are made of; changes `values`."""
        account = values.get("account_uid")
        if kind in _PROVIDER_FROM_ACCOUNT and account and "service_provider_uid" in columns:
            values.setdefault("service_provider_uid", self._provider(account))
        if kind == "documents":
            values.setdefault(
                "scope_uid", account or values.get("service_provider_uid") or ZERO_UID
            )
        if "e164" in values:
            values["e164"] = e164s.parse_e164(values["e164"])
        if kind == "message_routes":
            values.update(_read(name, values) for name in ROUTE_READERS if values.get(name))
        if kind == "access_keys" and "secret" in values:
            if not values["secret"]:
                raise ValueError("needs a secret")
            values["secret_hash"] = current_store().keyring.digest(values["secret"])
        if kind == "endpoints" and "name" not in values and values.get("address"):
            port = values.get("port")
            values["name"] = f"{values['address']}:{port}" if port else values["address"]

    def complete(self, kind: str, uid: UUID, values: Values) -> Values:
        """Further columns of a new row."""
        rule = _RULES.get(kind)
        more = rule(uid, values) if rule else {}
        if kind == "endpoints" and values.get("dials") and values.get("account_uid"):
            more["route_number"] = self._route(values["account_uid"], values.get("route_number"))
        return {**more, **values}

    def _provider(self, account: UUID) -> UUID | None:
        if account not in self._providers:
            row = _PROVIDER_OF.one(uid=account)
            self._providers[account] = row.service_provider_uid if row else None
        return self._providers[account]

    def _route(self, account: UUID, given: int | None) -> int:
        """The next free route number of the account, never one given in the file before."""
        if account not in self._routes:
            row = _HIGHEST_ROUTE.one(account=account)
            self._routes[account] = row.route_number if row else 0
        number = self._routes[account] + 1 if given is None else given
        self._routes[account] = max(self._routes[account], number)
        return number


def _read(name: str, values: Values) -> tuple[str, str]:
    try:
        return name, ROUTE_READERS[name](values[name])
    except ValueError as why:
        raise ValueError(f"{name} {why}") from None


def _number(uid: UUID, values: Values) -> Values:
    e164 = values.get("e164", "")
    kept = {
        "status": NumberStatus.OWNED if values.get("account_uid") else NumberStatus.AVAILABLE,
        "kind": e164s.kind(e164),
        "country": e164s.country(e164),
        "area_code": e164s.area_code(e164),
        "exchange": e164s.exchange(e164),
        "from_inventory": not values.get("account_uid"),
    }
    for column, handling in (
        ("flow_node_uid", NumberHandling.FLOW),
        ("primary_endpoint_uid", NumberHandling.ENDPOINT),
        ("application_uid", NumberHandling.APPLICATION),
        ("trunk_uid", NumberHandling.TRUNK),
    ):
        if values.get(column):
            return {**kept, "handling": handling}
    return kept


def _trunk(uid: UUID, values: Values) -> Values:
    return {"host_name": host_name(values.get("name", ""), uid)}


_RULES: dict[str, Callable[[UUID, Values], Values]] = {"numbers": _number, "trunks": _trunk}
