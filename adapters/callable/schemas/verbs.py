"""What can be done with a call: one object for each verb, and whom a verb or a call goes to.

Verbs are kept as they are on the wire; `adapters.callable.verbs` says what they are in the core.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from adapters.callable.schemas.common import Callable, Sent
from adapters.callable.words import REJECTIONS
from gateway.domain import numbers
from gateway.wire import (
    E164,
    Change,
    Int,
    JsonObject,
    Length,
    Listed,
    Part,
    Pattern,
    Range,
    Text,
    Word,
)
from gateway.wire.reading import Reader

HOME = "GB"
MOST_VERBS, MOST_TARGETS, MOST_TEXTS = 100, 10, 100
MASK = "***"
SIP_URI = Pattern(r"[Ss][Ii][Pp][Ss]?:[^\u0000-\u0020<>\u007f]+", "must be a SIP URI")
URL = Pattern(r"https?://[^\s/?#]+\S*", "must be an http or https URL")
DIALLED = Pattern(r"[0-9A-Za-z*#+._@:-]+", "must be an extension, a number or a SIP address")
KEY = Pattern(r"[0-9*#]?", "must be one key of a telephone, or empty")
LONGEST = Length(1, 2048)
NAME = Length(1, 255)


class CallerId(Text):
    """A caller's number; what is no number stands for the account's main number, as nothing does.

    Null in the core then.
    """

    def parse(self, value: Any) -> Any:
        try:
            return numbers.parse_e164(super().parse(value), HOME)
        except ValueError:
            return None


class OneOf(Callable):
    """An object with exactly one of its members."""

    def collect(self, body: Any, reader: Reader, path: str) -> Change:
        names = ", ".join(field.data_key or name for name, field in self.fields.items())
        if isinstance(body, Mapping) and (len(body) != 1 or not body.keys() <= self._known):
            reader.fault(path, "choice", f"must have exactly one of: {names}")
            return Change()
        return super().collect(body, reader, path)


ONE: Mapping[str, Any] = {"minProperties": 1, "maxProperties": 1, "additionalProperties": False}


class PhoneNumberTarget(Sent):
    number = E164(required=True, region=HOME)


class ExtensionTarget(Sent):
    extension = Text(required=True, validate=[Length(1, 64), DIALLED])
    override_to = Text(
        "overrideTo", attribute="overrideTo", validate=[NAME, DIALLED], omit_none=True
    )


class SipUriTarget(Sent):
    uri = Text(required=True, validate=[NAME, SIP_URI])


class DeviceTarget(Sent):
    """A device of the account; of the object only the id is read."""

    passes = ()
    id = Text(required=True, validate=NAME)


class Target(OneOf):
    """Whom a call goes to."""

    openapi = ONE
    phone_number = Part(
        PhoneNumberTarget, "phoneNumber", attribute="phoneNumber", json=True, null=False,
        omit_none=True,
    )  # fmt: skip
    extension = Part(ExtensionTarget, json=True, null=False, omit_none=True)
    sip_uri = Part(
        SipUriTarget, "sipUri", attribute="sipUri", also=("sipURI",), json=True, null=False,
        omit_none=True,
    )  # fmt: skip
    device = Part(DeviceTarget, json=True, null=False, omit_none=True)


def _hidden(change: Change) -> Change:
    """Nothing is ever recorded, so the password that would fetch a recording is not kept."""
    return Change({**change, "password": MASK}) if change.get("password") else change


class Transcribe(Sent):
    """Where the text of a recording goes."""

    url = Text(required=True, validate=[LONGEST, URL])
    username = Text(validate=NAME, omit_none=True)
    password = Text(validate=NAME, omit_none=True)
    language = Text(validate=NAME, omit_none=True)

    def settle(self, change: Change, row: Any) -> Change:
        return _hidden(change)


class Record(Sent):
    """Where a recording goes."""

    url = Text(required=True, validate=[LONGEST, URL])
    username = Text(validate=NAME, omit_none=True)
    password = Text(validate=NAME, omit_none=True)
    transcribe = Part(Transcribe, json=True, omit_none=True)

    def settle(self, change: Change, row: Any) -> Change:
        return _hidden(change)


class Dial(Sent):
    caller_id = CallerId("callerId", attribute="callerId", omit_none=True)
    timeout = Int(load_default=30, validate=Range(1, 3600), omit_none=True)
    time_limit = Int(
        "timeLimit", attribute="timeLimit", load_default=14_400, validate=Range(1, 43_200),
        omit_none=True,
    )  # fmt: skip
    targets = Listed(
        Part(Target, json=True, null=False), required=True, validate=Length(1, MOST_TARGETS)
    )
    record = Part(Record, json=True, omit_none=True)


class Texts(Listed):
    """What is said: a list of texts, or one text."""

    def take_items(self, raw: Any, reader: Reader, path: str) -> list[Any]:
        return super().take_items([raw] if isinstance(raw, str) else raw, reader, path)


class Say(Sent):
    text = Texts(
        Text(validate=Length(1, 4096), null=False),
        required=True,
        validate=Length(1, MOST_TEXTS),
        doc={"description": "A plain text is read as a list of one."},
    )
    loop = Int(load_default=1, validate=Range(1, 100), omit_none=True)
    voice = Text(validate=NAME, omit_none=True)


class Play(Sent):
    """A sound by its address, or an asset of the vendor's own."""

    openapi: ClassVar[Mapping[str, Any]] = {
        "anyOf": [
            {"required": ["url"], "properties": {"url": {"type": "string"}}},
            {
                "required": ["asset"],
                "properties": {"asset": {"type": "object", "minProperties": 1}},
            },
        ]
    }
    url = Text(validate=[LONGEST, URL], omit_none=True)
    asset = JsonObject(omit_none=True)
    loop = Int(load_default=1, validate=Range(1, 100), omit_none=True)

    def collect(self, body: Any, reader: Reader, path: str) -> Change:
        found = super().collect(body, reader, path)
        if isinstance(body, Mapping) and body.get("url") is None and not body.get("asset"):
            reader.fault(f"{path}.url", "required", "is required where there is no asset")
        return found


