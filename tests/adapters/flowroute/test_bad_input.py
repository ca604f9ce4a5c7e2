"""Bad input of every kind: the documented status and body, and a database that did not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from gateway.universe import Universe
from tests.adapters.flowroute import cases, world
from tests.adapters.flowroute.cases import NOTHING, Bad
from tests.support.contract import UNSET, ContractClient
from tests.support.snapshots import changed, snapshot

GROUPS = {
    name.lower(): group
    for name, group in vars(cases).items()
    if name.isupper() and name != "TABLE" and isinstance(group, list)
}
HEADERS = {401: "WWW-Authenticate", 405: "Allow"}


def send(client: ContractClient, case: Bad) -> Any:
    path = case.path.replace("{foreign_record}", world.FOREIGN_RECORD)
    return client.open(
        case.method,
        path,
        json=UNSET if case.json is NOTHING else case.json,
        data=case.data,
        auth=UNSET if case.auth is NOTHING else case.auth,
        headers=dict(case.headers),
    )


def faults(case: Bad, response: Any) -> list[str]:
    """What is wrong with the refusal of a case."""
    found = []
    if response.status_code != case.status:
        return [f"{response.status_code} instead of {case.status}: {response.text[:200]}"]
    (error,) = response.json["errors"]
    if error["status"] != case.status or not isinstance(error["status"], int):
        found.append(f"status member {error['status']!r}")
    if str(UUID(error["id"])) != response.headers["X-Request-ID"]:
        found.append(f"id {error['id']!r}")
    if not error["title"] or not error["detail"]:
        found.append(f"without words: {error}")
    if case.at and not error["detail"].startswith(f"{case.at}:"):
        found.append(f"does not name {case.at} first: {error['detail']!r}")
    if case.status in HEADERS and HEADERS[case.status] not in response.headers:
        found.append(f"without {HEADERS[case.status]}")
    return found


@pytest.mark.parametrize("group", GROUPS)
def test_bad_input_is_refused_and_changes_nothing(
    group: str, client: ContractClient, universe: Universe
) -> None:
    wrong = {}
    before = snapshot()
    for case in GROUPS[group]:
        found = faults(case, send(client, case))
        if tables := changed(before, snapshot()):
            found.append(f"changed {tables}")
        if found:
            wrong[case.name] = found
    assert wrong == {}


@pytest.mark.parametrize("profile", ["observed"])
def test_the_observed_profile_refuses_the_same(
    client: ContractClient, universe: Universe, profile: str
) -> None:
    wrong = {}
    before = snapshot()
    for case in cases.TABLE:
        response = send(client, case)
        if response.status_code != case.status:
            wrong[case.name] = f"{response.status_code} instead of {case.status}"
    assert wrong == {}
    assert changed(before, snapshot()) == []


@pytest.mark.parametrize("profile", ["observed"])
def test_observed_details_are_nested_along_the_path(client: ContractClient, profile: str) -> None:
    body = cases.e911(zip="123")
    (error,) = client.post("/v2/e911s", json=body).json["errors"]
    assert error["detail"] == {"data": {"attributes": {"zip": ["must have 4 to 7 characters"]}}}
    assert "title" not in error


@pytest.mark.parametrize("profile", ["observed"])
def test_observed_service_makes_no_registration(client: ContractClient, profile: str) -> None:
    body = cases.route(route_type="sip-reg", value="user")
    assert client.post("/v2/routes", json=body).status_code == 422


def test_all_faults_of_a_body_come_at_once(client: ContractClient) -> None:
    body = cases.sms(to="x", dlr_callback="no", body=5)
    (error,) = client.post("/v2.1/messages", json=body).json["errors"]
    assert [part.split(":")[0] for part in error["detail"].split("; ")] == [
        "to",
        "body",
        "dlr_callback",
    ]


def test_the_rate_limit_answers_429(
    universe: Universe, connect: Callable[..., ContractClient]
) -> None:
    from dataclasses import replace

    from gateway.app import create_app

    slow = replace(universe, settings=universe.settings.but(rate_limit=0.001, rate_burst=1))
    client = connect()
    client.client.application = create_app(universe=slow)
    assert client.get("/v2/numbers").status_code == 200
    refused = client.get("/v2/numbers")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_a_change_would_be_noticed(client: ContractClient, universe: Universe) -> None:
    before = snapshot()
    assert client.patch(f"/v2/numbers/{cases.OWN}", json={"alias": "x"}).status_code == 200
    assert changed(before, snapshot()) == ["number"]
    assert client.post("/v2.1/messages", json=cases.sms()).status_code == 202
    assert set(changed(before, snapshot())) >= {"number", "message", "message_part", "job"}
