"""Matching what the carrier reports to the parts it reports on.

A receipt names a part by the id the carrier gave in its answer, perhaps in another form, and may
come before that answer is recorded, twice, or after a restart. One that fits nothing is stored as
an orphan (a Receipt row without message) in the same transaction, so that it can be acknowledged,
and is applied when an answer with its id is recorded. Ids are not unique between links and may be
used again, so a match is by link, the newest part wins, and an orphan older than the message is not
its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.messages import (
    PART_TERMINAL,
    STATE_OF_RECEIPT,
    TERMINAL,
    PartState,
    advance_part,
    roll_up,
)
from gateway.domain.receipts import ReceiptInfo, id_forms
from gateway.models import Message, MessagePart, Receipt
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import progress
from gateway.services.flights import Flight, Way
from gateway.services.hook_jobs import Audience

ORPHANS_KEPT = 20_000

_part_columns = (
    MessagePart.id,
    MessagePart.message_uid,
    MessagePart.index,
    MessagePart.total,
    MessagePart.state,
    MessagePart.remote_id,
)
_exact = Prepared(
    lambda: (
        MessagePart.select(*_part_columns)
        .where(MessagePart.link_uid == P("link_uid"), MessagePart.remote_id == P("remote_id"))
        .order_by(MessagePart.id.desc())
        .limit(1)
    )
)
_forms = Prepared(
    lambda: (
        MessagePart.select(*_part_columns)
        .where(MessagePart.link_uid == P("link_uid"), among(MessagePart.remote_id, "forms"))
        .order_by(MessagePart.id.desc())
    )
)
_states = Prepared(
    lambda: MessagePart.select(MessagePart.state).where(MessagePart.message_uid == P("message_uid"))
)
_set_state = Prepared(
    lambda: MessagePart.update(state=P("state"), error=P("error")).where(MessagePart.id == P("id"))
)
_message = Prepared(
    lambda: Message.select(
        Message.uid,
        Message.account_uid,
        Message.direction,
        Message.from_number,
        Message.to_number,
        Message.is_mms,
        Message.status,
        Message.callback_url,
        Message.callback_dialect,
    ).where(Message.uid == P("uid"))
)
_insert = Insert(Receipt)
_orphans = Prepared(
    lambda: (
        Receipt.select(
            Receipt.uid,
            Receipt.created_at,
            Receipt.remote_id,
            Receipt.status,
            Receipt.code,
            Receipt.at,
            Receipt.raw,
        )
        .where(
            Receipt.link_uid == P("link_uid"),
            Receipt.message_uid.is_null(),
            Receipt.created_at >= P("since"),
        )
        .order_by(Receipt.id.desc())
        .limit(ORPHANS_KEPT)
    )
)
_adopt = Prepared(lambda: Receipt.delete().where(among(Receipt.uid, "uids")))


@dataclass(frozen=True, slots=True)
class Word:
    """What a receipt says of a part, in the core's words."""

    state: PartState
    at: datetime
    error: str | None = None
    raw: dict[str, Any] | None = None

    @property
    def code(self) -> int | None:
        """The carrier's error where it is a number."""
        text = self.error or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@dataclass
class Orphans:
    """The orphans of one link by every form their id may have had in the answer.

    Kept in memory by the link's owner, so that recording an answer asks the database nothing.
    `stale` says that a transaction that changed them was rolled back: load them again.
    """

    by_form: dict[str, dict[UUID, Any]] = field(default_factory=dict)
    count: int = 0
    stale: bool = False

    def add(self, row: Any, forms: Iterable[str]) -> None:
        for form in forms:
            self.by_form.setdefault(form, {})[row.uid] = row
        self.count += 1

    def take(self, remote_id: str, forms_of: Any) -> list[Any]:
        """Remove and give the orphans that fit an id, oldest first."""
        found = sorted(self.by_form.get(remote_id, {}).values(), key=lambda row: row.created_at)
        for row in found:
            for form in forms_of(row.remote_id):
                self.by_form.get(form, {}).pop(row.uid, None)
                if not self.by_form.get(form):
                    self.by_form.pop(form, None)
            self.count -= 1
        return found


@dataclass
class _Orphan:
    uid: UUID
    created_at: datetime
    remote_id: str
    status: str
    at: datetime
    raw: dict[str, Any] | None


