"""What customers ask of a live call: one thing at a time, by rules the served document has too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from adapters.jambonz.schemas import call_checks
from adapters.jambonz.schemas.call_fields import HookUrl, Strings
from adapters.jambonz.schemas.calls import LONGEST, PRINTED
from adapters.jambonz.schemas.common import MAX_URL, Sent
from gateway.domain.calls import CallStatus
from gateway.wire import Change, Length, Part, Pattern, Profile, Text, Word
from gateway.wire.base import Field
from gateway.wire.reading import Reader

LONGEST_CONTENT = 16_384
LONGEST_SPEECH = 4096
MOST_VERBS = 20
ENDINGS = {"completed": CallStatus.COMPLETED, "no-answer": CallStatus.CANCELLED}
NEVER: Mapping[str, Any] = {"not": {}}
# What may only come with an option.
DEPENDING = {"call_hook": "call_status_hook", "conf_hold_status": "waitHook"}


def _alone(option: str) -> dict[str, Any]:
    """The shape of a body with this option: what it does not go with is not there."""
    others = {*call_checks.OPTIONS, "whisper", "call_status_hook", "waitHook"}
    others -= {option, *call_checks.COMPANY.get(option, ()), DEPENDING.get(option, "")}
    return {"required": [option], "properties": dict.fromkeys(sorted(others), NEVER)}


def _whisper_schema() -> dict[str, Any]:
    text = {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_SPEECH,
        "pattern": f"^{PRINTED}$",
    }
    say = {
        "type": "object",
        "properties": {"verb": {"type": "string", "enum": ["say"]}, "text": text},
        "required": ["verb", "text"],
    }
    play = {
        "type": "object",
        "properties": {"verb": {"type": "string", "enum": ["play"]}, "url": text},
        "required": ["verb", "url"],
    }
    verb = {"anyOf": [say, play]}
    verbs = {"type": "array", "items": verb, "minItems": 1, "maxItems": MOST_VERBS}
    return {"type": ["object", "array"], "anyOf": [say, play, verbs, _hook_form()]}


def _hook_form() -> dict[str, Any]:
    described = HookUrl().describe(Profile())
    whole: dict[str, Any] = described["anyOf"][1]
    return whole


class Whisper(Field):
    """A `say` or `play` verb, or several, or a hook that gives them.

    In the core {verbs: [...]} or {hook: {...}}.
    """

    kind = "whisper"
    NEEDS: ClassVar[Mapping[str, str]] = {"say": "text", "play": "url"}

    def describe(self, profile: Profile) -> dict[str, Any]:
        return _whisper_schema()

    def parse(self, value: Any) -> dict[str, Any]:
        if isinstance(value, dict) and "verb" not in value:
            url = value.get("url")
            if not (isinstance(url, str) and call_checks.is_absolute(url)):
                raise self.bad("must be a say or play verb, or several", "verb")
            return {"hook": HookUrl().parse(value)}
        verbs = value if isinstance(value, list) else [value]
        if not 0 < len(verbs) <= MOST_VERBS:
            raise self.bad(f"must have 1 to {MOST_VERBS} verbs", "length")
        for verb in verbs:
            self._check(verb)
        return {"verbs": verbs}

    def _check(self, verb: Any) -> None:
        word = verb.get("verb") if isinstance(verb, dict) else None
        needed = self.NEEDS.get(word) if isinstance(word, str) else None
        if needed is None:
            raise self.bad("must be a say or play verb, or several", "verb")
        text = Text.parse(Text(), verb.get(needed, ""))
        if not text.strip():
            raise self.bad(f"has a {word} verb without {needed}", "verb")
        if len(text) > LONGEST_SPEECH:
            raise self.bad(f"has a {needed} of more than {LONGEST_SPEECH} characters", "length")


class SipRequest(Sent):
    """A request to send within the call's dialogue."""

    passes = ()
    method = Text(null=False, load_default="INFO", validate=[Length(max=32), Pattern("[A-Z]+")])
    content_type = Text(required=True, validate=[Length(max=LONGEST), Pattern(PRINTED)])
    content = Text(
        required=True,
        validate=Length(max=LONGEST_CONTENT),
        doc={"pattern": r"^[^\u0000]*[^\u0000 ][^\u0000]*$"},
    )
    headers = Strings(null=False)


class Record(Sent):
    """Start, stop, pause or resume the recording of a call."""

    passes = ()
    openapi: ClassVar[Mapping[str, Any]] = {
        "anyOf": [
            {
                "properties": {"action": {"const": call_checks.RECORDING[0]}},
                "required": ["siprecServerURL"],
            },
            {"properties": {"action": {"enum": list(call_checks.RECORDING[1:])}}},
        ]
    }

    action = Word(words=call_checks.RECORDING, required=True)
    recording_id = Text(
        "recordingID", attribute="recordingID", null=False, validate=Length(max=LONGEST)
    )
    siprec_url = Text(
        "siprecServerURL",
        attribute="siprecServerURL",
        null=False,
        validate=[Length(max=MAX_URL), Pattern(PRINTED)],
    )


def _word(name: str) -> Word:
    return Word(words=call_checks.WORDS[name], attribute=f"options.{name}.value", null=False)


class UpdateCall(Sent):
    """One thing to do with a live call."""

    openapi: ClassVar[Mapping[str, Any]] = {
        "anyOf": [_alone(o) for o in (*call_checks.OPTIONS, "whisper")]
    }

    call_hook = HookUrl(attribute="options.redirect.call_hook", local=True)
    child_call_hook = HookUrl(attribute="options.redirect.child_call_hook", local=True)
    call_status_hook = HookUrl(attribute="options.redirect.status_hook", local=True)
    call_status = Word(words=ENDINGS, attribute="options.hangup.status", null=False)
    listen_status = _word("listen_status")
    mute_status = _word("mute_status")
    conf_mute_status = _word("conf_mute_status")
    conf_hold_status = _word("conf_hold_status")
    wait_hook = HookUrl("waitHook", attribute="options.conf_hold_status.wait_hook", local=True)
    whisper = Whisper(attribute="options.whisper", null=False)
    sip_request = Part(SipRequest, attribute="options.sip_request", json=True, null=False)
    record = Part(Record, attribute="options.record", json=True, null=False)

    def collect(self, body: Any, reader: Reader, path: str) -> Change:
        fault = call_checks.of_update(body) if isinstance(body, Mapping) else ""
        if fault:
            reader.fault(path, "said", fault)
            return Change()
        return super().collect(body, reader, path)
