"""Credentials at vendors of speech (seed 000: SpeechCredential, SpeechCredentialUpdate).

The document knows google and aws, the server three vendors more; which members each needs, and what
the server says when one is missing, is in `NEEDS`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError

from adapters.jambonz.schemas.common import Jambonz, Sent, Sid
from gateway.domain.problems import Invalid
from gateway.wire import (
    KEEP,
    Change,
    Computed,
    Flag,
    Instant,
    Length,
    Part,
    Profile,
    SecretText,
    Text,
    View,
    Word,
)
from gateway.wire.base import Renderer
from gateway.wire.reading import Reader

VENDORS = ("google", "aws", "microsoft", "wellsaid", "nuance")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "google": ("service_key",),
    "aws": ("access_key_id", "secret_access_key", "aws_region"),
    "microsoft": ("region", "api_key"),
    "wellsaid": ("api_key",),
    "nuance": ("client_id", "secret"),
}
CALLED = {
    "google": "invalid json key: {0} is required",
    "aws": "invalid aws speech credential: {0} is required",
    "microsoft": "invalid azure speech credential: {0} is required",
    "wellsaid": "invalid wellsaid speech credential: {0} is required",
    "nuance": "invalid nuance speech credential: {0} is required",
}
NO_JSON = "invalid google service account key - not JSON"
NO_KEY = "invalid google service account key"
MOST_KEY, MOST = 8192, 1024
LONG_ENOUGH = 12
HEADER = re.compile(r"-----BEGIN [A-Z ]+-----\n?")

# A flat JSON object of texts that has private_key and client_email: what Google hands out.
_TEXT = r'"([^"\\\u0000-\u001f\ud800-\udfff]|\\["\\/bfnrt])*"'
_SOME = r'"([^"\\\u0000-\u001f\ud800-\udfff]|\\["\\/bfnrt])+"'
_OTHER = r'"[a-oq-z_][a-z0-9_]{0,40}": ?' + _TEXT
_PRIVATE, _EMAIL = r'"private_key": ?' + _SOME, r'"client_email": ?' + _SOME
SERVICE_KEY = rf"^\{{\s?({_OTHER},\s?)*({_PRIVATE},\s?{_EMAIL}|{_EMAIL},\s?{_PRIVATE})\s?\}}$"


def masked(value: str) -> str:
    """The first six characters of a secret long enough to stay one."""
    seen = value[:6] if len(value) >= LONG_ENOUGH else ""
    return seen + "X" * (len(value) - len(seen))


def masked_service_key(row: Any, view: View) -> str | None:
    """A service key as JSON whose private key is masked behind its header."""
    text = row.body.get("service_key")
    if text is None:
        return None
    try:
        inside = json.loads(text)
        private = inside["private_key"]
        found = HEADER.match(private)
    except (ValueError, TypeError, KeyError):
        return masked(text)
    header = found[0] if found else ""
    return json.dumps({**inside, "private_key": header + masked(private[len(header) :])})


class Hidden(SecretText):
    """A secret, masked in answers; a mask cannot be stored."""

    kind = "hidden"
    styles: ClassVar[Mapping[str, Renderer]] = {"default": masked}


class Vendor(Word):
    """A vendor, refused in the server's words."""

    def __init__(self, **options: Any) -> None:
        super().__init__(words=VENDORS, **options)

    def parse(self, value: Any) -> Any:
        if isinstance(value, str) and value in self.words:
            return value
        raise self.bad(f"invalid or missing vendor: {value}", "said")

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        return self.bad("invalid or missing vendor: null", "said")

    def take_missing(self, change: Change, reader: Reader, path: str) -> None:
        reader.fault(path, "said", "invalid or missing vendor: undefined")


def _form(vendor: str) -> dict[str, Any]:
    """What a vendor needs, in JSON Schema terms."""
    members: dict[str, Any] = {name: {"type": "string"} for name in NEEDS[vendor]}
    if vendor == "google":
        members["service_key"]["pattern"] = SERVICE_KEY
    properties = {"vendor": {"enum": [vendor]}, **members}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _secret(name: str, most: int = MOST) -> Hidden:
    return Hidden(attribute=f"body.{name}", validate=Length(1, most))


def _text(name: str, most: int = 64) -> Text:
    return Text(attribute=f"body.{name}", validate=Length(1, most))


