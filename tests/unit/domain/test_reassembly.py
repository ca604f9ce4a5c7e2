from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import reassembly, segments
from tests.support.strategies import texts


@pytest.mark.parametrize(
    ("parts", "total", "complete"),
    [([1], 1, True), ([1, 2], 2, True), ([2], 2, False), ([1, 3], 3, False), ([], 1, False)],
    ids=str,
)
def test_complete(parts: list[int], total: int, complete: bool) -> None:
    assert reassembly.complete(set(parts), total) is complete
    assert reassembly.complete(dict.fromkeys(parts), total) is complete


@given(texts, st.integers(1, 9), st.randoms(use_true_random=False))
def test_parts_in_any_order_give_the_text(body: str, times: int, rng: random.Random) -> None:
    found = segments.split(body * times)
    parts = [(part.index, (int(found.coding), part.payload)) for part in found.segments]
    rng.shuffle(parts)
    joined = reassembly.join(dict(parts), len(parts))
    assert joined == reassembly.Joined(body * times)


def test_a_cut_inside_a_character_is_healed() -> None:
    octets = "a😀b".encode("utf-16-be")
    parts = {1: (8, octets[:4]), 2: (8, octets[4:])}
    assert reassembly.join(parts, 2).text == "a😀b"
    assert reassembly.join({1: (0, b"a\x1b"), 2: (0, b"\x65b")}, 2).text == "a€b"


def test_parts_of_different_coding() -> None:
    parts = {1: (0, b"\x00a"), 2: (8, "ж".encode("utf-16-be")), 3: (3, b"\xe7")}
    assert reassembly.join(parts, 3).text == "@aжç"


def test_what_is_missing_is_named() -> None:
    parts = {2: (0, b"b"), 4: (0, b"d"), 9: (0, b"x")}
    assert reassembly.join(parts, 4) == reassembly.Joined("bd", (1, 3))
    assert reassembly.join({}, 2) == reassembly.Joined("", (1, 2))


def test_the_alphabet_of_the_peer_is_used() -> None:
    assert reassembly.join({1: (0, b"@")}, 1, "latin1").text == "@"
    assert reassembly.join({1: (0, b"@")}, 1).text == "¡"
