"""The loop: the dialect's client against the same dialect's server, in process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.callable import client as callable_client
from adapters.callable.client import CALLS, CallableClient
from gateway.domain import flows
from gateway.domain.flows import HANGUP
from gateway.domain.ids import Ref
from gateway.domain.words import HookAuth, HookPurpose
from gateway.wire.upstream import Blank, Refused
from tests.adapters.callable import world
from tests.adapters.callable.device_rows import GATEWAY, SPOKEN
from tests.adapters.callable.samples import ADDRESS
from tests.support.contract import ContractClient
from tests.support.loop import Loop
from tests.support.openapi import load_contract
from tests.support.pipeline import Clock

Connect = Callable[..., ContractClient]
ALPHA = world.hex24(world.ALPHA)


@pytest.fixture(params=["extended", "strict"])
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def loop(connect: Connect) -> Loop:
    return Loop(connect(None))


@pytest.fixture
def upstream(loop: Loop, clock: Clock) -> CallableClient:
    return CallableClient(loop, "demo", world.PASSWORD, now=clock)


def name_of(answer: Any) -> str:
    assert answer.odd == {}
    found = answer["uid"]
    assert isinstance(found, Ref)
    return found.text


def test_every_operation_can_be_called() -> None:
    assert {op.name for op in load_contract("callable").operations} <= set(CALLS)
    assert callable_client.BASE_URL.startswith("https://")


def test_accounts_and_what_they_have(upstream: CallableClient) -> None:
    assert upstream.call("getOrganisation")["name"] == "owners organisation"
    first, _ = upstream.call("listAccounts")
    assert name_of(first) == ALPHA
    found = upstream.call("getAccount", account=ALPHA)
    assert (found["billing_number"], found["domain"]) == ("+441234567890", "ownerspizzas")
    upstream.call("updateAccountAddress", account=ALPHA, values={"address": ADDRESS})
    assert upstream.call("getAccountAddress", account=ALPHA)["address"] == ADDRESS
    numbers = upstream.call("listDdis", account=ALPHA)
    assert [one["e164"] for one in numbers] == ["+441632960001", "+441632960002"]


def test_trunks(upstream: CallableClient) -> None:
    extras = {"callable": {"zone": "eu-west-2", "callerFormat": "e164"}}
    values = {"address": "198.51.100.7", "port": 5070, "extras": extras}
    made = name_of(upstream.call("createTrunk", account=ALPHA, values=values))
    found = upstream.call("getTrunk", account=ALPHA, id=made)
    assert (found["address"], found["port"]) == ("198.51.100.7", 5070)
    kept = found["extras"]["callable"]
    assert (kept["zone"], kept["callerFormat"], kept["vendor"]) == ("eu-west-2", "e164", "generic")
    upstream.call("updateTrunk", account=ALPHA, id=made, values={**found, "port": 5071})
    assert upstream.call("listTrunks", account=ALPHA)[-1]["port"] == 5071


def test_hooks(upstream: CallableClient) -> None:
    values = {
        "purpose": HookPurpose.EVENT, "url": "http://test.com/loop", "auth_type": HookAuth.BASIC,
        "username": "ada", "password": "secret", "priority": 3,
    }  # fmt: skip
    made = name_of(upstream.call("createHook", account=ALPHA, values=values))
    found = upstream.call("getHook", account=ALPHA, id=made)
    shown = {name: found[name] for name in ("purpose", "url", "auth_type", "username", "priority")}
    assert shown == {name: values[name] for name in shown}
    upstream.call("updateHook", account=ALPHA, id=made, values={**values, "url": "http://b.com/"})
    assert upstream.call("listHooks", account=ALPHA)[-1]["url"] == "http://b.com/"


def written(type_: str, config: dict[str, Any], name: str) -> dict[str, Any]:
    """A device to be sent, from its config."""
    return {"type": type_, "name": name, "bodies": {flows.TYPES[type_].body: config}}


def test_devices(upstream: CallableClient, profile: str) -> None:
    """Bodies are read as they are written, with the ids of what they lead to."""
    spoken, gateway = Ref("uuid", SPOKEN), Ref("uuid", GATEWAY)
    trunks = [Ref("uuid", world.TRUNK), Ref("uuid", world.SPARE_TRUNK)]
    hours = {"timeFrom": "09:00", "days": [1, 2], "connectTo": gateway}
    configs: dict[str, dict[str, Any]] = {
        "SIP_GATEWAY": {"trunks": trunks, "ringTime": 20, "onFail": spoken, "onBusy": HANGUP},
        "SIP": {"gateway": gateway, "onFail": spoken},
        "ROUTE_START": {
            "ddis": [Ref("hex24", world.hex24(world.SPARE_DDI))], "connectTo": spoken
        },
        "HUNT_GROUP": {"devices": [gateway, spoken], "onNoAnswer": spoken},
        "PLUGIN": {"plugin": Ref("uuid", world.HOOK), "onTransfer": gateway, "data": {"a": [1]}},
        "TIME_ROUTER": {"timeOfDayRoutes": [hours], "connectTo": spoken},
    }  # fmt: skip
    for type_, config in configs.items():
        sent = written(type_, config, f"the {type_}")
        uid = name_of(upstream.call("createDevice", account=ALPHA, values=sent))
        found = upstream.call("getDevice", account=ALPHA, id=uid)
        assert found.odd == {}
        assert (found["type"], found["name"]) == (type_, f"the {type_}")
        assert shown(found["config"], config) == config
        sent = written(type_, found["config"], "renamed")
        upstream.call("updateDevice", account=ALPHA, id=uid, values=sent)
        listed = upstream.call("listDevices", account=ALPHA)[-1]
        assert listed == {**found, "name": "renamed"}
    if profile == "extended":
        upstream.call("deleteDevice", account=ALPHA, id=uid)
        with pytest.raises(Refused) as gone:
            upstream.call("getDevice", account=ALPHA, id=uid)
        assert gone.value.status == 404


def shown(found: Any, wanted: Any) -> Any:
    """What was found, without members that were not asked for."""
    if isinstance(wanted, dict):
        return {name: shown(found.get(name), value) for name, value in wanted.items()}
    if isinstance(wanted, list):
        return [shown(one, value) for one, value in zip(found, wanted, strict=True)]
    return found


def test_voice_channels(upstream: CallableClient, profile: str) -> None:
    target = {"sipUri": {"uri": "sip:joe@office.example"}}
    verbs = [{"say": {"text": ["Hello"]}}, {"hangup": {"reason": "call-complete"}}]
    values = {
        "from_number": "+441632960001", "tag": {"data": {"order": 7}}, "target": target,
        "extras": {"callable": {"verbs": verbs}},
    }  # fmt: skip
    made = name_of(upstream.call("createVoiceCall", account=ALPHA, values=values))
    other = {"extras": {"callable": {"verbs": verbs[1:]}}}
    steering: list[tuple[str, dict[str, Any]]] = [
        ("getVoiceCall", {}), ("updateVoiceCall", {"values": other}), ("deleteVoiceCall", {}),
    ]  # fmt: skip
    if profile == "strict":
        for name, more in steering:
            with pytest.raises(Refused) as refused:
                upstream.call(name, account=ALPHA, id=made, **more)
            assert refused.value.status == 404
        return
    found = upstream.call("getVoiceCall", account=ALPHA, id=made)
    assert (name_of(found), found["direction"]) == (made, "outbound")
    parties = (found["from_number"], found["to_number"])
    assert parties == ("+441632960001", "sip:joe@office.example")
    assert shown(found["extras"]["callable"]["verbs"], verbs) == verbs
    upstream.call("updateVoiceCall", account=ALPHA, id=made, values=other)
    found = upstream.call("listVoiceCalls", account=ALPHA)[-1]
    assert shown(found["extras"]["callable"]["verbs"], verbs[1:]) == verbs[1:]
    upstream.call("deleteVoiceCall", account=ALPHA, id=made)
    with pytest.raises(Refused) as gone:
        upstream.call("getVoiceCall", account=ALPHA, id=made)
    assert gone.value.status == 404


def test_what_lies_beyond_the_guide(upstream: CallableClient, profile: str) -> None:
    values = {"name": "new", "billing_number": "+441632960100"}
    if profile == "strict":
        with pytest.raises(Refused) as refused:
            upstream.call("createAccount", values=values)
        assert refused.value.status == 405
        return
    account = name_of(upstream.call("createAccount", values=values))
    upstream.call("updateAccount", account=account, values={**values, "domain": "new"})
    assert upstream.call("getAccount", account=account)["domain"] == "new"
    made = upstream.call(
        "createDdis", account=account, values={"ddis": [Blank({"e164": "+441632960101"})]}
    )
    assert [one["e164"] for one in made] == ["+441632960101"]
    assert upstream.call("getDdi", account=account, id=name_of(made[0]))["e164"] == made[0]["e164"]
    trunk = name_of(upstream.call("createTrunk", account=account, values={"address": "192.0.2.9"}))
    hook = {"purpose": HookPurpose.FLOW, "url": "http://test.com/x"}
    hook_id = name_of(upstream.call("createHook", account=account, values=hook))
    upstream.call("deleteTrunk", account=account, id=trunk)
    upstream.call("deleteHook", account=account, id=hook_id)
    upstream.call("deleteAccount", account=account)
    with pytest.raises(Refused) as gone:
        upstream.call("getAccount", account=account)
    assert (gone.value.status, gone.value.errors["status"]) == (404, "NOT_FOUND")


def test_tokens_are_kept_and_renewed(upstream: CallableClient, loop: Loop, clock: Clock) -> None:
    """Ten seconds early by the refresh token, by name and password when that has ended too."""
    for seconds, fetched in ((0, 1), (3589, 0), (1, 1), (3590, 1), (36_000, 1)):
        clock.advance(seconds)
        loop.sent.clear()
        upstream.call("listAccounts")
        asked = [request.target.rpartition("/")[2] for request in loop.sent]
        assert asked == ["authorize"] * fetched + ["account"]


def test_a_refresh_token_that_is_not_taken(upstream: CallableClient, clock: Clock) -> None:
    """As after a restart with another secret: the login is used again."""
    upstream.call("listAccounts")
    assert upstream.tokens is not None
    upstream.tokens["refresh_token"] = "spoilt"
    clock.advance(3600)
    assert len(upstream.call("listAccounts")) == 2


def test_wrong_credentials(loop: Loop, clock: Clock) -> None:
    with pytest.raises(Refused) as refused:
        CallableClient(loop, "demo", "wrong", now=clock).call("listAccounts")
    assert (refused.value.status, refused.value.errors["error"]) == (401, "invalid_grant")
