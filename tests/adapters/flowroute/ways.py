"""How Flowroute makes, reads and changes each kind of thing, to be crossed with other dialects."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from werkzeug.test import Client

from tests.support.crossing import OWN_NUMBER, TO, USER, Read, Request, Way, found_by

ROUTE = {"IncludedRoutes": Read("/v2/routes?limit=200", found_by("data", "route"))}


def route(alias: str, kind: str, value: str) -> Request:
    attributes = {"alias": alias, "route_type": kind, "value": value, "edge_strategy_id": 2}
    return Request("POST", "/v2/routes", {"data": {"type": "route", "attributes": attributes}})


def renamed_route(alias: str) -> Request:
    body = {"data": {"type": "route", "attributes": {"alias": alias}}}
    return Request("PATCH", "/v2/routes/{route}", body)


MERGES = True
"""PATCH changes what it names, and nothing else."""


def sign_in(client: Client, key: str, secret: str) -> str:
    """The header of an access key."""
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


WAYS: Mapping[str, Way | str] = {
    "account": "the account is implied by the key; there is no object for it",
    "trunk": "routes belong to the account; there are no trunks",
    "address calls go to": Way(
        route("desk", "host", f"{TO}:5080"),
        renamed_route("renamed"),
        ROUTE,
    ),
    "address calls come from": Way(
        "routes are where calls go; where they come from is no part of it",
        renamed_route("seen by nobody"),
        ROUTE,
    ),
    "address both ways": Way(
        "routes are where calls go; where they come from is no part of it",
        renamed_route("renamed too"),
        ROUTE,
    ),
    "SIP URI of a host": Way(
        route("uri", "uri", "sip:192.0.2.24:5071;transport=tcp"), renamed_route("uri 2"), ROUTE
    ),
    "SIP URI of a user": Way(
        route("user", "uri", "sip:alice@192.0.2.25"), renamed_route("user 2"), ROUTE
    ),
    "telephone": Way(route("cell", "number", "12065550199"), renamed_route("cell 2"), ROUTE),
    "registered user": Way(route("phone", "sip-reg", USER), renamed_route("phone 2"), ROUTE),
    "access list": "where calls come from is no part of it",
    "credential list": "SIP logins are no part of it",
    "SMPP link": "messages are posted; how they leave is no part of it",
    "number": Way(
        Request("POST", "/v2/numbers/{for_sale}"),
        Request("PATCH", "/v2/numbers/{digits}", {"alias": "renamed"}),
        {"Number": Read("/v2/numbers/{digits}")},
    ),
    "application": "calls go to routes; there are no applications",
    "hook": "callbacks are set and never read",
    "flow node": "calls go to routes; there are no flows",
    "call that goes on": "calls are no part of it",
    "message": Way(
        Request("POST", "/v2.1/messages", {
            "from": OWN_NUMBER, "to": "12125550123", "body": "Hello",
        }),
        "what was sent is not changed",
        {"MDR2": Read("/v2.1/messages/{mdr}")},
    ),
}  # fmt: skip

NOT_CALLED = "no calls are sent to the address"
HIDDEN: Mapping[tuple[str, str], str] = {
    ("address calls come from", "callable"): NOT_CALLED,
    ("address calls come from", "jambonz"): NOT_CALLED,
    ("address calls come from", "sinch"): NOT_CALLED,
}
"""(case, made in) -> why there is no object here for such a row, though there are such objects."""
