"""The address of events: who gets in, what is refused and how, and what is taken once."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import gevent
import orjson
import pytest
from werkzeug.test import Client

from adapters.jambonz.events.rendering import signature
from gateway.app import Application
from gateway.domain.events import HookRequest
from gateway.domain.problems import Invalid
from gateway.models import Account, Alert, Alias, Call, Connection, Message, Receipt, SeenEvent
from gateway.models.database import Store, connection, spawn, using
from gateway.services import connections, event_addresses, retention
from tests.support import stores, worlds
from tests.support.worlds import DIALECTS, NOW
from tests.upstream import telling, world
from tests.upstream.telling import SECRET, Teller

Tell = Callable[[str], Teller]
NOBODY = "00000000-0000-7000-8000-000000000000"
ANY = {"callable": telling.call, "flowroute": telling.receipt, "jambonz": telling.call}
WORD = {"callable": "ringing", "flowroute": "delivered", "jambonz": "ringing"}


def listening(store: Store, **more: Any) -> Application:
    return world.started(store, telling.holdings("http://127.0.0.1:9"), **more)


def teller_of(app: Application, dialect: str) -> Teller:
    return Teller(app, world.admin(app.universe), dialect)


@pytest.fixture
def own_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    opened = stores.open_copy(sqlite_template, tmp_path / "ours.db")
    with using(opened), connection():
        yield opened
    opened.close()


@pytest.fixture
def app(own_store: Store) -> Application:
    return listening(own_store, access_log=True)


@pytest.fixture
def told_by(app: Application) -> Tell:
    return partial(teller_of, app)


def event(dialect: str) -> HookRequest:
    made = ANY[dialect](dialect, WORD[dialect])
    assert made is not None
    return made


def stored() -> dict[str, int]:
    return {model.__name__: model.select().count() for model in (Message, Call, Alert)}


def test_equal_events_at_once_are_taken_once(store: Store, open_again: Callable[[], Store]) -> None:
    """Also by two processes, and also the first words of one call, of which only one makes it."""
    one, found = teller_of(listening(store), "jambonz"), []
    other = dataclasses.replace(one, app=worlds.apps.over(worlds.universe(open_again())))
    told = [telling.call("jambonz", word) for word in ("ringing", "in_progress")] * 2

    def send(teller: Teller, event: Any) -> None:
        found.append(teller.taken(event))

    sending = [spawn(send, teller, event) for event in told for teller in (one, other)]
    gevent.joinall(sending, raise_error=True)
    assert sorted(found) == [0] * 6 + [1] * 2
    assert (Call.select().count(), Alias.select().count()) == (1, 1)
    assert str(Call.get().status) == "in_progress"


def test_receipts_at_once_are_told_once(store: Store, open_again: Callable[[], Store]) -> None:
    """By two processes: the same state in events that are not the same."""
    one = teller_of(listening(store), "flowroute")
    other = dataclasses.replace(one, app=worlds.apps.over(worlds.universe(open_again())))
    uid = telling.sent(one.ctx, one.row, f"mdr2-{telling.REMOTE.hex}")
    said = {"id": f"mdr2-{telling.REMOTE.hex}", "status": "delivered", "level": 2}
    told = [
        HookRequest("POST", {}, orjson.dumps({**said, "timestamp": f"2026-03-01T00:00:0{n}Z"}))
        for n in range(4)
    ]
    sending = [
        spawn(teller.taken, event) for event, teller in zip(told, (one, other) * 2, strict=True)
    ]
    gevent.joinall(sending, raise_error=True)
    assert [str(row.status) for row in Receipt.select()] == ["delivered"]
    assert str(Message.get(Message.uid == uid).status) == "delivered"


def test_what_is_remembered_of_events_goes(store: Store) -> None:
    teller = teller_of(listening(store), "jambonz")
    teller.taken(telling.call("jambonz", "failed"))
    later = NOW + timedelta(days=29)
    runtime = dataclasses.replace(teller.ctx.runtime, clock=lambda: later)
    ctx = dataclasses.replace(teller.ctx, runtime=runtime)
    list(retention.sweep(ctx))
    assert SeenEvent.select().count() == 1
    later += timedelta(days=2)
    list(retention.sweep(ctx))
    assert (SeenEvent.select().count(), Alias.select().count()) == (0, 1)
    days = dataclasses.replace(ctx, settings=ctx.settings.but(retention_days=7))
    list(retention.sweep(days))
    assert (Call.select().count(), Alias.select().count()) == (0, 0)


def test_tokens_are_kept_encrypted_and_can_be_renewed(store: Store) -> None:
    teller = teller_of(listening(store), "flowroute")
    token = teller.path.rpartition("/")[2]
    sql = 'SELECT event_token FROM "connection"'
    (kept,) = store.database.execute_sql(sql).fetchone()
    assert len(token) == 48
    assert token not in kept
    assert urlsplit(teller.address()).path == teller.path
    renewed = urlsplit(teller.address(renew=True)).path
    assert renewed != teller.path
    assert teller.send(event("flowroute")).status_code == 404
    assert teller.send(event("flowroute"), renewed).status_code == 200


def token_of(teller: Teller) -> str:
    return teller.path.rpartition("/")[2]


def wrong(teller: Teller) -> str:
    return teller.path[:-1] + ("0" if teller.path[-1] != "0" else "1")


PATHS: dict[str, Callable[[Teller], str]] = {
    "unknown": lambda teller: f"{event_addresses.PATH}/{NOBODY}/{token_of(teller)}",
    "no uid": lambda teller: f"{event_addresses.PATH}/nobody/{token_of(teller)}",
    "wrong token": wrong,
    "odd token": lambda teller: teller.path[:-1] + "\u2603",
}
CLOSED: dict[str, tuple[Any, dict[str, Any]]] = {
    "no token yet": (Connection, {"event_token": None}),
    "inactive": (Connection, {"is_active": False}),
    "suspended": (Account, {"is_active": False}),
    "tells nothing": (Connection, {"dialect": "sinch"}),
    "no dialect": (Connection, {"dialect": "nobody"}),
}


def test_what_does_not_open_is_all_alike(told_by: Tell) -> None:
    teller = told_by("flowroute")
    body = {"error": {"kind": "not_found", "text": "there is no such address"}}
    for made in PATHS.values():
        answer = teller.send(event("flowroute"), made(teller))
        assert (answer.status_code, answer.json) == (404, body)
    for model, values in CLOSED.values():
        before = {name: getattr(model.get(), name) for name in values}
        model.update(**values).execute()
        answer = teller.send(event("flowroute"))
        assert (answer.status_code, answer.json) == (404, body)
        model.update(**before).execute()
    assert stored() == {"Message": 0, "Call": 0, "Alert": 0}
    assert teller.taken(event("flowroute")) == 1


def test_a_token_opens_its_own_connection_only(told_by: Tell) -> None:
    one, two = told_by("flowroute"), told_by("jambonz")
    crossed = f"{event_addresses.PATH}/{one.row.uid}/{two.path.rpartition('/')[2]}"
    assert one.send(event("flowroute"), crossed).status_code == 404


@pytest.mark.parametrize("method", ["HEAD", "PUT", "OPTIONS", "DELETE"])
def test_other_methods(told_by: Tell, method: str) -> None:
    teller = told_by("flowroute")
    answer = Client(teller.app).open(teller.path, method=method)
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def signed(body: bytes, seconds: float = 0, secret: str = SECRET) -> dict[str, str]:
    at = int((NOW + timedelta(seconds=seconds)).timestamp())
    return {"Jambonz-Signature": signature(secret, at, body)}


BODY = orjson.dumps({"call_sid": "a", "call_status": "ringing", "from": "1", "to": "2"})
UNPROVEN = {
    "unsigned": {},
    "nonsense": {"Jambonz-Signature": "nonsense"},
    "no time": {"Jambonz-Signature": "v1=00"},
    "another secret": signed(BODY, secret="another"),
    "another body": signed(BODY + b" "),
    "too old": signed(BODY, -301),
    "too early": signed(BODY, 301),
    "odd figures": {"Jambonz-Signature": "t=\u0661,v1=\xe9"},
}


@pytest.mark.parametrize("why", UNPROVEN)
def test_what_proves_nothing_is_refused(told_by: Tell, why: str) -> None:
    teller = told_by("jambonz")
    for _ in range(2):
        answer = teller.send(HookRequest("POST", UNPROVEN[why], BODY))
        assert (answer.status_code, answer.json["error"]["kind"]) == (401, "unauthenticated")  # type: ignore[index]
    (alert,) = Alert.select()
    assert alert.type == "webhook_unauthorized"
    assert SECRET not in alert.message
    assert Call.select().count() == 0


@pytest.mark.parametrize("seconds", [-299, 0, 299])
def test_a_fresh_signature_is_taken(told_by: Tell, seconds: int) -> None:
    assert told_by("jambonz").taken(HookRequest("POST", signed(BODY, seconds), BODY)) == 1


def test_a_hook_that_gets(told_by: Tell, app: Application) -> None:
    """A signature says nothing of a query, so with a secret only bodies are taken."""
    teller = told_by("jambonz")
    query = "call_sid=b&call_status=busy&sip_status=486&from=%2B14155550123&to=%2B12065550101"
    told = HookRequest("GET", {}, b"", query)
    assert teller.send(told).status_code == 401
    event_addresses.prove(teller.ctx, teller.row, DIALECTS["jambonz"], "")
    assert [teller.taken(told), teller.taken(told)] == [1, 0]
    row = Call.get()
    assert (str(row.status), row.sip_status, row.from_number) == ("busy", 486, "+14155550123")


KEY = "KEY_SECRET X-One 1 X-Two 2"
PROOFS = [
    ("BASIC_AUTH me pass:word", {"Authorization": "Basic bWU6cGFzczp3b3Jk"}, 200),
    ("BASIC_AUTH me pass:word", {"Authorization": "Basic bWU6cGFzczp3b3J"}, 401),
    (KEY, {"X-One": "1", "X-Two": "2"}, 200),
    (KEY, {"X-One": "1"}, 401),
    (KEY, {"X-One": "1", "X-Two": "3"}, 401),
]


@pytest.mark.parametrize(("proof", "headers", "status"), PROOFS)
def test_what_callable_shows(
    told_by: Tell, proof: str, headers: dict[str, str], status: int
) -> None:
    teller = told_by("callable")
    event_addresses.prove(teller.ctx, teller.row, DIALECTS["callable"], proof)
    told = event("callable")
    told = dataclasses.replace(told, headers={**told.headers, **headers})
    assert teller.send(told).status_code == status


@pytest.mark.parametrize(
    ("dialect", "secret"),
    [("callable", "just-a-word"), ("callable", "KEY only-a-name"), ("callable", "DISABLED"),
     ("jambonz", "  "), ("flowroute", "signs-nothing")],
)  # fmt: skip
def test_proofs_that_cannot_be(told_by: Tell, dialect: str, secret: str) -> None:
    teller = told_by(dialect)
    with pytest.raises(Invalid):
        event_addresses.prove(teller.ctx, teller.row, DIALECTS[dialect], secret)


def test_a_proof_kept_elsewhere(told_by: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    teller = told_by("jambonz")
    event_addresses.prove(teller.ctx, teller.row, DIALECTS["jambonz"], "env:THEIR_SECRET")
    monkeypatch.delenv("THEIR_SECRET", raising=False)
    refused = teller.send(event("jambonz"))
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert "THEIR_SECRET is not set" in Alert.get().message
    monkeypatch.setenv("THEIR_SECRET", SECRET)
    assert teller.taken(event("jambonz")) == 1


GARBAGE = [
    (b"nonsense", "not JSON"), (b"[]", "not a JSON object"), (b"1", "not a JSON object"),
    (b"", "must be"), (b"{}", "must be"), (b'{"type": 1, "data": 2}', "must be"),
    (b'{"data": {"id": "x", "attributes": {"from": 1}}}', "must be"),
    (b'{"data": {"type": "cat", "id": "x", "attributes": {}}}', "neither"),
    (b'{"type": "CatEvent"}', "must be"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "why"), GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_refused_by_name_and_once_alerted(told_by: Tell, body: bytes, why: str) -> None:
    teller = told_by("flowroute")
    for _ in range(2):
        answer = teller.send(HookRequest("POST", {}, body))
        assert answer.status_code == 400
        assert why in answer.json["error"]["text"]  # type: ignore[index]
    (alert,) = Alert.select()
    assert (alert.type, why in alert.message) == ("payload_invalid", True)
    assert stored() == {"Message": 0, "Call": 0, "Alert": 1}


def test_a_huge_body(told_by: Tell) -> None:
    teller = told_by("flowroute")
    most = teller.ctx.settings.max_body_bytes
    assert teller.send(HookRequest("POST", {}, b" " * (most + 1))).status_code == 413
    assert teller.send(HookRequest("POST", {}, b" " * (most + 1)), wrong(teller)).status_code == 404


def test_much_that_nobody_reads_is_not_kept(told_by: Tell) -> None:
    teller = told_by("flowroute")
    members = {"id": "mdr1-1", "from": "14155550123", "to": telling.OWN, "body": "hi"}
    for name, much in (("a", 10), ("b", 5000)):
        body = orjson.dumps({**members, "id": name, "noise": "x" * much})
        assert teller.taken(HookRequest("POST", {}, body)) == 1
    rows = Message.select().order_by(Message.id)
    assert [set(row.extras["core"]["told"]) for row in rows] == [{"noise"}, set()]


def test_guesses_and_connections_are_counted(own_store: Store) -> None:
    app = listening(own_store, rate_limit=0.001, rate_burst=2)
    one, two = (teller_of(app, name) for name in ("flowroute", "jambonz"))
    for path, status in ((wrong(one), 404), (one.path, 200)):
        for _ in range(2):
            assert one.send(event("flowroute"), path).status_code == status
        limited = one.send(event("flowroute"), path)
        assert (limited.status_code, int(limited.headers["Retry-After"]) > 0) == (429, True)
    assert two.send(event("jambonz")).status_code == 200


def test_it_is_counted_and_logged_without_the_token(
    told_by: Tell, app: Application, caplog: pytest.LogCaptureFixture
) -> None:
    teller = told_by("flowroute")
    with caplog.at_level(logging.INFO, "gateway.access"):
        teller.taken(event("flowroute"))
        teller.send(HookRequest("POST", {}, b"{}"))
    told = [(one.status, one.operation, one.path) for one in caplog.records]  # type: ignore[attr-defined]
    path = f"{event_addresses.PATH}/{teller.row.uid}/***"
    assert told == [(200, "tellEvent", path), (400, "tellEvent", path)]
    name = 'polytrunk_http_requests_total{dialect="flowroute",operation="tellEvent",status="200"}'
    assert name in app.metrics.text().decode()


def test_a_dialect_that_tells_of_nothing(told_by: Tell, app: Application) -> None:
    ctx = world.admin(app.universe)
    row = world.connected(ctx, "sinch")
    with pytest.raises(Invalid, match="tells of no events"):
        event_addresses.address(ctx, row, DIALECTS["sinch"])
    assert connections.provider_of(DIALECTS["sinch"]).events is None


def test_an_address_of_a_connection_that_went(told_by: Tell) -> None:
    teller = told_by("flowroute")
    connections.remove(teller.ctx, UUID(str(teller.row.uid)))
    assert teller.send(event("flowroute")).status_code == 404
