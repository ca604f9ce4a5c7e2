"""Applications (seed 000: Application)."""

from __future__ import annotations

from adapters.jambonz.schemas.common import Sent, Sid
from adapters.jambonz.schemas.hooks import HookPart, Webhook
from gateway.wire import Extra, Instant, Length, Text

NAME, WORD = Length(1, 64), Length(1, 64)
AN_APPLICATION = "an application"
PASSED = ("application_sid", "service_provider_sid", "created_at")


def _hook(attribute: str) -> HookPart:
    return HookPart(Webhook, AN_APPLICATION, attribute=attribute)


def _speech(default: str | None = None) -> Extra:
    return Extra(of=Text(validate=WORD), default=default)


class NewApplication(Sent):
    name = Text(required=True, validate=NAME)
    account_sid = Sid(attribute="account_uid")
    call_hook = _hook("call_hook")
    call_status_hook = _hook("status_hook")
    messaging_hook = _hook("message_hook")
    speech_synthesis_vendor = _speech()
    speech_synthesis_language = _speech()
    speech_synthesis_voice = _speech()
    speech_recognizer_vendor = _speech()
    speech_recognizer_language = _speech()
    passes = (*Sent.passes, *PASSED)


class Application(Sent):
    """An application; the speech members have the server's defaults until they are set."""

    application_sid = Sid(attribute="uid", dump_only=True, required=True)
    name = Text(required=True, validate=NAME)
    service_provider_sid = Sid(attribute="service_provider_uid", dump_only=True)
    account_sid = Sid(attribute="account_uid", required=True)
    call_hook = _hook("call_hook")
    call_status_hook = _hook("status_hook")
    messaging_hook = _hook("message_hook")
    speech_synthesis_vendor = _speech("google")
    speech_synthesis_language = _speech("en-US")
    speech_synthesis_voice = _speech("en-US-Wavenet-C")
    speech_recognizer_vendor = _speech("google")
    speech_recognizer_language = _speech("en-US")
    created_at = Instant(dump_only=True, required=True)
    passes = Sent.passes


HOOKS = ("call_hook", "status_hook", "message_hook")
