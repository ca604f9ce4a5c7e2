"""The loop: the dialect's client against the same dialect's server, in process."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.flowroute.client import CALLS, FlowrouteClient
from gateway.app import Application
from gateway.domain.ids import Ref
from gateway.wire.upstream import Blank, Refused, Request, Response, without_nulls
from tests.adapters.flowroute import world
from tests.support.contract import ContractClient
from tests.support.loop import Loop

OWN = "12065550100"


class Canned:
    """Answers everything alike."""

    def __init__(self, status: int, body: bytes) -> None:
        self.answer = Response(status, {}, body)

    def send(self, request: Request) -> Response:
        return self.answer


@pytest.fixture
def loop(client: ContractClient) -> Loop:
    return Loop(client)


@pytest.fixture
def upstream(loop: Loop) -> FlowrouteClient:
    return FlowrouteClient(loop, *world.KEY)


@pytest.fixture(params=["documented", "observed"])
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_numbers_come_back_as_core_values(upstream: FlowrouteClient, profile: str) -> None:
    found = list(upstream.listed("listNumbers", limit=2))
    assert [number["e164"] for number in found] == [
        "+12065550100",
        "+12065550101",
        "+18005550102",
        "+883510000000091",
    ]
    assert [number["kind"] for number in found] == ["standard", "standard", "toll_free", "inum"]
    assert found[0]["alias"] == "front desk"
    assert found[1]["cnam_lookup"] is True
    assert [number.odd for number in found] == [{}, {}, {}, {}]


def test_a_number_with_its_routes(upstream: FlowrouteClient, profile: str) -> None:
    number = upstream.call("getNumber", id=OWN)
    assert number is not None
    assert number.odd == {}
    assert number["primary_endpoint"] == {"route_number": 1}
    assert number["failover_endpoint"] is None
    assert number["region"] == "wa"


def test_routes_are_made_chosen_and_deleted(upstream: FlowrouteClient, profile: str) -> None:
    made = upstream.call(
        "createRoute",
        values={"name": "spare", "kind": "host", "address": "x.example.com", "port": 5070},
    )
    assert made is not None
    assert (made["name"], made["kind"], made["value"]) == ("spare", "host", "x.example.com:5070")
    route = str(made["route_number"])
    upstream.call(
        "updateFailoverRoute", id=OWN, values={"failover_endpoint": Blank({"route_number": route})}
    )
    number = upstream.call("getNumber", id=OWN)
    assert number is not None
    assert number["failover_endpoint"] == {"route_number": int(route)}
    with pytest.raises(Refused, match="403"):
        upstream.call("deleteRoute", id=route)
    kinds = [found["kind"] for found in upstream.listed("listRoutes", limit=1)]
    assert kinds == ["registration", "host", "uri", "host"]


def test_a_message_and_its_record(
    upstream: FlowrouteClient, loop: Loop, app: Application, profile: str
) -> None:
    accepted = upstream.call(
        "sendMessage",
        values={
            "from_number": "+12065550100",
            "to_number": "+13105550999",
            "text": "hello",
            "callback_url": "https://customer.example/dlr",
        },
    )
    assert accepted is not None
    assert loop.sent[-1].body == (
        b'{"from":"12065550100","to":"13105550999","body":"hello",'
        b'"dlr_callback":"https://customer.example/dlr"}'
    )
    uid = accepted["uid"]
    assert isinstance(uid, Ref)
    record = upstream.call("getMessage", id=uid.text)
    assert record is not None
    assert record.odd == {}
    expected = {
        "uid": uid,
        "from_number": "+12065550100",
        "to_number": "+13105550999",
        "text": "hello",
        "direction": "outbound",
        "status": "queued",
        "number_kind": "standard",
        "is_mms": False,
        "coding": 0,
        "price_nano": 4_000_000,
        "queued_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "receipts": [],
    }
    assert {name: record[name] for name in expected} == expected
    listed = list(upstream.listed("listMessages", start_date="2026-03-01"))
    assert [found["uid"] for found in listed] == [uid]


def test_buying_changing_and_giving_up(upstream: FlowrouteClient, profile: str) -> None:
    offer = next(upstream.listed("searchPurchasableNumbers", starts_with="206"))
    assert offer["setup_cost_nano"] == 1_000_000_000
    id = offer["e164"].removeprefix("+")
    bought = upstream.call("purchaseNumber", id=id)
    assert bought is not None
    assert bought["primary_endpoint"] == {"route_number": 0}
    changed = upstream.call("updateNumber", id=id, values={"alias": "new", "cnam_lookup": True})
    assert changed is not None
    assert (changed["alias"], changed["cnam_lookup"]) == ("new", True)
    assert upstream.call("releaseNumber", id=id) is None
    with pytest.raises(Refused) as refused:
        upstream.call("getNumber", id=id)
    assert (refused.value.operation, refused.value.status) == ("getNumber", 404)
    assert refused.value.errors["errors"][0]["status"] == 404


def test_codes_callbacks_and_records(upstream: FlowrouteClient, profile: str) -> None:
    assert [c["code"] for c in upstream.listed("listAvailableAreaCodes")] == ["206", "310", "800"]
    exchanges = upstream.listed("listAvailableExchanges", areacode="206")
    assert [code["code"] for code in exchanges] == ["206555"]
    upstream.call("setAccountCallback", id="sms_callback", values={"url": "https://c.example/"})
    assert list(upstream.listed("listE911s")) == []


def test_wrong_credentials_are_refused(loop: Loop, profile: str) -> None:
    stranger = FlowrouteClient(loop, "alpha", "wrong")
    with pytest.raises(Refused, match="401"):
        stranger.call("listNumbers")


def test_every_operation_of_the_contract_can_be_called(client: ContractClient) -> None:
    names = {operation.name for operation in client.contract.operations}
    assert names <= set(CALLS)


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        (b'{"data":{"data":{"id":"12065550100"}}}', {}),
        (b'{"data":[{"data":{"id":"12065550100","attributes":{"value":12065550100}}}]}',
         {"items": [{"e164": "+12065550100"}]}),
        (b'{"data":[{"id":12065550100,"attributes":{"alias":7,"new":1}}]}',
         {"items": [{"e164": "+12065550100"}]}),
    ],
    ids=["no list", "wrapped items", "odd members"],
)  # fmt: skip
def test_odd_answers_are_read_as_far_as_they_go(answer: bytes, read: Any) -> None:
    found = FlowrouteClient(Canned(200, answer), "k", "s").call("listNumbers")
    assert found is not None
    assert {name: value for name, value in found.items() if value} == read


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}"])
def test_a_refusal_needs_no_json(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        FlowrouteClient(Canned(503, body), "k", "s").call("listNumbers")
    assert refused.value.errors in (None, {})


def test_unset_members_stay_out_of_requests() -> None:
    given = {"a": None, "b": {"c": None}, "d": [{"e": None, "f": 0}], "g": False, "h": ""}
    assert without_nulls(given) == {"d": [{"f": 0}], "g": False, "h": ""}
