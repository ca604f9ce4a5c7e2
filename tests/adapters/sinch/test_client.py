"""The loop: the dialect's client against the same dialect's server, in process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.sinch import client as sinch_client
from adapters.sinch.client import CALLS, SinchClient
from gateway.domain.ids import Ref
from gateway.wire.upstream import Blank, Refused
from tests.adapters.sinch import world
from tests.support.contract import ContractClient
from tests.support.loop import Loop
from tests.support.openapi import load_contract

Connect = Callable[..., ContractClient]
ALPHA_KEY = ("alpha", "alpha-secret")
# Their bodies are bare lists of ids, which no wire object writes; the links are added and removed
# one by one with the operations beside them.
BARE_LISTS = {"bulkUpdateACLsForTrunk", "bulkUpdateCredentialListsForTrunk"}


@pytest.fixture(params=["documented", "observed"])
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def upstream(connect: Connect) -> SinchClient:
    return SinchClient(Loop(connect(None)), world.ALPHA, key=ALPHA_KEY)


def shown(answer: Any) -> Any:
    """An object that could be read without a rest."""
    assert answer is not None
    assert answer.odd == {}
    return answer


def name_of(answer: Any) -> str:
    found = answer["uid"]
    assert isinstance(found, Ref)
    return found.text


def test_every_operation_can_be_called() -> None:
    names = {operation.name for operation in load_contract("sinch-est").operations}
    assert names - set(CALLS) == BARE_LISTS


def test_a_trunk_with_its_endpoints(upstream: SinchClient) -> None:
    values = {
        "name": "loop", "host_name": "loop",
        "forward_enabled": True, "forward_number": "+12065550123",
    }  # fmt: skip
    trunk = name_of(shown(upstream.call("createSipTrunk", values=values)))
    found = shown(upstream.call("getSipTrunkById", id=trunk))
    assert {name: found[name] for name in values} == values
    static = {"name": "desk", "address": "192.0.2.50", "port": 5070, "priority": 2}
    made = shown(upstream.call("createSipEndpoint", id=trunk, values=static))
    assert {name: made[name] for name in static} == static
    rows = list(upstream.listed("getSipEndpoint", id=trunk))
    assert [name_of(row) for row in rows] == [name_of(made)]
    upstream.call("deleteSipEndpoint", id=trunk, endpoint=name_of(made))
    changed = upstream.call("updateSipTrunk", id=trunk, values={"name": "b", "host_name": "loop"})
    assert (changed["name"], changed["forward_number"]) == ("b", None)
    upstream.call("deleteSipTrunk", id=trunk)
    with pytest.raises(Refused) as refused:
        upstream.call("getSipTrunkById", id=trunk)
    assert refused.value.status == 404


def test_an_access_control_list(upstream: SinchClient) -> None:
    body = {"name": "loop", "ranges": [Blank({"address": "10.0.0.0", "prefix_length": 8})]}
    acl = name_of(shown(upstream.call("createAccessControlList", values=body)))
    more = {"address": "10.1.1.1", "prefix_length": 32}
    one = shown(upstream.call("addIpRangeToAccessControlList", id=acl, values=more))
    rows = list(upstream.listed("getIpRangesForAccessControlList", id=acl))
    assert [(r["address"], r["prefix_length"]) for r in rows] == [
        ("10.0.0.0", 8),
        ("10.1.1.1", 32),
    ]
    upstream.call("deleteIpRangeFromAccessControlList", id=acl, range=name_of(one))
    spare = world.ulid(world.SPARE)
    linked = upstream.call(
        "addAccessControlListToTrunk", id=spare, values={"uids": [Ref("ulid", acl)]}
    )
    assert linked["uids"] == [Ref("ulid", acl)]
    assert [name_of(row) for row in upstream.listed("trunksByACL", id=acl)] == [spare]
    upstream.call("deleteAccessControlListFromTrunk", id=spare, list=acl)
    upstream.call("deleteAccessControlList", id=acl)


def test_numbers_and_countries(upstream: SinchClient) -> None:
    values = {"e164": "+12065550101", "trunk": world.ulid(world.TRUNK)}
    upstream.call("AddPhoneNumber", values=values)
    found = shown(upstream.call("GetPhoneNumberByNumber", number="+12065550101"))
    assert found["e164"] == "+12065550101"
    upstream.call("updateCountryPermission", code="GB", values={"enabled": True})
    assert upstream.call("getCountryPermission", code="GB")["enabled"] is True


def test_lists_come_page_after_page(upstream: SinchClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [name_of(row) for row in upstream.listed("getAccessControlList")]
    monkeypatch.setattr(sinch_client, "PAGE", 1)
    assert [name_of(row) for row in upstream.listed("getAccessControlList")] == whole
    assert len(whole) == 4


def test_calls_come_page_after_page(upstream: SinchClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinch_client, "PAGE", 1)
    found = [name_of(row) for row in upstream.listed("findCalls")]
    assert found == [world.ulid(world.uid(7, 2)), world.ulid(world.CALL)]


def test_a_token_opens_the_project(connect: Connect, upstream: SinchClient) -> None:
    token = upstream.call("createToken", values={"grant_type": "client_credentials"})
    bearer = SinchClient(Loop(connect(None)), world.ALPHA, token=token["access_token"])
    assert len(list(bearer.listed("getSipTrunks"))) == 2


def test_wrong_credentials_are_refused(connect: Connect) -> None:
    stranger = SinchClient(Loop(connect(None)), world.ALPHA, key=("alpha", "wrong"))
    with pytest.raises(Refused) as refused:
        stranger.call("getSipTrunks")
    assert refused.value.status == 401


def test_a_refusal_names_the_member(upstream: SinchClient) -> None:
    with pytest.raises(Refused) as refused:
        upstream.call("createSipTrunk", values={"name": "no host"})
    assert refused.value.status == 400
    (found,) = refused.value.errors["details"][0]["fieldViolations"]
    assert found["field"] == "hostName"
