"""How Sinch makes, reads and changes a thing of each kind, to be crossed with other dialects."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from werkzeug.test import Client

from tests.support.crossing import BOTH, FROM, TO, USER, Read, Request, Way, found_by

PROJECT = "/v1/projects/{account}"
ENDPOINT = {
    "SipEndpoint": Read(PROJECT + "/trunks/{its_trunk}/endpoints/{ulid}"),
    "IpRange": Read(
        PROJECT + "/accessControlLists/{its_access_list}/ipRanges?pageSize=500",
        found_by("ipRanges", "ulid"),
    ),
}
NO_HOST = "an endpoint is a host or a registered user"


def renamed_endpoint(**place: Any) -> Request:
    body = {"name": "renamed", "priority": 7, **place}
    return Request("PUT", PROJECT + "/trunks/{its_trunk}/endpoints/{ulid}", body)


MERGES = False
"""PUT says the whole object: what it lacks becomes null or its default."""


def sign_in(client: Client, key: str, secret: str) -> str:
    """The header of an access key."""
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


WAYS: Mapping[str, Way | str] = {
    "account": "the project is implied by the path; there is no object for it",
    "trunk": Way(
        Request("POST", PROJECT + "/trunks", {
            "name": "office", "hostName": "office", "enableCallerName": True,
            "enableCallForward": True, "callForwardNumber": "+12065550166",
        }),
        Request("PUT", PROJECT + "/trunks/{ulid}", {"name": "renamed", "hostName": "renamed"}),
        {"SipTrunk": Read(PROJECT + "/trunks/{ulid}")},
    ),
    "address calls go to": Way(
        Request("POST", PROJECT + "/trunks/{home_ulid}/endpoints", {
            "name": "desk", "address": TO, "port": 5080, "transport": "TCP",
            "priority": 3,
        }),
        renamed_endpoint(address=TO),
        ENDPOINT,
    ),
    "address calls come from": Way(
        Request("POST", PROJECT + "/accessControlLists/{list_ulid}/ipRanges", {
            "description": "the office", "ipAddress": FROM, "range": 32,
        }),
        Request("PUT", PROJECT + "/accessControlLists/{its_access_list}/ipRanges/{ulid}", {
            "description": "renamed", "ipAddress": FROM,
        }),
        ENDPOINT,
    ),
    "address both ways": Way(
        "an endpoint and a range are made apart, each with a row of its own",
        renamed_endpoint(address=BOTH, port=5080),
        ENDPOINT,
    ),
    "SIP URI of a host": Way(
        "an endpoint is made of a host; a URI is shown as one",
        renamed_endpoint(address="192.0.2.24", port=5071, transport="TCP"),
        ENDPOINT,
    ),
    "SIP URI of a user": Way(NO_HOST, NO_HOST, ENDPOINT),
    "telephone": Way(NO_HOST, NO_HOST, ENDPOINT),
    "registered user": Way(
        Request("POST", PROJECT + "/trunks/{home_ulid}/endpoints", {
            "name": "phone", "isRegistered": True, "credentialUserName": USER, "priority": 2,
        }),
        renamed_endpoint(isRegistered=True, credentialUserName=USER),
        ENDPOINT,
    ),
    "access list": Way(
        Request("POST", PROJECT + "/accessControlLists", {
            "name": "offices", "ipRanges": [{"ipAddress": "192.0.2.40", "range": 29}],
        }),
        Request("PUT", PROJECT + "/accessControlLists/{ulid}", {"name": "renamed"}),
        {"AccessControlList": Read(PROJECT + "/accessControlLists/{ulid}")},
    ),
    "credential list": Way(
        Request("POST", PROJECT + "/credentialLists", {
            "name": "desks", "credentials": [{"username": "desk1", "password": "Secret123456x"}],
        }),
        Request("PUT", PROJECT + "/credentialLists/{ulid}", {"name": "renamed"}),
        {"CredentialList": Read(PROJECT + "/credentialLists/{ulid}")},
    ),
    "SMPP link": "messages are no part of it",
    "number": Way(
        Request("POST", PROJECT + "/phoneNumbers", {
            "phoneNumber": "+{new}", "sipTrunkId": "{home_ulid}",
        }),
        Request("POST", PROJECT + "/phoneNumbers", {"phoneNumber": "+{digits}"}),
        {"Number": Read(PROJECT + "/phoneNumbers/{digits}")},
        {"callable": Request("POST", PROJECT + "/phoneNumbers", {
            "phoneNumber": "+{digits}", "sipTrunkId": "{home_ulid}",
        })},
    ),
    "application": "calls go to trunks; there are no applications",
    "hook": "nothing is told to a url",
    "flow node": "calls go to trunks; there are no flows",
    "call that goes on": Way(
        "calls are not made by request", "a call that is over is not changed",
        {"Call": Read(PROJECT + "/calls?pageSize=500", found_by("calls", "ulid"))},
    ),
    "message": "messages are no part of it",
}  # fmt: skip

NOT_OVER = "calls are listed once they are over"
HIDDEN: Mapping[tuple[str, str], str] = {
    ("SIP URI of a user", "flowroute"): "an endpoint is a host; this URI has a user",
    ("telephone", "flowroute"): "a telephone number is no endpoint",
    ("call that goes on", "callable"): NOT_OVER,
    ("call that goes on", "jambonz"): NOT_OVER,
}
"""(case, made in) -> why there is no object here for such a row, though there are such objects."""