class NewSpeechCredential(Sent):
    """Credentials to be stored; members the server sets may stand in the body and mean nothing."""

    passes = (
        *Sent.passes,
        "speech_credential_sid",
        "service_provider_sid",
        "last_used",
        "last_tested",
        "tts_tested_ok",
        "stt_tested_ok",
        "created_at",
    )
    openapi: ClassVar[Mapping[str, Any]] = {"oneOf": [_form(vendor) for vendor in VENDORS]}

    account_sid = Sid(attribute="account_uid")
    vendor = Vendor(attribute="body.vendor", required=True)
    use_for_tts = Flag(attribute="body.use_for_tts")
    use_for_stt = Flag(attribute="body.use_for_stt")
    service_key = _secret("service_key", MOST_KEY)
    access_key_id = _secret("access_key_id")
    secret_access_key = _secret("secret_access_key")
    aws_region = _text("aws_region")
    api_key = _secret("api_key")
    region = _text("region")
    client_id = _secret("client_id")
    secret = _secret("secret")
    use_custom_tts = Flag(attribute="body.use_custom_tts")
    custom_tts_endpoint = _text("custom_tts_endpoint", MOST)
    use_custom_stt = Flag(attribute="body.use_custom_stt")
    custom_stt_endpoint = _text("custom_stt_endpoint", MOST)

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        body = change.get("body", {})
        for name, value in body.items():
            if value is KEEP:
                raise Invalid.one(name, "masked", "is masked")
        vendor = body.get("vendor")
        for name in NEEDS.get(vendor, ()):
            if body.get(name) is None:
                raise Invalid.one(name, "said", CALLED[vendor].format(name))
        if vendor == "google":
            _check_service_key(body["service_key"])
        return change


def _check_service_key(text: str) -> None:
    try:
        inside = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid.one("service_key", "said", NO_JSON) from None
    found = inside if isinstance(inside, dict) else {}
    if not all(isinstance(found.get(n), str) and found[n] for n in ("private_key", "client_email")):
        raise Invalid.one("service_key", "said", NO_KEY)


class SpeechCredential(Jambonz):
    speech_credential_sid = Sid(attribute="uid", required=True)
    service_provider_sid = Sid(attribute="service_provider_uid")
    account_sid = Sid(attribute="account_uid")
    vendor = Vendor(attribute="body.vendor", required=True)
    use_for_tts = Flag(attribute="body.use_for_tts")
    use_for_stt = Flag(attribute="body.use_for_stt")
    service_key = Computed(out=masked_service_key, of=Text(), reads=("body",))
    access_key_id = Hidden(attribute="body.access_key_id")
    secret_access_key = Hidden(attribute="body.secret_access_key")
    aws_region = Text(attribute="body.aws_region")
    api_key = Hidden(attribute="body.api_key")
    region = Text(attribute="body.region")
    client_id = Hidden(attribute="body.client_id")
    secret = Hidden(attribute="body.secret")
    use_custom_tts = Flag(attribute="body.use_custom_tts")
    custom_tts_endpoint = Text(attribute="body.custom_tts_endpoint")
    use_custom_stt = Flag(attribute="body.use_custom_stt")
    custom_stt_endpoint = Text(attribute="body.custom_stt_endpoint")
    last_used = Text(attribute="body.last_used", doc={"format": "date-time"})
    last_tested = Text(attribute="body.last_tested", doc={"format": "date-time"})
    tts_tested_ok = Flag(attribute="body.tts_tested_ok")
    stt_tested_ok = Flag(attribute="body.stt_tested_ok")
    created_at = Instant(required=True)


SET_BY_SERVER = frozenset(
    {"last_used", "last_tested", "tts_tested_ok", "stt_tested_ok", "created_at"}
)


EITHER = {"type": ["boolean", "integer"], "enum": [True, False, 0, 1]}
"""What is taken for a flag where no more than flags are sent."""


class SpeechCredentialUpdate(Sent):
    """The two members that may change. The others may come back as they were read."""

    openapi: ClassVar[Mapping[str, Any]] = {
        "anyOf": [{"required": ["use_for_tts"]}, {"required": ["use_for_stt"]}]
    }

    use_for_tts = Flag(null=False, doc=EITHER)
    use_for_stt = Flag(null=False, doc=EITHER)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._known |= set(SpeechCredential().fields)


class Status(Word):
    """How a test went; the server says ok where the document says success."""

    kind = "speech_check"
    WORDS: ClassVar[tuple[str, ...]] = ("success", "fail", "not tested")
    styles: ClassVar[Mapping[str, Renderer]] = {
        "server": lambda value: "ok" if value == "success" else value
    }

    def __init__(self) -> None:
        super().__init__(words=self.WORDS, required=True)

    def renderer(self, profile: Profile) -> Renderer | None:
        return self.styles.get(self.style_in(profile))

    def describe(self, profile: Profile) -> dict[str, Any]:
        render = self.renderer(profile) or str
        return {"type": "string", "enum": [render(word) for word in self.WORDS]}


class SpeechOutcome(Jambonz):
    status = Status()
    reason = Text()


class SpeechTest(Jambonz):
    """The test of credentials, for synthesis and for recognition."""

    tts = Part(SpeechOutcome, required=True)
    stt = Part(SpeechOutcome, required=True)
