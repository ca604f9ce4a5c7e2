"""A missing program skips with its reason, or fails where it is demanded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support import requirements


@pytest.fixture(autouse=True)
def absent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """tshark is missing and node is there, whatever this machine has."""
    requirements.missing.cache_clear()
    monkeypatch.setitem(requirements.NEEDS, "tshark", lambda: "no tshark here")
    monkeypatch.setitem(requirements.NEEDS, "node", lambda: None)
    yield
    requirements.missing.cache_clear()


@pytest.mark.parametrize("demanded", ["", "node", " node , "])
def test_what_is_missing_is_skipped_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, demanded: str
) -> None:
    monkeypatch.setenv(requirements.REQUIRE, demanded)
    requirements.require("node")
    with pytest.raises(pytest.skip.Exception, match="no tshark here"):
        requirements.require("tshark")


@pytest.mark.parametrize("demanded", ["tshark", "postgres, tshark"])
def test_what_is_demanded_must_be_there(monkeypatch: pytest.MonkeyPatch, demanded: str) -> None:
    monkeypatch.setenv(requirements.REQUIRE, demanded)
    with pytest.raises(pytest.fail.Exception, match="no tshark here"):
        requirements.require("tshark")


def test_a_misspelt_demand_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(requirements.REQUIRE, "postgre")
    with pytest.raises(pytest.UsageError, match="postgre"):
        requirements.demanded()


def test_every_marker_of_a_program_is_known(request: pytest.FixtureRequest) -> None:
    declared = {line.partition(":")[0] for line in request.config.getini("markers")}
    assert declared >= requirements.NEEDS.keys()


def test_a_dead_server_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(requirements.POSTGRES_URL, "postgresql://me:hush@127.0.0.1:1/postgres")
    ask: Callable[[], str | None] = requirements.NEEDS["postgres"]
    reason = ask()
    assert reason is not None
    assert "127.0.0.1:1" in reason
    assert "hush" not in reason