class Redirect(Sent):
    device = Part(DeviceTarget, json=True, required=True)


class Gather(Sent):
    """A question. What is entered goes to the hook that has the call in hand, if one has."""

    input = Listed(
        Word(words=("digits", "speech"), null=False), validate=Length(1, 2), omit_none=True
    )
    finish_on_key = Text(
        "finishOnKey", attribute="finishOnKey", load_default="#", validate=KEY, omit_none=True
    )
    num_digits = Int("numDigits", attribute="numDigits", validate=Range(1, 128), omit_none=True)
    timeout = Int(load_default=10, validate=Range(1, 3600), omit_none=True)
    say = Part(Say, json=True, omit_none=True)
    play = Part(Play, json=True, omit_none=True)
    hints = Listed(Text(validate=NAME, null=False), validate=Length(0, 500), omit_none=True)
    language = Text(validate=NAME, omit_none=True)
    redirect = Part(Redirect, json=True, omit_none=True)


class Reject(Sent):
    reject_type = Word(
        "rejectType", attribute="rejectType", words=tuple(REJECTIONS), load_default="DECLINE",
        omit_none=True,
    )  # fmt: skip
    reason = Text(validate=NAME, omit_none=True)


class Hangup(Sent):
    reason = Text(validate=NAME, omit_none=True)


class Tag(Sent):
    """Data of the customer's that events of the call carry."""

    data = JsonObject(required=True)


def _verb(schema: type[Sent]) -> Part:
    return Part(schema, json=True, null=False, omit_none=True)


class Verb(OneOf):
    """One thing to do, as an object with one member."""

    openapi: ClassVar[Mapping[str, Any]] = ONE
    dial = _verb(Dial)
    say = _verb(Say)
    play = _verb(Play)
    gather = _verb(Gather)
    reject = _verb(Reject)
    hangup = _verb(Hangup)
    redirect = _verb(Redirect)
    tag = _verb(Tag)
