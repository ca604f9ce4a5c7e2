"""A call, and what customers send to start one.

The checks of a body come in the server's order and words, one at a time: clients compare them. What
passes them is then read member by member like any other body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from adapters.jambonz.schemas import call_checks
from adapters.jambonz.schemas.call_fields import CalledStatus, HookUrl, Party, Strings
from adapters.jambonz.schemas.common import Jambonz, Sent, Sid, SuccessfulAdd
from gateway.wire import (
    Change,
    Computed,
    Extra,
    Int,
    JsonObject,
    Length,
    Part,
    Pattern,
    Range,
    Text,
    View,
    Word,
)
from gateway.wire.reading import Reader

PRINTED = r"[^\u0000-\u001f\u007f]*[^\u0000-\u0020\u007f][^\u0000-\u001f\u007f]*"
DIALLED = r"\(?\+?[0-9*#][0-9*# ().-]*"
SIP_URI = (
    r"[Ss][Ii][Pp][Ss]?:[^\u0000-\u0020<>\u007f]+"
    r"|[^\u0000-\u0020<>@:\u007f]+@[^\u0000-\u0020<>@\u007f]+"
)
HOST = r"[A-Za-z0-9\[]([A-Za-z0-9.:_-]*[A-Za-z0-9\]])?"
UNSET = "leaves_unset"
"""The rule by which unset members of a call are left out."""
DIRECTIONS = ("inbound", "outbound")
LONGEST = 255
MAX_TIMEOUT = 3600


def duration(row: Any, view: View) -> int | None:
    """Seconds of talk: none for a call nobody answered, unknown while it goes on."""
    if row.ended_at is None:
        return None
    if row.answered_at is None:
        return 0
    return max(0, round((row.ended_at - row.answered_at).total_seconds()))


def service_url(row: Any, view: View) -> str:
    """Where what carries the call can be reached: its engine, else this gateway itself."""
    own = (row.extras or {}).get(Jambonz.dialect) or {}
    found: str = own.get("service_url") or view.base
    return found


class Call(Jambonz):
    """A call in the live view."""

    account_uid = Sid("account_sid", required=True)
    application_uid = Sid("application_sid", omit_none=UNSET)
    sip_call_id = Text("call_id", required=True)
    uid = Sid("call_sid", required=True)
    status = CalledStatus("call_status", required=True)
    caller_name = Text(omit_none=UNSET)
    direction = Word(words=DIRECTIONS, required=True)
    duration = Computed(out=duration, of=Int(), reads=("answered_at", "ended_at"), omit_none=UNSET)
    from_number = Party("from", required=True)
    trunk_name = Text("originating_sip_trunk_name", omit_none=UNSET)
    parent_uid = Sid("parent_call_sid", omit_none=UNSET)
    service_url = Computed(out=service_url, of=Text(), reads=("extras",), null=False, required=True)
    sip_status = Int(required=True)
    to_number = Party("to", required=True)
    origin_address = Text("originating_sip_ip", omit_none=UNSET)


class TargetAuth(Sent):
    """What a far end may ask for before it takes the call."""

    passes = ()
    username = Text(null=False, validate=Length(max=LONGEST))
    password = Text(null=False, validate=Length(max=LONGEST))


class Target(Sent):
    """Whom a call goes to. `name` stands for the number of a phone, as the guide has it."""

    passes = ()
    openapi: ClassVar[Mapping[str, Any]] = {
        "anyOf": [
            {"properties": {"type": {"const": kind}}, "required": ["type", member]}
            for kind, members in call_checks.TARGETS.items()
            for member in members
        ]
    }

    type = Word(words=tuple(call_checks.TARGETS), required=True)
    number = Text(null=False, validate=[Length(max=64), Pattern(DIALLED)])
    sip_uri = Text(
        "sipUri", attribute="sipUri", null=False, validate=[Length(max=LONGEST), Pattern(SIP_URI)]
    )
    name = Text(null=False, validate=[Length(max=LONGEST), Pattern(PRINTED)])
    auth = Part(TargetAuth, json=True, null=False)

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        """Kind and value, which are one for all kinds of targets in the core."""
        kind = change.get("type", "")
        members = call_checks.TARGETS.get(kind, ())
        value = next((change[name] for name in members if change.get(name)), "")
        found = {"kind": kind, "value": Party.core(value) if kind == "phone" else value}
        return {**found, "auth": change["auth"]} if "auth" in change else found


def _speech() -> Extra:
    return Extra(of=Text(validate=Length(max=64)), null=False)


class CreateCall(Sent):
    """An outbound call to start, handled by an application or by a hook of its own."""

    openapi: ClassVar[Mapping[str, Any]] = {
        "anyOf": [
            {
                "required": ["application_sid"],
                "properties": {"application_sid": {"type": "string"}},
            },
            {"required": ["call_hook"]},
        ]
    }

    application_uid = Sid("application_sid", null=False)
    call_hook = HookUrl(attribute="hooks.call")
    call_status_hook = HookUrl(attribute="hooks.status")
    from_number = Party(
        "from",
        required=True,
        validate=[Length(max=LONGEST), Pattern(PRINTED)],
        doc={"minLength": 1},
    )
    from_host = Extra(
        "fromHost", of=Text(validate=[Length(max=LONGEST), Pattern(HOST)]), null=False
    )
    timeout = Extra(of=Int(validate=Range(1, MAX_TIMEOUT)), null=False, load_default=60)
    tag = JsonObject(null=False)
    target = Part(Target, "to", json=True, required=True)
    headers = Extra(of=Strings(), null=False)
    speech_synthesis_vendor = _speech()
    speech_synthesis_language = _speech()
    speech_synthesis_voice = _speech()
    speech_recognizer_vendor = _speech()
    speech_recognizer_language = _speech()

    def collect(self, body: Any, reader: Reader, path: str) -> Change:
        needs_speech = reader.profile.holds("needs_speech")
        fault = call_checks.of_create(body, needs_speech) if isinstance(body, Mapping) else ""
        if fault:
            reader.fault(path, "said", fault)
            return Change()
        return super().collect(body, reader, path)


class CallAdded(SuccessfulAdd):
    """The sid of a call that was started, and the Call-ID its signalling has."""

    sip_call_id = Text("callId", required=True)


class Counted(NamedTuple):
    """A number of calls."""

    number: int


class CallCount(Jambonz):
    """How many calls the live view has."""

    number = Int("count", required=True)
