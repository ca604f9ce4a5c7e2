"""Changes that cannot go through, or only in part: nothing differs in silence, here or there."""

from __future__ import annotations

from uuid import UUID

import pytest

from gateway.domain.moves import own_text
from gateway.domain.principal import Principal, Scope
from gateway.domain.words import ConnectionMode
from gateway.http.kit import LOSS
from gateway.models import Account
from gateway.models.database import connection, using, write
from gateway.services import bundles, connections, forwarding, holds, leases, move_runs, pushing
from gateway.services.moving import lease_of
from gateway.wire.upstream import Request
from tests.moves.breaking import Breaking, Killed
from tests.moves.forwarding import (
    OFFICE,
    TRUNKS,
    House,
    Opened,
    carrier,
    differing,
    gateway,
    provider,
    state,
)
from tests.moves.providers import ACCOUNT, PROVIDER, Provider
from tests.support import worlds

ROOT = "root-secret-0123456789abcdef0123"


def test_a_bad_request_reaches_no_provider(house: House, there: Provider) -> None:
    asked = len(there.wire.seen)
    answer = house.ask("sinch", "POST", TRUNKS, {"hostName": "office"})
    assert answer.status_code == 400
    assert len(there.wire.seen) == asked


def test_reading_asks_no_provider(house: House, there: Provider) -> None:
    asked = len(there.wire.seen)
    assert house.ask("sinch", "GET", TRUNKS).status_code == 200
    assert len(there.wire.seen) == asked


def test_a_provider_says_no_in_the_callers_dialect(house: House, there: Provider) -> None:
    there.load({
        "polytrunk": 1,
        "accounts": [{"ref": "b", "service_provider": PROVIDER, "name": "b"}],
        "trunks": [{"name": "x", "host_name": "office", "account": "b"}],
    })  # fmt: skip
    before = state(house, there)
    answer = house.ask("sinch", "POST", TRUNKS, OFFICE)
    assert answer.status_code == 400
    assert "createSipTrunk: the provider answered 400" in answer.json["message"]
    assert state(house, there) == before
    answer = house.ask("flowroute", "POST", "/v2/routes", {"data": {"type": "route", "attributes": {
        "route_type": "host", "value": "192.0.2.10", "alias": "a",
    }}})  # fmt: skip
    assert answer.status_code == 201


@pytest.mark.parametrize("answered", [False, True], ids=["not sent", "answer lost"])
def test_an_answer_that_never_came_is_looked_for_later(
    house: House, there: Provider, answered: bool
) -> None:
    """At each request of a change of several: 503, and what was done is taken back at last."""
    sid = carrier(house)
    before, steps = state(house, there), 0
    for number in range(1, 9):
        there.wire.broken = breaking = Breaking(number, answered=answered, kill=False)
        answer = gateway(house, sid)
        there.wire.broken = None
        if breaking.left > 0:
            break
        steps += 1
        assert (answer.status_code, "connection" in answer.json["msg"]) == (503, True)
        assert house.bundle()["polytrunk"] == 1
        with using(house.store), connection():
            pushing.recover(house.ctx, house.end("there"))
        assert state(house, there) == before
    assert steps > 2
    assert answer.status_code == 201
    assert differing(house, "there") == {}


def test_a_process_that_died_leaves_what_the_next_change_takes_back(
    house: House, there: Provider
) -> None:
    sid = carrier(house)
    for number in (1, 2, 3):
        there.wire.broken = Breaking(number, answered=False, kill=True)
        with pytest.raises(Killed):
            gateway(house, sid)
        there.wire.broken = None
    assert differing(house, "there") != {}
    assert house.ask("sinch", "POST", TRUNKS, OFFICE).status_code == 201
    assert differing(house, "there") == {}


def test_what_cannot_be_taken_back_is_told_and_tried_again(house: House, there: Provider) -> None:
    sid = carrier(house)
    before = state(house, there)
    writes: list[Request] = []

    def refuses(request: Request) -> bool:
        writes.extend([request] * (request.method != "GET"))
        if len(writes) > 1:
            raise OSError("there is no connection")
        return False

    there.wire.broken = refuses
    assert gateway(house, sid).status_code == 503
    answer = house.ask("sinch", "POST", TRUNKS, OFFICE)
    assert (answer.status_code, "cannot be taken back yet" in answer.json["message"]) == (503, True)
    there.wire.broken = None
    assert state(house)[0]["trunks"] == before[0]["trunks"]
    assert house.ask("sinch", "POST", TRUNKS, OFFICE).status_code == 201
    assert differing(house, "there") == {}


