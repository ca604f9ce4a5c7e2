"""Messages to a provider outlive the worker that sends them, however often it is killed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gateway.models import Message
from gateway.models.database import connection, using
from gateway.services import connections, message_routes
from gateway.settings import Settings
from gateway.universe import make_universe
from tests.e2e.product import Process, wait_for
from tests.moves import providers
from tests.moves.providers import KEY, SECRET, Provider
from tests.support import stores
from tests.support.pipeline import Live, World
from tests.support.serving import served
from tests.support.worlds import DIALECTS

MESSAGES, KILLS = 60, 3


@pytest.mark.long
def test_a_worker_killed_while_it_sends_loses_nothing(
    sqlite_template: Path, tmp_path: Path
) -> None:
    theirs = stores.open_copy(sqlite_template, tmp_path / "their.db")
    there = Provider("flowroute", theirs, providers.account(numbers="owned"))
    stores.open_copy(sqlite_template, tmp_path / "our.db").close()
    given = {
        "database_url": stores.sqlite_url(tmp_path / "our.db"),
        "secret_key": "of this test 0123456789abcdef012345",
        "lease_seconds": 1.0,
    }
    environment = {f"POLYTRUNK_{name.upper()}": str(value) for name, value in given.items()}
    universe = make_universe(Settings(**given))  # type: ignore[arg-type]
    with universe.entered(), connection(), served(there.wire.app) as url:
        world = World(clock=Live())
        row = connections.add(
            world.ctx(), world.account_uid, DIALECTS["flowroute"], name="far", base_url=url,
            secret=SECRET, settings={"key": KEY, "messages": True, "rate": 25},
        )  # fmt: skip
        route = {"connection_uid": row.uid}
        message_routes.add(world.ctx(), world.account_uid, "all", route)
        texts = {world.send(f"text {n}").uid: f"text {n}" for n in range(MESSAGES)}
        worker = Process(["gateway", "worker"], environment, tmp_path / "worker.log")
        try:
            for kill in range(1, KILLS + 1):
                wait_for("some are sent", lambda least=kill * 10: _sent() >= least, 30)  # type: ignore[misc]
                worker.kill()
                worker.start()
            wait_for("all are sent", lambda: _sent() == MESSAGES, 60)
        finally:
            worker.stop()
    with using(theirs), connection():
        arrived = Counter(row.text for row in Message.select())
    theirs.close()
    universe.close()
    assert set(arrived) == set(texts.values())
    assert sum(arrived.values()) - MESSAGES <= KILLS * 4  # what was on its way may come twice


def _sent() -> int:
    return int(Message.select().where(Message.status == "sent").count())
