"""One request for each operation, and every kind of credential, for the tenant matrix."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tests.adapters.flowroute import world
from tests.support.matrix import Paging, Sample, Samples, Send

NUMBER = {"id": "12065550100"}
OF_NUMBER = {"number_id": "12065550100"}
ROUTE = {"id": "3"}
E911 = {"id": "{e911}"}
CNAM = {"id": "{cnam}"}
ADDRESS = {
    "label": "head office",
    "first_name": "Ada",
    "last_name": "Byron",
    "street_number": "1218",
    "street_name": "Third Avenue",
    "address_type": "Suite",
    "address_type_number": "600",
    "city": "Seattle",
    "state": "WA",
    "country": "US",
    "zip": "98101",
}
TEXT = {"from": "12065550100", "to": "13105550111", "body": "hello"}
OTHER_TEXT = {**TEXT, "body": "something else"}
CALLBACK = {"callback_url": "https://app.example.com/sms"}
NEW_ROUTE = {
    "data": {
        "type": "route",
        "attributes": {"alias": "new", "route_type": "host", "value": "sip.example.com"},
    }
}
SINCE = "start_date=2026-01-01"


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def key(name: str) -> dict[str, str]:
    return basic(name, f"{name}-secret")


def prepare(send: Send) -> Mapping[str, str]:
    """An address, a caller name, a callback and a message of the owner."""
    send("POST", "/v2/numbers/12065550100/relationships/sms_callback", CALLBACK)
    e911 = send("POST", "/v2/e911s", {"data": {"type": "e911", "attributes": ADDRESS}})
    cnam = send("POST", "/v2/cnams", {"value": "OWNERS NAME"})
    secret = {"body": "owners secret text", "media_urls": ["https://app.example.com/secret.png"]}
    message = send("POST", "/v2.1/messages", {**TEXT, **secret})
    return {
        "e911": str(e911["data"]["id"]),
        "cnam": str(cnam["data"]["id"]),
        "message": message["data"]["id"],
    }


def crowd(n: int, made: Mapping[str, str]) -> dict[str, Any]:
    """Numbers with the prepared address and routes, numbers for sale in area codes and exchanges
    of their own, routes, records, addresses and names."""
    e911 = {"flowroute": {"e911_address": {"type": "e911", "id": made["e911"]}}}
    owner = {"service_provider": "provider", "account": "alpha"}
    named = {
        "flowroute.e911": {"body": {**ADDRESS, "label": "crowd"}},
        "flowroute.cnam": {"body": {"value": "CROWD", "approved_at": "2026-01-01T00:00:00Z"}},
    }
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "provider", "name": "provider"}],
        "accounts": [{"ref": "alpha", "uid": str(world.ACCOUNT)}],
        "trunks": [{"ref": "trunk", **owner, "name": "default"}],
        "endpoints": [
            world.endpoint("alpha", 100 + i, f"crowd{i}", trunk="trunk") for i in range(n)
        ],
        "numbers": [
            world.own(
                f"+120755501{i:02}", "alpha", primary_endpoint=f"alpha-{100 + i}",
                failover_endpoint=f"alpha-{100 + (i + 1) % n}", handling="endpoint", extras=e911,
            )
            for i in range(n)
        ] + [world.stock(f"+1{210 + i}5550{i:03}") for i in range(n)],
        "documents": [
            {**owner, "scope_uid": str(world.ACCOUNT), "kind": kind, "key": str(1000 + i), **body}
            for kind, body in named.items()
            for i in range(n)
        ],
        "messages": [
            {
                "uid": str(UUID(int=world.FOREIGN_MESSAGE.int + ((1 + i) << 40))),
                "account": "alpha",
                "direction": "outbound",
                "from_number": "+12065550100",
                "to_number": "+13105550999",
                "text": f"crowd {i}",
                "status": "delivered",
                "queued_at": f"2026-02-01T00:00:{i:02}Z",
            }
            for i in range(n)
        ],
    }  # fmt: skip


PAGING = Paging(
    limit="limit",
    offset="offset",
    ids=lambda body: [item["id"] for item in body["data"]],
    itself=lambda body: body["links"].get("self"),
    following=lambda body: body["links"].get("next"),
)

REFUSED = {
    "none": ({}, 401),
    "unknown key": (basic("nobody", "nothing"), 401),
    "wrong secret": (basic("alpha", "wrong"), 401),
    "another's secret": (basic("alpha", "beta-secret"), 401),
    "empty": (basic("", ""), 401),
    "revoked": (key("revoked"), 401),
    "expired": (key("expired"), 401),
    "inactive account": (key("asleep"), 401),
    "provider scope": (key("provider"), 401),
    "admin scope": (key("admin"), 401),
    "bearer": ({"Authorization": f"Bearer {world.SECRET}"}, 401),
    "not base64": ({"Authorization": "Basic %%%"}, 401),
}

OPERATIONS = {
    "sendMessage": Sample(body=TEXT, foreign=403, another=OTHER_TEXT),
    "sendMessage22": Sample(body=TEXT, foreign=403, another=OTHER_TEXT),
    "sendMessage1": Sample(body=TEXT, foreign=403, another=OTHER_TEXT),
    "listMessages": Sample(query=SINCE),
    "listMessages22": Sample(query=SINCE),
    "getMessage": Sample({"id": "{message}"}, foreign=404),
    "getMessage22": Sample({"id": "{message}"}, foreign=404),
    "getMedia": Sample({"id": "{message}-1"}, foreign=404),
    "setAccountCallback": Sample({"id": "sms_callback"}, CALLBACK),
    "searchPurchasableNumbers": Sample(),
    "listAvailableAreaCodes": Sample(),
    "listAvailableExchanges": Sample(),
    "purchaseNumber": Sample({"id": "12065550300"}),
    "listNumbers": Sample(),
    "getNumber": Sample(NUMBER, foreign=404),
    "updateNumber": Sample(NUMBER, {"type": "number", "alias": "changed"}, foreign=404),
    "releaseNumber": Sample(NUMBER, foreign=404),
    "updatePrimaryRoute": Sample(OF_NUMBER, {"data": {"type": "route", "id": "3"}}, foreign=404),
    "updateFailoverRoute": Sample(OF_NUMBER, {"data": {"type": "route", "id": "0"}}, foreign=404),
    "removePrimaryRoute": Sample(OF_NUMBER, foreign=404),
    "removeFailoverRoute": Sample(OF_NUMBER, foreign=404),
    "setNumberCallback": Sample({**OF_NUMBER, "callback": "sms_callback"}, CALLBACK, foreign=404),
    "removeNumberCallback": Sample({**OF_NUMBER, "callback": "sms_callback"}, foreign=404),
    "createRoute": Sample(body=NEW_ROUTE),
    "listRoutes": Sample(),
    "updateRoute": Sample(
        ROUTE, {"data": {"type": "route", "attributes": {"alias": "renamed"}}}, foreign=404
    ),
    "deleteRoute": Sample(ROUTE, foreign=404),
    "listEdgeStrategies": Sample(),
    "createE911": Sample(body={"data": {"type": "e911", "attributes": ADDRESS}}),
    "validateE911": Sample(body={"data": {"type": "e911", "attributes": ADDRESS}}),
    "listE911s": Sample(),
    "getE911": Sample(E911, foreign=404),
    "updateE911": Sample(
        E911, {"data": {"type": "e911", "attributes": {"label": "moved"}}}, foreign=404
    ),
    "deleteE911": Sample(E911, foreign=404),
    "listE911Numbers": Sample(E911, foreign=404),
    "assignE911": Sample({**OF_NUMBER, **E911}, foreign=404),
    "chooseE911": Sample(OF_NUMBER, {"data": {"type": "e911", "id": "{e911}"}}, foreign=404),
    "removeE911": Sample(OF_NUMBER, foreign=404),
    "removeChosenE911": Sample(OF_NUMBER, foreign=404),
    "createCnam": Sample(body={"value": "ANOTHER NAME"}),
    "listCnams": Sample(),
    "getCnam": Sample(CNAM, foreign=404),
    "deleteCnam": Sample(CNAM, foreign=404),
    "assignCnam": Sample({**OF_NUMBER, **CNAM}, foreign=404),
    "assignCnamByClient": Sample({**OF_NUMBER, **CNAM}, foreign=404),
    "removeCnam": Sample(OF_NUMBER, foreign=404),
    "removeCnamByClient": Sample(OF_NUMBER, foreign=404),
}

# Items of a list have no relationships on the live service (facts, section 3), and the contract
# leaves them optional; it has one object for area codes and exchanges, of which each list uses one
# type.
NARROWER = {
    "listNumbers": ["data[].relationships: no such member"],
    "listAvailableAreaCodes": ["data[].type: without the words ['exchange']"],
    "listAvailableExchanges": ["data[].type: without the words ['areacode']"],
}

SAMPLES = Samples(
    bundle=world.bundle,
    owner=key("alpha"),
    stranger=key("beta"),
    refused=REFUSED,
    operations=OPERATIONS,
    marks=("owners secret text", "front desk", "office", "OWNERS NAME", "head office"),
    prepare=prepare,
    # aliases are unique, and the two routes of a number differ
    state_refused=dict.fromkeys(
        ("createRoute", "updateRoute", "updatePrimaryRoute", "updateFailoverRoute"), (422,)
    ),
    narrower=NARROWER,
    paging=PAGING,
    crowd=crowd,
)
