"""Inbound messages: from a segment on a link to a message of the account that owns the number.

A segment is acknowledged once it is stored, alone or as a part that waits for the others. Parts
belong together by link, both addresses, reference, total and width; a repeated part is ignored, and
after the waiting time what is there is handed over with a note of what is missing.

The parts of a finished message stay for the waiting time too, with their width negated: a peer
whose acknowledgement was lost repeats a part, which must not begin a second message. A part that
says something else under the same reference is a new message: references are used again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from gateway.domain import numbers, reassembly, segments
from gateway.domain.context import Context
from gateway.domain.messages import Status
from gateway.domain.segments import Concat
from gateway.domain.words import Direction, MessageTransport, NumberStatus
from gateway.models import InboundPart, Message, Number
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import hook_jobs
from gateway.services.batch import Batch
from gateway.services.flights import Way
from gateway.services.messages import CURRENCY, Accepted

STORED = 0x00
UNKNOWN_DESTINATION = 0x0B
UDH_INDICATOR = 0x40
LONGEST_ADDRESS = 64
"""Addresses are 20 octets by the standard; what a peer sends beyond this no index would take."""

_number = Prepared(
    lambda: Number.select(Number.account, Number.kind, Number.status).where(
        Number.service_provider == P("service_provider_uid"), Number.e164 == P("e164")
    )
)
_insert_message = Insert(Message)
_insert_part = Insert(InboundPart, ignore=True)
_together = Prepared(
    lambda: InboundPart.select().where(
        InboundPart.link_uid == P("link_uid"),
        InboundPart.source == P("source"),
        InboundPart.destination == P("destination"),
        InboundPart.reference == P("reference"),
        InboundPart.total == P("total"),
        InboundPart.width == P("width"),
    )
)
_overdue = Prepared(
    lambda: (
        InboundPart.select()
        .where(InboundPart.link_uid == P("link_uid"), InboundPart.received_at <= P("before"))
        .order_by(InboundPart.received_at)
        .limit(100)
    )
)
_finished = Prepared(
    lambda: InboundPart.select(InboundPart.payload).where(
        InboundPart.link_uid == P("link_uid"),
        InboundPart.source == P("source"),
        InboundPart.destination == P("destination"),
        InboundPart.reference == P("reference"),
        InboundPart.total == P("total"),
        InboundPart.width == P("width"),
        InboundPart.index == P("index"),
    )
)
_finish = Prepared(
    lambda: InboundPart.update(width=P("width")).where(among(InboundPart.uid, "uids"))
)
_remove = Prepared(lambda: InboundPart.delete().where(among(InboundPart.uid, "uids")))


class Owner(NamedTuple):
    """Whose number a message came to."""

    account_uid: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One deliver_sm or data_sm that is a message; addresses in the core's form."""

    source: str
    destination: str
    coding: int
    payload: bytes
    concat: Concat | None = None


def read(fields: Mapping[str, Any], tlvs: Mapping[int, Sequence[bytes]]) -> Segment:
    """The members of a deliver_sm or data_sm by their standard names, raw optional parameters."""
    first = {tag: values[0] for tag, values in tlvs.items() if values}
    octets = bytes(fields.get("short_message") or b"")
    octets = octets or first.get(segments.TAG_MESSAGE_PAYLOAD, b"")
    concat = segments.parse_sar(first)
    if int(fields.get("esm_class") or 0) & UDH_INDICATOR:
        in_header, octets = segments.parse_udh(octets)
        concat = in_header or concat
    return Segment(
        source=_address(fields, "source"),
        destination=_address(fields, "dest"),
        coding=int(fields.get("data_coding") or 0),
        payload=octets,
        concat=concat if concat and concat.total > 1 else None,
    )


def _address(fields: Mapping[str, Any], which: str) -> str:
    name = "source_addr" if which == "source" else "destination_addr"
    ton = int(fields.get(f"{which}_addr_ton") or 0)
    text = str(fields.get(name) or "").replace("\0", "")[:LONGEST_ADDRESS]
    return numbers.from_smpp(ton, text).value


def inbound(
    ctx: Context,
    way: Way,
    service_provider_uid: UUID | None,
    segment: Segment,
    batch: Batch,
    *,
    account_uid: UUID | None = None,
) -> int:
    """Store a segment and, when a message is whole, the message; the command_status to answer.

    Call inside a transaction and answer after its commit. A number nobody owns is refused for
    good, so that the peer does not repeat it; with `account_uid`, so is one of another account.
    """
    owner = _owner(service_provider_uid, segment.destination)
    if owner is None or account_uid not in (None, owner.account_uid):
        return UNKNOWN_DESTINATION
    if segment.concat is None:
        text = segments.decode_payload(segment.coding, segment.payload, way.wants.alphabet)
        _store(ctx, way, owner, segment, text, batch)
        return STORED
    if _came_before(way, segment, segment.concat):
        return STORED
    _insert_part.run(_part_row(ctx, way, segment, segment.concat))
    rows = _together.all(**_key(way, segment, segment.concat))
    if reassembly.complete({row.index for row in rows}, segment.concat.total):
        _join(ctx, way, owner, rows, batch)
    return STORED


