"""Reading delivery receipts, which no two message centres write alike.

A receipt is a deliver_sm (or data_sm) that says so in esm_class, with the id and the state in
optional parameters, in a text of `name:value` fields, or in both. Centres leave fields out, change
case and order, write dates with or without seconds or century, and give the id in another base
than in the answer to the submit; some forget esm_class. So fields are looked for one by one,
nothing here raises, and what is only guessed from the text is marked uncertain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

from gateway.domain.messages import MessageState
from gateway.domain.words import IdForm

TAG_RECEIPTED_MESSAGE_ID: Final = 0x001E
TAG_NETWORK_ERROR_CODE: Final = 0x0423
TAG_MESSAGE_PAYLOAD: Final = 0x0424
TAG_MESSAGE_STATE: Final = 0x0427

Tlvs = Mapping[int, "bytes | Sequence[bytes]"]


class EsmType(IntEnum):
    """Message type in bits 5 to 2 of the esm_class of a deliver_sm."""

    DEFAULT = 0x00
    RECEIPT = 0x04
    DELIVERY_ACKNOWLEDGEMENT = 0x08
    USER_ACKNOWLEDGEMENT = 0x10
    CONVERSATION_ABORT = 0x18
    INTERMEDIATE = 0x20


_TYPE_MASK: Final = 0x3C
_RECEIPT_TYPES: Final = frozenset({EsmType.RECEIPT, EsmType.INTERMEDIATE})

_WORDS: Final[dict[str, MessageState]] = {
    "SCHEDULED": MessageState.SCHEDULED,
    "ENROUTE": MessageState.ENROUTE,
    "BUFFRED": MessageState.ENROUTE,
    "BUFFERED": MessageState.ENROUTE,
    "DELIVRD": MessageState.DELIVERED,
    "DELIVERED": MessageState.DELIVERED,
    "EXPIRED": MessageState.EXPIRED,
    "DELETED": MessageState.DELETED,
    "UNDELIV": MessageState.UNDELIVERABLE,
    "UNDELIVRD": MessageState.UNDELIVERABLE,
    "UNDELIVERED": MessageState.UNDELIVERABLE,
    "UNDELIVERABLE": MessageState.UNDELIVERABLE,
    "FAILED": MessageState.UNDELIVERABLE,
    "ACCEPTD": MessageState.ACCEPTED,
    "ACCEPTED": MessageState.ACCEPTED,
    "UNKNOWN": MessageState.UNKNOWN,
    "REJECTD": MessageState.REJECTED,
    "REJECTED": MessageState.REJECTED,
    "SKIPPED": MessageState.SKIPPED,
}

_BY_NUMBER: Final[Mapping[int, MessageState]] = {state.value: state for state in MessageState}
# Some centres write the number of the state where its word belongs.
_WORDS.update({str(number): state for number, state in _BY_NUMBER.items()})


@dataclass(frozen=True, slots=True)
class ReceiptInfo:
    """What a receipt says. `remote_id` is as written, empty when the peer gave none.

    `error` is None where the peer writes only zeros. Dates carry no zone on the wire and are taken
    as UTC. `certain` is False when only the shape of the text speaks for a receipt: then it is one
    only if the id is known. `intermediate` marks a notification on the way.
    """

    remote_id: str
    state: MessageState
    error: str | None = None
    submitted_at: datetime | None = None
    done_at: datetime | None = None
    sub: int | None = None
    dlvrd: int | None = None
    text: str = ""
    certain: bool = True
    intermediate: bool = False


def parse(text: str | bytes, tlvs: Tlvs, esm_class: int) -> ReceiptInfo | None:
    """What a deliver_sm or data_sm reports, or None when it is an ordinary message. Never raises.

    `text` is short_message; message_payload is read when it is empty. Parameters win over text.
    Acknowledgements that a handset or its user sends (types 0x08, 0x10) are messages, not receipts.
    """
    kind = esm_class & _TYPE_MASK
    if kind not in _RECEIPT_TYPES and kind != EsmType.DEFAULT:
        return None
    certain = kind in _RECEIPT_TYPES
    fields = _fields(_readable(text or _first(tlvs, TAG_MESSAGE_PAYLOAD)))
    remote_id = _identity(_first(tlvs, TAG_RECEIPTED_MESSAGE_ID)) or _token(fields, "id")
    state = _state(_first(tlvs, TAG_MESSAGE_STATE), _token(fields, "stat"))
    if not certain and not (remote_id and state is not None):
        return None
    return ReceiptInfo(
        remote_id=remote_id[:LONGEST_ID],
        state=MessageState.UNKNOWN if state is None else state,
        error=_error(_token(fields, "err"), _first(tlvs, TAG_NETWORK_ERROR_CODE)),
        submitted_at=_date(fields.get("submit date", "")),
        done_at=_date(fields.get("done date", "")),
        sub=_count(_token(fields, "sub")),
        dlvrd=_count(_token(fields, "dlvrd")),
        text=fields.get("text", ""),
        certain=certain,
        intermediate=kind == EsmType.INTERMEDIATE,
    )


LONGEST_ID: Final = 255
"""Ids are 64 octets by the standard; what a peer sends beyond this length no index would take."""
_FIELD: Final = re.compile(
    r"(?<!\w)(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat|err|text)[ ]?:",
    re.IGNORECASE | re.ASCII,
)


def _fields(text: str) -> dict[str, str]:
    """Fields by lower-case name, first one wins; `text` is everything after its colon."""
    found: dict[str, str] = {}
    matches = list(_FIELD.finditer(text))
    for number, match in enumerate(matches):
        name = match[1].lower().replace("_", " ")
        if name.endswith("date"):
            name = f"{name.removesuffix('date').strip()} date"
        end = matches[number + 1].start() if number + 1 < len(matches) else len(text)
        if name == "text":
            found.setdefault(name, text[match.end() :])
            if "id" in found:
                break
        else:
            found.setdefault(name, text[match.end() : end].strip())
    return found


def _token(fields: Mapping[str, str], name: str) -> str:
    """First word of a field: vendors put fields of their own between the usual ones."""
    words = fields.get(name, "").split(None, 1)
    return words[0].strip(",;\x00") if words else ""


def _readable(text: str | bytes) -> str:
    if isinstance(text, str):
        return text
    if text[:1] == b"\x00" and len(text) % 2 == 0:  # a receipt in UCS-2
        return text.decode("utf-16-be", errors="replace")
    return text.decode("latin-1")


def _first(tlvs: Tlvs, tag: int) -> bytes:
    """The value of a parameter, of its first occurrence where all are given."""
    value = tlvs.get(tag, b"")
    return value if isinstance(value, bytes) else next(iter(value), b"")


def _identity(value: bytes) -> str:
    """Up to the closing NUL, which many leave out."""
    return value.partition(b"\x00")[0].decode("latin-1").strip()


def _state(value: bytes, word: str) -> MessageState | None:
    known = _BY_NUMBER.get(value[0]) if len(value) == 1 else None
    return known if known is not None else _WORDS.get(word.upper())


def _error(word: str, value: bytes) -> str | None:
    """The code as the text gives it, else the number in network_error_code (type, then code)."""
    if not word and len(value) == 3:
        word = f"{int.from_bytes(value[1:], 'big'):03d}"
    return word if word.strip("0") else None


def _count(word: str) -> int | None:
    return int(word) if re.fullmatch(r"\d{1,9}", word, re.ASCII) else None


_DATE: Final = re.compile(r"[\d:/.T \-]+", re.ASCII)
_NOT_DIGIT: Final = re.compile(r"\D", re.ASCII)


def _date(value: str) -> datetime | None:
    """Ten digits YYMMDDhhmm, with seconds, with a century, or punctuated; None if unreadable.

    Twelve digits are first read as a short year with seconds: a year of four digits gives no month
    there, so one reading is left.
    """
    match = _DATE.match(value)
    figures = _NOT_DIGIT.sub("", match[0]) if match else ""
    if len(figures) == 10:
        return _moment(f"20{figures}00")
    if len(figures) == 12:
        return _moment(f"20{figures}") or _moment(f"{figures}00")
    return _moment(figures) if len(figures) == 14 else None


def _moment(figures: str) -> datetime | None:
    """YYYYMMDDhhmmss in UTC, or None if there is no such moment."""
    try:
        month_to_second = [int(figures[at : at + 2]) for at in range(4, 14, 2)]
        return datetime(int(figures[:4]), *month_to_second, tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None


_HEX: Final = re.compile(r"[0-9a-f]{1,16}", re.IGNORECASE | re.ASCII)
_DECIMAL: Final = re.compile(r"\d{1,20}", re.ASCII)
_PADDED: Final = (8, 10)


def id_forms(remote_id: str, form: IdForm = IdForm.ANY) -> tuple[str, ...]:
    """Under which texts the id of the submit answer may be stored, in order of trust.

    The receipt's own text first, since converting has mixed up messages elsewhere; then other
    case, without leading zeros, padded to 8 and 10; then the same number in the other base.
    """
    if not remote_id or form is IdForm.EXACT:
        return (remote_id,) if remote_id else ()
    wanted: list[str] = []
    if form is IdForm.ANY:
        wanted += _spellings(remote_id)
    if form in (IdForm.ANY, IdForm.DECIMAL_TO_HEX) and _DECIMAL.fullmatch(remote_id):
        wanted += _spellings(f"{int(remote_id):X}")
    if form in (IdForm.ANY, IdForm.HEX_TO_DECIMAL) and _HEX.fullmatch(remote_id):
        wanted += _spellings(str(int(remote_id, 16)))
    return tuple(dict.fromkeys(wanted or [remote_id]))


def _spellings(text: str) -> Iterable[str]:
    yield from (text, text.upper(), text.lower())
    if not _HEX.fullmatch(text):
        return
    short = text.lstrip("0") or "0"
    for spelling in (short, *(short.zfill(width) for width in _PADDED)):
        yield from (spelling, spelling.upper(), spelling.lower())
