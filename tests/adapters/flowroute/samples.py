"""One request for each operation, and every kind of credential, for the tenant matrix."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from tests.adapters.flowroute import world
from tests.support.matrix import Sample, Samples, Send

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
    "sendMessage": Sample(body=TEXT, foreign=403),
    "sendMessage22": Sample(body=TEXT, foreign=403),
    "sendMessage1": Sample(body=TEXT, foreign=403),
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
    narrower=NARROWER,
)
