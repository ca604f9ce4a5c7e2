"""Changes go through: an app of each dialect over a provider of each dialect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.http.kit import LOSS
from tests.moves.forwarding import House, Opened, account_in, differing, provider
from tests.moves.providers import DIALECTS, NUMBERS

Asked = tuple[str, str, Any]
FIRST = NUMBERS[0]
"""A number that the account has from the beginning."""


class App:
    """Asks one thing after the other; answers of earlier ones are at hand."""

    def __init__(self, house: House, dialect: str) -> None:
        self.house, self.dialect = house, dialect
        self.base = f"/{account_in(dialect)}"
        self.lost: set[str] = set()

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.house.ask(self.dialect, method, path, body)
        assert answer.status_code < 300, f"{method} {path} {answer.text}"
        self.lost |= set(re.findall(r'member="([^"]+)"', answer.headers.get(LOSS, "")))
        return answer.json


def flowroute(app: App) -> Iterator[None]:
    made = app("POST", "/v2/routes", route("192.0.2.10"))["data"]["id"]
    yield
    other = app("POST", "/v2/routes", route("192.0.2.11:5080"))["data"]["id"]
    yield
    number = f"/v2/numbers/{FIRST[1:]}/relationships"
    app("PATCH", number + "/primary_route", {"data": {"type": "route", "id": made}})
    yield
    app("PATCH", number + "/failover_route", {"data": {"type": "route", "id": other}})
    yield
    app("DELETE", number + "/failover_route")
    yield
    app("PATCH", number + "/primary_route", {"data": {"type": "route", "id": other}})
    yield
    app("PATCH", number + "/primary_route", {"data": {"type": "route", "id": "0"}})
    yield
    app("DELETE", f"/v2/routes/{other}")
    yield


def route(value: str) -> dict[str, Any]:
    attributes = {"route_type": "host", "value": value, "alias": value}
    return {"data": {"type": "route", "attributes": attributes}}


def sinch(app: App) -> Iterator[None]:
    base = f"/v1/projects{app.base}"
    trunk = app("POST", base + "/trunks", {"name": "office", "hostName": "office"})["id"]
    yield
    one = f"{base}/trunks/{trunk}"
    end = app("POST", one + "/endpoints", {"name": "a", "address": "192.0.2.10", "priority": 1})
    yield
    app("POST", f"{base}/phoneNumbers", {"phoneNumber": FIRST, "sipTrunkId": trunk})
    yield
    acl = {"name": "staff", "ipRanges": [{"ipAddress": "198.51.100.0", "range": 24}]}
    acl = app("POST", base + "/accessControlLists", acl)["id"]
    yield
    app("POST", one + "/accessControlLists", {"accessControlListIds": [acl]})
    yield
    ranges = f"{base}/accessControlLists/{acl}/ipRanges"
    app("POST", ranges, {"ipAddress": "203.0.113.9", "range": 32})
    yield
    changed = {"name": "a", "address": "192.0.2.12", "port": 5070, "priority": 2, "enabled": True}
    app("PUT", f"{one}/endpoints/{end['id']}", changed)
    yield
    app("PUT", one, {"name": "bureau", "hostName": "office"})
    yield
    app("DELETE", f"{one}/accessControlLists/{acl}")
    yield
    app("POST", f"{base}/phoneNumbers", {"phoneNumber": FIRST})
    yield
    app("DELETE", f"{one}/endpoints/{end['id']}")
    yield
    app("DELETE", one)
    yield


def jambonz(app: App) -> Iterator[None]:
    carrier = app("POST", "/v1/VoipCarriers", {
        "name": "pstn", "tech_prefix": "99", "account_sid": app.base[1:],
    })["sid"]  # fmt: skip
    yield
    gateway = app("POST", "/v1/SipGateways", {
        "voip_carrier_sid": carrier, "ipv4": "192.0.2.10", "inbound": True, "outbound": True,
    })["sid"]  # fmt: skip
    yield
    app("PUT", f"/v1/SipGateways/{gateway}", {"inbound": False})
    yield
    app("PUT", f"/v1/VoipCarriers/{carrier}", {"tech_prefix": None, "description": "main"})
    yield
    app("DELETE", f"/v1/SipGateways/{gateway}")
    yield
    app("DELETE", f"/v1/VoipCarriers/{carrier}")
    yield


def callable_(app: App) -> Iterator[None]:
    trunks = f"/api/v1/account{app.base}/trunk"
    made = app("POST", trunks, {"ip": "192.0.2.10", "port": 5060, "description": "x"})
    yield
    app("PUT", f"{trunks}/{made['id']}", {"ip": "192.0.2.12", "port": 5070, "description": "y"})
    yield
    app("DELETE", f"{trunks}/{made['id']}")
    yield


SCRIPTS = {
    "callable": callable_, "flowroute": flowroute, "jambonz": jambonz, "sinch": sinch,
}  # fmt: skip


@pytest.mark.parametrize("upstream", DIALECTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_provider_says_after_each_change_what_we_say(
    house: House, opened: Opened, dialect: str, upstream: str
) -> None:
    """But for rows of which the answer to the change said that the provider cannot have them so."""
    there = provider(opened, upstream)
    house.forward("there", there)
    assert differing(house, "there") == {}
    app = App(house, dialect)
    written = len(there.wire.written)
    for _ in SCRIPTS[dialect](app):
        assert differing(house, "there").keys() <= app.lost
    assert len(there.wire.written) > written or app.lost
