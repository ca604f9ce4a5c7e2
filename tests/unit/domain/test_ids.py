from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import ids
from gateway.domain.runtime import Runtime
from tests.support.strategies import texts
from tests.support.vectors import cases, load

VECTORS = load("ids")
EXACT = ("uuid", "ulid", "mdr")
uuids = st.integers(0, 2**128 - 1).map(lambda value: UUID(int=value))


@given(st.integers(0, ids.MAX_MILLISECONDS), st.integers(0, 2**74 - 1))
def test_new_is_version_7_of_its_time(ms: int, bits: int) -> None:
    uid = ids.new(ms, bits)
    assert (uid.version, uid.variant) == (7, RFC_4122)
    assert ids.milliseconds(uid) == ms
    assert (uid.int >> 64 & 0xFFF) << 62 | uid.int & (2**62 - 1) == bits


@pytest.mark.parametrize(
    ("ms", "bits"), [(-1, 0), (2**48, 0), (0, -1), (0, 2**74)], ids=["past", "far", "less", "more"]
)
def test_new_refuses_what_does_not_fit(ms: int, bits: int) -> None:
    with pytest.raises(ValueError):
        ids.new(ms, bits)


@given(st.integers(0, ids.MAX_MILLISECONDS - 1), st.integers(0, 2**74 - 1))
def test_successor_is_the_next_id(ms: int, bits: int) -> None:
    following = ids.successor(ids.new(ms, bits).int)
    expected = ids.new(ms, bits + 1) if bits + 1 < 2**74 else ids.new(ms + 1, 0)
    assert following == expected.int


@pytest.mark.parametrize(
    ("bits", "next_bits"),
    [(2**62 - 1, 2**62), (2**63 - 1, 2**63)],
    ids=["carry over the variant", "carry again"],
)
def test_successor_carries_over_the_fixed_bits(bits: int, next_bits: int) -> None:
    assert ids.successor(ids.new(5, bits).int) == ids.new(5, next_bits).int


def test_successor_carries_into_the_time_and_ends() -> None:
    assert ids.successor(ids.new(5, 2**74 - 1).int) == ids.new(6, 0).int
    with pytest.raises(OverflowError):
        ids.successor(ids.new(ids.MAX_MILLISECONDS, 2**74 - 1).int)


@given(uuids)
def test_codecs_round_trip(uid: UUID) -> None:
    for name in EXACT:
        text = ids.CODECS[name].encode(uid)
        assert ids.CODECS[name].decode(text) == uid
        assert ids.CODECS[name].decode(text.upper()) == uid
        assert ids.CODECS[name].decode(text.lower()) == uid


def test_many_ids_round_trip_in_order() -> None:
    rng = random.Random(7)
    made = [ids.new(1_700_000_000_000 + n // 4, rng.getrandbits(74)) for n in range(3_000)]
    for name in (*EXACT, "hex24"):
        texts = [ids.CODECS[name].encode(uid) for uid in made]
        assert len(set(texts)) == len(made)
        assert sorted(texts) == [ids.CODECS[name].encode(uid) for uid in sorted(made)]
    for name in EXACT:
        codec = ids.CODECS[name]
        assert [codec.decode(codec.encode(uid)) for uid in made] == made


@given(uuids)
def test_span_holds_the_ids_of_one_text(uid: UUID) -> None:
    text = ids.CODECS["hex24"].encode(uid)
    span = ids.span(text)
    assert span is not None
    low, high = span
    assert low <= uid <= high
    assert ids.CODECS["hex24"].encode(low) == ids.CODECS["hex24"].encode(high) == text
    assert high.int - low.int == 2**32 - 1
    assert ids.CODECS["hex24"].decode(text) is None


@pytest.mark.parametrize("case", cases("ids", "pairs"))
def test_all_spellings_of_one_id(case: dict[str, str]) -> None:
    uid = UUID(case["uuid"])
    assert {name: ids.CODECS[name].encode(uid) for name in ids.CODECS} == {
        name: case[name] for name in ids.CODECS
    }


@pytest.mark.parametrize("text", VECTORS["ulids"])
def test_published_ulids_read_back(text: str) -> None:
    uid = ids.CODECS["ulid"].decode(text)
    assert uid is not None
    assert ids.CODECS["ulid"].encode(uid) == text


@pytest.mark.parametrize("text", VECTORS["uuids"])
def test_published_uuids_read_back(text: str) -> None:
    uid = ids.CODECS["uuid"].decode(text)
    assert uid is not None
    assert ids.CODECS["uuid"].encode(uid) == text


@pytest.mark.parametrize("text", VECTORS["hex24"])
def test_published_short_ids_have_a_span(text: str) -> None:
    span = ids.CODECS["hex24"].span
    assert span is not None
    found = span(text)
    assert found is not None
    assert ids.CODECS["hex24"].encode(found[0]) == text


@pytest.mark.parametrize("case", cases("ids", "malformed"))
def test_text_of_no_form_decodes_to_none(case: dict[str, str]) -> None:
    for codec in ids.CODECS.values():
        assert codec.decode(case["text"]) is None
    assert ids.span(case["text"]) is None


@given(texts)
def test_decode_never_raises(text: str) -> None:
    for codec in ids.CODECS.values():
        found = codec.decode(text)
        assert found is None or codec.encode(found).lower() == text.lower()


def test_runtime_ids_grow_even_when_the_clock_goes_back() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    steps = iter([0, 0, 5, -3600, 1, 1] * 50)
    runtime = Runtime(lambda: start + timedelta(seconds=next(steps)), random.Random(1))
    made = [runtime.new_uid() for _ in range(300)]
    assert made == sorted(set(made))
    assert {uid.version for uid in made} == {7}
    assert len({ids.CODECS["hex24"].encode(uid) for uid in made}) == len(made)
