"""The generated inventory is deterministic, distinct and made of places that exist."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import phonenumbers
import pytest

from gateway.domain.inventory import generate
from tests.support import nanp

FIXTURE: dict[str, Any] = json.loads(nanp.FIXTURE.read_text(encoding="utf-8"))


def test_the_fixture_can_be_made_again_from_the_tables() -> None:
    made = nanp.build()
    assert json.loads(nanp.render(made)) == made
    assert made.keys() == FIXTURE.keys()
    assert {e["code"] for e in made["area_codes"]} >= {e["code"] for e in FIXTURE["area_codes"]}


def test_fixture_covers_both_countries_and_every_state() -> None:
    entries = FIXTURE["area_codes"]
    assert len([e for e in entries if e["country"] == "US"]) > 340
    assert len([e for e in entries if e["country"] == "CA"]) > 50
    covered = {center["state"] for entry in entries for center in entry["centers"]}
    assert covered == {state for states in FIXTURE["states"].values() for state in states}


@pytest.mark.parametrize(
    ("code", "state", "center"),
    [("206", "wa", "seattle"), ("212", "ny", "newyork"), ("416", "on", "toronto")],
)
def test_fixture_knows_well_known_places(code: str, state: str, center: str) -> None:
    entry = next(e for e in FIXTURE["area_codes"] if e["code"] == code)
    assert entry["state"] == state
    assert entry["centers"][0]["name"] == center


def test_same_seed_same_numbers_other_seed_other_numbers() -> None:
    first = list(generate(FIXTURE, 300, 7))
    assert first == list(generate(FIXTURE, 300, 7))
    assert first != list(generate(FIXTURE, 300, 8))


def test_numbers_are_distinct_possible_and_agree_with_their_columns() -> None:
    rows = list(generate(FIXTURE, 2000, 1))
    assert len({row["e164"] for row in rows}) == 2000
    for row in rows:
        assert phonenumbers.is_possible_number(phonenumbers.parse(row["e164"]))
        assert row["e164"].startswith(f"+1{row['exchange']}")
        assert row["exchange"].startswith(row["area_code"])
        assert row["exchange"][4:] != "11"
        assert row["exchange"][3:] != "555"


def test_area_codes_take_turns_and_one_in_ten_is_toll_free() -> None:
    rows = list(generate(FIXTURE, 200, 1, area_codes=["206", "212", "305"]))
    kinds = Counter(row["kind"] for row in rows)
    assert kinds == {"standard": 180, "toll_free": 20}
    codes = Counter(row["area_code"] for row in rows if row["kind"] == "standard")
    assert set(codes) == {"206", "212", "305"}
    assert max(codes.values()) - min(codes.values()) <= 20
    assert {row["area_code"] for row in rows if row["kind"] == "toll_free"} == {
        "800", "833", "844", "855", "866", "877", "888",
    }  # fmt: skip


def test_toll_free_numbers_belong_to_no_place() -> None:
    free = [row for row in generate(FIXTURE, 50, 3) if row["kind"] == "toll_free"]
    assert free
    assert {(row["region"], row["rate_center"]) for row in free} == {(None, None)}


def test_a_small_code_spills_over_into_further_exchanges() -> None:
    tiny = {**FIXTURE, "area_codes": [{**FIXTURE["area_codes"][0]}]}
    tiny["area_codes"][0]["centers"] = [{"name": "x", "state": "nj", "exchanges": ["200"]}]
    rows = islice(generate(tiny, 12_000, 1, toll_free_every=0), 12_000)
    assert len({row["e164"] for row in rows}) == 12_000


def test_unknown_area_code_is_refused() -> None:
    with pytest.raises(ValueError, match="999"):
        list(generate(FIXTURE, 1, 1, area_codes=["999"]))


def test_contract_files_stand_alone() -> None:
    folder = Path(nanp.FIXTURE).parents[1] / "contracts"
    contract = json.loads((folder / "flowroute.json").read_text())
    operations = [o for p in contract["paths"].values() for o in p if o in ("get", "post", "patch")]
    assert len(operations) == 13
