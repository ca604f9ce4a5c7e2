"""A universe from settings: its key, its store, its clock."""

from __future__ import annotations

import stat

import pytest

from gateway.domain.principal import Principal, Scope
from gateway.models.database import connection, current_store
from gateway.settings import Settings, SettingsError
from gateway.universe import make_keyring, make_runtime, make_universe


def test_a_key_file_is_made_beside_the_database(tmp_path):
    settings = Settings(database_url=f"sqlite:///{tmp_path}/a.db")
    cipher = make_keyring(settings).encrypt("x")
    file = tmp_path / "a.db.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert make_keyring(settings).decrypt(cipher) == "x"


def test_a_key_file_may_be_elsewhere(tmp_path):
    settings = Settings(database_url="sqlite:///x.db", key_file=str(tmp_path / "key"))
    make_keyring(settings)
    assert (tmp_path / "key").exists()


def test_a_secret_key_wins(tmp_path):
    settings = Settings(database_url=f"sqlite:///{tmp_path}/a.db", secret_key="k" * 32)
    make_keyring(settings)
    assert list(tmp_path.iterdir()) == []


def test_a_database_server_needs_a_key():
    with pytest.raises(SettingsError, match="POLYTRUNK_SECRET_KEY"):
        make_keyring(Settings(database_url="postgresql://h/n"))


def test_entering_makes_its_store_the_current_one():
    universe = make_universe(
        Settings(database_url="sqlite:///:memory:", profiles={"toy": "observed"})
    )
    with universe.entered(), connection():
        assert current_store() is universe.store
    principal = Principal(Scope.ADMIN)
    ctx = universe.context(principal, "toy")
    assert (ctx.caller, ctx.profile, ctx.settings) == (principal, "observed", universe.settings)
    universe.close()


def test_a_seeded_runtime_repeats_itself():
    first, second = make_runtime(5), make_runtime(5)
    assert first.rng.random() == second.rng.random()
    assert first.now().tzinfo is not None
