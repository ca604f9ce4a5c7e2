"""Service providers, accounts, keys and limits (seed 000)."""

from __future__ import annotations

from adapters.jambonz import words
from adapters.jambonz.schemas.common import Jambonz, Sent, Sid
from adapters.jambonz.schemas.hooks import HookPart, PlainWebhook
from gateway.wire import (
    Extra,
    Flag,
    Instant,
    Int,
    Length,
    Pattern,
    Profile,
    Range,
    SecretText,
    Text,
    Word,
)
from gateway.wire.base import Renderer

NAME = Length(1, 64)
DOMAIN = Pattern(
    r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,3}[A-Za-z]{2,24}", "must be a domain name"
)
AN_ACCOUNT, A_PROVIDER = "an account", "a service provider"
MOST_SECONDS = 10 * 365 * 86_400


def _hook(attribute: str, what: str) -> HookPart:
    return HookPart(PlainWebhook, what, attribute=attribute)


class NewServiceProvider(Sent):
    name = Text(required=True, validate=NAME)
    description = Text(validate=Length(max=255))
    root_domain = Text(validate=DOMAIN)
    registration_hook = _hook("registration_hook", A_PROVIDER)
    ms_teams_fqdn = Extra(of=Text(validate=Length(max=255)))
    passes = (*Sent.passes, "service_provider_sid")


class ServiceProvider(Sent):
    service_provider_sid = Sid(attribute="uid", dump_only=True, required=True)
    name = Text(required=True, validate=NAME)
    description = Text(validate=Length(max=255))
    root_domain = Text(validate=DOMAIN)
    registration_hook = _hook("registration_hook", A_PROVIDER)
    ms_teams_fqdn = Extra(of=Text(validate=Length(max=255)))
    test_number = Extra(of=Text(validate=Length(max=64)))
    test_application_name = Extra(of=Text(validate=NAME))
    test_application_sid = Extra(of=Sid())


class NewAccount(Sent):
    name = Text(required=True, validate=NAME)
    sip_realm = Text(attribute="realm", validate=DOMAIN)
    registration_hook = _hook("registration_hook", AN_ACCOUNT)
    queue_event_hook = _hook("queue_hook", AN_ACCOUNT)
    service_provider_sid = Sid(attribute="service_provider_uid")
    device_calling_application_sid = Sid(attribute="device_application_uid")
    device_calling_hook = _hook("device_hook", AN_ACCOUNT)
    is_active = Flag(load_default=True, null=False)
    passes = (*Sent.passes, "account_sid", "webhook_secret", "created_at")


class Account(Sent):
    account_sid = Sid(attribute="uid", dump_only=True, required=True)
    name = Text(required=True, validate=NAME)
    sip_realm = Text(attribute="realm", validate=DOMAIN)
    registration_hook = _hook("registration_hook", AN_ACCOUNT)
    device_calling_application_sid = Sid(attribute="device_application_uid")
    service_provider_sid = Sid(attribute="service_provider_uid", required=True)
    queue_event_hook = _hook("queue_hook", AN_ACCOUNT)
    device_calling_hook = _hook("device_hook", AN_ACCOUNT)
    is_active = Flag(required=True)
    created_at = Instant(dump_only=True, required=True)
    passes = (*Sent.passes, "webhook_secret")


class WebhookSecret(Jambonz):
    webhook_secret = Text(required=True)


class SecretQuery(Jambonz):
    """Any text stands for yes, as on the running server, except those that say no."""

    regenerate = Text(doc={"type": ["boolean", "string"]})


class NewApiKey(Sent):
    service_provider_sid = Sid(attribute="service_provider_uid")
    account_sid = Sid(attribute="account_uid")
    expiry_secs = Int(attribute="seconds", validate=Range(1, MOST_SECONDS))


class SuccessfulApiKeyAdd(Jambonz):
    sid = Sid(attribute="uid", required=True)
    token = Text(attribute="secret", required=True)


class ApiKey(Jambonz):
    """A key; its token is in clear, or masked where the gateway is told so."""

    api_key_sid = Sid(attribute="uid", required=True)
    token = SecretText(attribute="secret", required=True)
    account_sid = Sid(attribute="account_uid")
    service_provider_sid = Sid(attribute="service_provider_uid")
    expires_at = Instant()
    created_at = Instant()
    last_used = Instant(attribute="last_used_at")


class Category(Word):
    """What is limited. The document and the running server differ in two words; style `server`
    writes the latter's."""

    kind = "limit_category"

    def renderer(self, profile: Profile) -> Renderer | None:
        if self.style_in(profile) == "server":
            return lambda value: words.SERVER_LIMITS.get(value, value)
        return super().renderer(profile)


class Limits(Sent):
    category = Category(words=words.LIMITS, required=True)
    quantity = Int(required=True, validate=Range(0, 2**31 - 1))


class LimitQuery(Jambonz):
    category = Category(words=words.LIMITS)
