"""Messages of a universe to a provider, whose clock stands still while they are sent."""

from __future__ import annotations

from pathlib import Path

from emulators.process import Emulator
from gateway.models import Alert, Message, Number
from gateway.models.database import connection, using
from gateway.services import connections, message_routes
from tests.emulators import inside
from tests.emulators.inside import In
from tests.moves import providers
from tests.moves.providers import KEY, SECRET, Provider
from tests.support import stores
from tests.support.serving import served
from tests.support.worlds import DIALECTS


def connect(emulator: Emulator, ours: In, url: str) -> None:
    """Have all messages of the universe's demo account go to a provider."""
    one = emulator.universes.get(ours.name).universe
    with one.entered(), connection():
        account = Number.get(Number.e164 == f"+{inside.NUMBER}").account_uid
        row = connections.add(
            one.context(), account, DIALECTS["flowroute"], name="far", base_url=url,
            secret=SECRET, settings={"key": KEY, "messages": True},
        )  # fmt: skip
        message_routes.add(one.context(), account, "all", {"connection_uid": row.uid})


def test_a_universe_whose_clock_stands_still_sends_to_a_provider(
    playing: Emulator, sqlite_template: Path, tmp_path: Path
) -> None:
    store = stores.open_copy(sqlite_template, tmp_path / "their.db")
    there = Provider("flowroute", store, providers.account(numbers="owned"))
    ours = inside.frozen(playing, "far-ours")
    with served(there.wire.app) as url:
        connect(playing, ours, url)
        sent = ours.send()
        ours.control("POST", "/run", {"until": "idle"})
        assert ours.levels(sent) == [1]
    with using(store), connection():
        assert [row.text for row in Message.select()] == ["hi"]
    store.close()


def test_a_provider_that_is_away_keeps_no_universe_busy(playing: Emulator) -> None:
    ours = inside.frozen(playing, "far-away")
    connect(playing, ours, "http://127.0.0.1:1")
    sent = ours.send()
    ours.control("POST", "/clock/advance", {"seconds": 120})
    assert ours.levels(sent) == []
    with playing.universes.get(ours.name).universe.entered(), connection():
        (alert,) = Alert.select()
    assert alert.message.startswith("connection far takes no messages: it cannot be reached")
