"""How each dialect makes, reads and changes a thing of each kind, for the matrix that crosses them.

`WAYS` is the whole of it: a row for what a dialect can do, a reason for what it cannot. Paths and
bodies name, in braces, the ids of the row in all spellings and the fixed things of the world.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gateway.domain.ids import CODECS
from gateway.models import (
    AccessList,
    Account,
    Application,
    CredentialList,
    Endpoint,
    FlowNode,
    Hook,
    Number,
    SmppLink,
    Trunk,
)

ACCOUNT = "11111111-1111-4111-8111-111111111111"
HOME, LIST, APP = (f"0193456{n}-0001-7cde-8f01-23456789abcd" for n in range(3))
USER = "desk9"
TO, FROM, BOTH = "192.0.2.21", "192.0.2.22", "192.0.2.23"
NEW, FOR_SALE = "+12065550177", "+12065550178"


@dataclass(frozen=True)
class Request:
    """A request below a dialect's prefix."""

    method: str
    path: str
    body: Any = None


Pick = Callable[[Any, Mapping[str, str]], Any]


def itself(body: Any, names: Mapping[str, str]) -> Any:
    return body


@dataclass(frozen=True)
class Read:
    """Where one object of a row is read; `pick` finds it in the answer, None where it is not."""

    path: str
    pick: Pick = itself


@dataclass(frozen=True)
class Way:
    """What a dialect does with one case. A text instead of a request says why it does not.

    `instead` are changes for things that a certain dialect made, where the usual one has no point.
    """

    make: Request | str
    change: Request | str
    reads: Mapping[str, Read]
    instead: Mapping[str, Request] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One kind of thing as it is made: `kind` is the core's, `model` its table. With `provider` it
    is made and read with the provider's credential, not the account's."""

    kind: str
    model: Any
    provider: bool = False


CASES: Mapping[str, Case] = {
    "account": Case("account", Account, provider=True),
    "trunk": Case("trunk", Trunk),
    "address calls go to": Case("endpoint", Endpoint),
    "address calls come from": Case("endpoint", Endpoint),
    "address both ways": Case("endpoint", Endpoint),
    "SIP URI of a host": Case("endpoint", Endpoint),
    "SIP URI of a user": Case("endpoint", Endpoint),
    "telephone": Case("endpoint", Endpoint),
    "registered user": Case("endpoint", Endpoint),
    "access list": Case("access_list", AccessList),
    "credential list": Case("credential_list", CredentialList),
    "SMPP link": Case("smpp_link", SmppLink),
    "number": Case("number", Number),
    "application": Case("application", Application),
    "hook": Case("hook", Hook),
    "flow node": Case("flow_node", FlowNode),
}


def bundle() -> dict[str, Any]:
    """An account with a trunk, a list of each kind and an application; a number for sale."""
    mine = {"service_provider": "provider", "account": "mine"}
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "provider", "name": "provider"}],
        "accounts": [{"ref": "mine", "uid": ACCOUNT, "service_provider": "provider", "name": "m"}],
        "access_keys": [
            {"key_id": "mine", "secret": "secret-of-mine", "scope": "account", **mine},
            {
                "key_id": "whole", "secret": "secret-of-whole", "scope": "provider",
                "service_provider": "provider",
            },
        ],
        "applications": [{"uid": APP, "account": "mine", "name": "standing"}],
        "trunks": [{"uid": HOME, "ref": "home", **mine, "name": "home", "host_name": "home"}],
        "access_lists": [{"uid": LIST, "ref": "list", **mine, "name": "l", "home_trunk": "home"}],
        "trunk_access_lists": [{"trunk": "home", "access_list": "list"}],
        "credential_lists": [{"ref": "users", **mine, "name": "users"}],
        "sip_credentials": [{"credential_list": "users", "username": USER, "password": "x" * 12}],
        "numbers": [
            {
                "service_provider": "provider", "e164": FOR_SALE, "status": "available",
                "from_inventory": True, "country": "US",
            }
        ],
    }  # fmt: skip


def names(row: Any) -> dict[str, str]:
    """What paths and bodies may name: the row's ids, and the fixed things of the world."""
    found = {
        "account": ACCOUNT,
        "account24": CODECS["hex24"].encode(UUID(ACCOUNT)),
        "home": HOME,
        "home_ulid": CODECS["ulid"].encode(UUID(HOME)),
        "list_ulid": CODECS["ulid"].encode(UUID(LIST)),
        "application": APP,
        "new": NEW.removeprefix("+"),
        "for_sale": FOR_SALE.removeprefix("+"),
    }
    if row is None:
        return found
    spelled = {codec: CODECS[codec].encode(row.uid) for codec in ("uuid", "ulid", "hex24")}
    for name in ("trunk", "access_list"):
        value = row.__data__.get(name)
        found |= {f"its_{name}": CODECS["ulid"].encode(value)} if value else {}
    route = getattr(row, "route_number", None)
    found |= {"route": str(route)} if route is not None else {}
    return {**found, **spelled, "digits": str(getattr(row, "e164", "")).removeprefix("+")}


