"""Parity reports: of moves between universes, of commands on real sockets, and of forgeries."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.domain.context import Context
from gateway.domain.parity import Report, canonical, fingerprint
from gateway.domain.parity_page import page
from gateway.domain.problems import NotFound
from gateway.models.keyring import Keyring
from gateway.services import move_plans, parity
from gateway.services.move_plans import End
from gateway.services.moving import Mover
from gateway.wire.upstream import Refused, Request, Response
from tests.moves import providers
from tests.moves.commands import FROM_TO, Run, connect
from tests.moves.conftest import Make
from tests.moves.providers import HELD, NUMBERS, PAIRS, SECRET, Provider
from tests.support.serving import served

SAME_DIALECT = {"sinch": "equal", "flowroute": "equal", "callable": "equal but for known losses"}
OURS, THEIRS = (Keyring.from_secret(f"the secret key of {who}") for who in ("ours", "theirs"))


def report(ctx: Context, source: End, target: End, **more: Any) -> Report:
    return parity.report(ctx, source, target, version="1", **more)


def moved(ctx: Context, source: End, target: End) -> None:
    made = move_plans.plan(ctx, source, target)
    assert Mover(ctx, source, target).start(made, spend=True).state == "applied"


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_a_move_is_proved_by_what_is_there(
    ours: Context, held: Make, empty: Make, source: str, target: str
) -> None:
    """Before it both sides differ, after it by no more than the plan says."""
    a, b = held(source).end(ours, "a"), empty(target).end(ours, "b")
    before = report(ours, a, b)
    assert before["verdict"] == "different"
    moved(ours, a, b)
    plan, told = move_plans.plan(ours, a, b), report(ours, a, b)
    assert told["verdict"] == "equal but for known losses"
    assert [row["number"] for row in told["numbers"]] == list(NUMBERS)
    assert (told["counts"]["unexplained"], told["counts"]["extra"]) == (0, 0)
    digests = {one["kind"]: [one[side].get("digest") for side in ("from", "to")]
               for one in told["kinds"]}  # fmt: skip
    assert all(first == second for first, second in digests.values())
    assert digests["number"] != [one["digest"] for one in before["kinds"] if "digest" in one]
    assert sum(len(one["rows"]) for one in told["losses"]) == len(
        {(item.key, loss[:3]) for item in plan.items for loss in item.losses}
    )
    assert told["from"]["inventory"] == plan.digest == before["from"]["inventory"]


@pytest.mark.parametrize(("dialect", "verdict"), SAME_DIALECT.items(), ids=SAME_DIALECT)
def test_a_move_to_the_same_kind_of_provider(
    ours: Context, held: Make, empty: Make, dialect: str, verdict: str
) -> None:
    there, here = held(dialect), empty(dialect)
    a, b = there.end(ours, "a"), here.end(ours, "b")
    moved(ours, a, b)
    told = report(ours, a, b)
    assert (told["verdict"], told["counts"]["same"]) == (verdict, len(NUMBERS))
    assert SECRET not in canonical(told).decode()


def test_what_was_changed_after_the_move_is_found(ours: Context, held: Make, empty: Make) -> None:
    a, b = held("flowroute").end(ours, "a"), empty("flowroute").end(ours, "b")
    moved(ours, a, b)
    for part, number in (("Failover", NUMBERS[0]), ("Primary", NUMBERS[1])):
        b.client(ours).call(f"remove{part}Route", id=number[1:])
    told = report(ours, a, b)
    assert (told["verdict"], told["counts"]["unexplained"]) == ("different", 2)
    first, second, third = told["numbers"]
    assert (len(first["from"]), len(first["to"]), third["verdict"]) == (3, 2, "same")
    assert first["reasons"] == [
        f"number/{NUMBERS[0]}#routes: says otherwise: failover_endpoint_uid"
    ]
    assert second["verdict"] == "unexplained"
    only = report(ours, a, b, numbers=[NUMBERS[2]])
    assert (only["verdict"], only["only"], len(only["numbers"])) == ("equal", [NUMBERS[2]], 1)
    with pytest.raises(NotFound, match="neither side"):
        report(ours, a, b, numbers=["+12065550199"])


@pytest.mark.parametrize("failing", ["source", "target"])
def test_a_provider_that_fails_gives_no_report(
    ours: Context, held: Make, empty: Make, failing: str
) -> None:
    there, here = held("flowroute"), empty("sinch")
    a, b = there.end(ours, "a"), here.end(ours, "b")
    broken = here if failing == "target" else there
    asked = iter(range(2))

    def fails(_: object) -> bool:
        if next(asked, None) is None:
            raise OSError("the line went dead")
        return False

    broken.wire.broken = fails
    with pytest.raises(OSError, match="went dead"):
        report(ours, a, b)


# files


@pytest.fixture(scope="module")
def signed() -> Report:
    """A signed report as small as they get."""
    side = {"name": "a<b>", "dialect": "x", "base_url": "http://x", "inventory": "0"}
    told = {
        "kind": "polytrunk parity report", "format": 1, "at": "now", "only": [], "kinds": [],
        "installation": {"fingerprint": fingerprint(OURS.public_key), "version": "1"},
        "from": side, "to": side, "differences": [], "losses": [], "readiness": 100,
        "numbers": [{"number": "+1", "from": ["dial x"], "to": None, "verdict": "unexplained",
                     "reasons": ["</script>"]}],
        "counts": dict.fromkeys(("same", "explained", "unexplained", "extra"), 1),
        "notes": {"from": ["é"], "to": []}, "verdict": "different",
    }  # fmt: skip
    return parity.signed(told, OURS)


def test_reports_are_checked_without_anybody(signed: Report) -> None:
    for content in (
        orjson.dumps(signed),
        json.dumps(signed, indent=3).encode(),
        page(signed).encode(),
    ):
        found = parity.checked(content)
        assert (found.report, found.fingerprint) == (signed["report"], fingerprint(OURS.public_key))


def test_others_can_check_a_report(signed: Report) -> None:
    """As docs/parity.md says it, with nothing of ours."""
    told = json.dumps(
        signed["report"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()
    key, value = (base64.b64decode(signed["signature"][name]) for name in ("public_key", "value"))
    Ed25519PublicKey.from_public_bytes(key).verify(value, told)
    assert signed["signature"]["fingerprint"] == f"sha256:{hashlib.sha256(key).hexdigest()}"


def resigned(signed: Report) -> bytes:
    """The same report under another's key, which is not whom the report says it is of."""
    return orjson.dumps(parity.signed(signed["report"], THEIRS))


