"""Kinds of members that calls have and nothing else: parties, states, hooks given with a call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from adapters.jambonz.schemas.call_checks import LOCAL_PATH
from adapters.jambonz.schemas.common import MAX_URL, URL_FORM
from adapters.jambonz.words import CALL_STATUSES, HOOK_METHODS
from gateway.domain import numbers
from gateway.domain.calls import CallStatus
from gateway.domain.words import HookMethod
from gateway.wire import E164, JsonObject, Profile, Text, Word
from gateway.wire.base import Field, Renderer

_MANY_DIGITS = re.compile(r"(?:\D*\d){10}", re.ASCII)
HEADER_NAME = r"^[A-Za-z0-9!%*_+.`'~-]+$"
HEADER_VALUE = r"^[^\u0000-\u001f\u007f]*$"
_NAME, _VALUE = re.compile(HEADER_NAME), re.compile(HEADER_VALUE)
MOST_HEADERS, LONGEST_HEADER = 64, 1024


def _digits(value: str) -> str:
    bare = value.removeprefix("+")
    return bare if bare.isdecimal() else value


class Party(E164):
    """Who calls or is called: a number where the text is one, else a user, a SIP address, an
    extension as it is. A caller who hides is `anonymous`."""

    styles: ClassVar[Mapping[str, Renderer]] = {"digits": _digits}
    default = "anonymous"

    @staticmethod
    def core(text: str) -> str:
        """The text as the core has it: E.164 with plus, if it is such a number."""
        if text.startswith("+") or _MANY_DIGITS.match(text):
            try:
                return numbers.parse_e164(text)
            except ValueError:
                return text
        return text

    def parse(self, value: Any) -> str:
        return self.core(Text.parse(Text(), value).strip(" "))


EARLY_MEDIA = "early-media"


class CalledStatus(Word):
    """State of a call; in style `engine` in the words of the call engine."""

    kind = "call_status"

    def __init__(self, data_key: str | None = None, **options: Any) -> None:
        super().__init__(data_key, words=CALL_STATUSES, **options)

    def parse(self, value: Any) -> Any:
        return CallStatus.ALERTING if value == EARLY_MEDIA else super().parse(value)

    def renderer(self, profile: Profile) -> Renderer:
        words = {**self.written, CallStatus.CANCELLED: "no-answer"}
        if self.style_in(profile) == "engine":
            words[CallStatus.ALERTING] = EARLY_MEDIA
        return lambda value: words.get(value, value)

    def describe(self, profile: Profile) -> dict[str, Any]:
        found = super().describe(profile)
        if self.style_in(profile) == "engine":
            found["enum"] = [w if w != "alerting" else EARLY_MEDIA for w in found["enum"]]
        return found


class Strings(JsonObject):
    """Headers of a SIP request: names and values that cannot break out of their line."""

    schema_type: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "propertyNames": {"pattern": HEADER_NAME, "maxLength": LONGEST_HEADER},
        "additionalProperties": {
            "type": "string",
            "pattern": HEADER_VALUE,
            "maxLength": LONGEST_HEADER,
        },
        "maxProperties": MOST_HEADERS,
    }

    def parse(self, value: Any) -> dict[str, Any]:
        found = super().parse(value)
        if len(found) > MOST_HEADERS:
            raise self.bad(f"must have at most {MOST_HEADERS} members", "length")
        for name, text in found.items():
            if not isinstance(text, str):
                raise self.bad("must be an object of texts", "type")
            whole = _NAME.fullmatch(name) and _VALUE.fullmatch(text)
            if not whole or max(len(name), len(text)) > LONGEST_HEADER:
                raise self.bad("has a name or value that no header can have", "header")
            Text.parse(Text(), text)
        return found


def _hook_schema(url: Mapping[str, Any]) -> dict[str, Any]:
    text = {"type": ["string", "null"], "maxLength": 255, "pattern": "^[^\\u0000]*$"}
    return {
        "type": "object",
        "properties": {
            "webhook_sid": {"description": "not read: a hook of a call has no sid"},
            "url": url,
            "method": {"type": "string", "enum": list(HOOK_METHODS)},
            "username": text,
            "password": text,
        },
        "required": ["url"],
        "additionalProperties": False,
    }


class HookUrl(Field):
    """A hook given with a call: an address, or an object with one. It has no row of its own.

    In the core: url, method, username, password. `local` takes an address below the hook the call
    has now, which the service makes whole.
    """

    kind = "call_hook"
    MEMBERS = frozenset({"webhook_sid", "url", "method", "username", "password"})

    def __init__(self, data_key: str | None = None, *, local: bool = False, **options: Any) -> None:
        options.setdefault("null", False)
        super().__init__(data_key, **options)
        self.local = local

    def describe(self, profile: Profile) -> dict[str, Any]:
        form = f"{URL_FORM}|{LOCAL_PATH}" if self.local else URL_FORM
        url = {"type": "string", "maxLength": MAX_URL, "pattern": form}
        return {"type": ["string", "object"], "anyOf": [url, _hook_schema(url)]}

    def parse(self, value: Any) -> dict[str, Any]:
        """The address was looked at by `call_checks` already."""
        if isinstance(value, str):
            return {"url": value.strip(), "method": HookMethod.POST}
        for name in value:
            if name not in self.MEMBERS:
                raise self.bad(f"has the unknown property '{name}'", "unknown_member")
        method = value.get("method", HookMethod.POST)
        word = method.lower() if isinstance(method, str) else ""
        if word not in HOOK_METHODS:
            raise self.bad("has a method that is neither GET nor POST", "choice")
        found = {"url": value["url"].strip(), "method": HOOK_METHODS[word]}
        for name in ("username", "password"):
            if value.get(name) is not None:
                found[name] = self._login(name, value[name])
        return found

    def _login(self, name: str, value: Any) -> str:
        text = Text.parse(Text(), value)
        if len(text) > 255:
            raise self.bad(f"has a {name} of more than 255 characters", "length")
        return text
