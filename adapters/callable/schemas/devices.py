"""Flow devices: 22 types, each with a body object of its own.

A body is read into, and written from, the config of a flow node. Members that refer to others hold
ids, or HANGUP in any case where calls may end. Ranges and defaults are in the README.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.callable.schemas.common import Id, Id24, Sent, TrueFlag, Whole
from gateway.domain import flows, patterns
from gateway.domain.flows import HANGUP, FlowType
from gateway.domain.problems import Invalid
from gateway.wire import (
    Anything,
    Change,
    Extra,
    Length,
    Listed,
    Part,
    Pattern,
    Range,
    SecretText,
    Text,
    View,
    Word,
)

MAX_NAME = 255
MAX_TEXT = 5000
MAX_CODE = 50_000
MAX_ITEMS = 500
MAX_URL = 2048
RING = Range(3, 180)
CALL = Range(60, 14_400)
NAME = Length(1, MAX_NAME)
SPOKEN = Length(1, MAX_TEXT)
URL = Pattern(r"[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]+[^\s]*", "must be an http or https URL")
EMAIL = Pattern(r"[^\s@]+@[^\s@]+", "must be an e-mail address")
COUNTRY = Pattern(r"[A-Za-z]{2}", "must be a country code of two letters")
EXTENSION = Pattern(r"[0-9]{1,20}", "must be 1 to 20 digits")
KEY = Pattern(r"[0-9*#]", "must be a key of a telephone")
CLOCK = Pattern(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?", "must be a time, HH:MM")
_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
_ZONE = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?"
DAY = Pattern(_DATE, "must be a date, YYYY-MM-DD")
MOMENT = Pattern(f"{_DATE}T{_TIME}{_ZONE}", "must be a date and time")


class Target(Id):
    """The id of a row, or HANGUP in any case."""

    def parse(self, value: Any) -> Any:
        if isinstance(value, str) and value.upper() == HANGUP:
            return HANGUP
        return super().parse(value)

    def shown(self, value: Any, uid: Any, view: View) -> str:
        return HANGUP if value == HANGUP else super().shown(value, uid, view)


class Day(Text):
    """A day of the calendar, kept as text."""

    def parse(self, value: Any) -> str:
        text = super().parse(value)
        if DAY.form.fullmatch(text) and not _is_moment(text):
            raise self.bad("is no day of the calendar", "date")
        return text


class Moment(Text):
    """A date and time, of no zone or with its own, kept as text."""

    def parse(self, value: Any) -> str:
        text = super().parse(value)
        if MOMENT.form.fullmatch(text) and not _is_moment(text):
            raise self.bad("is no day of the calendar", "date")
        return text


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


class Country(Text):
    """A country code, in capitals."""

    def parse(self, value: Any) -> str:
        return super().parse(value).upper()


class RegExp(Text):
    """A regular expression that can be read as one, and is read in no time."""

    def parse(self, value: Any) -> str:
        text = super().parse(value)
        try:
            patterns.compiled(text)
        except patterns.BadPattern as bad:
            raise self.bad(f"cannot be used: {bad}", "regex") from None
        return text


def _exit() -> Target:
    return Target(load_default=HANGUP)


def _days(**options: Any) -> Listed:
    return Listed(Whole(null=False, validate=Range(1, 7)), validate=Length(1, 7), **options)


class Body(Sent):
    """Base of bodies."""


class Next(Body):
    """One way out."""

    connectTo = _exit()


class Leg(Body):
    """What is called, for how long, and where the call goes after."""

    ringTime = Whole(load_default=180, validate=RING)
    maxCallTime = Whole(load_default=14_400, validate=CALL)
    record = TrueFlag(load_default=False)
    presented = Text("present", attribute="present", load_default="pass-through", validate=NAME)
    countryCode = Country(validate=COUNTRY)
    onComplete = _exit()
    onFail = _exit()
    onNoAnswer = _exit()
    onBusy = _exit()


class StartRoute(Next):
    ddis = Listed(Id24(null=False), required=True, validate=Length(1, MAX_ITEMS))


class SipGateway(Leg):
    trunks = Listed(Id(null=False), required=True, validate=Length(1, MAX_ITEMS))


class SipExtension(Leg):
    gateway = Target(required=True)


class Client(Leg):
    username = Text(required=True, validate=NAME)
    password = SecretText(load_only=True, validate=NAME)
    dnisRouter = Target()


class Remote(Leg):
    destination = Text(required=True, validate=NAME)


class Teams(Leg):
    to = Text(required=True, validate=NAME)


class HuntGroup(Leg):
    devices = Listed(Id(null=False), required=True, validate=Length(1, MAX_ITEMS))


class OutboundOverride(Leg):
    strip = Whole(load_default=0, validate=Range(0, 18))
    prepend = Whole(validate=Range(0, 10**18))


class RegexRoute(Next):
    regExp = RegExp(required=True, validate=NAME)


class Option(Next):
    option = Text(required=True, validate=NAME)


def _options() -> Listed:
    return Listed(Part(Option, json=True), load_default=list, validate=Length(0, MAX_ITEMS))


class Router(Next):
    options = _options()


class AniRouter(Router):
    pass


class DnisRouter(Router):
    pass


class ZoneRouter(Router):
    pass


class NumberPlan(Router):
    text = Text(validate=SPOKEN)
    timeout = Whole(load_default=10, validate=Range(1, 60))
    finishOnKey = Text(load_default="#", validate=KEY)
    maxDigits = Whole(load_default=1, validate=Range(1, 32))


class TimeOfDayRoute(Next):
    """A window: between two dates, two times of day, on some days of the week (1 is Monday)."""

    id = Text(validate=NAME)
    dateFrom = Day(validate=DAY)
    dateTo = Day(validate=DAY)
    timeFrom = Text(validate=CLOCK)
    timeTo = Text(validate=CLOCK)
    days = _days()

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        start, end = change.get("dateFrom"), change.get("dateTo")
        if start and end and end < start:
            raise Invalid.one("dateTo", "order", "must not be before dateFrom")
        return change


class TimeBasedRoute(Next):
    timeOfDayRoutes = Listed(
        Part(TimeOfDayRoute, json=True), load_default=list, validate=Length(0, MAX_ITEMS)
    )


class Match(Next):
    """One way for calls at the time, one for all others."""

    onMatch = _exit()


class TimeRangeRoute(Match):
    start = Text(required=True, validate=CLOCK)
    end = Text(required=True, validate=CLOCK)


class DayOfWeekRoute(Match):
    days = _days(required=True)


class DateRangeRoute(Match):
    start = Moment(required=True, validate=MOMENT)
    end = Moment(required=True, validate=MOMENT)


class SayDevice(Next):
    text = Text(required=True, validate=SPOKEN)


class PlayDevice(Next):
    url = Text(required=True, validate=[Length(1, MAX_URL), URL])


class Voicemail(Next):
    text = Text(validate=SPOKEN)
    finishOnKey = Text(load_default="#", validate=KEY)
    emailRecipients = Listed(
        Text(null=False, validate=[NAME, EMAIL]), load_default=list, validate=Length(0, MAX_ITEMS)
    )
    timeout = Whole(load_default=20, validate=Range(5, 20))
    maxLength = Whole(load_default=30, validate=Range(5, 180))
    transcribe = TrueFlag(load_default=False)
    playBeep = TrueFlag(load_default=True)


class Plugin(Body):
    plugin = Target(required=True)
    data = Anything()
    onTransfer = _exit()
    onError = _exit()
    onComplete = _exit()
    onFail = _exit()
    onNoAnswer = _exit()
    onBusy = _exit()


class Script(Next):
    code = Text(required=True, validate=Length(1, MAX_CODE))


def _body(schema: type[Body], name: str) -> Part:
    """The member of one type: the only one there is in answers about devices of that type."""
    return Part(schema, attribute=f"bodies.{name}", omit_none=True)


class Device(Sent):
    """A device as sent and as answered: exactly one body, the one its type asks for."""

    id = Id(attribute="uid", dump_only=True)
    type = Word(words=[str(word) for word in FlowType], required=True)
    name = Text(required=True, validate=NAME)
    extension = Text(validate=EXTENSION)
    priority = Extra(of=Whole(validate=Range(0, 2**31 - 1)), load_only=True)
    sipGateway = _body(SipGateway, "sipGateway")
    startRoute = _body(StartRoute, "startRoute")
    sipExtension = _body(SipExtension, "sipExtension")
    client = _body(Client, "client")
    remote = _body(Remote, "remote")
    teams = _body(Teams, "teams")
    huntGroup = _body(HuntGroup, "huntGroup")
    outboundOverride = _body(OutboundOverride, "outboundOverride")
    regexRoute = _body(RegexRoute, "regexRoute")
    aniRouter = _body(AniRouter, "aniRouter")
    dnisRouter = _body(DnisRouter, "dnisRouter")
    zoneRouter = _body(ZoneRouter, "zoneRouter")
    numberPlan = _body(NumberPlan, "numberPlan")
    timeBasedRoute = _body(TimeBasedRoute, "timeBasedRoute")
    timeRangeRoute = _body(TimeRangeRoute, "timeRangeRoute")
    dayOfWeekRoute = _body(DayOfWeekRoute, "dayOfWeekRoute")
    dateRangeRoute = _body(DateRangeRoute, "dateRangeRoute")
    say = _body(SayDevice, "say")
    play = _body(PlayDevice, "play")
    voicemail = _body(Voicemail, "voicemail")
    plugin = _body(Plugin, "plugin")
    script = _body(Script, "script")

    openapi = {
        "description": "Exactly one body, the one of the type: "
        + ", ".join(f"{word} has {shape.body}" for word, shape in flows.TYPES.items())
    }

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        bodies = change.pop("bodies", None) or {}
        given = {name: body for name, body in bodies.items() if body is not None}
        if "type" not in change:
            return change
        wanted = flows.TYPES[FlowType(change["type"])].body
        for name in given:
            if name != wanted:
                raise Invalid.one(name, "body", f"does not belong to {change['type']}")
        if wanted not in given:
            raise Invalid.one(wanted, "required", "is required")
        change["config"] = given[wanted]
        return change

    def named(self, row: Any) -> Iterator[UUID]:
        yield row.uid
        (body,) = row.bodies.values()
        yield from (found.value for found in flows.references(row.type, body))
