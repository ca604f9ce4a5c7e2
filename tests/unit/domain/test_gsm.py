from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import gsm
from tests.support.strategies import texts
from tests.support.vectors import load

TABLE = load("gsm_0338")
BASIC = [(code, chr(int(point, 16))) for code, point in enumerate(TABLE["basic"]) if point != "ESC"]
EXTENSION = [(int(code, 16), chr(int(point, 16))) for code, point in TABLE["extension"].items()]
OUTSIDE = [chr(int(point, 16)) for point in TABLE["outside"]]
characters = st.sampled_from([character for _, character in BASIC + EXTENSION])


def test_the_tables_are_complete() -> None:
    assert len(TABLE["basic"]) == 128
    assert TABLE["basic"][gsm.ESCAPE] == "ESC"
    assert (len(BASIC), len(EXTENSION)) == (127, 10)


@pytest.mark.parametrize("column", range(8))
def test_basic_table(column: int) -> None:
    for code, character in BASIC:
        if code >> 4 == column:
            assert gsm.encode(character) == bytes([code])
            assert gsm.decode(bytes([code])) == character
            assert gsm.septets(character) == 1


@pytest.mark.parametrize(("code", "character"), EXTENSION)
def test_extension_table(code: int, character: str) -> None:
    assert gsm.encode(character) == bytes([0x1B, code])
    assert gsm.decode(bytes([0x1B, code])) == character
    assert gsm.septets(character) == 2


@pytest.mark.parametrize("character", OUTSIDE, ids=ascii)
def test_other_characters_are_refused(character: str) -> None:
    assert not gsm.is_gsm(f"a{character}b")
    with pytest.raises(ValueError, match=f"U\\+{ord(character):04X}"):
        gsm.encode(f"a{character}b")
    with pytest.raises(ValueError):
        gsm.septets(character)


@given(st.text(characters))
def test_text_round_trips(text: str) -> None:
    octets = gsm.encode(text)
    assert gsm.is_gsm(text)
    assert gsm.decode(octets) == text
    assert gsm.septets(text) == len(octets)
    assert max(octets, default=0) < 0x80


@given(texts)
def test_is_gsm_agrees_with_encode(text: str) -> None:
    try:
        gsm.encode(text)
    except ValueError:
        assert not gsm.is_gsm(text)
    else:
        assert gsm.is_gsm(text)


@given(st.binary())
def test_decode_never_raises(octets: bytes) -> None:
    assert len(gsm.decode(octets)) <= len(octets)
