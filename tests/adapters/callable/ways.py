"""How Callable makes, reads and changes a thing of each kind, to be crossed with other dialects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.test import Client

from tests.support.crossing import BOTH, FROM, OWN_NUMBER, TO, Read, Request, Way

OWN = "/api/v1/account/{account24}"
TRUNK = {"Trunk": Read(OWN + "/trunk/{uuid}")}
CALLED_BY_DEVICES = "an address that may call is called once a device leads there"
TRUNKS_ARE_HOSTS = "a trunk is an IPv4 address, and nothing else"
SPOKEN = {"text": "Welcome.", "connectTo": "HANGUP"}


def moved_trunk(address: str) -> Request:
    body = {"ip": address, "port": 5090, "description": "renamed"}
    return Request("PUT", OWN + "/trunk/{uuid}", body)


MERGES = False
"""PUT says the whole object: what it lacks becomes null or its default."""


def sign_in(client: Client, key: str, secret: str) -> str:
    """The header of the token that an access key gets."""
    form = {"username": key, "password": secret}
    answer: Any = client.post("/callable/api/v1/oauth/authorize", data=form)
    return f"Bearer {answer.json['access_token']}"


WAYS: Mapping[str, Way | str] = {
    "account": Way(
        Request("POST", "/api/v1/account", {
            "name": "branch", "mbn": "441632960001", "domain": "branch",
        }),
        Request("PUT", "/api/v1/account/{hex24}", {"name": "renamed", "domain": "renamed"}),
        {
            "Account": Read("/api/v1/account/{hex24}"),
            "Address": Read("/api/v1/account/{hex24}/address"),
        },
    ),
    "trunk": "a trunk is one address; what several of them belong to has no object",
    "address calls go to": Way(CALLED_BY_DEVICES, moved_trunk(TO), TRUNK),
    "address calls come from": Way(
        Request("POST", OWN + "/trunk", {
            "ip": FROM, "port": 5080, "vendor": "asterisk", "callerFormat": "e164",
            "description": "the office", "zone": "eu-west-2", "countryCode": "US",
        }),
        moved_trunk(FROM),
        TRUNK,
    ),
    "address both ways": Way(CALLED_BY_DEVICES, moved_trunk(BOTH), TRUNK),
    "SIP URI of a host": Way(TRUNKS_ARE_HOSTS, TRUNKS_ARE_HOSTS, TRUNK),
    "SIP URI of a user": Way(TRUNKS_ARE_HOSTS, TRUNKS_ARE_HOSTS, TRUNK),
    "telephone": Way(TRUNKS_ARE_HOSTS, TRUNKS_ARE_HOSTS, TRUNK),
    "registered user": Way(TRUNKS_ARE_HOSTS, TRUNKS_ARE_HOSTS, TRUNK),
    "access list": "every trunk may call; there are no lists of them",
    "credential list": "SIP logins are devices; there are no lists of them",
    "SMPP link": "messages are no part of it",
    "number": Way(
        Request("POST", OWN + "/ddi", {"ddis": [{"name": "{new}"}]}),
        "a number is never changed; where it leads to is a matter of devices",
        {"Ddi": Read(OWN + "/ddi/{hex24}")},
    ),
    "application": "calls are handled by devices; there are no applications",
    "hook": Way(
        Request("POST", OWN + "/hook", {
            "app": "event.generic", "url": "https://hooks.example/two", "authType": "BASIC_AUTH",
            "apiSecretName": "user", "apiSecretValue": "pass", "priority": 5,
        }),
        Request("PUT", OWN + "/hook/{uuid}", {
            "app": "event.generic", "url": "https://hooks.example/three",
        }),
        {"Hook": Read(OWN + "/hook/{uuid}")},
    ),
    "flow node": Way(
        Request("POST", OWN + "/device", {
            "type": "SAY", "name": "greeting", "extension": "600", "say": SPOKEN,
        }),
        Request("PUT", OWN + "/device/{uuid}", {
            "type": "SAY", "name": "renamed", "extension": "600", "say": SPOKEN,
        }),
        {"Device": Read(OWN + "/device/{uuid}")},
    ),
    "call that goes on": Way(
        Request("POST", OWN + "/channels/voice", {
            "callerId": OWN_NUMBER, "tag": {"data": {"order": "17"}},
            "target": {"phoneNumber": {"number": "12065550123"}},
            "verbs": [{"say": {"text": ["Hello."]}}],
        }),
        Request("PUT", OWN + "/channels/voice/{hex24}", {"verbs": [{"say": {"text": ["Bye."]}}]}),
        {"VoiceChannel": Read(OWN + "/channels/voice/{hex24}")},
    ),
    "message": "messages are no part of it",
}  # fmt: skip

NO_HOST = "a trunk is an IPv4 address"
HIDDEN: Mapping[tuple[str, str], str] = {
    ("SIP URI of a host", "flowroute"): NO_HOST,
    ("SIP URI of a user", "flowroute"): NO_HOST,
    ("telephone", "flowroute"): NO_HOST,
    ("registered user", "flowroute"): NO_HOST,
    ("registered user", "sinch"): NO_HOST,
    ("hook", "jambonz"): "a hook is shown by the dialect it is called in",
}
"""(case, made in) -> why there is no object here for such a row, though there are such objects."""
