"""`polytrunk connections events`: the address is told, the secret is not; and what it tells works,
also in a universe of an emulator."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

import orjson
import pytest

from emulators import world as demo
from emulators.process import Emulator
from gateway.models import Message
from gateway.models.database import connection
from gateway.services import connections, event_addresses
from tests.emulators.conftest import settings
from tests.emulators.inside import NUMBER, make
from tests.support.worlds import DIALECTS
from tests.upstream import world
from tests.upstream.conftest import Run

SECRET = "signs-with-this"


@pytest.fixture
def added(run: Run) -> Run:
    for dialect in ("jambonz", "flowroute", "sinch"):
        assert run("connections", "add", dialect, "--account", "mine", line="s")[0] == 0
    return run


def test_the_address_of_a_connection(added: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYTRUNK_PUBLIC_URL", "https://tel.example")
    events = ("connections", "events")
    first = added(*events, "jambonz")
    assert first[0] == 0
    assert first[1].startswith(f"https://tel.example{event_addresses.PATH}/")
    assert added(*events, "jambonz", "--secret", SECRET) == first
    assert added(*events, "jambonz", "--secret", "") == first
    code, text = added(*events, "jambonz", "--secret-env", "NOT_THERE_YET")
    assert (code, "NOT_THERE_YET is not set yet" in text) == (0, True)
    renewed = added(*events, "jambonz", "--renew")
    assert renewed[0] == 0
    assert renewed[1].rpartition("/")[0] == first[1].rpartition("/")[0]
    assert renewed != first


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("sinch",), "tells of no events"),
        (("flowroute", "--secret", "x"), "nothing proves"),
        (("jambonz", "--secret", " "), "must not be empty"),
        (("nobody",), "no connection nobody"),
    ],
    ids=["tells nothing", "proves nothing", "empty", "unknown"],
)
def test_what_cannot_be(added: Run, arguments: tuple[str, ...], why: str) -> None:
    code, text = added("connections", "events", *arguments)
    assert (code, why in text) == (1, True)


def test_a_universe_has_addresses_of_its_own() -> None:
    emulator = Emulator(settings(), bundle=demo.demo_bundle())
    emulator.start()
    try:
        client = make(emulator, "one")[0].client
        universe = emulator.universes.get("one").universe
        with universe.entered(), connection():
            ctx, dialect = world.admin(universe), DIALECTS["flowroute"]
            row = connections.add(
                ctx, UUID(demo.DEMO_ACCOUNT), dialect, name="old", base_url="https://provider.example",
                secret="s",
            )  # fmt: skip
            path = urlsplit(event_addresses.address(ctx, row, dialect)).path
        assert path.startswith(f"/_u/one{event_addresses.PATH}/")
        body = {"id": "mdr2-1", "from": "14155550123", "to": NUMBER, "body": "hi"}
        for at, status in ((path, 200), (path.removeprefix("/_u/one"), 404)):
            assert client.post(at, data=orjson.dumps(body)).status_code == status
        with universe.entered(), connection():
            assert Message.select().where(Message.transport == "http").count() == 1
    finally:
        emulator.stop()
