"""Carriers, gateways, phone numbers: everything of the trunk side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import Area, Walker
from tests.adapters.jambonz.carrier_cases import CASES
from tests.adapters.jambonz.carrier_rows import (
    DOOMED,
    DOOMED_GATEWAY,
    DOOMED_LINK,
    DOOMED_NUMBER,
    GATEWAY,
    LINK,
    MAIN,
    NUMBER,
    ROWS,
    TWILIO,
)
from tests.support.matrix import Sample

ADMIN, PROVIDER, RIVAL = (world.bearer(name) for name in ("admin", "provider", "rival"))
CARRIER = {"VoipCarrierSid": MAIN}
WHOLE = {
    "name": "carriers sample",
    "description": "made by a sample",
    "account_sid": world.ALPHA,
    "e164_leading_plus": True,
    "requires_register": True,
    "register_username": "user",
    "register_sip_realm": "sip.fastco.example",
    "register_password": "secret",
    "register_from_user": "from",
    "register_from_domain": "from.example",
    "register_public_ip_in_contact": True,
    "tech_prefix": "99",
    "inbound_auth_username": "peer",
    "inbound_auth_password": "password",
    "diversion": "+12065550188",
    "is_active": False,
    "smpp_system_id": "esme",
    "smpp_password": "word",
    "smpp_inbound_system_id": "carriers-peer",
    "smpp_inbound_password": "word",
    "smpp_enquire_link_interval": 30,
}


def of_provider(values: dict[str, str], foreign: int = 404, **more: Any) -> Sample:
    sids = {"ServiceProviderSid": world.PROVIDER, **values}
    return Sample(sids, owner=PROVIDER, stranger=RIVAL, foreign=foreign, **more)


def of_account(values: dict[str, str], **more: Any) -> Sample:
    return Sample({"AccountSid": world.ALPHA, **values}, foreign=404, **more)


OPERATIONS = {
    "listPredefinedCarriers": Sample(),
    "createVoipCarrierFromTemplate": of_account({"PredefinedCarrierSid": TWILIO}),
    "createVoipCarrierFromTemplateBySP": of_provider({"PredefinedCarrierSid": TWILIO}),
    "createVoipCarrier": Sample(body={"name": "carriers made"}),
    "listVoipCarriers": Sample(),
    "getVoipCarrier": Sample(CARRIER, foreign=404),
    "updateVoipCarrier": Sample(CARRIER, {"tech_prefix": "77", "diversion": "1"}, foreign=404),
    "deleteVoipCarrier": Sample({"VoipCarrierSid": DOOMED}, foreign=404),
    "getServiceProviderCarriers": of_provider({}),
    "createCarrierForServiceProvider": of_provider({}, body={"name": "carriers of provider"}),
    "updateServiceProviderCarrier": of_provider(CARRIER, body={"description": "by provider"}),
    "listAccountCarriers": of_account({}),
    "createAccountCarrier": of_account({}, body={"name": "carriers of account"}),
    "createSipGateway": Sample(
        body={"voip_carrier_sid": MAIN, "ipv4": "192.0.2.77", "inbound": True}, foreign=400
    ),
    "listSipGateways": Sample(query=f"voip_carrier_sid={MAIN}"),
    "getSipGateway": Sample({"SipGatewaySid": GATEWAY}, foreign=404),
    "updateSipGateway": Sample({"SipGatewaySid": GATEWAY}, {"port": 5099}, foreign=404),
    "deleteSipGateway": Sample({"SipGatewaySid": DOOMED_GATEWAY}, foreign=404),
    "createSmppGateway": Sample(
        body={"voip_carrier_sid": MAIN, "ipv4": "smpp.made.example"}, foreign=400
    ),
    "listSmppGateways": Sample(),
    "getSmppGateway": Sample({"SmppGatewaySid": LINK}, foreign=404),
    "updateSmppGateway": Sample({"SmppGatewaySid": LINK}, {"port": 2799}, foreign=404),
    "deleteSmppGateway": Sample({"SmppGatewaySid": DOOMED_LINK}, foreign=404),
    "provisionPhoneNumber": Sample(
        body={"number": "+12065553099", "voip_carrier_sid": MAIN}, foreign=400
    ),
    "listProvisionedPhoneNumbers": Sample(),
    "getPhoneNumber": Sample({"PhoneNumberSid": NUMBER}, foreign=404),
    "updatePhoneNumber": Sample(
        {"PhoneNumberSid": NUMBER}, {"application_sid": "{carriers_app}"}, foreign=404
    ),
    "deletePhoneNumber": Sample({"PhoneNumberSid": DOOMED_NUMBER}, foreign=404),
    "getServiceProviderPhoneNumbers": of_provider({}),
}


def prepare(send: Any) -> dict[str, str]:
    return {"carriers_app": ROWS["applications"][0]["uid"]}


def walk(walker: Walker) -> None:
    """Every operation, member and status of the contract's trunk side."""
    alpha, admin, provider = (walker.as_(name) for name in ("alpha", "admin", "provider"))
    app = walker.made["carriers_app"]
    alpha.get("/v1/PredefinedCarriers")
    _walk_carriers(alpha, provider, {**WHOLE, "application_sid": app})
    _walk_gateways(alpha)
    _walk_numbers(alpha, admin, app)


