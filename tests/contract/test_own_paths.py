"""The gateway's own closed paths with every dialect's credentials, own and foreign.

They answer with any dialect's credential and its scope, and tell nothing of anybody else's things.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from werkzeug.test import Client, TestResponse

from gateway.domain.principal import Principal, Scope
from gateway.models import Trunk
from gateway.models.database import Store
from gateway.services import bundles, connections, core_rows, event_addresses
from tests.support import crossing, worlds
from tests.support.crossing import ACCOUNT, CASES, HOME
from tests.support.snapshots import nothing_changes
from tests.support.worlds import DIALECTS, World

Make = Callable[[str], World]
MODELS = {case.kind: case.model for case in CASES.values()}
NOBODY = "00000000-0000-7000-8000-000000000000"
CLOSED = {"error": {"kind": "not_found", "text": "there is no such address"}}
WRONG = (
    {"Authorization": "Bearer nobody's"},
    {"Authorization": "Basic bm9ib2R5OndpdGggYSBzZWNyZXQ="},
    {"Authorization": "Digest nothing"},
)
ALIKE = ("none", "revoked", "expired", "inactive account")
"""Kinds of credential that open nothing in any dialect."""


def get(world: World, path: str, headers: Mapping[str, str], **query: str) -> TestResponse:
    return world.client.get(f"/_gateway/{path}", headers=headers, query_string=query)


def owner_of(kind: str, row: Any) -> str:
    """The account of a row, straight from the tables."""
    if kind == "account":
        return str(row.uid)
    if kind == "smpp_link":
        row = Trunk.get(Trunk.uid == row.__data__["trunk"])
    return str(row.__data__.get("account") or row.__data__.get("account_uid"))


def opened(world: World, headers: Mapping[str, str]) -> set[str]:
    """The accounts a credential opens, found by asking for each there is."""
    found = set()
    for row in MODELS["account"].select():
        answer = get(world, "hidden", headers, account=str(row.uid), kind="account")
        assert answer.status_code in (200, 404), answer.text
        found |= {str(row.uid)} if answer.status_code == 200 else set()
    return found


def test_every_kind_has_a_table() -> None:
    assert set(MODELS) == set(core_rows.KINDS)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_refused_credentials(world: Make, dialect: str) -> None:
    made = world(dialect)
    bad = [made.samples.refused[kind][0] for kind in ALIKE]
    with nothing_changes():
        for headers in (*bad, *WRONG):
            for path in ("hidden", f"ledger/{dialect}", f"ledger/{dialect}/trunk/{NOBODY}"):
                answer = get(made, path, headers, to=dialect, account=NOBODY)
                assert answer.status_code == 401, (path, headers)
                assert "WWW-Authenticate" in answer.headers
                assert not any(mark in answer.text for mark in made.samples.marks)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_stranger_learns_nothing_and_the_owner_all(world: Make, dialect: str) -> None:
    """Every row of the owner's accounts, by the owner and by somebody with the same rights."""
    made = world(dialect)
    owner, stranger = dict(made.samples.owner), dict(made.samples.stranger)
    mine, theirs = opened(made, owner), opened(made, stranger)
    assert mine
    assert theirs
    assert not mine & theirs
    seen = 0
    with nothing_changes():
        for kind, model in MODELS.items():
            for row in model.select():
                account = owner_of(kind, row)
                if account not in mine:
                    continue
                for to in sorted(DIALECTS):
                    path = f"ledger/{dialect}/{kind}/{row.uid}"
                    for other in (account, *theirs):
                        foreign = get(made, path, stranger, to=to, account=other)
                        assert foreign.status_code == 404, foreign.text
                    own = get(made, path, owner, to=to, account=account)
                    assert own.status_code in (200, 404), own.text
                    seen += own.status_code == 200
        for path in ("hidden", f"ledger/{dialect}"):
            for account in theirs:
                answer = get(made, path, stranger, account=account, limit="200")
                assert answer.status_code == 200
                assert not any(mark in answer.text for mark in made.samples.marks)
            for account in mine:
                assert get(made, path, stranger, account=account).status_code == 404
    assert seen > 0


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_no_credential_opens_an_address_of_events(world: Make, dialect: str) -> None:
    """Only its token does, whoever shows it."""
    made = world(dialect)
    owner, stranger = dict(made.samples.owner), dict(made.samples.stranger)
    (account, *_) = sorted(opened(made, owner))
    ctx = made.app.universe.context()
    spoken = DIALECTS["flowroute"]
    row = connections.add(
        ctx, UUID(account), spoken, name="old", base_url="https://old.example", secret="s"
    )
    path = urlsplit(event_addresses.address(ctx, row, spoken)).path
    with nothing_changes():
        for headers in (owner, stranger, *WRONG):
            for wrong in (f"{path}0", path.replace(str(row.uid), NOBODY), path[:-48] + "0" * 48):
                answer = made.client.post(wrong, headers=headers, json={})
                assert (answer.status_code, answer.json) == (404, CLOSED)
    assert made.client.post(path, headers=stranger, json={}).status_code == 400


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_bad_questions(world: Make, dialect: str) -> None:
    made = world(dialect)
    owner = dict(made.samples.owner)
    (account, *_) = sorted(opened(made, owner))
    known = {"account": account}
    for query, status in (
        ({"kind": "nothing"}, 400), ({"limit": "0"}, 400), ({"limit": "201"}, 400),
        ({"offset": "-1"}, 400), ({"limit": "x"}, 400), ({"dialect": "nothing"}, 404),
        ({"account": "nobody"}, 404), ({"account": NOBODY}, 404),
    ):  # fmt: skip
        assert get(made, "hidden", owner, **{**known, **query}).status_code == status, query
        if not query.keys() & {"kind", "dialect"}:
            found = get(made, f"ledger/{dialect}", owner, **{**known, **query})
            assert found.status_code == status, query
    for path, to in (
        ("ledger/nothing", dialect), (f"ledger/{dialect}", "nothing"),
        (f"ledger/nothing/trunk/{NOBODY}", dialect), (f"ledger/{dialect}/trunk/{NOBODY}", dialect),
        (f"ledger/{dialect}/nothing/{NOBODY}", dialect), (f"ledger/{dialect}/trunk/%00", dialect),
        (f"ledger/{dialect}/endpoint/999999999999", dialect),
        (f"ledger/{dialect}/trunk/aaaaaaaaaaaaaaaaaaaaaaaa", dialect),
        (f"ledger/{dialect}/number/%2B12065559999", dialect),
        (f"ledger/{dialect}/account/{account}", ""),
    ):  # fmt: skip
        assert get(made, path, owner, to=to, **known).status_code == 404, path


