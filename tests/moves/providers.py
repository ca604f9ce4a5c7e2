"""Providers for moves: a universe each, reached through its own dialect, and accounts in them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from contextvars import Context as Variables
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from werkzeug.test import Client, TestResponse

from gateway.domain.context import Context
from gateway.domain.ids import CODECS
from gateway.domain.moves import own_text
from gateway.domain.principal import Principal, Scope
from gateway.models.database import Store, connection, using
from gateway.services import bundles, connections
from gateway.services.move_plans import End
from gateway.wire.upstream import Request, Response
from tests.support import worlds

ACCOUNT = "11111111-1111-4111-8111-111111111111"
PROVIDER = "22222222-2222-4222-8222-222222222222"
NUMBERS = ("+12065550100", "+12065550101", "+12065550102")
KEY, SECRET = "mover", "mover-secret-0123456789abcdef"
DIALECTS = ("callable", "flowroute", "jambonz", "sinch")
PAIRS = [(source, target) for source in DIALECTS for target in DIALECTS if source != target]
OWN = {"service_provider": PROVIDER, "account": ACCOUNT}


def account(*, numbers: str = "") -> dict[str, Any]:
    """An account with a key; its numbers are `owned` already, `for sale`, or not there."""
    own = [{**OWN, "e164": e164} for e164 in NUMBERS] if numbers == "owned" else []
    sold = [
        {
            "service_provider": PROVIDER, "e164": e164, "status": "available", "country": "US",
            "from_inventory": True, "monthly_cost_nano": 10**9, "setup_cost_nano": 2 * 10**9,
        }
        for e164 in NUMBERS
    ] if numbers == "for sale" else []  # fmt: skip
    return {
        "polytrunk": 1,
        "service_providers": [{"uid": PROVIDER, "name": "provider"}],
        "accounts": [{"uid": ACCOUNT, "service_provider": PROVIDER, "name": "mine"}],
        "access_keys": [{"key_id": KEY, "secret": SECRET, "scope": "account", **OWN}],
        "numbers": [*own, *sold],
    }


def _trunk(ref: str, **more: Any) -> dict[str, Any]:
    return {"ref": ref, **OWN, "name": ref, "host_name": ref, **more}


def _address(name: str, address: str, **more: Any) -> dict[str, Any]:
    return {"ref": name, **OWN, "name": name, "kind": "host", "address": address, **more}


def _list(ref: str, name: str, trunk: str, **more: Any) -> dict[str, Any]:
    return {
        "access_lists": [{"ref": ref, **OWN, "name": name, "home_trunk": trunk, **more}],
        "trunk_access_lists": [{"trunk": trunk, "access_list": ref}],
    }


def _on(trunk: str) -> list[dict[str, Any]]:
    return [{**OWN, "e164": e164, "trunk": trunk} for e164 in NUMBERS]


def sinch() -> dict[str, Any]:
    return {
        **account(),
        "trunks": [_trunk("office", forward_enabled=True, forward_number="+12065550190")],
        **_list("staff", "staff", "office"),
        "endpoints": [
            _address("a", "192.0.2.10", trunk="office", dials=True, priority=1),
            _address("b", "192.0.2.11", trunk="office", dials=True, port=5080, priority=2),
            _address("c", "198.51.100.0", access_list="staff", admits=True, prefix_length=24),
        ],
        "numbers": _on("office"),
    }


def jambonz() -> dict[str, Any]:
    return {
        **account(),
        "trunks": [_trunk("carrier", tech_prefix="99", leading_plus=True)],
        **_list("auto", "carrier (auto)", "carrier", is_auto=True),
        "endpoints": [
            _address(
                "a", "192.0.2.10", trunk="carrier", dials=True, admits=True, access_list="auto"
            ),
            _address("b", "192.0.2.11", trunk="carrier", dials=True, port=5080),
        ],
        "applications": [{"ref": "app", "account": ACCOUNT, "name": "greeter"}],
        "numbers": [{**one, "application": "app"} for one in _on("carrier")],
    }


def flowroute() -> dict[str, Any]:
    first, second, third = _on("default")
    return {
        **account(),
        "trunks": [_trunk("default", is_auto=True)],
        "endpoints": [
            _address("a", "192.0.2.10", trunk="default", dials=True, route_number=1),
            _address("b", "192.0.2.11", trunk="default", dials=True, port=5080, route_number=2),
        ],
        "numbers": [
            {**first, "primary_endpoint": "a", "failover_endpoint": "b"},
            {**second, "primary_endpoint": "b"},
            {**third, "primary_endpoint": "a"},
        ],
    }  # fmt: skip


def callable_() -> dict[str, Any]:
    gateway = {"trunks": ["a"]}
    home = {"trunk": "default", "access_list": "auto", "admits": True}
    return {
        **account(),
        "trunks": [_trunk("default", is_auto=True)],
        **_list("auto", "default (auto)", "default", is_auto=True),
        "endpoints": [
            _address("a", "192.0.2.10", dials=True, **home),
            _address("b", "192.0.2.11", port=5080, **home),
        ],
        "flow_nodes": [
            {
                "ref": "pbx", "account": ACCOUNT, "name": "pbx", "type": "SIP_GATEWAY",
                "extension": "600", "config": gateway,
            }
        ],
        "numbers": [{**OWN, "e164": e164} for e164 in NUMBERS],
    }  # fmt: skip


HELD: dict[str, Callable[[], dict[str, Any]]] = {
    "callable": callable_, "flowroute": flowroute, "jambonz": jambonz, "sinch": sinch,
}  # fmt: skip
EMPTY = {"callable": "owned", "flowroute": "for sale", "jambonz": "", "sinch": "owned"}
"""Where the numbers of an account stand that is moved to: what a dialect cannot make is there."""


@dataclass
class Wire:
    """Carries requests to a WSGI app. `broken` is asked before each and may raise, or, with True,
    lets the request through and loses the answer."""

    app: Any
    broken: Callable[[Request], bool] | None = None
    seen: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        self.seen.append(request)
        lost = self.broken is not None and self.broken(request)
        answer = Variables().run(self._answered, request)  # not within a request that is served now
        if lost:
            raise OSError("the connection broke")
        told = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, told, answer.data)

    def _answered(self, request: Request) -> TestResponse:
        headers = dict(request.headers)
        return Client(self.app).open(
            request.target, method=request.method, data=request.body or None,
            content_type=headers.pop("Content-Type", None), headers=headers,
        )  # fmt: skip

    @property
    def written(self) -> list[str]:
        """What was asked to be changed, log-ins left out."""
        return [
            f"{one.method} {one.target}" for one in self.seen
            if one.method != "GET" and "oauth" not in one.target
        ]  # fmt: skip


@dataclass
class Provider:
    """A universe of one dialect's provider."""

    dialect: str
    store: Store
    bundle: dict[str, Any]

    def __post_init__(self) -> None:
        self.universe = worlds.universe(self.store)
        self.wire = Wire(worlds.apps.over(self.universe))
        self.load(self.bundle)

    def load(self, bundle: Any) -> None:
        with using(self.store), connection():
            admin = Principal(Scope.ADMIN, key_uid=self.universe.runtime.new_uid())
            bundles.load(self.universe.context(admin), copy.deepcopy(bundle))

    def warm(self, ctx: Context) -> None:
        """Make the first address of the account and take it away again: an account that ever had
        one keeps a default trunk, which these dialects do not show and cannot take away."""
        if self.dialect not in ("callable", "flowroute"):
            return
        end = self.end(ctx, "warm")
        client = end.client(ctx)
        move = next(move for move in end.dialect.moves() if move.kind == "endpoint")
        assert move.create is not None
        assert move.delete is not None
        assert move.create.sends is not None
        assert move.create.name is not None
        values = {"name": "x", "kind": "host", "address": "192.0.2.99", "account": end.account}
        answer = client.call(
            move.create.operation, values=move.create.sends(values), **move.create.path(values)
        )
        values["uid"] = own_text(move.create.name(answer))
        client.call(move.delete.operation, **move.delete.path(values))

    def exported(self) -> dict[str, Any]:
        with using(self.store), connection():
            return bundles.export(self.universe.context(), UUID(ACCOUNT), secrets=True)

    def snapshot(self) -> bytes:
        """The bundle without the time of the last change, which going back changes again."""
        told = self.exported()
        for rows in told.values():
            for row in rows if isinstance(rows, list) else ():
                row.pop("updated_at", None)
        return json.dumps(told, sort_keys=True).encode()

    def end(self, ctx: Context, name: str) -> End:
        """A connection of our account to it, kept in the store in use."""
        dialect = worlds.DIALECTS[self.dialect]
        row = connections.add(
            ctx, UUID(ACCOUNT), dialect, name=name, base_url="http://provider.example",
            secret=SECRET, settings={"key": KEY, "account": self._account()},
        )  # fmt: skip
        return End(row, dialect, self.wire)

    def _account(self) -> str:
        return CODECS["hex24"].encode(UUID(ACCOUNT)) if self.dialect == "callable" else ACCOUNT