def _walk_carriers(alpha: Any, provider: Any, whole: dict[str, Any]) -> None:
    sid = alpha.post("/v1/VoipCarriers", json=whole).json["sid"]
    alpha.post("/v1/VoipCarriers", json={})
    alpha.post("/v1/VoipCarriers", json=whole)
    alpha.get("/v1/VoipCarriers")
    read = alpha.get(f"/v1/VoipCarriers/{sid}").json
    alpha.put(f"/v1/VoipCarriers/{sid}", json={**read, "name": "other"})
    alpha.put(f"/v1/VoipCarriers/{sid}", json={"name": ""})
    alpha.delete(f"/v1/VoipCarriers/{MAIN}")
    alpha.delete(f"/v1/VoipCarriers/{sid}")
    for method, body in (("GET", None), ("PUT", {"name": "x"}), ("DELETE", None)):
        alpha.open(method, f"/v1/VoipCarriers/{sid}", json=body)
    for owner, client in ((f"Accounts/{world.ALPHA}", alpha),
                          (f"ServiceProviders/{world.PROVIDER}", provider)):  # fmt: skip
        client.post(f"/v1/{owner}/PredefinedCarriers/{TWILIO}")
        client.post(f"/v1/{owner}/PredefinedCarriers/{world.NOBODY}")
    for sid in (world.PROVIDER, world.NOBODY):
        path = f"/v1/ServiceProviders/{sid}/VoipCarriers"
        provider.get(path)
        alpha.get(path)
        mine = {**whole, "smpp_inbound_system_id": "another", "voip_carrier_sid": sid}
        provider.post(path, json=mine)


def _walk_gateways(alpha: Any) -> None:
    sip = {"voip_carrier_sid": MAIN, "ipv4": "192.0.2.1", "port": 5070, "netmask": 30}
    sip |= {"inbound": True, "outbound": True, "is_active": True}
    smpp = {**sip, "is_primary": False, "use_tls": True}
    del smpp["is_active"]
    for kind, body in (("Sip", sip), ("Smpp", smpp)):
        path = f"/v1/{kind}Gateways"
        sid = alpha.post(path, json=body).json["sid"]
        alpha.post(path, json={})
        alpha.get(f"{path}?voip_carrier_sid={MAIN}")
        read = alpha.get(f"{path}/{sid}").json
        alpha.put(f"{path}/{sid}", json={**read, "port": 5071})
        alpha.put(f"{path}/{sid}", json={"port": 0})
        alpha.delete(f"{path}/{sid}")
        for method, change in (("GET", None), ("PUT", {"port": 1}), ("DELETE", None)):
            alpha.open(method, f"{path}/{sid}", json=change)


def _walk_numbers(alpha: Any, admin: Any, app: str) -> None:
    path = "/v1/PhoneNumbers"
    new = {"number": "+12065553055", "voip_carrier_sid": MAIN, "account_sid": world.ALPHA}
    new["application_sid"] = app
    sid = admin.post(path, json=new).json["sid"]
    alpha.post(path, json=new)
    alpha.post(path, json={"number": "abc"})
    alpha.get(path)
    read = alpha.get(f"{path}/{sid}").json
    alpha.put(f"{path}/{sid}", json={**read, "application_sid": None})
    alpha.put(f"{path}/{sid}", json={"number": "+12065553056"})
    alpha.delete(f"{path}/{sid}")
    for method, body in (("GET", None), ("PUT", {"application_sid": None}), ("DELETE", None)):
        alpha.open(method, f"{path}/{sid}", json=body)


REFERRING: Sequence[str] = (
    "createVoipCarrier",
    "updateVoipCarrier",
    "createAccountCarrier",
    "createCarrierForServiceProvider",
    "updateServiceProviderCarrier",
    "createSipGateway",
    "updateSipGateway",
    "createSmppGateway",
    "updateSmppGateway",
    "provisionPhoneNumber",
    "updatePhoneNumber",
    "deleteVoipCarrier",
    "createVoipCarrierFromTemplate",
    "createVoipCarrierFromTemplateBySP",
)

AREA = Area(
    operations=OPERATIONS,
    rows=ROWS,
    prepare=prepare,
    marks=("carriers main of alpha", "sbc.alpha.example", "+12065553001"),
    cases=CASES,
    walk=walk,
    state_refused=dict.fromkeys(REFERRING, (400, 422)),
    stateless=("listPredefinedCarriers",),
    unseen={
        "createSipGateway 422": "the model has no rule that refuses a gateway that is read well",
        "createSmppGateway 422": "the model has no rule that refuses a gateway that is read well",
        "provisionPhoneNumber 404": "sids in a body that name nothing are 400",
        "deletePhoneNumber 422": "numbers of an account can be given up, as the server does",
    },
    beyond=frozenset(
        {
            "VoipCarrier.service_provider_sid",
            "VoipCarrier.created_at",
            "PhoneNumber.service_provider_sid",
        }
    ),
)