def twice(signed: Report) -> bytes:
    text = orjson.dumps(signed).decode()
    return text.replace('"verdict":"different"', '"verdict":"equal","verdict":"different"').encode()


def other_key(signed: Report) -> bytes:
    key = base64.b64encode(THEIRS.public_key).decode()
    seal = {**signed["signature"], "public_key": key, "fingerprint": fingerprint(THEIRS.public_key)}
    return orjson.dumps({**signed, "signature": seal})


def changed(signed: Report, **more: Any) -> bytes:
    return orjson.dumps({**signed, "report": {**signed["report"], **more}})


def hollow(signed: Report) -> bytes:
    """Signed as it should be, by somebody whose reports have nothing in them."""
    kept = ("kind", "format", "installation")
    told = {name: signed["report"][name] for name in kept}
    return page_like(parity.signed(told, OURS))


def page_like(signed: Report) -> bytes:
    inside = canonical(signed).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="report">{inside}</script>'.encode()


FORGED: dict[str, Callable[[Report], bytes]] = {
    "nothing": lambda signed: b"",
    "no text": lambda signed: b"\xff\xfe",
    "no object": lambda signed: b"[]",
    "no report": lambda signed: b'{"report": {}, "signature": {}}',
    "nested": lambda signed: b"[" * 100_000,
    "cut off": lambda signed: orjson.dumps(signed)[:-30],
    "another verdict": lambda signed: changed(signed, verdict="equal"),
    "a member more": lambda signed: changed(signed, more=1),
    "another kind": lambda signed: orjson.dumps(
        parity.signed({**signed["report"], "kind": "letter"}, OURS)
    ),
    "a member twice": twice,
    "another key": other_key,
    "signed again": resigned,
    "a page cut off": lambda signed: page(signed).encode()[:-400],
    "a page that says else": lambda signed: page(signed).encode().replace(
        b'"verdict">different', b'"verdict">equal'
    ),
    "a page with more": lambda signed: page(signed).encode() + b"<script>x()</script>",
    "a page of nothing": page_like,
    "a hollow page": hollow,
    "a hollow report": lambda signed: orjson.dumps(json.loads(
        hollow(signed).partition(b">")[2].partition(b"</")[0]
    )),
}  # fmt: skip


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_forgeries_are_told(signed: Report, forge: Callable[[Report], bytes]) -> None:
    with pytest.raises((ValueError, parity.Unlike)) as refused:
        parity.checked(forge(signed))
    assert any(
        word in str(refused.value)
        for word in ("no signed parity report", "not right", "do not read the page", "not known")
    )


