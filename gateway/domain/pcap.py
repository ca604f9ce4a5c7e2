"""Captures: datagrams as a file that packet analysers open.

The classic libpcap format with link type RAW: a packet begins with its IP header, version 4 or 6.
Hosts that are names get an address of the documentation ranges, the same one every time.
"""

from __future__ import annotations

import ipaddress
import struct
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from gateway.domain import instants

MAGIC: Final = 0xA1B2C3D4
LINKTYPE_RAW: Final = 101
SNAPLEN: Final = 65_535
UDP: Final = 17
MOST_PAYLOAD: Final = SNAPLEN - 40 - 8
HOP_LIMIT: Final = 64

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Datagram(NamedTuple):
    """One UDP datagram; source and target are (host, port)."""

    at: datetime
    source: tuple[str, int]
    target: tuple[str, int]
    payload: bytes


def capture(datagrams: Iterable[Datagram]) -> bytes:
    """The file; a payload longer than one packet takes is cut."""
    head = struct.pack("<IHHiIII", MAGIC, 2, 4, 0, 0, SNAPLEN, LINKTYPE_RAW)
    return head + b"".join(map(_record, datagrams))


def _record(datagram: Datagram) -> bytes:
    packet = _packet(datagram)
    seconds, micros = divmod(instants.micros(datagram.at), 1_000_000)
    return struct.pack("<IIII", seconds, micros, len(packet), len(packet)) + packet


def _packet(datagram: Datagram) -> bytes:
    source, target = _same_kind(address(datagram.source[0]), address(datagram.target[0]))
    payload = datagram.payload[:MOST_PAYLOAD]
    length = 8 + len(payload)
    ports = (datagram.source[1], datagram.target[1])
    bare = struct.pack(">HHHH", *ports, length, 0) + payload
    pseudo = source.packed + target.packed + struct.pack(">IHBB", length, 0, 0, UDP)
    # a sum of nothing is sent as its complement: zero would say that there is none
    total = checksum(pseudo + bare) or 0xFFFF
    udp = struct.pack(">HHHH", *ports, length, total) + payload
    if source.version == 6:
        return struct.pack(">IHBB", 6 << 28, length, UDP, HOP_LIMIT) + _ends(source, target) + udp
    whole = 20 + length
    head = struct.pack(">BBHHHBB", 0x45, 0, whole, 0, 0x4000, HOP_LIMIT, UDP)
    total = checksum(head + b"\0\0" + _ends(source, target))
    return head + struct.pack(">H", total) + _ends(source, target) + udp


def _ends(source: Address, target: Address) -> bytes:
    return source.packed + target.packed


def address(host: str) -> Address:
    """The host's address; for a name one of 203.0.113.0/24 that depends on nothing else."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return ipaddress.IPv4Address(f"203.0.113.{zlib.crc32(host.encode()) % 254 + 1}")


def _same_kind(source: Address, target: Address) -> tuple[Address, Address]:
    """Both ends in version 6 where one of them is."""
    if source.version == target.version:
        return source, target
    return _as_six(source), _as_six(target)


def _as_six(given: Address) -> Address:
    return given if given.version == 6 else ipaddress.IPv6Address(f"::ffff:{given}")


def checksum(octets: bytes) -> int:
    """The internet checksum (RFC 1071) of octets; an odd one counts as if a zero followed."""
    if len(octets) % 2:
        octets += b"\0"
    total: int = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