def _owner(service_provider_uid: UUID | None, destination: str) -> Owner | None:
    if service_provider_uid is None:
        return None
    row = _number.one(service_provider_uid=service_provider_uid, e164=destination)
    if row is None or row.account_uid is None or row.status != NumberStatus.OWNED:
        return None
    return Owner(row.account_uid, str(row.kind))


def _key(way: Way, segment: Segment, concat: Concat) -> dict[str, Any]:
    return {
        "link_uid": way.uid,
        "source": segment.source,
        "destination": segment.destination,
        "reference": concat.reference,
        "total": concat.total,
        "width": concat.width,
    }


def _came_before(way: Way, segment: Segment, concat: Concat) -> bool:
    """True for a repeated part of a message that was finished lately."""
    key = {**_key(way, segment, concat), "width": -concat.width}
    row = _finished.one(**key, index=concat.index)
    return row is not None and row.payload == segment.payload.hex()


def _part_row(ctx: Context, way: Way, segment: Segment, concat: Concat) -> dict[str, Any]:
    now = ctx.runtime.now()
    return {
        **_key(way, segment, concat),
        "uid": ctx.runtime.new_uid(),
        "created_at": now,
        "index": concat.index,
        "coding": segment.coding,
        "payload": segment.payload.hex(),
        "received_at": now,
    }


def _join(ctx: Context, way: Way, owner: Owner, rows: Sequence[Any], batch: Batch) -> None:
    """Make one message of parts and mark them as finished."""
    first = rows[0]
    parts = {row.index: (row.coding, bytes.fromhex(row.payload)) for row in rows}
    joined = reassembly.join(parts, first.total, way.wants.alphabet)
    whole = Segment(first.source, first.destination, first.coding, b"")
    _store(ctx, way, owner, whole, joined.text, batch, count=len(parts), missing=joined.missing)
    former = _together.all(
        link_uid=way.uid,
        source=first.source,
        destination=first.destination,
        reference=first.reference,
        total=first.total,
        width=-first.width,
    )
    if former:
        _remove.run(uids=[row.uid for row in former])
    _finish.run(uids=[row.uid for row in rows], width=-first.width)


def _store(
    ctx: Context,
    way: Way,
    owner: Owner,
    segment: Segment,
    text: str,
    batch: Batch,
    *,
    count: int = 1,
    missing: Sequence[int] = (),
) -> None:
    """Insert the message and tell its subscribers."""
    now = ctx.runtime.now()
    values = {
        "uid": ctx.runtime.new_uid(),
        "created_at": now,
        "account_uid": owner.account_uid,
        "direction": Direction.INBOUND,
        "from_number": segment.source,
        "to_number": segment.destination,
        "text": text.replace("\0", ""),
        "coding": segment.coding,
        "segments": count,
        "is_mms": False,
        "media": [],
        "status": Status.RECEIVED,
        "trunk_uid": way.trunk_uid,
        "transport": MessageTransport.SMPP,
        "number_kind": owner.kind,
        "price_nano": ctx.settings.sms_inbound_price_nano,
        "currency": CURRENCY,
        "queued_at": now,
        "done_at": now,
        "extras": {"core": {"missing_parts": list(missing)}} if missing else {},
    }
    _insert_message.run(values)
    told = hook_jobs.announce(ctx, Accepted({**values, "callback_url": None}), batch=batch)
    if not told and ctx.settings.mask_text:
        hook_jobs.mask(values["uid"])


def hand_over(ctx: Context, way: Way, service_provider_uid: UUID | None, batch: Batch) -> int:
    """Make messages of parts whose missing ones did not come in time; how many. In a transaction.

    The wait counts from the first part. Parts of a number that was given up meanwhile are dropped.
    """
    before = ctx.runtime.now() - timedelta(seconds=ctx.settings.reassembly_seconds)
    done = 0
    seen: set[tuple[Any, ...]] = set()
    overdue = _overdue.all(link_uid=way.uid, before=before)
    if over := [row.uid for row in overdue if row.width < 0]:
        _remove.run(uids=over)
    for row in overdue:
        if row.width < 0:
            continue
        concat = Concat(row.reference, row.total, row.index, row.width)
        key = _key(way, Segment(row.source, row.destination, row.coding, b""), concat)
        if tuple(key.values()) in seen:
            continue
        seen.add(tuple(key.values()))
        rows = _together.all(**key)
        owner = _owner(service_provider_uid, row.destination)
        if owner is None:
            _remove.run(uids=[part.uid for part in rows])
            continue
        _join(ctx, way, owner, rows, batch)
        done += 1
    return done
