"""Accepting a message and looking messages up.

A message is accepted when its row, its parts and the job that will submit it are committed, all in
one transaction that is shared with other requests waiting at the same moment. Which way it takes is
chosen now, because the way decides how the text is cut; with none at all it waits in the lane
`unrouted` until there is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from gateway.domain import ids, segments
from gateway.domain.context import Context
from gateway.domain.messages import PartState, Status
from gateway.domain.problems import Conflict, Forbidden, Invalid, NotFound, Why
from gateway.domain.words import Direction, MessageTransport
from gateway.models import Message, MessagePart, Receipt
from gateway.models.database import commit_group
from gateway.models.prepared import Insert, P, Prepared, Row, among
from gateway.services import (
    aliases,
    countries,
    idempotency,
    jobs,
    links,
    message_routes,
    simulated_mms,
    ways,
)
from gateway.services.batch import of_transaction
from gateway.services.links import LinkSettings

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
CURRENCY = "USD"
NO_LINK = "There is no link to send messages over."
FAR_FUTURE = datetime.max.replace(tzinfo=UTC)
NEW: Mapping[str, Any] = {
    "direction": Direction.OUTBOUND,
    "coding": 0,
    "segments": 1,
    "status": Status.ACCEPTED,
    "trunk_uid": None,
    "currency": CURRENCY,
    "sent_at": None,
    "done_at": None,
    "error": None,
}

_insert_message = Insert(Message)
_insert_part = Insert(MessagePart)
_own_message = Prepared(
    lambda: Message.select().where(
        Message.uid == P("uid"), Message.account_uid == P("account_uid")
    ),
    attach=["receipts"],
)
_page = Prepared(
    lambda: (
        Message.select()
        .where(
            Message.account_uid == P("account_uid"),
            Message.queued_at >= P("start"),
            Message.queued_at <= P("end"),
        )
        .order_by(Message.queued_at.desc(), Message.id.desc())
        .limit(P("limit"))
        .offset(P("offset"))
    ),
    attach=["receipts"],
)
_receipts = Prepared(
    lambda: (
        Receipt.select(
            Receipt.message_uid,
            Receipt.level,
            Receipt.status,
            Receipt.code,
            Receipt.description,
            Receipt.at,
        )
        .where(among(Receipt.message_uid, "uids"))
        .order_by(Receipt.at.desc(), Receipt.id.desc())
    )
)


class Accepted:
    """A message that was just stored: its column values as attributes, and its receipts."""

    def __init__(self, values: dict[str, Any], receipts: Sequence[Any] = ()) -> None:
        self.__dict__.update(values)
        self.receipts = list(receipts)


def send(ctx: Context, change: dict[str, Any], *, needs_link: bool = False) -> Accepted | Row:
    """Accept an outbound message; committed when this returns.

    `change`: from_number and to_number (E.164), text, media (URLs, or objects with `url`), is_mms,
    callback_url, client_reference, trunk_name. Raises Invalid at the attribute's name, Forbidden
    when the account does not own `from_number`, Conflict when the Idempotency-Key was used for
    another message, Unavailable when the store cannot take it. With `needs_link` a message that no
    link could take now is a Conflict too; it waits for one otherwise.

    `trunk_name` chooses the trunk a message leaves by. When that trunk's links are down it goes
    over the account's others like every message.
    """
    idempotency.check(ctx)
    values, candidates = _checked(ctx, change)
    leaves = values["transport"] is not MessageTransport.LOCAL
    if needs_link and leaves and not candidates:
        raise Conflict(NO_LINK, fields={"": [Why("no_link", NO_LINK)]})
    parts: list[dict[str, Any]] = []
    lane = ""
    if leaves:
        lane, parts = _routed(ctx, values, candidates)
    values["price_nano"] = _price(ctx, values)
    digest = idempotency.digest(ctx, change)

    def work() -> Accepted | Row:
        first = idempotency.remember(ctx, digest, values["uid"])
        batch = of_transaction()
        if first is not None:
            batch.flush()  # it may be among the messages of this very transaction
            return get(ctx, first)
        batch.add(_insert_message, values)
        if not lane:
            batch.flush()
            return Accepted(values, simulated_mms.deliver(ctx, Accepted(values)))
        for part in parts:
            batch.add(_insert_part, part)
        jobs.add(
            ctx,
            jobs.SUBMIT,
            f"{jobs.SUBMIT}:{values['uid']}",
            lane=lane,
            account_uid=values["account_uid"],
            payload={"message": values["uid"].hex},
        )
        return Accepted(values)

    return commit_group(work)


def _checked(ctx: Context, change: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """All column values of the new message but what depends on its way; the ways it may take."""
    sender, to = change.get("from_number"), change.get("to_number")
    for name, number in (("from_number", sender), ("to_number", to)):
        if not isinstance(number, str) or E164.fullmatch(number) is None:
            raise Invalid.one(name, "number", "Must be an E.164 telephone number.")
    text, media = change.get("text") or "", _media(change.get("media"))
    if "\0" in text:
        raise Invalid.one("text", "character", "A text cannot hold the character NUL.")
    if not text and not media:
        raise Invalid.one("text", "required", "A message needs a text or media.")
    is_mms = bool(change.get("is_mms")) or bool(media)
    caller = ctx.caller
    found = links.of_sender(ctx.account_uid, caller.service_provider_uid, str(sender))
    if found is None:
        raise Forbidden("The from number does not belong to this account.")
    countries.check(ctx.account_uid, str(to))
    now = ctx.runtime.now()
    candidates, trunk_name = found.links, change.get("trunk_name")
    if trunk_name is not None:
        candidates = links.of_trunk(ctx.account_uid, caller.service_provider_uid, trunk_name)
    elif found.has_routes:
        routed = message_routes.matching(ctx.account_uid, str(sender), str(to))
        candidates = candidates if routed is None else routed
    transport, candidates = _carried(ctx, is_mms, media, candidates)
    values = {
        **NEW,
        "uid": ctx.runtime.new_uid(),
        "created_at": now,
        "account_uid": ctx.account_uid,
        "from_number": sender,
        "to_number": to,
        "text": text,
        "is_mms": is_mms,
        "media": media,
        "transport": transport,
        "number_kind": found.kind,
        "callback_url": change.get("callback_url"),
        "callback_dialect": ctx.dialect or None,
        "queued_at": now,
        "actor": caller.actor,
        "client_reference": change.get("client_reference"),
        "extras": change.get("extras") or {},
    }
    return values, candidates


def _media(given: Any) -> list[dict[str, Any]]:
    items = [given] if isinstance(given, str | dict) else list(given or ())
    return [item if isinstance(item, dict) else {"url": item} for item in items]


def _carried(
    ctx: Context, is_mms: bool, media: list[dict[str, Any]], candidates: list[Any]
) -> tuple[MessageTransport, list[Any]]:
    """The candidates that carry the message, and how it leaves while none is chosen.

    SMPP carries no media: where no connection does, they are refused, sent as links, or handed to a
    simulated carrier.
    """
    if not is_mms or ctx.settings.mms == ways.MEDIA_AS_LINKS:
        return MessageTransport.SMPP, candidates
    able = [one for one in candidates if ways.carries(ctx, one, is_mms)]
    if able:
        return MessageTransport.HTTP, able
    if ctx.settings.mms == "simulate":
        return MessageTransport.LOCAL, []
    name = "media" if media else "is_mms"
    raise Invalid.one(name, "unsupported", "Media messages are not offered by this gateway.")


def _routed(
    ctx: Context, values: dict[str, Any], candidates: list[Any]
) -> tuple[str, list[dict[str, Any]]]:
    """Choose a way and cut the text as it wants it; (lane, rows of the parts)."""
    to = ways.best(ctx, candidates)
    wants = LinkSettings() if to is None else to.wants
    split = split_for(wants, outgoing_text(values["text"], values["media"]))
    if split.counted > ctx.settings.max_segments:
        raise Invalid.one("text", "too_long", "The text needs too many segments.")
    values["coding"] = int(split.coding)
    values["segments"] = split.counted
    if to is not None:
        values["status"] = Status.QUEUED
        values["trunk_uid"] = to.trunk_uid
        values["transport"] = to.transport
    lane = jobs.UNROUTED if to is None else to.lane
    return lane, part_rows(ctx, values["uid"], len(split.segments), to.uid if to else None)


def split_for(wants: LinkSettings, text: str, reference: int = 0) -> segments.Split:
    """Cut a text as a link wants it; Invalid where it does not fit in any number of segments."""
    try:
        return segments.split(
            text, method=wants.segmentation, alphabet=wants.alphabet, reference=reference
        )
    except ValueError as problem:
        raise Invalid.one("text", "too_long", f"The text is too long: {problem}.") from None


def outgoing_text(text: str | None, media: Sequence[dict[str, Any]]) -> str:
    """What an SMS of this message says: the text and the links of its media, one a line."""
    return "\n".join([*([text] if text else []), *(item["url"] for item in media)])


def part_rows(
    ctx: Context, message_uid: UUID, total: int, link_uid: UUID | None
) -> list[dict[str, Any]]:
    """Column values of the parts of a message, counted from 1."""
    now = ctx.runtime.now()
    return [
        {
            "uid": ctx.runtime.new_uid(),
            "created_at": now,
            "message_uid": message_uid,
            "index": index,
            "total": total,
            "link_uid": link_uid,
            "state": PartState.PENDING,
            "attempts": 0,
        }
        for index in range(1, total + 1)
    ]


def _price(ctx: Context, values: dict[str, Any]) -> int:
    if values["is_mms"]:
        return int(ctx.settings.mms_price_nano)
    return int(ctx.settings.sms_price_nano) * int(values["segments"])


# Reading


def get(ctx: Context, ref: ids.Ref | UUID) -> Row:
    """One message of the caller's account with its receipts, newest first; NotFound otherwise."""
    uid = ref if isinstance(ref, UUID) else aliases.resolve(ctx, ref, "message")
    row = None if uid is None else _own_message.one(uid=uid, account_uid=ctx.account_uid)
    if row is None:
        raise NotFound()
    row.receipts = _receipts.all(uids=[row.uid])
    found: Row = row
    return found


def search(
    ctx: Context,
    start: datetime,
    end: datetime | None = None,
    *,
    limit: int = 10,
    offset: int = 0,
) -> list[Row]:
    """The account's messages accepted in [start, end], newest first, each with its receipts."""
    rows: list[Row] = _page.all(
        account_uid=ctx.account_uid,
        start=start,
        end=end or FAR_FUTURE,
        limit=limit,
        offset=offset,
    )
    by_message: dict[UUID, list[Any]] = {row.uid: [] for row in rows}
    for receipt in _receipts.all(uids=list(by_message)) if rows else ():
        by_message[receipt.message_uid].append(receipt)
    for row in rows:
        row.receipts = by_message[row.uid]
    return rows