def filled(value: Any, known: Mapping[str, str]) -> Any:
    """A path or body with its names filled in; KeyError for one that is not known."""
    text = json.dumps(value)
    for name, given in known.items():
        text = text.replace("{" + name + "}", given)
    if "{" in text.replace("{}", "") and isinstance(value, str):
        raise KeyError(text)
    return json.loads(text)


def _in(member: str, key: str) -> Pick:
    """The item of a list that has the row's id."""
    return lambda body, known: next(
        (one for one in body[member] if one["id"] == known.get(key)), None
    )


PROJECT = "/v1/projects/{account}"
OWN = "/api/v1/account/{account24}"
GATEWAY = {"SipGateway": Read("/v1/SipGateways/{uuid}")}
ENDPOINT = {
    "SipEndpoint": Read(PROJECT + "/trunks/{its_trunk}/endpoints/{ulid}"),
    "IpRange": Read(
        PROJECT + "/accessControlLists/{its_access_list}/ipRanges?pageSize=500",
        _in("ipRanges", "ulid"),
    ),
}
ROUTE = {"IncludedRoutes": Read("/v2/routes?limit=200", _in("data", "route"))}
MOVED = Request("PUT", "/v1/SipGateways/{uuid}", {"port": 5090})

TRUNK = {"Trunk": Read(OWN + "/trunk/{uuid}")}
CALLED_BY_DEVICES = "an address that may call is called once a device leads there"
GATEWAYS_ARE_HOSTS = "a gateway is a host, and nothing else"
TRUNKS_ARE_HOSTS = "a trunk is an IPv4 address, and nothing else"
NO_HOST = "an endpoint is a host or a registered user"
SPOKEN = {"text": "Welcome.", "connectTo": "HANGUP"}


def moved_trunk(address: str) -> Request:
    body = {"ip": address, "port": 5090, "description": "renamed"}
    return Request("PUT", OWN + "/trunk/{uuid}", body)


def route(alias: str, kind: str, value: str) -> Request:
    attributes = {"alias": alias, "route_type": kind, "value": value, "edge_strategy_id": 2}
    return Request("POST", "/v2/routes", {"data": {"type": "route", "attributes": attributes}})


def renamed_endpoint(**place: Any) -> Request:
    body = {"name": "renamed", "priority": 7, **place}
    return Request("PUT", PROJECT + "/trunks/{its_trunk}/endpoints/{ulid}", body)


def renamed_route(alias: str) -> Request:
    body = {"data": {"type": "route", "attributes": {"alias": alias}}}
    return Request("PATCH", "/v2/routes/{route}", body)


def gateway(address: str, **flags: bool) -> Request:
    where = {"voip_carrier_sid": HOME, "ipv4": address, "port": 5080, "netmask": 32}
    return Request("POST", "/v1/SipGateways", {**where, **flags})


