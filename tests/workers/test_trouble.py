"""When the store or the carrier is in trouble: it is said, tried again, and mends itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from emulators.smsc import Account, Smsc
from gateway.models import Message, SmppLink
from gateway.models.database import Store
from tests.support import smpp
from tests.support.pipeline import OWN, World, message, parts, working
from tests.support.receivers import certificate, until
from tests.workers.conftest import add_link


def inbound() -> list[str]:
    rows = Message.select().where(Message.direction == "inbound").order_by(Message.id)
    return [row.text for row in rows]


def bound(worker: Any, link: Any) -> bool:
    owner = worker.pipeline.owners.get(link)
    return owner is not None and owner.link.bound


def execute(url: str, statement: str) -> None:
    """Run a statement from outside, as an administrator would."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.execute(statement)
    else:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(statement)


def lock(url: str) -> Callable[[], None]:
    """Keep every writer of messages out from another process; gives the way to let them in."""
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite:///")
        held = sqlite3.connect(path, isolation_level=None, timeout=5)
        held.execute("BEGIN IMMEDIATE")
        return held.close
    server = psycopg.connect(url)
    server.execute('LOCK TABLE "message" IN EXCLUSIVE MODE')
    return server.close


def test_a_locked_database_delays_and_loses_nothing(
    world: World, store: Store, store_url: str, smsc: Smsc, caplog: pytest.LogCaptureFixture
) -> None:
    link = add_link(world, smsc.port)
    with working(world, store) as worker:
        until(lambda: bound(worker, link))
        release = lock(store_url)
        try:
            smsc.inject("demo", "+14155550123", OWN, "while locked")
            until(lambda: "the store is unavailable" in caplog.text, 30)
        finally:
            release()
        until(lambda: inbound() == ["while locked"], 30)
        assert worker.metrics.refused.labels(str(link))._value.get() >= 1
        sent = world.send("afterwards")
        until(lambda: message(sent.uid).status == "delivered")


@pytest.mark.postgres
@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_lost_connections_to_the_database_are_replaced(
    world: World, store: Store, store_url: str, smsc: Smsc
) -> None:
    link = add_link(world, smsc.port)
    with working(world, store) as worker:
        until(lambda: bound(worker, link))
        for n in range(3):
            execute(
                store_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            smsc.inject("demo", "+14155550123", OWN, f"text {n}")
            until(lambda n=n: len(inbound()) == n + 1, 30)
    assert inbound() == ["text 0", "text 1", "text 2"]


REFUSES = {
    "sqlite": """CREATE TRIGGER no_poison BEFORE INSERT ON "message" WHEN NEW.text = 'poison'
        BEGIN SELECT RAISE(ABORT, 'poison'); END""",
    "postgres": """
        CREATE OR REPLACE FUNCTION no_poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.text = 'poison' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER no_poison BEFORE INSERT ON "message"
            FOR EACH ROW EXECUTE FUNCTION no_poison()""",
}
ALLOWS = {
    "sqlite": "DROP TRIGGER no_poison",
    "postgres": 'DROP TRIGGER no_poison ON "message"',
}


def test_one_item_that_cannot_be_stored_holds_no_other_up(
    world: World, store: Store, store_url: str, smsc: Smsc
) -> None:
    link = add_link(world, smsc.port)
    execute(store_url, REFUSES[store.kind])
    try:
        with working(world, store) as worker:
            until(lambda: bound(worker, link))
            sent = [world.send(f"out {n}") for n in range(5)]
            for text in ("before", "poison", "after"):
                smsc.inject("demo", "+14155550123", OWN, text)
            until(lambda: set(inbound()) == {"before", "after"})
            until(lambda: all(message(one.uid).status == "delivered" for one in sent))
            execute(store_url, ALLOWS[store.kind])
            until(lambda: set(inbound()) == {"before", "poison", "after"})
    finally:
        if "poison" not in inbound():
            execute(store_url, ALLOWS[store.kind])


def test_a_link_over_tls_is_verified(
    world: World, store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    context, authority = certificate(tmp_path)
    secure = {"server_name": "localhost", "tls_ca": str(authority)}
    with smpp.smsc(tls=context) as centre:
        link = add_link(world, centre.port, use_tls=True, settings=secure)
        with working(world, store) as worker:
            sent = world.send()
            until(lambda: message(sent.uid).status == "delivered")
            SmppLink.update(settings={"server_name": "localhost"}).where(
                SmppLink.uid == link
            ).execute()
            until(lambda: "certificate" in caplog.text.lower())
            assert not bound(worker, link)


def test_a_link_that_cannot_be_configured_is_named_once_and_others_work(
    world: World, store: Store, smsc: Smsc, caplog: pytest.LogCaptureFixture
) -> None:
    bad = add_link(world, smsc.port, settings={"window": 0})
    good = add_link(world, smsc.port)
    with working(world, store) as worker:
        until(lambda: bound(worker, good))
        for _ in range(3):
            worker.keeper.look()
        assert bad not in worker.pipeline.owners
    assert caplog.text.count("cannot be used") == 1


def test_throttling_uses_up_no_tries(world: World, store: Store, smsc: Smsc) -> None:
    add_link(world, smsc.port)
    with working(world, store):
        sent = world.send(to_number="+12065559022")  # refused with 0x58 twice
        until(lambda: message(sent.uid).status == "delivered", 20)
    assert parts(sent.uid)[0].attempts == 1


def test_a_carrier_that_is_gone_and_back_gets_what_waited(world: World, store: Store) -> None:
    with smpp.smsc() as first:
        port = first.port
        add_link(world, port)
        with working(world, store):
            sent = world.send("one")
            until(lambda: message(sent.uid).status == "delivered")
            first.stop()
            waiting = world.send("two")
            until(lambda: parts(waiting.uid)[0].state == "pending")
            again = Smsc("127.0.0.1", port, smpp.runtime(), [Account("demo", "demo")])
            again.start()
            until(lambda: message(waiting.uid).status == "delivered", 15)
            again.stop()