def test_a_provider_names_the_account_it_asks_about(world: Make) -> None:
    made = world("callable")
    answer = get(made, "hidden", dict(made.samples.owner))
    assert answer.status_code == 400
    assert "account=" in answer.text


def test_what_is_hidden_is_counted_in_pages(world: Make) -> None:
    """All pages together are the one long page."""
    made = world("jambonz")
    owner = {"Authorization": made.samples.owner["Authorization"]}
    (account, *_) = sorted(opened(made, owner))
    query = {"account": account, "dialect": "flowroute"}
    whole = get(made, "hidden", owner, limit="200", **query).json
    assert whole is not None
    assert whole["dialect"] == "flowroute"
    assert not whole["more"]
    found, more, offset = [], True, 0
    while more:
        page = get(made, "hidden", owner, limit="1", offset=str(offset), **query).json
        assert page is not None
        found += page["hidden"]
        more, offset = page["more"], offset + 1
    assert offset > 1
    key = repr
    assert sorted(found, key=key) == sorted(whole["hidden"], key=key)


def test_an_accounts_readiness_is_of_all_its_rows(world: Make) -> None:
    """Row by row the same as the ledgers of single objects, for every other dialect."""
    made = world("jambonz")
    owner = {"Authorization": made.samples.owner["Authorization"]}
    (account, *_) = sorted(opened(made, owner))
    query = {"account": account}
    told = get(made, "ledger/jambonz", owner, limit="200", **query).json
    assert told is not None
    assert [one["dialect"] for one in told["targets"]] == ["callable", "flowroute", "sinch"]
    for target in told["targets"]:
        fates: Counter[str] = Counter()
        for kind in core_rows.INVENTORY:
            for row in MODELS[kind].select():
                if owner_of(kind, row) != account:
                    continue
                path = f"ledger/jambonz/{kind}/{row.uid}"
                fates.update(
                    (get(made, path, owner, to=target["dialect"], **query).json or {}).get(
                        "fates", {}
                    )
                )
        assert target["fates"] == fates
        lost = fates["parked"] + fates["impossible"]
        assert 0 < len(target["losses"]) <= lost
        assert 0 <= target["readiness"] < 100
    one = get(made, "ledger/jambonz", owner, to="sinch", limit="1", **query).json
    assert one is not None
    assert [target["dialect"] for target in one["targets"]] == ["sinch"]
    assert one["more"]


def test_guesses_and_callers_are_counted(store: Store) -> None:
    """A caller by its credential, whoever knows none by the address."""
    made = World(worlds.application(store, rate_limit=0.001, rate_burst=3), "sinch")
    owner = dict(made.samples.owner)
    for headers, status in ((owner, 200), (WRONG[0], 401)):
        for _ in range(3):
            assert get(made, "hidden", headers, kind="trunk").status_code == status
        limited = get(made, "hidden", headers, kind="trunk")
        assert limited.status_code == 429
        assert int(limited.headers["Retry-After"]) > 0
    assert get(made, "hidden", dict(made.samples.stranger), kind="trunk").status_code == 200


def test_ids_that_a_provider_gave_are_shown_and_found(store: Store) -> None:
    app = worlds.application(store)
    alias = {"dialect": "sinch", "kind": "trunk", "foreign_id": "TRUNK-7"}
    rows = {**crossing.bundle(), "aliases": [{**alias, "object": HOME, "scope": ACCOUNT}]}
    bundles.load(app.universe.context(Principal(Scope.ADMIN)), rows)
    client = Client(app)
    headers = {"Authorization": "Bearer secret-of-mine"}
    there = client.get(f"/_gateway/ledger/jambonz/trunk/{HOME}?to=sinch", headers=headers)
    here = client.get("/_gateway/ledger/sinch/trunk/TRUNK-7?to=jambonz", headers=headers)
    assert there.json is not None
    assert here.json is not None
    assert there.json["to"]["objects"]["SipTrunk"]["id"] == "TRUNK-7"
    assert here.json["to"]["objects"]["VoipCarrier"]["voip_carrier_sid"] == HOME
    for answer, member in ((there.json, "voip_carrier_sid"), (here.json, "id")):
        (fate,) = [one["fate"] for one in answer["members"] if one["member"] == member]
        assert fate == "converted"