JAMBONZ: Mapping[str, Way | str] = {
    "account": Way(
        Request("POST", "/v1/Accounts", {
            "name": "branch", "sip_realm": "branch.example.com",
            "registration_hook": {"url": "https://hooks.example/registered", "method": "POST"},
        }),
        Request("PUT", "/v1/Accounts/{uuid}", {"name": "renamed"}),
        {"Account": Read("/v1/Accounts/{uuid}")},
    ),
    "trunk": Way(
        Request("POST", "/v1/VoipCarriers", {
            "name": "carrier", "description": "the old one", "account_sid": ACCOUNT,
            "application_sid": APP, "e164_leading_plus": True, "tech_prefix": "99",
            "diversion": "+12065550188", "inbound_auth_username": "peer",
            "inbound_auth_password": "pass-of-peer", "requires_register": True,
            "register_username": "us", "register_sip_realm": "sip.example",
            "register_password": "pass-of-us", "smpp_system_id": "binder",
            "smpp_password": "bind", "smpp_enquire_link_interval": 30,
        }),
        Request("PUT", "/v1/VoipCarriers/{uuid}", {"name": "renamed", "tech_prefix": "11"}),
        {"VoipCarrier": Read("/v1/VoipCarriers/{uuid}")},
    ),
    "address calls go to": Way(gateway(TO, outbound=True, inbound=False), MOVED, GATEWAY),
    "address calls come from": Way(gateway(FROM, outbound=False, inbound=True), MOVED, GATEWAY),
    "address both ways": Way(gateway(BOTH, outbound=True, inbound=True), MOVED, GATEWAY),
    "SIP URI of a host": Way(GATEWAYS_ARE_HOSTS, GATEWAYS_ARE_HOSTS, GATEWAY),
    "SIP URI of a user": Way(GATEWAYS_ARE_HOSTS, GATEWAYS_ARE_HOSTS, GATEWAY),
    "telephone": Way(GATEWAYS_ARE_HOSTS, GATEWAYS_ARE_HOSTS, GATEWAY),
    "registered user": Way(GATEWAYS_ARE_HOSTS, GATEWAYS_ARE_HOSTS, GATEWAY),
    "access list": "addresses belong to carriers; a list is made of them, but has no object",
    "credential list": "a carrier's login is two members of it; a list is made, but has no object",
    "SMPP link": Way(
        Request("POST", "/v1/SmppGateways", {
            "voip_carrier_sid": HOME, "ipv4": "192.0.2.30", "port": 2776, "is_primary": True,
        }),
        Request("PUT", "/v1/SmppGateways/{uuid}", {"port": 2777}),
        {"SmppGateway": Read("/v1/SmppGateways/{uuid}")},
    ),
    "number": Way(
        Request("POST", "/v1/PhoneNumbers", {"number": "{new}", "voip_carrier_sid": HOME}),
        Request("PUT", "/v1/PhoneNumbers/{uuid}", {"application_sid": APP}),
        {"PhoneNumber": Read("/v1/PhoneNumbers/{uuid}")},
    ),
    "application": Way(
        Request("POST", "/v1/Applications", {
            "name": "menu", "account_sid": ACCOUNT,
            "call_hook": {"url": "https://hooks.example/call"},
            "call_status_hook": {"url": "https://hooks.example/status", "method": "GET"},
            "speech_synthesis_vendor": "aws",
        }),
        Request("PUT", "/v1/Applications/{uuid}", {"name": "renamed"}),
        {"Application": Read("/v1/Applications/{uuid}")},
    ),
    "hook": Way(
        Request("POST", "/v1/Webhooks", {"url": "https://hooks.example/one", "method": "POST"}),
        "a webhook is changed through the object it is a member of",
        {"Webhook": Read("/v1/Webhooks/{uuid}")},
    ),
    "flow node": "calls are handled by applications; there are no flows",
}  # fmt: skip

SINCH: Mapping[str, Way | str] = {
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
}  # fmt: skip

FLOWROUTE: Mapping[str, Way | str] = {
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
}  # fmt: skip

CALLABLE: Mapping[str, Way | str] = {
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
}  # fmt: skip

WAYS: Mapping[str, Mapping[str, Way | str]] = {
    "callable": CALLABLE,
    "flowroute": FLOWROUTE,
    "jambonz": JAMBONZ,
    "sinch": SINCH,
}

NO_GATEWAY = "gateways are hosts; this endpoint is none"
NO_TRUNK = "a trunk is an IPv4 address"
NOT_CALLED = "no calls are sent to the address"
ELSEWHERE = "a hook is shown by the dialect it is called in"
HIDDEN: Mapping[tuple[str, str, str], str] = {
    ("address calls come from", "callable", "flowroute"): NOT_CALLED,
    ("address calls come from", "jambonz", "flowroute"): NOT_CALLED,
    ("address calls come from", "sinch", "flowroute"): NOT_CALLED,
    ("SIP URI of a host", "flowroute", "callable"): NO_TRUNK,
    ("SIP URI of a host", "flowroute", "jambonz"): NO_GATEWAY,
    ("SIP URI of a user", "flowroute", "callable"): NO_TRUNK,
    ("SIP URI of a user", "flowroute", "jambonz"): NO_GATEWAY,
    ("SIP URI of a user", "flowroute", "sinch"): "an endpoint is a host; this URI has a user",
    ("telephone", "flowroute", "callable"): NO_TRUNK,
    ("telephone", "flowroute", "jambonz"): NO_GATEWAY,
    ("telephone", "flowroute", "sinch"): "a telephone number is no endpoint",
    ("registered user", "flowroute", "callable"): NO_TRUNK,
    ("registered user", "flowroute", "jambonz"): NO_GATEWAY,
    ("registered user", "sinch", "callable"): NO_TRUNK,
    ("registered user", "sinch", "jambonz"): NO_GATEWAY,
    ("hook", "callable", "jambonz"): ELSEWHERE,
    ("hook", "jambonz", "callable"): ELSEWHERE,
}
"""(case, made in, read in) -> why the second, though it has such objects, has none for this one."""
