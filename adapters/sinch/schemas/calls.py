"""Calls (seed 001: Call, Money), and what they are looked for by."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.sinch import words
from adapters.sinch.schemas.common import MAX_PAGE, MOST, Id, Paged, Sinch
from gateway.domain.ids import CODECS
from gateway.domain.timespans import Span, parse_span
from gateway.domain.words import Direction
from gateway.wire import (
    Change,
    Computed,
    Instant,
    Int,
    Length,
    Listed,
    NanoMoney,
    Part,
    Profile,
    Range,
    Text,
    View,
    Word,
)
from gateway.wire.profile import VIEW

PAGE_SIZE = 100
WINDOW = timedelta(hours=24)
BEGINNING, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class DirectionWord(Word):
    """Upper case; lower case as recorded in the style `lower`."""

    kind = "call_direction"

    def renderer(self, profile: Profile) -> Any:
        lower = self.style_in(profile) == "lower"
        return (lambda value: str(value)) if lower else (lambda value: str(value).upper())

    def describe(self, profile: Profile) -> dict[str, Any]:
        found = super().describe(profile)
        lower = self.style_in(profile) == "lower"
        return {**found, "enum": [w.lower() for w in self.words]} if lower else found


class Amount(NanoMoney):
    """Four decimals as text; a number in the style `number`."""

    kind = "amount"
    styles = {"default": NanoMoney.styles["text"], "number": NanoMoney.styles["default"]}
    schema_type = {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{4}$"}
    style_types = {"number": {"type": "number"}}


class Money(Computed):
    """An amount with its currency, from a column of nano units; null where nothing was charged."""

    def __init__(self, name: str, column: str) -> None:
        self.column = column
        super().__init__(name, out=self.shown, reads=(column, "currency"))

    def shown(self, row: Any, view: View) -> dict[str, Any] | None:
        nano = getattr(row, self.column)
        if nano is None:
            return None
        amount = AMOUNT.renderer(view.profile)
        return {"currencyCode": row.currency or "USD", "amount": amount(nano) if amount else nano}

    def describe(self, profile: Profile) -> dict[str, Any]:
        members = {"currencyCode": {"type": "string"}, "amount": AMOUNT.describe(profile)}
        return {"type": "object", "properties": members, "required": list(members)}


AMOUNT = Amount()


def duration(row: Any, view: View) -> int | None:
    """Whole seconds: inbound from the start, outbound from the answer, until the end."""
    start = row.started_at if row.direction == Direction.INBOUND else row.answered_at
    if row.ended_at is None:
        return None
    return 0 if start is None else max(0, int((row.ended_at - start).total_seconds()))


class Call(Sinch):
    """A call that is over."""

    callId = Id(attribute="uid")
    to = Text(attribute="to_number")
    from_ = Text("from", attribute="from_number")
    direction = DirectionWord(words=words.DIRECTIONS)
    answerTime = Instant(attribute="answered_at")
    endTime = Instant(attribute="ended_at")
    durationSeconds = Computed(
        out=duration, reads=("direction", "started_at", "answered_at", "ended_at"), of=Int()
    )
    callResult = Word(attribute="status", words=words.CALL_RESULTS)
    pricePerMinute = Money("pricePerMinute", "rate_nano")
    billingDurationSeconds = Int(attribute="billed_seconds")
    price = Money("price", "price_nano")
    createTime = Instant(attribute="started_at")
    projectId = Text(attribute="account_uid")
    trunkId = Id(attribute="trunk_uid")


class Calls(Paged):
    calls = Listed(Part(Call), attribute="items")


class Words(Text):
    """One or several words of a closed set, with commas between them; in any case."""

    def __init__(self, data_key: str | None = None, *, words: Any, **options: Any) -> None:
        super().__init__(data_key, **options)
        self.words = {word.lower(): value for word, value in words.items()}
        self.shown = list(words)

    def describe(self, profile: Profile) -> dict[str, Any]:
        one = f"({'|'.join(self.shown)})"
        return {"type": "string", "pattern": f"^{one}(,{one})*$"}

    def parse(self, value: Any) -> Any:
        texts = [value] if isinstance(value, str) else [str(one) for one in value]
        given = [word.strip().lower() for text in texts for word in text.split(",")]
        if not all(word in self.words for word in given):
            raise self.bad("must be of " + ", ".join(self.shown), "choice")
        return frozenset(str(self.words[word]) for word in given)


class Countries(Text):
    """Country codes with commas between them."""

    schema_type = {"type": "string", "pattern": "^[A-Za-z]{2}(,[A-Za-z]{2})*$"}

    def parse(self, value: Any) -> Any:
        texts = [value] if isinstance(value, str) else [str(one) for one in value]
        given = [code.strip().upper() for text in texts for code in text.split(",")]
        if not all(len(code) == 2 and code.isascii() and code.isalpha() for code in given):
            raise self.bad("must be country codes of two letters", "country")
        return frozenset(given)


SPAN_FORM = (
    r"^[1-8][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|1[0-9]|2[0-8])"
    r"(T([01][0-9]|2[0-3])(:[0-5][0-9](:[0-5][0-9])?)?(Z|[+-](0[0-9]|1[0-3])[0-5][0-9])?)?)?)?$"
)


class Moment(Text):
    """A date or time as exact as a person cares to be: a span of time."""

    schema_type = {"type": "string", "pattern": SPAN_FORM}

    def parse(self, value: Any) -> Any:
        try:
            return parse_span(str(value))
        except ValueError as why:
            raise self.bad(f"invalid timestamp format: {why}", "instant") from None


class Emergency(Text):
    """true, false, or null for all calls."""

    schema_type = {"type": "string", "enum": ["true", "false", "null"]}

    def parse(self, value: Any) -> Any:
        known = {"true": True, "false": False, "null": None, "": None}
        text = str(value).strip().lower()
        if text not in known:
            raise self.bad("must be true, false or null", "choice")
        return known[text]


PREFIX = Length(1, 255)


class CallFilters(Sinch):
    """What calls are chosen by. Without a time, those of the last 24 hours."""

    from_ = Text("from", attribute="from_prefix", validate=PREFIX)
    to = Text(attribute="to_prefix", validate=PREFIX)
    trunkId = Id(attribute="trunk")
    createTime = Moment(attribute="at")
    after = Moment("createTime>", attribute="since")
    before = Moment("createTime<", attribute="until")
    createTimeStart = Moment(attribute="start")
    createTimeEnd = Moment(attribute="end")
    callResult = Words(attribute="statuses", words=words.CALL_RESULTS)
    direction = Words(attribute="directions", words=words.DIRECTIONS)
    fromCountryCode = Countries(attribute="from_countries")
    toCountryCode = Countries(attribute="to_countries")
    emergencyOnly = Emergency(attribute="emergency")


class CallQuery(CallFilters):
    page = Int(load_default=1, null=False, validate=Range(1, MAX_PAGE))
    page_size = Int(
        "pageSize", load_default=PAGE_SIZE, null=False, validate=Range(1, MOST), also=("size",)
    )


PLAIN = ("from_prefix", "to_prefix", "statuses", "directions", "from_countries", "to_countries")


def chosen(query: Change, now: datetime) -> dict[str, Any]:
    """The query as `call_records.search` takes it: spans become one stretch of time."""
    lower = [span.start for name in ("since", "start", "at") if (span := query.get(name))]
    upper = [_after(span) for name in ("until", "end", "at") if (span := query.get(name))]
    if not lower and not upper:
        lower, upper = [now - WINDOW], []
    found = {name: query[name] for name in PLAIN if query.get(name) is not None}
    found |= {"start": max(lower, default=BEGINNING), "end": min(upper, default=END)}
    if query.get("emergency") is not None:
        found["emergency"] = query["emergency"]
    return found


def _after(span: Span) -> datetime:
    """Just behind a span; a single instant is inside its bound."""
    return max(span.end, span.start + timedelta(microseconds=1))


HEADINGS = (
    "Timestamp", "Call Id", "Answer Time", "End Time", "From", "To", "Trunk Id", "Trunk Name",
    "Direction", "Duration (s)", "Result", "To Country", "From Country", "Is Emergency Call",
    "Price Per Minute", "Cost", "Cause Code", "SIP Response Code", "Region", "MOS", "Transport",
    "Port", "Project Id", "Group Id", "Relationship Type", "Has Children",
)  # fmt: skip
RESULTS = {status: word for word, status in words.CALL_RESULTS.items()}


def as_csv(rows: Iterable[Any]) -> bytes:
    """Calls as a table, all fields in quotes; columns nobody here knows of are empty."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(HEADINGS)
    for row in rows:
        writer.writerow(_cells(row))
    return out.getvalue().encode()


def _cells(row: Any) -> list[str]:
    ulid = CODECS["ulid"].encode
    return [
        _time(row.started_at), ulid(row.uid), _time(row.answered_at), _time(row.ended_at),
        row.from_number or "", row.to_number or "", ulid(row.trunk_uid) if row.trunk_uid else "",
        row.trunk_name or "", str(row.direction).upper(), str(duration(row, VIEW) or 0),
        RESULTS.get(row.status, ""), row.to_country or "", row.from_country or "",
        str(bool(row.is_emergency)).lower(), _price(row.rate_nano, row),
        _price(row.price_nano, row),
        "", str(row.sip_status), "", "", "", "", str(row.account_uid), "", "", "false",
    ]  # fmt: skip


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def _price(nano: int | None, row: Any) -> str:
    return f"{Amount.styles['default'](nano or 0)} {row.currency or 'USD'}"
