"""How long a locked database is waited for is the operator's setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.models.database import Store, connection, db, open_store, using
from gateway.settings import Settings
from gateway.universe import make_universe
from tests.support import stores


def test_the_setting_reaches_the_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    universe = make_universe(Settings(database_url=url, secret_key="x" * 32, database_wait=0.25))
    assert universe.store.database.lock_seconds == 0.25
    universe.close()


@pytest.mark.postgres
@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_the_server_is_told(store: Store, store_url: str) -> None:
    other = open_store(store_url, keyring=stores.KEYRING, lock_seconds=0.5)
    with using(other), connection():
        assert db.execute_sql("SHOW lock_timeout").fetchone() == ("500ms",)
    other.close()
