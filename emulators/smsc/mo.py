"""Mobile-originated messages as a provider sends them: whole, in parts, out of order, with gaps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from gateway.domain import segments

Delivery = tuple[dict[str, Any], dict[int, list[bytes]]]


def deliveries(
    source: str,
    destination: str,
    text: str,
    *,
    method: str = "udh8",
    alphabet: str = "gsm",
    reference: int = 1,
    order: Sequence[int] | None = None,
    missing: Collection[int] = (),
) -> list[Delivery]:
    """(fields, parameters) of each deliver_sm, in the order they are to be sent.

    `order` lists part numbers from 1 (a number twice sends that part twice), `missing` the parts
    left out. Raises ValueError for a text of more than 255 parts and for numbers out of range.
    """
    parts = segments.split(
        text, method=segments.Method(method), alphabet=alphabet, reference=reference
    )
    total = len(parts.segments)
    wanted = [number for number in order or range(1, total + 1) if number not in missing]
    if any(not 1 <= number <= total for number in wanted):
        raise ValueError(f"part numbers are 1 to {total}")
    return [
        _delivery(source, destination, int(parts.coding), parts.segments[number - 1])
        for number in wanted
    ]


def _delivery(source: str, destination: str, coding: int, part: segments.Segment) -> Delivery:
    ton, npi = number_type(source)
    to_ton, to_npi = number_type(destination)
    fields = {
        "source_addr_ton": ton,
        "source_addr_npi": npi,
        "source_addr": source.removeprefix("+"),
        "dest_addr_ton": to_ton,
        "dest_addr_npi": to_npi,
        "destination_addr": destination.removeprefix("+"),
        "esm_class": part.esm_class,
        "data_coding": coding,
        "short_message": part.short_message,
    }
    return fields, {tag: [octets] for tag, octets in part.tlvs.items()}


def number_type(address: str) -> tuple[int, int]:
    """(TON, NPI): alphanumeric 5/0, short code 3/0, else international 1/1."""
    digits = address.removeprefix("+")
    if not digits.isdigit():
        return 5, 0
    return (3, 0) if len(digits) <= 6 else (1, 1)


def as_data(fields: dict[str, Any], tlvs: dict[int, list[bytes]]) -> Delivery:
    """The same message as a data_sm, which has its text in message_payload alone."""
    kept = {name: value for name, value in fields.items() if name != "short_message"}
    if fields.get("short_message"):
        tlvs = {**tlvs, segments.TAG_MESSAGE_PAYLOAD: [fields["short_message"]]}
    return kept, tlvs