def load_orphans(ctx: Context, way: Way) -> Orphans:
    """The orphans a new owner of a link finds."""
    since = ctx.runtime.now() - timedelta(hours=ctx.settings.receipt_hours)
    orphans = Orphans()
    for row in reversed(_orphans.all(link_uid=way.uid, since=since)):
        orphans.add(row, id_forms(row.remote_id, way.wants.id_form))
    return orphans


def word_of(ctx: Context, info: ReceiptInfo) -> Word:
    """The core's reading of a parsed receipt.

    The receipt is dated when it came: the peer's own date is in minutes of an unknown zone, and
    would sort before our own hand-over. It is kept in `raw`.
    """
    raw = {
        "state": int(info.state),
        "error": info.error,
        "done": info.done_at.isoformat() if info.done_at else None,
        "text": None if ctx.settings.mask_text else info.text or None,
    }
    state = PartState.SENT if info.intermediate else STATE_OF_RECEIPT[info.state]
    return Word(state, ctx.runtime.now(), info.error, raw)


def receive(
    ctx: Context, way: Way, info: ReceiptInfo, orphans: Orphans, audience: Audience
) -> bool:
    """Apply a receipt, or keep it as an orphan; False if it is none after all.

    Call inside a transaction. Only an uncertain receipt that fits nothing is "none after all".
    """
    forms = id_forms(info.remote_id, way.wants.id_form)
    part = _find(way, forms)
    word = word_of(ctx, info)
    if part is not None:
        apply(ctx, way, part, word, audience)
        return True
    if not info.certain:
        return False
    now = ctx.runtime.now()
    orphan = _Orphan(ctx.runtime.new_uid(), now, info.remote_id, str(word.state), word.at, word.raw)
    _insert.run(
        {
            "uid": orphan.uid,
            "created_at": now,
            "link_uid": way.uid,
            "remote_id": info.remote_id,
            "level": 2,
            "status": orphan.status,
            "code": word.code,
            "at": word.at,
            "raw": word.raw,
        }
    )
    orphans.add(orphan, forms)
    return True


def _find(way: Way, forms: Sequence[str]) -> Any:
    """The newest part with the id in its most trusted form."""
    if not forms:
        return None
    part = _exact.one(link_uid=way.uid, remote_id=forms[0])
    if part is not None or len(forms) == 1:
        return part
    rank = {form: place for place, form in enumerate(forms)}
    found = _forms.all(link_uid=way.uid, forms=list(forms[1:]))
    return min(found, key=lambda row: (rank[row.remote_id], -row.id), default=None)


def apply(ctx: Context, way: Way, part: Any, word: Word, audience: Audience) -> None:
    """Move a part and, once all parts are at their end, its message."""
    if word.state is PartState.SENT:
        if PartState(part.state) not in PART_TERMINAL:
            message = _message.one(uid=part.message_uid)
            if message is not None:
                progress.buffered(
                    ctx,
                    message,
                    audience,
                    link_uid=way.uid,
                    remote_id=part.remote_id,
                    raw=word.raw,
                    at=word.at,
                )
        return
    state = advance_part(PartState(part.state), word.state)
    if state is PartState(part.state):
        return
    _set_state.run(id=part.id, state=state, error=word.error)
    states = [state]
    if part.total > 1:
        states = [PartState(row.state) for row in _states.all(message_uid=part.message_uid)]
    status = roll_up(states)
    message = _message.one(uid=part.message_uid) if status in TERMINAL else None
    if message is not None:
        progress.finish_message(
            ctx,
            message,
            status,
            audience,
            error=word.error,
            code=word.code,
            link_uid=way.uid,
            remote_id=part.remote_id,
            raw=word.raw,
            at=word.at,
        )


def match(
    ctx: Context,
    way: Way,
    taken: Sequence[tuple[str, Flight]],
    orphans: Orphans,
    audience: Audience,
) -> int:
    """Apply the orphans that wait for ids just recorded; how many.

    Call in the transaction that recorded the answers.
    """
    if not orphans.count:
        return 0
    adopted: list[UUID] = []
    for remote_id, flight in taken:
        rows = orphans.take(remote_id, lambda text: id_forms(text, way.wants.id_form))
        for row in rows:
            if row.created_at < flight.message.queued_at:
                continue
            part = _exact.one(link_uid=way.uid, remote_id=remote_id)
            if part is not None:
                word = Word(PartState(row.status), row.at, (row.raw or {}).get("error"), row.raw)
                apply(ctx, way, part, word, audience)
                adopted.append(row.uid)
    if adopted:
        _adopt.run(uids=adopted)
    return len(adopted)
