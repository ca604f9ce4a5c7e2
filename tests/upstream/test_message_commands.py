"""`polytrunk message-routes`, and what clients of each dialect send."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway import cli
from gateway.dialect import discover
from gateway.wire.messages import Outgoing

Run = Callable[..., tuple[int, str]]
LEFT = {"way": "00000000-0000-4000-8000-00000000000a", "at": "2026-03-01T12:00:00Z", "why": "down"}
MESSAGE = "01a20e8c-c0ba-7d74-9a0c-a8daa34683fa"
SHOP = {
    "polytrunk": 1,
    "service_providers": [{"ref": "us", "name": "us"}],
    "accounts": [{"ref": "shop", "service_provider": "us", "name": "shop"}],
    "trunks": [{"ref": "c", "account": "shop", "name": "carrier", "smpp_system_id": "x"}],
    "smpp_links": [{"trunk": "c", "host": "192.0.2.1", "port": 2776}],
    "messages": [
        {
            "uid": MESSAGE, "account": "shop", "direction": "outbound", "from_number": "+1206",
            "to_number": "+1206", "status": "queued", "queued_at": "2026-03-01T12:00:00Z",
            "extras": {"core": {"ways": [LEFT]}},
        }
    ],
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on a database of its own: exit code and all it said."""
    monkeypatch.setenv("POLYTRUNK_DATABASE_URL", f"sqlite:///{tmp_path}/commands.db")
    monkeypatch.setenv("POLYTRUNK_SECRET_KEY", "a key for tests of the command line")

    def call(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = cli.main(arguments)
        return code, "".join(capsys.readouterr())

    seed = tmp_path / "shop.json"
    seed.write_text(json.dumps(SHOP))
    assert call("db", "upgrade")[0] == call("seed", str(seed))[0] == 0
    return call


def test_routes_from_beginning_to_end(run: Run) -> None:
    of = ("--account", "shop")
    connect = ("connections", "add", "flowroute", *of, "--key", "k", "--secret", "s", "--name")
    assert run(*connect, "dear", "--messages", "--on-ambiguous", "hold")[0] == 0
    assert run(*connect, "free")[0] == 0
    add = ("message-routes", "add")
    code, text = run(*add, "a", *of, "--prefix", "44", "--connection", "dear", "--cost", "0.0075")
    assert (code, "to +44 -> connection dear, priority 1, weight 1, cost 0.0075" in text) == (
        0,
        True,
    )
    assert run(*add, "b", *of, "--link", "carrier", "--priority", "2", "--weight", "0")[0] == 0
    code, text = run("message-routes", "list", *of)
    assert text.splitlines()[1] == (
        "b: everything -> link carrier (192.0.2.1:2776), priority 2, weight 0"
    )
    for wrong, why in (
        (("--connection", "free"), "free may not send messages"),
        (("--link", "nobody"), "no link nobody"),
        (("--link", "carrier", "--country", "England"), "ISO 3166"),
    ):
        code, text = run(*add, "c", *of, *wrong)
        assert (code, why in text) == (1, True), text
    assert run("message-routes", "remove", "b", *of) == (0, "removed b\n")
    assert run("message-routes", "remove", "b", *of)[0] == 1


@pytest.mark.parametrize("spelt", [MESSAGE, f"mdr2-{MESSAGE.replace('-', '')}"])
def test_the_way_of_a_message_is_told(run: Run, spelt: str) -> None:
    code, text = run("message-routes", "trace", spelt)
    assert code == 0
    assert text.splitlines() == [
        f"{LEFT['at']}  left a way that is no more ({LEFT['way']}): down",
        "queued: no way yet",
    ]
    assert run("message-routes", "trace", MESSAGE[:-1] + "0")[0] == 1
    assert run("message-routes", "trace", "hello")[0] == 1


MEDIA = ("https://x.example/a.png", "https://x.example/b.png")


@pytest.mark.parametrize(
    ("dialect", "media", "expected"),
    [
        ("flowroute", (), {"text": "hi", "media": None, "is_mms": None}),
        ("flowroute", MEDIA, {"text": "hi", "media": list(MEDIA), "is_mms": True}),
        ("jambonz", (), {"text": "hi", "media": None}),
        ("jambonz", MEDIA, {"text": f"hi\n{MEDIA[1]}", "media": MEDIA[0]}),
    ],
)
def test_what_a_client_says(dialect: str, media: tuple[str, ...], expected: dict[str, Any]) -> None:
    provider = discover()[dialect].provider
    assert provider is not None
    spec = provider().messages
    assert spec is not None
    said = spec.values(Outgoing("+12065550100", "+14155550123", "hi", media))
    assert {name: said[name] for name in expected} == expected


@pytest.mark.parametrize("body", [None, [], {}, {"errors": []}, {"errors": [5]}, {"msg": 5}, "x"])
@pytest.mark.parametrize("dialect", ["flowroute", "jambonz"])
def test_a_refusal_without_words_has_none(dialect: str, body: Any) -> None:
    provider = discover()[dialect].provider
    assert provider is not None
    spec = provider().messages
    assert spec is not None
    assert spec.words(body) == ""
