"""Captures are read back octet by octet, by a reader that shares nothing with the writer."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.domain.pcap import Datagram, address, capture, checksum

AT = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def packets(octets: bytes) -> list[tuple[float, bytes]]:
    """(time, packet) of every record of a capture."""
    magic, major, minor, zone, accuracy, snap, link = struct.unpack_from("<IHHiIII", octets)
    assert (magic, major, minor, zone, accuracy) == (0xA1B2C3D4, 2, 4, 0, 0)
    assert (snap, link) == (65_535, 101)
    found, place = [], 24
    while place < len(octets):
        seconds, micros, kept, whole = struct.unpack_from("<IIII", octets, place)
        assert kept == whole
        found.append((seconds + micros / 1e6, octets[place + 16 : place + 16 + kept]))
        place += 16 + kept
    assert place == len(octets)
    return found


def ones_sum(octets: bytes) -> int:
    """Sum of 16-bit words with end-around carry, word by word."""
    total = 0
    for place in range(0, len(octets), 2):
        total += int.from_bytes(octets[place : place + 2].ljust(2, b"\0"), "big")
        total = (total & 0xFFFF) + (total >> 16)
    return total


def only(source: str, target: str, payload: bytes = b"INVITE") -> bytes:
    ((_, packet),) = packets(capture([Datagram(AT, (source, 5060), (target, 5070), payload)]))
    return packet


def test_a_capture_of_nothing_is_its_header() -> None:
    assert packets(capture([])) == []


def test_records_keep_order_and_time() -> None:
    later = AT.replace(microsecond=999_999)
    data: Any = [(AT, b"one"), (later, b"two")]
    found = packets(
        capture(Datagram(at, ("192.0.2.1", 1), ("192.0.2.2", 2), text) for at, text in data)
    )
    assert [moment for moment, _ in found] == [AT.timestamp(), later.timestamp()]
    assert [packet[28:] for _, packet in found] == [b"one", b"two"]


@pytest.mark.parametrize("payload", [b"", b"x", b"xy", b"odd length..", bytes(range(256)) * 5])
def test_version_4(payload: bytes) -> None:
    packet = only("192.0.2.1", "198.51.100.7", payload)
    assert (packet[0], packet[9]) == (0x45, 17)
    assert int.from_bytes(packet[2:4], "big") == len(packet)
    assert packet[12:16] == bytes([192, 0, 2, 1])
    assert packet[16:20] == bytes([198, 51, 100, 7])
    assert ones_sum(packet[:20]) == 0xFFFF
    ports = struct.unpack_from(">HHH", packet, 20)
    assert ports == (5060, 5070, 8 + len(payload))
    pseudo = packet[12:20] + b"\0\x11" + packet[24:26]
    assert ones_sum(pseudo + packet[20:]) == 0xFFFF
    assert packet[28:] == payload


def test_version_6_and_a_mixed_pair() -> None:
    packet = only("2001:db8::1", "192.0.2.1")
    assert (packet[0] >> 4, packet[6]) == (6, 17)
    assert int.from_bytes(packet[4:6], "big") == len(packet) - 40
    assert packet[24:40] == b"\0" * 10 + b"\xff\xff" + bytes([192, 0, 2, 1])
    pseudo = packet[8:40] + b"\0\0" + packet[44:46] + b"\0\0\0\x11"
    assert ones_sum(pseudo + packet[40:]) == 0xFFFF


def test_a_payload_is_cut_to_one_packet() -> None:
    assert len(only("192.0.2.1", "192.0.2.2", b"x" * 100_000)) < 65_536


def test_names_have_an_address_of_their_own() -> None:
    assert address("sip.example") == address("sip.example") != address("sip.other.example")
    assert str(address("sip.example")).startswith("203.0.113.")
    assert str(address("[2001:db8::1]")) == "2001:db8::1"


@pytest.mark.parametrize(
    ("octets", "sum_"),
    [
        (bytes.fromhex("0001f203f4f5f6f7"), 0x220D),  # the example of RFC 1071
        (b"", 0xFFFF),
        (b"\x01", 0xFEFF),
        (b"\xff\xff", 0),
    ],
)
def test_checksum(octets: bytes, sum_: int) -> None:
    assert checksum(octets) == sum_
