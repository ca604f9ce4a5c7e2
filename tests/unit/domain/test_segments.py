from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import gsm, segments
from gateway.domain.segments import ROOM, Coding, Concat, Method, Segment, split
from gateway.domain.words import Alphabet
from tests.support.strategies import characters
from tests.support.vectors import cases

CUTTING = [Method.UDH8, Method.UDH16, Method.SAR]


def text_of(case: dict[str, Any]) -> str:
    return "".join(piece * times for piece, times in case["text"])


def units(segment: Segment, coding: Coding) -> int:
    """What the segment takes on the air, in the units of its coding."""
    if coding is Coding.GSM:
        return gsm.septets(segment.text)
    return len(segment.payload) // (2 if coding is Coding.UCS2 else 1)


@pytest.mark.parametrize("case", cases("segments"))
def test_parts_are_where_they_belong(case: dict[str, Any]) -> None:
    text = text_of(case)
    for method, counts in case["counts"].items():
        found = split(text, method=Method(method))
        assert found.coding == case["coding"]
        assert [len(part.text) for part in found.segments] == counts, method
        assert "".join(part.text for part in found.segments) == text
        assert found.counted == len(counts)
    assert split(text, method=Method.PAYLOAD).counted == case["counted"]


@pytest.mark.parametrize("case", cases("segment_alphabets"))
def test_alphabet_of_the_peer(case: dict[str, Any]) -> None:
    found = split(case["text"], alphabet=case["alphabet"])
    assert found.coding == case["coding"]
    assert found.segments[0].payload.hex() == case["octets"]
    back = segments.decode_payload(found.coding, found.segments[0].payload, case["alphabet"])
    assert back == case["text"]


def test_latin1_coding_holds_140_octets() -> None:
    assert len(split("ç" * 140, alphabet="latin1").segments) == 1
    for method, counts in ((Method.UDH8, [134, 7]), (Method.UDH16, [133, 8])):
        found = split("ç" * 141, alphabet="latin1", method=method)
        assert [len(part.payload) for part in found.segments] == counts


def test_peers_with_their_own_alphabet_still_count_septets() -> None:
    """The peer makes septets of it, so brackets cost two there as well."""
    assert len(split("[" * 80, alphabet="latin1").segments) == 1
    found = split("[" * 81, alphabet="ascii")
    assert [part.payload for part in found.segments] == [b"[" * 76, b"[" * 5]


@pytest.mark.parametrize(("text", "parts"), [("x" * 8000, 53), ("ж" * 8000, 120)], ids=ascii)
def test_eight_thousand_characters(text: str, parts: int) -> None:
    found = split(text)
    assert len(found.segments) == found.counted == parts
    assert "".join(part.text for part in found.segments) == text


def test_8_bit_header() -> None:
    first, second = split("a" * 161, reference=0x1FE).segments
    assert (first.udh.hex(), second.udh.hex()) == ("050003fe0201", "050003fe0202")
    assert first.short_message == first.udh + b"a" * 153
    assert (first.esm_class, first.tlvs, first.total, second.index) == (0x40, {}, 2, 2)


def test_16_bit_header() -> None:
    first, second = split("a" * 161, method=Method.UDH16, reference=0x112FE).segments
    assert (first.udh.hex(), second.udh.hex()) == ("06080412fe0201", "06080412fe0202")
    assert first.esm_class == 0x40


def test_sar_parameters() -> None:
    _, second = split("a" * 161, method=Method.SAR, reference=0x12FE).segments
    assert (second.udh, second.esm_class) == (b"", 0)
    assert second.tlvs == {0x020C: b"\x12\xfe", 0x020E: b"\x02", 0x020F: b"\x02"}
    assert segments.parse_sar(second.tlvs) == Concat(0x12FE, 2, 2, 16)


def test_payload_goes_whole() -> None:
    found = split("a" * 307, method=Method.PAYLOAD)
    (only,) = found.segments
    assert only.tlvs == {0x0424: b"a" * 307}
    assert (only.short_message, only.udh, only.esm_class) == (b"", b"", 0)
    assert (found.counted, only.total) == (3, 1)


@pytest.mark.parametrize("method", Method)
def test_a_short_text_is_plain_in_every_method(method: Method) -> None:
    (only,) = split("hello", method=method, reference=7).segments
    assert (only.short_message, only.tlvs, only.esm_class) == (b"hello", {}, 0)


def test_at_most_255_parts() -> None:
    assert len(split("a" * 255 * 153).segments) == 255
    with pytest.raises(ValueError, match="255"):
        split("a" * (255 * 153 + 1))


def test_at_most_64_kib_of_payload() -> None:
    assert len(split("a" * 65_535, method=Method.PAYLOAD).segments[0].payload) == 65_535
    with pytest.raises(ValueError, match="65535"):
        split("a" * 65_536, method=Method.PAYLOAD)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        split("a\ud83d")


