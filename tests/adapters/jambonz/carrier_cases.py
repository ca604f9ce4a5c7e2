"""Bad input of the trunk side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import Bad
from tests.adapters.jambonz.carrier_rows import (
    APP,
    BETAS,
    BETAS_APP,
    BETAS_GATEWAY,
    BETAS_LINK,
    BETAS_NUMBER,
    DOOMED,
    GATEWAY,
    LINK,
    MAIN,
    NUMBER,
    POOL,
    RANGE,
    REGISTRATION,
    STOCK,
)

NOBODY = world.NOBODY
GONE = f"voip_carrier not found for sid {NOBODY}"


def post(name: str, path: str, json: Any, says: str, status: int = 400, **more: Any) -> Bad:
    return Bad(f"POST {path} {name}", "POST", path, status, json, says, **more)


def put(name: str, path: str, json: Any, says: str, status: int = 400, **more: Any) -> Bad:
    return Bad(f"PUT {path} {name}", "PUT", path, status, json, says, **more)


CARRIER_MEMBERS: dict[str, tuple[Any, ...]] = {
    "name": (None, "", 1, "x" * 65, "a\0b"),
    "description": (1, "x" * 1025),
    "account_sid": (1.5, "", NOBODY, world.BETA, world.GAMMA),
    "application_sid": (True, NOBODY, BETAS_APP),
    "e164_leading_plus": (None, "yes", 2),
    "requires_register": (None, [],),
    "register_username": (1, "x" * 129),
    "register_sip_realm": ({}, "x" * 65),
    "register_password": (1, "x" * 65),
    "register_from_user": (1, "x" * 129),
    "register_from_domain": (1, "x" * 257),
    "register_public_ip_in_contact": (None, "maybe"),
    "tech_prefix": (9, "x" * 17),
    "inbound_auth_username": (1, "x" * 65),
    "inbound_auth_password": (1, "x" * 65),
    "diversion": (1, "x" * 33),
    "is_active": (None, "on"),
    "smpp_system_id": (1, "x" * 256, "é"),
    "smpp_password": (1, "x" * 65, "é"),
    "smpp_inbound_system_id": (1, "x" * 256, "é"),
    "smpp_inbound_password": (1, "x" * 65, "é"),
    "smpp_enquire_link_interval": (None, -1, 86_401, 1.5, "x"),
}  # fmt: skip
GATEWAY_MEMBERS: dict[str, tuple[Any, ...]] = {
    "voip_carrier_sid": (None, 1.5, "", "x", NOBODY, BETAS),
    "ipv4": (None, 1, "", "256.1.1.1", "a b", "1.2.3.4:5060", "sip:a", "-a"),
    "port": (None, 0, 65_536, 1.5, "x"),
    "netmask": (None, -1, 33, "x"),
    "inbound": (None, "in", 2),
    "outbound": (None, "out", 2),
}
SIP_MEMBERS = {**GATEWAY_MEMBERS, "is_active": (None, "on")}
SMPP_MEMBERS = {**GATEWAY_MEMBERS, "is_primary": (None, "first"), "use_tls": (None, "tls")}
NUMBER_MEMBERS: dict[str, tuple[Any, ...]] = {
    "number": (None, "", "abc", "123", 1.5, "+1206555310"),
    "voip_carrier_sid": (None, 1.5, "", "x", NOBODY, BETAS),
    "account_sid": (1.5, "", NOBODY, world.BETA),
    "application_sid": (1.5, "", NOBODY, BETAS_APP),
}
NEW_CARRIER = {"name": "carriers bad", "account_sid": world.ALPHA}
NEW_GATEWAY = {"voip_carrier_sid": MAIN, "ipv4": "192.0.2.9"}
NEW_NUMBER = {"number": "+12065553100", "voip_carrier_sid": MAIN}


def wrong() -> Iterator[Bad]:
    """Each member with each wrong value, when made and when changed."""
    for new, path, one, members in (
        (NEW_CARRIER, "/VoipCarriers", MAIN, CARRIER_MEMBERS),
        (NEW_CARRIER, f"/Accounts/{world.ALPHA}/VoipCarriers", "", CARRIER_MEMBERS),
        (NEW_GATEWAY, "/SipGateways", GATEWAY, SIP_MEMBERS),
        (NEW_GATEWAY, "/SmppGateways", LINK, SMPP_MEMBERS),
        (NEW_NUMBER, "/PhoneNumbers", NUMBER, NUMBER_MEMBERS),
    ):
        for member, values in {**members, "bogus": (1,)}.items():
            for value in values:
                name = f"{member}={str(value)[:20]!r} of {len(str(value))}"
                says = member if member != "voip_carrier_sid" else "carrier"
                yield post(name, path, {**new, member: value}, says)
                if one:
                    says = "" if path == "/PhoneNumbers" else says
                    yield put(name, f"{path}/{one}", {member: value}, says)


def missing() -> Iterator[Bad]:
    yield post("empty", "/VoipCarriers", {}, "missing field name")
    for path in ("/SipGateways", "/SmppGateways"):
        yield post("empty", path, {}, "missing voip_carrier_sid")
        yield post("no carrier", path, {"ipv4": "1.2.3.4"}, "missing voip_carrier_sid")
        yield post("no address", path, {"voip_carrier_sid": MAIN}, "missing field ipv4")
    yield post("empty", "/PhoneNumbers", {}, "number is required")
    yield post("no carrier", "/PhoneNumbers", {"number": "+12065553100"}, "voip_carrier_sid")
    for text in ("x", "1", ""):
        path = f"/SmppGateways?voip_carrier_sid={text}"
        yield Bad(f"GET {path}", "GET", path, 400, says="voip_carrier")
    for path in (
        "/SipGateways",
        "/SipGateways?voip_carrier_sid=",
        "/SipGateways?voip_carrier_sid=x",
    ):
        says = "missing voip_carrier_sid query param"
        yield Bad(f"GET {path}", "GET", path, 400, says=says)


def absent() -> Iterator[Bad]:
    """Objects of nobody, of somebody else, and of kinds that are not shown."""
    for path, names in (
        ("/VoipCarriers", (NOBODY, BETAS, "x", GATEWAY)),
        ("/SipGateways", (NOBODY, BETAS_GATEWAY, REGISTRATION, "x", LINK)),
        ("/SmppGateways", (NOBODY, BETAS_LINK, "x", GATEWAY)),
        ("/PhoneNumbers", (NOBODY, BETAS_NUMBER, STOCK, POOL, "x")),
    ):
        for name in names:
            for method, json in (("GET", None), ("PUT", {}), ("DELETE", None)):
                more = {} if json is None else {"json": json}
                yield Bad(f"{method} {path}/{name}", method, f"{path}/{name}", 404, **more)


def scopes() -> Iterator[Bad]:
    """Paths below owners, for those who may not and those who cannot see."""
    inside = f"/ServiceProviders/{world.PROVIDER}"
    for who, status in (("alpha", 403), ("rival", 404), ("gamma", 403)):
        for method, rest, json in (
            ("GET", "VoipCarriers", None),
            ("POST", "VoipCarriers", {"name": "carriers bad"}),
            ("PUT", f"VoipCarriers/{MAIN}", {"name": "carriers bad"}),
            ("POST", f"PredefinedCarriers/{NOBODY}", None),
            ("GET", "PhoneNumbers", None),
        ):
            more = {} if json is None else {"json": json}
            path = f"{inside}/{rest}"
            yield Bad(f"{who} {method} {path}", method, path, status, who=who, **more)
    for who in ("beta", "gamma", "rival"):
        for method, json in (("GET", None), ("POST", {"name": "carriers bad"})):
            more = {} if json is None else {"json": json}
            path = f"/Accounts/{world.ALPHA}/VoipCarriers"
            yield Bad(f"{who} {method} {path}", method, path, 404, who=who, **more)
    foreign = {"name": "carriers bad", "account_sid": world.GAMMA}
    yield post("foreign account", f"{inside}/VoipCarriers", foreign, "unknown account_sid",
               who="provider")  # fmt: skip
    for sid in (NOBODY, "x"):
        for owner, who in ((f"Accounts/{world.ALPHA}", "alpha"), (inside[1:], "provider")):
            path = f"/{owner}/PredefinedCarriers/{sid}"
            yield Bad(f"POST {path}", "POST", path, 400, who=who, says="unknown template")


STORED = (
    post("SMPP login taken", "/VoipCarriers",
         {**NEW_CARRIER, "smpp_inbound_system_id": "carriers-main"},
         "Duplicate entry 'carriers-main' for key 'smpp_inbound_system_id'", 422),
    put("SMPP login taken", f"/VoipCarriers/{DOOMED}", {"smpp_inbound_system_id": "carriers-main"},
        "Duplicate entry 'carriers-main'", 422),
    post("application without account", "/VoipCarriers",
         {"name": "carriers bad", "application_sid": APP}, "account_sid missing", who="provider"),
    post("application of another account", "/VoipCarriers",
         {"name": "carriers bad", "account_sid": world.BETA, "application_sid": APP},
         "application_sid does not exist for specified account_sid", who="provider"),
    post("provider of others", "/VoipCarriers",
         {"name": "carriers bad", "service_provider_sid": world.RIVAL},
         "service_provider not found for sid", who="provider"),
    put("another sid", f"/VoipCarriers/{MAIN}", {"voip_carrier_sid": DOOMED},
        "primary key voip_carrier_sid is immutable"),
    put("another sid", f"/SipGateways/{GATEWAY}", {"sip_gateway_sid": LINK}, "immutable"),
    put("another sid", f"/SmppGateways/{LINK}", {"smpp_gateway_sid": GATEWAY}, "immutable"),
    put("another sid", f"/PhoneNumbers/{NUMBER}", {"phone_number_sid": STOCK}, "immutable"),
    put("moves with gateways", f"/VoipCarriers/{MAIN}", {"account_sid": world.BETA}, "gateways",
        422, who="provider"),
    Bad("DELETE carrier with numbers", "DELETE", f"/VoipCarriers/{MAIN}", 422,
        says="cannot delete voip carrier with active phone numbers"),
    put("shared range", f"/SipGateways/{RANGE}", {"netmask": 25}, "several trunks", 422),
    put("shared range", f"/SipGateways/{RANGE}", {"inbound": False}, "several trunks", 422),
    Bad("DELETE shared range", "DELETE", f"/SipGateways/{RANGE}", 422, says="several trunks"),
    put("carrier of another account", f"/SipGateways/{GATEWAY}", {"voip_carrier_sid": BETAS},
        "does not exist for specified account_sid", who="provider"),
    put("carrier of another account", f"/SmppGateways/{LINK}", {"voip_carrier_sid": BETAS},
        "does not exist for specified account_sid", who="provider"),
    post("own number", "/PhoneNumbers", {**NEW_NUMBER, "number": "12065553001"},
         "Duplicate entry '12065553001' for key 'number'", 422),
    post("number of another account", "/PhoneNumbers", {**NEW_NUMBER, "number": "+12065553003"},
         "Duplicate entry '12065553003' for key 'number'", 422),
    post("number of the pool", "/PhoneNumbers", {**NEW_NUMBER, "number": "+12065553005"},
         "Duplicate entry '12065553005' for key 'number'", 422),
    post("carrier of another account", "/PhoneNumbers",
         {**NEW_NUMBER, "account_sid": world.BETA}, "specified account_sid", who="provider"),
    post("carrier of an account in the pool", "/PhoneNumbers", NEW_NUMBER,
         "specified account_sid", who="provider"),
    post("application in the pool", "/PhoneNumbers", {**NEW_NUMBER, "application_sid": APP},
         "account_sid", who="provider"),
    put("number", f"/PhoneNumbers/{NUMBER}", {"number": "+12065553100"},
        "number may not be modified"),
    put("carrier", f"/PhoneNumbers/{NUMBER}", {"voip_carrier_sid": DOOMED},
        "voip_carrier_sid may not be modified"),
    put("account of another provider", f"/PhoneNumbers/{POOL}", {"account_sid": world.GAMMA},
        "specified account_sid", who="admin"),
    put("application in the pool", f"/PhoneNumbers/{POOL}", {"application_sid": APP},
        "account_sid missing", who="provider"),
    *(Bad(f"{path} {name}", "POST", path, 400, data=data)
      for path in ("/VoipCarriers", "/SipGateways", "/SmppGateways", "/PhoneNumbers")
      for name, data in (("cut off", b'{"name": '), ("a list", b"[]"), ("a text", b'"x"'))),
)  # fmt: skip

CASES = [*wrong(), *missing(), *absent(), *scopes(), *STORED]
