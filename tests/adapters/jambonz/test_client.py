"""The loop: the dialect's client against the same dialect's server, in process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.jambonz.client import CALLS, PAGE, JambonzClient
from gateway.domain.ids import Ref
from gateway.wire.upstream import Blank, Refused
from tests.adapters.jambonz import world
from tests.support.contract import ContractClient
from tests.support.loop import Loop
from tests.support.openapi import load_contract

Connect = Callable[..., ContractClient]
ALPHA, PROVIDER = Ref("uuid", world.ALPHA), Ref("uuid", world.PROVIDER)

# What the platform's own people do in its console is not part of a move of inventory.
OF_PEOPLE = {
    "generateInviteCode", "validateInviteCode", "loginUser", "logoutUser", "forgotPassword",
    "changePassword", "registerUser", "retrieveInvoice", "listUsers", "updateUser",
    "getMyDetails", "checkAvailability", "listPrices", "getStripeCustomerId", "getSubscription",
    "manageSubscription", "sendActivationCode", "validateActivationCode", "getTestData",
}  # fmt: skip
# Files, not objects.
OF_FILES = {"getRecentCallPcap", "getRecentCallPcapBySP"}


@pytest.fixture(params=["documented", "observed"])
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def upstream(connect: Connect) -> JambonzClient:
    return JambonzClient(Loop(connect(None)), world.SECRETS["alpha"])


@pytest.fixture
def provider(connect: Connect) -> JambonzClient:
    return JambonzClient(Loop(connect(None)), world.SECRETS["provider"])


def made(answer: Any) -> Ref:
    """The sid of what was made, as the platform wrote it."""
    found = answer["uid"]
    assert isinstance(found, Ref)
    return found


def shown(client: JambonzClient, name: str, **path: str) -> Any:
    """An object that could be read without a rest."""
    found = client.call(name, **path)
    assert found is not None
    assert found.odd == {}
    return found


def test_every_operation_on_inventory_and_traffic_can_be_called() -> None:
    names = {operation.name for operation in load_contract("jambonz").operations}
    assert names - set(CALLS) == OF_PEOPLE | OF_FILES


def test_a_carrier_with_its_gateways(upstream: JambonzClient) -> None:
    carrier = made(
        upstream.call(
            "createVoipCarrier",
            values={"name": "loop", "description": "of the loop", "tech_prefix": "9"},
        )
    )
    sip = made(
        upstream.call(
            "createSipGateway",
            values={
                "home_trunk_uid": carrier, "address": "sbc.loop.example", "port": 5070,
                "dials": True, "admits": False,
            },
        )
    )  # fmt: skip
    upstream.call("updateVoipCarrier", id=carrier.text, values={"name": "loop, renamed"})
    found = shown(upstream, "getVoipCarrier", id=carrier.text)
    assert (found["name"], found["description"]) == ("loop, renamed", "of the loop")
    assert found["tech_prefix"] == "9"
    gateways = list(upstream.listed("listSipGateways", query={"voip_carrier_sid": carrier.text}))
    assert [made(gateway) for gateway in gateways] == [sip]
    gateway = shown(upstream, "getSipGateway", id=sip.text)
    assert (gateway["address"], gateway["port"], gateway["dials"]) == (
        "sbc.loop.example", 5070, True,
    )  # fmt: skip
    upstream.call("deleteSipGateway", id=sip.text)
    upstream.call("deleteVoipCarrier", id=carrier.text)
    with pytest.raises(Refused) as refused:
        upstream.call("getVoipCarrier", id=carrier.text)
    assert refused.value.status == 404


def test_an_smpp_gateway(upstream: JambonzClient) -> None:
    carrier = made(
        upstream.call(
            "createVoipCarrier",
            values={"name": "texts", "smpp_system_id": "loop", "smpp_password": "secret"},
        )
    )
    values = {"trunk_uid": carrier, "host": "192.0.2.77", "port": 2776, "use_tls": True}
    link = made(upstream.call("createSmppGateway", values=values))
    found = shown(upstream, "getSmppGateway", id=link.text)
    assert (found["host"], found["port"], found["use_tls"]) == ("192.0.2.77", 2776, True)


def test_an_application_and_a_number_that_uses_it(upstream: JambonzClient) -> None:
    hooks = {
        name: Blank({"url": f"https://app.example/{name}", "method": "post"})
        for name in ("call_hook", "status_hook")
    }
    body = {"name": "loop app", "account_uid": ALPHA, **hooks}
    application = made(upstream.call("createApplication", values=body))
    found = shown(upstream, "getApplication", id=application.text)
    assert found["name"] == "loop app"
    assert found["call_hook"]["url"] == "https://app.example/call_hook"
    number = made(
        upstream.call(
            "provisionPhoneNumber",
            values={
                "e164": "+12065557788", "trunk_uid": a_carrier(upstream),
                "account_uid": ALPHA,
            },
        )
    )  # fmt: skip
    upstream.call("updatePhoneNumber", id=number.text, values={"application_uid": application})
    record = shown(upstream, "getPhoneNumber", id=number.text)
    assert record["e164"] == "+12065557788"
    assert record["application_uid"] == application
    with pytest.raises(Refused) as refused:
        upstream.call("deleteApplication", id=application.text)
    assert refused.value.status == 422
    upstream.call("deletePhoneNumber", id=number.text)
    upstream.call("deleteApplication", id=application.text)


def a_carrier(upstream: JambonzClient) -> Ref:
    return made(upstream.call("createVoipCarrier", values={"name": "for a number"}))


def test_accounts_keys_and_limits(provider: JambonzClient) -> None:
    account = made(
        provider.call("createAccount", values={"name": "loop", "service_provider_uid": PROVIDER})
    )
    provider.call("updateAccount", account=account.text, values={"name": "loop two"})
    assert shown(provider, "getAccount", account=account.text)["name"] == "loop two"
    key = provider.call("createApikey", values={"account_uid": account})
    assert key["secret"]
    assert len(list(provider.listed("getAccountApiKeys", account=account.text))) == 1
    limit = {"category": "calls", "quantity": 9}
    provider.call("addLimitForAccount", account=account.text, values=limit)
    (found,) = provider.listed("getAccountLimits", account=account.text)
    assert (found["category"], found["quantity"]) == ("calls", 9)
    provider.call("deleteAccount", account=account.text)


def test_calls_and_records(upstream: JambonzClient) -> None:
    records = list(upstream.listed("listRecentCalls", account=world.ALPHA, query={"days": 30}))
    assert [record.odd for record in records] == [{} for _ in records]
    first = upstream.call(
        "listRecentCalls", account=world.ALPHA, query={"page": 1, "count": PAGE, "days": 30}
    )
    assert first["total"] == len(records) > 0
    calls = list(upstream.listed("listCalls", account=world.ALPHA))
    assert [call.odd for call in calls] == [{} for _ in calls]


def test_wrong_credentials_are_refused(connect: Connect) -> None:
    stranger = JambonzClient(Loop(connect(None)), "wrong")
    with pytest.raises(Refused) as refused:
        stranger.call("listVoipCarriers")
    assert refused.value.status == 401


def test_a_refusal_names_the_member(upstream: JambonzClient) -> None:
    with pytest.raises(Refused) as refused:
        upstream.call("createVoipCarrier", values={"description": "no name"})
    assert refused.value.status == 400
    assert refused.value.errors["msg"] == "missing field name"
