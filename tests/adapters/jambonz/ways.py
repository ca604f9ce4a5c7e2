"""How jambonz makes, reads and changes a thing of each kind, to be crossed with other dialects."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.test import Client

from tests.support.crossing import (
    ACCOUNT,
    APP,
    BOTH,
    FROM,
    HOME,
    OWN_NUMBER,
    TO,
    Read,
    Request,
    Way,
)

GATEWAY = {"SipGateway": Read("/v1/SipGateways/{uuid}")}
MOVED = Request("PUT", "/v1/SipGateways/{uuid}", {"port": 5090})
GATEWAYS_ARE_HOSTS = "a gateway is a host, and nothing else"


def gateway(address: str, **flags: bool) -> Request:
    where = {"voip_carrier_sid": HOME, "ipv4": address, "port": 5080, "netmask": 32}
    return Request("POST", "/v1/SipGateways", {**where, **flags})


MERGES = True
"""PUT changes what it names, and nothing else."""


def sign_in(client: Client, key: str, secret: str) -> str:
    """The header of an access key: its secret alone."""
    return f"Bearer {secret}"


WAYS: Mapping[str, Way | str] = {
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
    "call that goes on": Way(
        Request("POST", "/v1/Accounts/{account}/Calls", {
            "call_hook": {"url": "https://hooks.example/call"}, "from": OWN_NUMBER,
            "to": {"type": "phone", "number": "+12065550123"}, "tag": {"order": "17"},
        }),
        "a change of a call is a command to it, and shows when it is carried out",
        {"Call": Read("/v1/Accounts/{account}/Calls/{uuid}")},
    ),
    "message": "messages are sent and never read",
}  # fmt: skip

NO_HOST = "gateways are hosts; this endpoint is none"
HIDDEN: Mapping[tuple[str, str], str] = {
    ("SIP URI of a host", "flowroute"): NO_HOST,
    ("SIP URI of a user", "flowroute"): NO_HOST,
    ("telephone", "flowroute"): NO_HOST,
    ("registered user", "flowroute"): NO_HOST,
    ("registered user", "sinch"): NO_HOST,
    ("hook", "callable"): "a hook is shown by the dialect it is called in",
}
"""(case, made in) -> why there is no object here for such a row, though there are such objects."""
