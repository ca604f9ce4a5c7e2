"""Providers that refuse, fail half-way or lie: a clear reason, nothing half, and no secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.sinch import client as sinch_client
from gateway.app import Application
from gateway.domain.context import Context
from gateway.domain.exchanges import Request, Response
from gateway.domain.problems import Conflict, Invalid, NotFound, Problem
from gateway.models.database import Store, connection, using
from gateway.services import connections, tenancy
from gateway.transports.upstream import Line, Web
from gateway.wire.upstream import Garbled, Refused
from tests.support import stores, worlds
from tests.support.pipeline import Clock
from tests.support.serving import served
from tests.support.worlds import DIALECTS, PROFILES
from tests.upstream import world
from tests.upstream.world import Loop

Change = Callable[[Request, Response], Response]


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """One kind of database for us: what goes wrong here goes wrong at the provider."""
    opened = stores.open_copy(sqlite_template, tmp_path / "ours.db")
    with using(opened), connection():
        yield opened
    opened.close()


@dataclass
class Changed:
    """A provider whose answers are not quite its own."""

    loop: Loop
    change: Change
    sent: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        return self.change(request, self.loop.send(request))


def body(change: Callable[[Any], Any], *paths: str) -> Change:
    """Another body in the answers at these paths."""

    def changed(request: Request, response: Response) -> Response:
        if not request.target.split("?")[0].endswith(paths):
            return response
        found = change(json.loads(response.body))
        whole = found if isinstance(found, bytes) else json.dumps(found).encode()
        return Response(response.status, response.headers, whole)

    return changed


def pull(ctx: Context, dialect: str, transport: Any, **settings: Any) -> Any:
    row = world.connected(ctx, dialect, **settings)
    return connections.pull(ctx, row, DIALECTS[dialect], transport)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_wrong_credentials_are_told_for_each_kind(
    ctx: Context, provider: Application, dialect: str
) -> None:
    row = world.connected(ctx, dialect, secret="not-the-secret")
    loop = Loop(provider)
    counts = connections.test(ctx, row, DIALECTS[dialect], loop)
    assert len(counts) > 1
    assert len(loop.sent) == 1
    for count in counts:
        assert count.rows is None
        assert "the provider answered 401" in count.trouble
    with pytest.raises(Refused) as refused:
        connections.pull(ctx, row, DIALECTS[dialect], Loop(provider))
    assert refused.value.status == 401


@pytest.mark.parametrize(
    ("dialect", "settings"), [("sinch", {"oauth": True}), ("callable", {})],
    ids=["sinch", "callable"],
)  # fmt: skip
def test_tokens_that_expired_there_are_renewed(
    ctx: Context, provider: Application, dialect: str, settings: Any
) -> None:
    clock = Clock(provider.universe.runtime.now())
    usual, provider.universe.runtime.clock = provider.universe.runtime.clock, clock
    loop, row = Loop(provider), world.connected(ctx, dialect, **settings)
    try:
        client = connections.client(ctx, row, DIALECTS[dialect], loop)
        operation = {"sinch": "getSipTrunks", "callable": "listDdis"}[dialect]
        first = len(list(client.listed(operation)))
        clock.now += timedelta(days=30)
        assert len(list(client.listed(operation))) == first > 0
    finally:
        provider.universe.runtime.clock = usual
    signed_in = [request for request in loop.sent if "oauth" in request.target]
    assert len(signed_in) >= 2


def test_a_page_that_fails_fails_the_whole(
    ctx: Context, provider: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sinch_client, "PAGE", 1)

    def broken(request: Request, response: Response) -> Response:
        second = request.target.endswith("page=2") and "/trunks?" in request.target
        return Response(500, {}, b"out of order") if second else response

    waits: list[float] = []
    line = Line(Changed(Loop(provider), broken), "sinch", wait=waits.append, rate=1e6)
    with pytest.raises(Refused, match="getSipTrunks: the provider answered 500: out of order"):
        pull(ctx, "sinch", line)
    assert waits == [0.5, 1.0, 2.0]


LIES: dict[str, tuple[str, Change, str]] = {
    "no JSON": ("sinch", body(lambda found: b"<html>", "/trunks"), "no JSON"),
    "no object": ("sinch", body(lambda found: [], "/trunks"), "no object"),
    "no list in it": ("sinch", body(lambda found: {"totalItems": 0}, "/trunks"), "no list of rows"),
    "a text for a list": (
        "sinch", body(lambda found: {**found, "trunks": "none"}, "/trunks"), "no list of rows"
    ),
    "fewer than told": (
        "sinch", body(lambda found: {**found, "totalItems": 9, "trunks": []}, "/trunks"),
        "0 of 9 rows came",
    ),
    "an empty body": ("jambonz", body(lambda found: b"", "/VoipCarriers"), "no JSON"),
    "no list": ("jambonz", body(lambda found: {}, "/VoipCarriers"), "no list"),
    "a circle": (
        "flowroute",
        body(lambda found: {**found, "links": {"next": "http://x/v2/routes?offset=1"}}, "/routes"),
        "in a circle",
    ),
    "a way elsewhere": (
        "flowroute",
        body(lambda found: {**found, "links": {"next": "http://x/v3/others"}}, "/routes"),
        "lead elsewhere",
    ),
    "no token": ("callable", body(lambda found: {"expires_in": 1}, "/authorize"), "no token"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_lies_is_a_problem(ctx: Context, provider: Application, lie: str) -> None:
    dialect, change, why = LIES[lie]
    with pytest.raises(Garbled, match=why):
        pull(ctx, dialect, Changed(Loop(provider), change))


def test_an_odd_value_is_told_and_stops_nothing(ctx: Context, provider: Application) -> None:
    def odd(found: Any) -> Any:
        found["trunks"][1] |= {"callsPerSecond": "many", "hostName": 7}
        return found

    there = pull(ctx, "sinch", Changed(Loop(provider), body(odd, f"{world.ACCOUNT}/trunks")))
    trunk = there.of("trunks")[1]
    assert set(trunk.odd) == {"callsPerSecond", "hostName"}
    assert trunk.members["name"] == "carrier"
    assert [line for line in there.oddities() if line.startswith(trunk.ref)]
    assert len(there.of("numbers")) == 2


def test_things_without_an_id_and_links_to_nothing_are_told(
    ctx: Context, provider: Application
) -> None:
    def odd(found: Any) -> Any:
        del found[0]["application_sid"]
        return found

    there = pull(ctx, "jambonz", Changed(Loop(provider), body(odd, "/Applications")))
    assert "one of the applications has no id and is left out" in there.notes
    carrier = next(row for row in there.of("trunks") if row.members["name"] == "carrier")
    assert "application" not in carrier.members
    assert "which is not there" in carrier.odd["application"]


def test_a_number_that_vanishes_while_it_is_read(ctx: Context, provider: Application) -> None:
    def gone(request: Request, response: Response) -> Response:
        is_it = request.target.endswith("/numbers/12065550101")
        return Response(404, {}, b"{}") if is_it else response

    there = pull(ctx, "flowroute", Changed(Loop(provider), gone))
    assert [row.members["e164"] for row in there.of("numbers")] == ["+12065550102"]
    assert "the number +12065550101 vanished while the account was read" in there.notes


@pytest.mark.parametrize(("dialect", "profile"), PROFILES)
def test_every_profile_of_a_dialect_can_be_read(
    ctx: Context, provider: Application, dialect: str, profile: str
) -> None:
    there = worlds.application(provider.universe.store, {dialect: profile})
    found = pull(ctx, dialect, Loop(there))
    assert found.counts() == world.EXPECTED[dialect]
    assert found.oddities() == []


def test_one_of_several_accounts_must_be_named(ctx: Context, provider: Application) -> None:
    def two(found: Any) -> Any:
        return [*found, {**found[0], "id": "f" * 24}]

    loop = Changed(Loop(provider), body(two, "/account"))
    with pytest.raises(Invalid, match="opens 2 accounts"):
        pull(ctx, "callable", loop)
    (count, *_) = connections.test(
        ctx, connections.find(ctx, "callable"), DIALECTS["callable"], loop
    )
    assert "opens 2 accounts" in count.trouble


def test_a_secret_is_not_repeated(
    ctx: Context, provider: Application, caplog: pytest.LogCaptureFixture
) -> None:
    def echo(request: Request, response: Response) -> Response:
        shown = request.headers["Authorization"]
        return Response(403, {}, f"no entry for {shown} {world.SECRET}".encode())

    caplog.set_level(logging.DEBUG)
    row = world.connected(ctx, "flowroute")
    (first, *_) = connections.test(ctx, row, DIALECTS["flowroute"], Changed(Loop(provider), echo))
    assert "no entry for Basic ***" in first.trouble
    client = connections.client(ctx, row, DIALECTS["flowroute"], Loop(provider))
    told = first.trouble + caplog.text + repr(client.__class__) + repr(row.settings)
    shown = client.headers["Authorization"].removeprefix("Basic ")
    assert world.SECRET not in told
    assert shown not in told


def test_a_secret_may_be_kept_elsewhere(
    ctx: Context, provider: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = world.connected(ctx, "flowroute", secret="env:THEIR_SECRET")
    with pytest.raises(Invalid, match="THEIR_SECRET is not set"):
        connections.pull(ctx, row, DIALECTS["flowroute"], Loop(provider))
    monkeypatch.setenv("THEIR_SECRET", world.SECRET)
    assert connections.pull(ctx, row, DIALECTS["flowroute"], Loop(provider)).of("numbers")


def test_secrets_are_encrypted_where_they_are_kept(ctx: Context, ours: Application) -> None:
    world.connected(ctx, "flowroute")
    rows = ours.universe.store.database.execute_sql('SELECT * FROM "connection"').fetchall()
    assert world.SECRET not in repr(rows)
    assert connections.secret_of(connections.find(ctx, "flowroute")) == world.SECRET


def test_connections_are_found_and_forgotten(ctx: Context) -> None:
    row = world.connected(ctx, "sinch")
    assert connections.find(ctx, str(row.uid)).name == "sinch"
    with pytest.raises(Conflict):
        world.connected(ctx, "sinch")
    connections.remove(ctx, row.uid)
    for forgotten in (lambda: connections.find(ctx, "sinch"),
                      lambda: connections.remove(ctx, row.uid)):  # fmt: skip
        with pytest.raises(NotFound):
            forgotten()


@pytest.mark.parametrize(
    ("url", "secret", "at"),
    [("ftp://x", "s", "base_url"), ("https://u:p@x", "s", "base_url"), ("https://x?y", "s",
     "base_url"), ("https://x", "", "secret"), ("https://x", "env:", "secret")],
    ids=["scheme", "login", "query", "no-secret", "no-variable"],
)  # fmt: skip
def test_connections_that_cannot_be(ctx: Context, url: str, secret: str, at: str) -> None:
    account = tenancy.find_account(ctx, "mine").uid
    with pytest.raises(Invalid) as invalid:
        connections.add(ctx, account, DIALECTS["sinch"], name="x", base_url=url, secret=secret)
    assert list(invalid.value.fields) == [at]
    with pytest.raises(Invalid, match="calls is none of trunks"):
        connections.add(
            ctx, account, DIALECTS["sinch"], name="x", base_url="https://x", secret="s",
            kinds=["calls"],
        )  # fmt: skip


def test_an_account_over_a_real_socket(ctx: Context, provider: Application) -> None:
    with served(provider) as url:
        web = Web(f"{url}/flowroute")
        there = pull(ctx, "flowroute", Line(web, "flowroute", rate=1e6))
        web.close()
    assert there.counts() == pull_here(ctx, provider).counts()


def pull_here(ctx: Context, provider: Application) -> Any:
    row = connections.find(ctx, "flowroute")
    return connections.pull(ctx, row, DIALECTS["flowroute"], Loop(provider))


def test_repetitions_are_told_by_a_key_where_the_provider_knows_it(
    ctx: Context, provider: Application
) -> None:
    for trusted in (True, False):
        loop = Loop(provider)
        row = world.connected(ctx, "jambonz", idempotency=trusted)
        client = connections.client(ctx, row, DIALECTS["jambonz"], loop)
        with pytest.raises(Problem):
            client.call("createVoipCarrier", values={})
        assert ("Idempotency-Key" in loop.sent[0].headers) is trusted
        connections.remove(ctx, row.uid)