def test_of_two_providers_both_change_or_none(
    house: House, there: Provider, opened: Opened
) -> None:
    other = provider(opened, "jambonz")
    house.forward("other", other)
    assert house.ask("sinch", "POST", TRUNKS, OFFICE).status_code == 201
    assert differing(house, "there") == differing(house, "other") == {}
    before = state(house, there, other)
    other.wire.broken = Breaking(1, answered=False, kill=False)
    assert house.ask("sinch", "POST", TRUNKS, {"name": "b", "hostName": "b"}).status_code == 503
    other.wire.broken = None
    assert state(house, there, other) == before


def test_two_changes_at_once_wait_for_each_other(house: House, there: Provider) -> None:
    with using(house.store), connection():
        row = connections.find(house.ctx, "there")
        with write():
            uid, now = house.ctx.runtime.new_uid(), holds.machine_now()
            assert leases.acquire(lease_of(row), "somebody", uid, now, 60)
    answer = house.ask("sinch", "POST", TRUNKS, OFFICE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert house.reach.waited >= holds.PATIENCE
    with using(house.store), connection(), write():
        leases.release(lease_of(row), "somebody")
    assert house.ask("sinch", "POST", TRUNKS, OFFICE).status_code == 201


@pytest.mark.parametrize("policy", ["refuse", "warn", "carry"])
def test_what_is_lost_is_said_or_refused(house: House, opened: Opened, policy: str) -> None:
    there = provider(opened, "sinch")
    house.forward("there", there, policy=policy)
    sid, before = "", state(house, there)
    body = {"name": "pstn", "account_sid": ACCOUNT, "tech_prefix": "99"}
    answer = house.ask("jambonz", "POST", "/v1/VoipCarriers", body)
    if policy == "refuse":
        assert (answer.status_code, "tech_prefix" in answer.json["msg"]) == (400, True)
        assert state(house, there) == before
        return
    said = answer.headers.get(LOSS, "")
    assert ('"there";member="tech_prefix"' in said) is (policy == "warn")
    sid = answer.json["sid"]
    answer = house.ask("jambonz", "PUT", f"/v1/VoipCarriers/{sid}", {"tech_prefix": "88"})
    said = answer.headers.get(LOSS, "")
    assert ('member="tech_prefix";why="Sinch' in said) is (policy == "warn")
    assert LOSS not in house.ask("jambonz", "GET", f"/v1/VoipCarriers/{sid}").headers


def test_what_a_list_tells_of_its_ranges_is_not_lost(house: House, opened: Opened) -> None:
    house.forward("there", provider(opened, "sinch"), policy="refuse")
    lists = f"/v1/projects/{ACCOUNT}/accessControlLists"
    body = {"name": "staff", "ipRanges": [{"ipAddress": "198.51.100.0", "range": 24}]}
    made = house.ask("sinch", "POST", lists, body).json
    ranges = f"{lists}/{made['id']}/ipRanges"
    first = house.ask("sinch", "GET", ranges).json["ipRanges"][0]["id"]
    narrower = {"ipAddress": "198.51.100.0", "range": 25}
    answer = house.ask("sinch", "PUT", f"{ranges}/{first}", narrower)
    assert (answer.status_code, answer.headers.get(LOSS)) == (200, None), answer.text
    renamed = house.ask("sinch", "PUT", f"{lists}/{made['id']}", {"name": "crew"})
    assert (renamed.status_code, renamed.headers.get(LOSS)) == (200, None), renamed.text
    assert differing(house, "there") == {}


def test_an_administrator_waits_for_the_providers_of_what_changes_only(
    house: House, there: Provider, opened: Opened
) -> None:
    """Somebody else's provider is down, with a change that was broken off."""
    with using(house.store), connection():
        bundles.load(house.ctx, {
            "polytrunk": 1,
            "accounts": [{"ref": "b", "service_provider": PROVIDER, "name": "b"}],
            "access_keys": [{"key_id": "root", "secret": ROOT, "scope": "admin"}],
        })  # fmt: skip
        other = Account.get(Account.name == "b").uid
        row = house.end("there").connection
        far = connections.add(
            house.ctx, other, worlds.DIALECTS["sinch"], name="far", base_url="http://far.example",
            secret="x" * 20, settings=row.settings,
        )  # fmt: skip
        connections.set_mode(house.ctx, far.uid, ConnectionMode.FORWARD)
        with write():
            uid, now = house.ctx.runtime.new_uid(), holds.machine_now()
            assert leases.acquire(lease_of(far), "somebody", uid, now, 60)
    house.reach.providers["far"] = there
    headers, written = {"Authorization": f"Bearer {ROOT}"}, len(there.wire.written)
    for owner, status in ((ACCOUNT, 201), (str(other), 503)):
        answer = house.client.post(
            "/jambonz/v1/VoipCarriers", json={"name": "pstn", "account_sid": owner}, headers=headers
        )
        assert answer.status_code == status, answer.text
    assert len(there.wire.written) == written + 1


@pytest.mark.parametrize("policy", ["refuse", "warn"])
def test_what_no_provider_is_told_of_is_said_or_refused(
    house: House, opened: Opened, policy: str
) -> None:
    house.forward("there", provider(opened, "sinch"), policy=policy)
    hook = {"url": "https://app.example/calls"}
    body = {"name": "a", "account_sid": ACCOUNT, "call_hook": hook, "call_status_hook": hook}
    answer = house.ask("jambonz", "POST", "/v1/Applications", body)
    assert (answer.status_code < 300) is (policy == "warn")
    if policy == "warn":
        assert 'member="createApplication"' in answer.headers[LOSS]


def test_the_provider_names_what_it_made(house: House, there: Provider) -> None:
    """An app of the provider's dialect sees the provider's own ids."""
    made = house.ask("sinch", "POST", TRUNKS, OFFICE).json["id"]
    with using(house.store), connection():
        listed = house.end("there").client(house.ctx).listed("getSipTrunks")
        names = [own_text(one["uid"]) for one in listed]
    assert names == [made]
    one = house.ask("sinch", "GET", f"{TRUNKS}/{made}")
    assert (one.status_code, one.json["id"]) == (200, made)


def test_changes_of_an_administrator_go_through_too(house: House, there: Provider) -> None:
    with using(house.store), connection():
        ctx = house.ctx
        assert [row.name for row in forwarding.connections_of(ctx)] == ["there"]
        provider_scope = Principal(
            Scope.PROVIDER, key_uid=ctx.runtime.new_uid(), service_provider_uid=UUID(PROVIDER)
        )
        ctx.principal = provider_scope
        assert [row.name for row in forwarding.connections_of(ctx)] == ["there"]
        ctx.principal = Principal(
            Scope.ACCOUNT, key_uid=ctx.runtime.new_uid(), account_uid=ctx.runtime.new_uid()
        )
        assert forwarding.connections_of(ctx) == []


def test_each_change_is_on_record(house: House, there: Provider) -> None:
    gateway(house, carrier(house))
    with using(house.store), connection():
        row = connections.find(house.ctx, "there")
        run = move_runs.last(house.ctx, row, row)
        items = move_runs.items(run)
    assert run.state == "applied"
    assert [item.kind for item in items] == ["access_list", "trunk_access_list", "endpoint"]
    assert {str(item.state) for item in items} == {"done"}
    assert all(item.foreign_id for item in items)


def test_what_every_account_has_by_itself_is_no_loss(house: House, opened: Opened) -> None:
    """The first route of an account makes its built-in registration here, too."""
    house.forward("there", provider(opened, "sinch"), policy="refuse")
    wanted = {"route_type": "host", "value": "192.0.2.10", "alias": "192.0.2.10"}
    body = {"data": {"type": "route", "attributes": wanted}}
    answer = house.ask("flowroute", "POST", "/v2/routes", body)
    assert answer.status_code == 201, answer.text


def test_a_secret_that_is_not_there_is_no_fault_of_the_app(
    house: House, there: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    with using(house.store), connection():
        row = house.end("there").connection
        connections.change(
            house.ctx, row.uid, base_url=row.base_url, secret="env:NOT_SET_ANYWHERE",
            settings=row.settings,
        )  # fmt: skip
    answer = house.ask("sinch", "POST", TRUNKS, OFFICE)
    assert (answer.status_code, "cannot be logged in to" in answer.json["message"]) == (503, True)
    assert "NOT_SET_ANYWHERE" not in answer.text
    assert "NOT_SET_ANYWHERE" in caplog.text
