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
from gateway.services.batch import Batch
from gateway.services.flights import Flight, Way

ORPHANS_KEPT = 20_000

_part_columns = (
    MessagePart.id,
    MessagePart.created_at,
    MessagePart.message_uid,
    MessagePart.index,
    MessagePart.total,
    MessagePart.state,
    MessagePart.remote_id,
)
_by_remote_id = Prepared(
    lambda: (
        MessagePart.select(*_part_columns)
        .where(MessagePart.link_uid == P("link_uid"), among(MessagePart.remote_id, "remote_ids"))
        .order_by(MessagePart.id)
    )
)
_siblings = Prepared(
    lambda: MessagePart.select(MessagePart.message_uid, MessagePart.index, MessagePart.state).where(
        among(MessagePart.message_uid, "uids")
    )
)
_set_state = Prepared(
    lambda: MessagePart.update(state=P("state"), error=P("error")).where(MessagePart.id == P("id"))
)
_messages = Prepared(
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
    ).where(among(Message.uid, "uids"))
)
_second_level = Prepared(
    lambda: Receipt.select(Receipt.message_uid).where(
        among(Receipt.message_uid, "uids"), Receipt.level == 2
    )
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

    Kept in memory by the link's owner, so that recording an answer asks the database nothing; the
    oldest go beyond `most`, because a carrier may report what nobody here sent.
    `stale` says that a transaction that changed them was rolled back: load them again.
    """

    most: int = ORPHANS_KEPT
    by_form: dict[str, dict[UUID, Any]] = field(default_factory=dict)
    stale: bool = False
    _forms: dict[UUID, tuple[str, ...]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self._forms)

    def add(self, row: Any, forms: Iterable[str]) -> None:
        self._forms[row.uid] = tuple(forms)
        for form in self._forms[row.uid]:
            self.by_form.setdefault(form, {})[row.uid] = row
        if self.count > self.most:
            self._forget(next(iter(self._forms)))

    def take(self, remote_id: str) -> list[Any]:
        """Remove and give the orphans that fit an id, oldest first."""
        found = sorted(self.by_form.get(remote_id, {}).values(), key=lambda row: row.created_at)
        for row in found:
            self._forget(row.uid)
        return found

    def _forget(self, uid: UUID) -> None:
        for form in self._forms.pop(uid):
            rows = self.by_form[form]
            del rows[uid]
            if not rows:
                del self.by_form[form]


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
    ctx: Context, way: Way, infos: Sequence[ReceiptInfo], orphans: Orphans, batch: Batch
) -> list[bool]:
    """Apply receipts, or keep them as orphans; for each, False if it is none after all.

    Call inside a transaction. Only an uncertain receipt that fits nothing is "none after all".
    """
    forms = [id_forms(info.remote_id, way.wants.id_form) for info in infos]
    found = _locate(way, forms)
    words = [word_of(ctx, info) for info in infos]
    apply(ctx, way, [(p, w) for p, w in zip(found, words, strict=True) if p], batch)
    told = []
    for info, part, word, spellings in zip(infos, found, words, forms, strict=True):
        if part is None and info.certain:
            _keep(ctx, way, info, word, spellings, orphans, batch)
        told.append(part is not None or info.certain)
    return told


def _keep(
    ctx: Context,
    way: Way,
    info: ReceiptInfo,
    word: Word,
    forms: Sequence[str],
    orphans: Orphans,
    batch: Batch,
) -> None:
    """Store a receipt that fits nothing yet."""
    now, uid = ctx.runtime.now(), ctx.runtime.new_uid()
    orphans.add(_Orphan(uid, now, info.remote_id, str(word.state), word.at, word.raw), forms)
    values = {
        "uid": uid,
        "created_at": now,
        "link_uid": way.uid,
        "remote_id": info.remote_id,
        "level": 2,
        "status": str(word.state),
        "code": word.code,
        "at": word.at,
        "raw": word.raw,
    }
    batch.add(_insert, values)


def known(way: Way, infos: Sequence[ReceiptInfo]) -> list[bool]:
    """For each receipt, whether it fits a part that left over this link."""
    found = _locate(way, [id_forms(info.remote_id, way.wants.id_form) for info in infos])
    return [part is not None for part in found]


def _locate(way: Way, forms: Sequence[Sequence[str]]) -> list[Any]:
    """The newest part with each id in its most trusted form; None where there is none.

    Two queries at most: the forms as written, then all others of those not found.
    """
    exact = _newest(way, {spellings[0] for spellings in forms if spellings})
    others = {
        form
        for spellings in forms
        if spellings and spellings[0] not in exact
        for form in spellings[1:]
    }
    known = {**_newest(way, others), **exact}
    return [next((known[f] for f in spellings if f in known), None) for spellings in forms]


def _newest(way: Way, remote_ids: set[str]) -> dict[str, Any]:
    if not remote_ids:
        return {}
    rows = _by_remote_id.all(link_uid=way.uid, remote_ids=list(remote_ids))
    return {row.remote_id: row for row in rows}


def apply(ctx: Context, way: Way, said: Sequence[tuple[Any, Word]], batch: Batch) -> None:
    """Move parts and, once all parts of a message are at their end, the message.

    The rows of all messages are read together; what earlier words of the same batch changed is
    kept in those rows.
    """
    uids = list({part.message_uid for part, _ in said})
    if not uids:
        return
    messages = {row.uid: row for row in _messages.all(uids=uids)}
    long = list({part.message_uid for part, _ in said if part.total > 1})
    states: dict[UUID, dict[int, PartState]] = {}
    for row in _siblings.all(uids=long) if long else ():
        states.setdefault(row.message_uid, {})[row.index] = PartState(row.state)
    on_the_way = list({p.message_uid for p, word in said if word.state is PartState.SENT})
    noted = {row.message_uid for row in _second_level.all(uids=on_the_way)} if on_the_way else set()
    for part, word in said:
        message = messages.get(part.message_uid)
        if message is None:
            continue
        about = {"link_uid": way.uid, "remote_id": part.remote_id, "raw": word.raw, "at": word.at}
        if word.state is PartState.SENT:
            if message.uid not in noted and PartState(part.state) not in PART_TERMINAL:
                noted.add(message.uid)
                progress.buffered(ctx, message, batch, **about)
            continue
        state = advance_part(PartState(part.state), word.state)
        if state is PartState(part.state):
            continue
        part.state = state
        batch.add(_set_state, {"id": part.id, "state": state, "error": word.error})
        own = states.setdefault(message.uid, {})
        own[part.index] = state
        status = roll_up(progress.heard(way, own))
        if status in TERMINAL:
            progress.finish_message(
                ctx, message, status, batch, error=word.error, code=word.code, **about
            )


def match(
    ctx: Context,
    way: Way,
    taken: Sequence[tuple[str, Flight]],
    orphans: Orphans,
    batch: Batch,
) -> int:
    """Apply the orphans that wait for ids just recorded (and flushed); how many.

    Call in the transaction that recorded the answers.
    """
    if not orphans.count:
        return 0
    waiting: list[tuple[str, Any]] = []
    for remote_id, flight in taken:
        rows = orphans.take(remote_id)
        fresh = [row for row in rows if row.created_at >= flight.message.queued_at]
        waiting += [(remote_id, row) for row in fresh]
    known = _newest(way, {remote_id for remote_id, _ in waiting})
    said = [(known[remote_id], _word(row)) for remote_id, row in waiting if remote_id in known]
    apply(ctx, way, said, batch)
    if waiting:
        _adopt.run(uids=[row.uid for _, row in waiting])
    return len(said)


def settle(ctx: Context, way: Way, batch: Batch, *, seconds: float) -> int:
    """Apply the orphans of the last seconds whose part has its id by now; how many.

    For receipts stored beside the link's owner, who does not know of them. Call inside a
    transaction.
    """
    since = ctx.runtime.now() - timedelta(seconds=seconds)
    rows = list(reversed(_orphans.all(link_uid=way.uid, since=since)))
    parts = _locate(way, [id_forms(row.remote_id, way.wants.id_form) for row in rows])
    fits = [(part, row) for part, row in zip(parts, rows, strict=True) if _is_later(row, part)]
    apply(ctx, way, [(part, _word(row)) for part, row in fits], batch)
    if fits:
        _adopt.run(uids=[row.uid for _, row in fits])
    return len(fits)


def _is_later(row: Any, part: Any) -> bool:
    return part is not None and row.created_at >= part.created_at


def _word(row: Any) -> Word:
    """What an orphan said."""
    raw = row.raw or {}
    return Word(PartState(row.status), row.at, raw.get("error"), row.raw)
