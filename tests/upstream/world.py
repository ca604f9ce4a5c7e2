"""One account at a provider, with something of every kind, in a universe of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from werkzeug.test import Client

from gateway.app import Application
from gateway.domain.context import Context
from gateway.domain.exchanges import Request, Response
from gateway.domain.principal import Principal, Scope
from gateway.models.database import Store
from gateway.services import bundles, connections, passwords, tenancy
from gateway.universe import Universe
from tests.support import worlds
from tests.support.worlds import DIALECTS

ACCOUNT = "11111111-1111-4111-8111-111111111111"
SECRET, PASSWORD = "secret-of-mine-0123456789", "password-of-mine"
OWNER = {"service_provider": "provider", "account": "mine"}
LOGINS: dict[str, dict[str, str]] = {
    "jambonz": {"account": ACCOUNT},
    "sinch": {"key": "mine", "account": ACCOUNT},
    "flowroute": {"key": "mine"},
    "callable": {"key": "someone"},
}
SECRETS = {name: PASSWORD if name == "callable" else SECRET for name in LOGINS}

EXPECTED = {
    "jambonz": {
        "hooks": 2, "applications": 1, "trunks": 2, "access_lists": 2, "trunk_access_lists": 2,
        "endpoints": 3, "smpp_links": 1, "numbers": 2,
    },
    "sinch": {
        "trunks": 2, "endpoints": 3, "access_lists": 3, "trunk_access_lists": 3,
        "credential_lists": 1, "sip_credentials": 1, "trunk_credential_lists": 1, "numbers": 2,
        "country_permissions": 253, "documents": 1,
    },
    "flowroute": {"trunks": 1, "endpoints": 4, "numbers": 2, "documents": 1},
    "callable": {
        "hooks": 1, "trunks": 1, "access_lists": 1, "trunk_access_lists": 1, "endpoints": 2,
        "flow_nodes": 3, "numbers": 2,
    },
}  # fmt: skip
"""How many rows of each kind of `holdings` a dialect shows."""


@cache
def password_hash() -> str:
    return passwords.hashed(PASSWORD)


def owner() -> dict[str, Any]:
    """The provider, the account, and who may sign in to it; nothing that they hold."""
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "provider", "name": "provider"}],
        "accounts": [
            {"ref": "mine", "uid": ACCOUNT, "service_provider": "provider", "name": "mine"}
        ],
        "access_keys": [{"key_id": "mine", "secret": SECRET, "scope": "account", **OWNER}],
        "users": [
            {
                "login": "someone", "password_hash": password_hash(), "scope": "provider",
                "service_provider": "provider", "roles": ["OrganisationAdmin"],
            }
        ],
    }  # fmt: skip


def holdings() -> dict[str, Any]:
    """The account with rows that each of the four dialects shows some of."""
    return {**owner(), **_voice(), **_apps(), "numbers": _numbers()}


def _voice() -> dict[str, Any]:
    return {
        "trunks": [
            {"ref": "home", "name": "default", "host_name": "default-1", "is_auto": True, **OWNER},
            {
                "ref": "carrier", "name": "carrier", "host_name": "carrier-1", "tech_prefix": "77",
                "calls_per_second": 7, "leading_plus": True, "application": "ivr",
                "register_required": True, "register_username": "me", "register_realm": "r.example",
                "register_password": "register-me", "smpp_system_id": "them", **OWNER,
            },
        ],
        "access_lists": [
            {"ref": "carrier-auto", "name": "carrier (auto)", "is_auto": True,
             "home_trunk": "carrier", **OWNER},
            {"ref": "office", "name": "office", "home_trunk": "carrier", **OWNER},
            {"ref": "home-auto", "name": "default (auto)", "is_auto": True, "home_trunk": "home",
             **OWNER},
        ],
        "trunk_access_lists": [
            {"trunk": "carrier", "access_list": "carrier-auto"},
            {"trunk": "carrier", "access_list": "office"},
            {"trunk": "home", "access_list": "home-auto"},
        ],
        "endpoints": [
            {"ref": "reg", "trunk": "home", "name": "sip-reg", "kind": "registration",
             "dials": True, "route_number": 0, "is_auto": True, **OWNER},
            {"ref": "both", "trunk": "carrier", "access_list": "carrier-auto", "kind": "host",
             "address": "192.0.2.1", "port": 5080, "dials": True, "admits": True, **OWNER},
            {"ref": "range", "access_list": "office", "kind": "host", "address": "198.51.100.0",
             "prefix_length": 28, "admits": True, "description": "the office", **OWNER},
            {"ref": "uri", "trunk": "home", "name": "desk", "kind": "uri",
             "value": "sip:bob@sbc.example:5070", "dials": True, "route_number": 11, **OWNER},
            {"ref": "pbx", "trunk": "home", "access_list": "home-auto", "kind": "host",
             "address": "192.0.2.9", "dials": True, "admits": True, "route_number": 12,
             "description": "the PBX", **OWNER},
        ],
        "credential_lists": [{"ref": "users", "name": "users", **OWNER}],
        "sip_credentials": [
            {"credential_list": "users", "username": "desk9", "password": "Password-of-9"}
        ],
        "trunk_credential_lists": [{"trunk": "carrier", "credential_list": "users"}],
        "smpp_links": [{"trunk": "carrier", "host": "192.0.2.7", "port": 2776, "use_tls": True}],
    }  # fmt: skip


def _apps() -> dict[str, Any]:
    hook = {"account": "mine", "dialect": "jambonz"}
    return {
        "hooks": [
            {"ref": "answer", "purpose": "call", "url": "https://app.example/call",
             "username": "u", "password": "hook-secret", **hook},
            {"ref": "status", "purpose": "call_status", "url": "https://app.example/status",
             **hook},
            {"ref": "plugin", "account": "mine", "dialect": "callable", "purpose": "flow",
             "url": "https://app.example/flow", "auth_type": "none", "priority": 10},
        ],
        "applications": [
            {"ref": "ivr", "account": "mine", "name": "ivr", "call_hook": "answer",
             "status_hook": "status", "extras": {"jambonz": {"speech_synthesis_vendor": "aws"}}}
        ],
        "flow_nodes": [
            {"ref": "start", "account": "mine", "type": "ROUTE_START", "name": "start",
             "extension": "600", "config": {"ddis": ["n1"], "connectTo": "gateway"}},
            {"ref": "gateway", "account": "mine", "type": "SIP_GATEWAY", "name": "gateway",
             "extension": "601", "config": {"trunks": ["pbx"], "onFail": "plug"}},
            {"ref": "plug", "account": "mine", "type": "PLUGIN", "name": "plug",
             "extension": "602", "config": {"plugin": "plugin", "data": {"rate": 0.5}}},
        ],
        "documents": [
            {"account": "mine", "kind": "call_blocking_rule",
             "body": {"name": "no fax", "direction": "inbound", "caller_match": "+4420*"}},
            {"account": "mine", "kind": "flowroute.e911", "key": "7", "body": {
                "label": "hq", "first_name": "A", "last_name": "B", "street_number": "400",
                "street_name": "Broad St", "city": "Seattle", "state": "WA", "country": "US",
                "zip": "98109"}},
        ],
        "country_permissions": [{"account": "mine", "iso_code": "GB", "enabled": True}],
    }  # fmt: skip


def _numbers() -> list[dict[str, Any]]:
    return [
        {"ref": "n1", "e164": "+12065550101", "trunk": "carrier", "application": "ivr", **OWNER},
        {"ref": "n2", "e164": "+12065550102", "trunk": "home", "primary_endpoint": "uri",
         "failover_endpoint": "reg", "alias": "front desk", "cnam_lookup": True,
         "extras": {"flowroute": {"e911_address": {"type": "e911", "id": "7"}}}, **OWNER},
    ]  # fmt: skip


def started(store: Store, bundle: dict[str, Any], **more: Any) -> Application:
    """The server of all dialects over a store with these rows."""
    universe = worlds.universe(store, **more)
    with universe.entered():
        bundles.load(admin(universe), bundle)
    return worlds.apps.over(universe)


def admin(universe: Universe) -> Context:
    return universe.context(Principal(Scope.ADMIN))


@dataclass
class Loop:
    """Carries requests to a WSGI app in its own universe, and keeps them."""

    app: Application
    sent: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        answer = Client(self.app).open(
            request.target,
            method=request.method,
            data=request.body or None,
            headers=list(request.headers.items()),
        )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, headers, answer.data)


def connected(ctx: Context, dialect: str, *, secret: str = "", **settings: Any) -> Any:
    """A connection of our account to the account at the provider."""
    account = tenancy.find_account(ctx, "mine").uid
    return connections.add(
        ctx, account, DIALECTS[dialect], name=dialect, base_url="https://provider.example",
        secret=secret or SECRETS[dialect], settings={**LOGINS[dialect], **settings},
    )  # fmt: skip