# commands


def test_a_move_is_verified_by_commands(
    run: Run, held: Make, opened: Callable[[str], Any], tmp_path: Path
) -> None:
    there, here = held("sinch"), Provider("sinch", opened("twin"), HELD["sinch"]())
    file, shown = tmp_path / "parity.json", tmp_path / "parity.html"
    files = ("--json", str(file), "--html", str(shown))
    with served(there.wire.app) as first, served(here.wire.app) as second:
        connect(run, "old", there, first)
        connect(run, "new", here, second)
        code, said, _ = run("verify", *FROM_TO, *files)
        assert (code, said.splitlines()[-1]) == (0, "verdict: equal")
        here.load({**HELD["sinch"](), "numbers": [
            {**providers.OWN, "e164": "+12065550177", "trunk": "office"}]})  # fmt: skip
        assert run("verify", *FROM_TO)[0] == 3
        assert run("verify", *FROM_TO, "--number", "+1 206 555 0100")[0] == 0
        code, said, _ = run("verify", "--from", "new", "--to", "old")
        assert (code, "number/+12065550177: missing: is not there" in said) == (1, True)
        code, _, said = run("verify", *FROM_TO, "--number", "12")
        assert (code, "12 is no telephone number" in said) == (1, True)
        code, _, said = run("verify", *FROM_TO, "--json", str(tmp_path / "no" / "where.json"))
        assert (code, "No such file" in said) == (1, True)
    kept = file.read_bytes()
    code, _, said = run("verify", *FROM_TO, *files)
    assert (code, file.read_bytes(), len(list(tmp_path.glob(".parity*")))) == (1, kept, 0)
    for name in (file, shown):
        code, said, _ = run("verify", "--check", str(name))
        assert (code, "from old to new" in said, "only what the file itself claims" in said) == (
            0, True, True,
        )  # fmt: skip
    mark = run("verify", "--public-key")[1].split()[-1]
    code, said, _ = run("verify", "--check", str(shown), "--key", mark)
    assert (code, f"signed by {mark}" in said, "claims" in said) == (0, True, False)
    code, _, said = run("verify", "--check", str(file), "--key", f"sha256:{'0' * 64}")
    assert (code, f"by another key: {mark}" in said) == (1, True)
    file.write_bytes(kept.replace(b'"equal"', b'"different"'))
    code, _, said = run("verify", "--check", str(file), "--key", mark)
    assert (code, "the signature is not right" in said) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--from", "a"),
        ("--public-key", "--check", "x"),
        (*FROM_TO, "--check", "x"),
        ("--public-key", "--key", "x"),
        ("--check", "x", "--number", "+12065550100"),
    ],
    ids=["nothing", "half", "two things", "three things", "a key", "a number"],
)
def test_arguments_that_ask_for_nothing_or_too_much(run: Run, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("verify", *arguments)
    assert ended.value.code == 2


def test_reading_fails_where_it_is_refused(ours: Context, held: Make, empty: Make) -> None:
    a, b = held("flowroute").end(ours, "a"), empty("flowroute").end(ours, "b")
    b.connection.settings["key"] = "nobody"
    with pytest.raises(Refused):
        report(ours, a, b)


@dataclass
class Lying:
    """A provider whose last number is none."""

    wire: providers.Wire

    def send(self, request: Request) -> Response:
        answer = self.wire.send(request)
        return replace(answer, body=answer.body.replace(NUMBERS[2][1:].encode(), b"nobody"))


def test_a_number_that_cannot_be_read_is_told(ours: Context, held: Make, empty: Make) -> None:
    there, here = held("callable"), empty("callable")
    a, b = there.end(ours, "a"), here.end(ours, "b")
    moved(ours, a, b)
    told = report(ours, replace(a, transport=Lying(there.wire)), b)
    assert (len(told["numbers"]), told["counts"]["extra"]) == (len(NUMBERS), 1)
    assert [note for note in told["notes"]["from"] if "numbers/" in note]
