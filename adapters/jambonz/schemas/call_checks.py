"""What is wrong with a body about calls, in the server's words and in its order: pure functions.

Each gives the first fault as a sentence, or an empty text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import ValidationError

from adapters.jambonz.schemas.common import Url

Body = Mapping[str, Any]

# Of each kind of target the members that may name it, best first.
TARGETS: Final[Mapping[str, tuple[str, ...]]] = {
    "phone": ("number", "name"),
    "sip": ("sipUri",),
    "user": ("name",),
    "teams": ("number",),
}
SPEECH: Final = (
    "speech_synthesis_vendor",
    "speech_synthesis_language",
    "speech_synthesis_voice",
    "speech_recognizer_vendor",
    "speech_recognizer_language",
)
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "call_status": ("completed", "no-answer"),
    "listen_status": ("pause", "silence", "resume"),
    "mute_status": ("mute", "unmute"),
    "conf_hold_status": ("hold", "unhold"),
    "conf_mute_status": ("mute", "unmute"),
}
RECORDING: Final = (
    "startCallRecording",
    "stopCallRecording",
    "pauseCallRecording",
    "resumeCallRecording",
)
OPTIONS: Final = (
    "call_hook",
    "child_call_hook",
    "call_status",
    "listen_status",
    "conf_hold_status",
    "conf_mute_status",
    "mute_status",
    "sip_request",
    "record",
)
# Which options go with which.
COMPANY: Final[Mapping[str, frozenset[str]]] = {
    "call_hook": frozenset({"child_call_hook"}),
    "child_call_hook": frozenset({"call_hook"}),
    "listen_status": frozenset({"whisper"}),
    "mute_status": frozenset({"whisper"}),
}
# A path of its own server, never the address of another one (`//host/path`).
LOCAL_PATH: Final = r"^/([^/\u0000-\u0020][^\u0000-\u0020]*)?$"
_LOCAL = re.compile(LOCAL_PATH)


def of_create(body: Body, needs_speech: bool) -> str:
    """The first fault of a call to start."""
    if not _text(body.get("from")):
        return "missing from parameter"
    if not _names_somebody(body.get("to")):
        return f"missing or invalid to property: {_written(body, 'to')}"
    if body.get("application_sid") is None:
        if needs_speech and not all(_text(body.get(name)) for name in SPEECH):
            return f"either application_sid or set of {', '.join(SPEECH)} required"
        if body.get("call_hook") is None:
            return "either call_hook or application_sid required"
    return _of_hooks(body, ("call_hook", "call_status_hook"))


def of_update(body: Body) -> str:
    """The first fault of what is asked of a live call."""
    given = {name for name in (*OPTIONS, "whisper") if name in body}
    if not given:
        return "no valid options supplied to updateCall"
    if any(given - {name} - COMPANY.get(name, frozenset()) for name in given - {"whisper"}):
        return "multiple options are not allowed in updateCall"
    for name, words in WORDS.items():
        if name in body and body[name] not in words:
            return f"invalid {name}"
    if "call_status_hook" in body and "call_hook" not in body:
        return "call_status_hook can be updated only when call_hook is also being updated"
    if "waitHook" in body and "conf_hold_status" not in body:
        return "waitHook can be given only with conf_hold_status"
    hooks = ("call_hook", "child_call_hook", "call_status_hook", "waitHook")
    return _of_sip_request(body) or _of_record(body) or _of_hooks(body, hooks, local=True)


def _of_sip_request(body: Body) -> str:
    request = body.get("sip_request", {})
    known = isinstance(request, dict)
    if "sip_request" in body and not (
        known and _text(request.get("content_type")) and _text(request.get("content"))
    ):
        return "sip_request requires content_type and content properties"
    return ""


def _of_record(body: Body) -> str:
    record = body.get("record", {})
    if "record" not in body:
        return ""
    if not isinstance(record, dict) or not _text(record.get("action")):
        return "record requires action property"
    if record["action"] not in RECORDING:
        return "invalid record action"
    if record["action"] == RECORDING[0] and not _text(record.get("siprecServerURL")):
        return "record requires siprecServerURL property when starting recording"
    return ""


def _of_hooks(body: Body, names: Sequence[str], local: bool = False) -> str:
    for name in names:
        hook = body.get(name)
        url: Any = hook.get("url") if isinstance(hook, dict) else hook
        if name not in body:
            continue
        if not _text(url):
            return f"{name} must be string or an object containing a url property"
        if not (is_absolute(url) or (local and _LOCAL.match(url))):
            return f"{name} url be an absolute url"
    return ""


def is_absolute(text: str) -> bool:
    """True for an http, https, ws or wss address."""
    try:
        Url().parse(text)
    except ValidationError:
        return False
    return True


def _text(value: Any) -> bool:
    return isinstance(value, str) and value.strip(" ") != ""


def _names_somebody(target: Any) -> bool:
    if not isinstance(target, dict):
        return False
    kind = target.get("type")
    members = TARGETS.get(kind, ()) if isinstance(kind, str) else ()
    return any(_text(target.get(name)) for name in members)


def _written(body: Body, name: str) -> str:
    """A member as JSON, without the login in it; the word undefined when there is none."""
    if name not in body:
        return "undefined"
    value = body[name]
    if isinstance(value, dict):
        value = {key: inner for key, inner in value.items() if key != "auth"}
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