text = st.text(
    st.one_of(
        st.sampled_from("aZ0 \n@_$éΔ"),
        st.sampled_from("[]{}\\^~|€\f"),
        st.sampled_from("çЖ`😀𝄞"),
        characters,
    ),
    max_size=60,
).flatmap(lambda stem: st.integers(1, 12).map(lambda times: stem * times))


@given(text, st.sampled_from(Method), st.sampled_from(Alphabet), st.integers(0, 2**20))
def test_nothing_is_lost_or_cut(body: str, method: Method, alphabet: str, number: int) -> None:
    found = split(body, method=method, alphabet=alphabet, reference=number)
    parts = found.segments
    joined = b"".join(part.payload for part in parts)
    assert segments.decode_payload(found.coding, joined, alphabet) == body
    assert "".join(part.text for part in parts) == body
    assert [part.index for part in parts] == list(range(1, len(parts) + 1))
    assert {part.total for part in parts} == {len(parts)}
    room = ROOM[found.coding]
    if method is not Method.PAYLOAD or found.counted == 1:
        limit = room.single if len(parts) == 1 else room.concatenated(method)
        assert max(units(part, found.coding) for part in parts) <= limit
        assert max(len(part.short_message) for part in parts) <= 160
    for part in parts:
        assert segments.decode_payload(found.coding, part.payload, alphabet) == part.text


@given(text, st.sampled_from(CUTTING))
def test_no_part_could_have_been_fuller(body: str, method: Method) -> None:
    found = split(body, method=method)
    limit = ROOM[found.coding].concatenated(method)
    for part, following in zip(found.segments, found.segments[1:], strict=False):
        first = following.text[0]
        size = len(gsm.encode(first)) if found.coding is Coding.GSM else 1 + (first > "\uffff")
        assert units(part, found.coding) + size > limit


@given(text, st.sampled_from([Method.UDH8, Method.UDH16]), st.integers(0, 0xFFFF))
def test_headers_read_back(body: str, method: Method, reference: int) -> None:
    width = 8 if method is Method.UDH8 else 16
    parts = split(body, method=method, reference=reference).segments
    for part in parts if len(parts) > 1 else ():
        concat, rest = segments.parse_udh(part.short_message)
        assert rest == part.payload
        assert concat == Concat(reference % 2**width, part.total, part.index, width)


@pytest.mark.parametrize(
    ("octets", "concat", "rest"),
    [
        pytest.param("", None, "", id="nothing"),
        pytest.param("0061", None, "61", id="empty header"),
        pytest.param("0500036302016162", Concat(0x63, 2, 1, 8), "6162", id="8 bit"),
        pytest.param("06080412340301ff", Concat(0x1234, 3, 1, 16), "ff", id="16 bit"),
        pytest.param("050003630201", Concat(0x63, 2, 1, 8), "", id="no text"),
        pytest.param("0605040b8423f061", None, "61", id="ports only"),
        pytest.param("0b05040b8423f000036302026161", Concat(0x63, 2, 2, 8), "6161", id="both"),
        pytest.param("0500036302006162", None, "6162", id="part 0"),
        pytest.param("0500036302036162", None, "6162", id="part over total"),
        pytest.param("0500036300006162", None, "6162", id="total 0"),
        pytest.param("0500023302016162", None, "6162", id="element of wrong size"),
        pytest.param("0500096302016162", None, "6162", id="element past the header"),
        pytest.param("ff00036302", None, "ff00036302", id="header past the end"),
    ],
)
def test_headers_of_peers(octets: str, concat: Concat | None, rest: str) -> None:
    assert segments.parse_udh(bytes.fromhex(octets)) == (concat, bytes.fromhex(rest))


@given(st.binary(max_size=64))
def test_parse_udh_never_raises(octets: bytes) -> None:
    concat, rest = segments.parse_udh(octets)
    assert octets.endswith(rest)
    assert concat is None or 1 <= concat.index <= concat.total


@pytest.mark.parametrize(
    "tlvs",
    [{}, {0x020C: b"\x00\x01", 0x020E: b"\x02"}, {0x020C: b"\1", 0x020E: b"\2", 0x020F: b"\3"}],
    ids=["none", "index missing", "index over total"],
)
def test_incomplete_sar_is_none(tlvs: dict[int, bytes]) -> None:
    assert segments.parse_sar(tlvs) is None


@pytest.mark.parametrize("case", cases("decoding"))
def test_received_text(case: dict[str, Any]) -> None:
    octets = bytes.fromhex(case["octets"])
    alphabet = case.get("alphabet", "gsm")
    assert segments.decode_payload(case["coding"], octets, alphabet) == case["text"]


@given(st.integers(0, 255), st.binary(max_size=40), st.sampled_from(Alphabet))
def test_decode_payload_never_raises(coding: int, octets: bytes, alphabet: Alphabet) -> None:
    assert isinstance(segments.decode_payload(coding, octets, alphabet), str)
