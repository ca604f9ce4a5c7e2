"""People (seed 000: Users, UserAndAccountDetail)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapters.jambonz import words
from adapters.jambonz.schemas.billing import CATEGORIES
from adapters.jambonz.schemas.common import Jambonz, Sent, Sid
from adapters.jambonz.schemas.sessions import EMAIL, LONG, MAX_EMAIL, RIGHTS, SHORT
from gateway.services.billing import Plan
from gateway.wire import (
    Computed,
    Extra,
    Flag,
    Instant,
    Int,
    Length,
    NanoMoney,
    Part,
    SecretText,
    Text,
    Word,
)

TEST_APPLICATION = "test_application_sid"
ADDRESS = [Length(1, MAX_EMAIL), EMAIL]


class Users(Jambonz):
    """A person as lists show them."""

    user_sid = Sid(attribute="uid", required=True)
    name = Text()
    email = Text()
    scope = Word(words=words.SCOPES, required=True)
    force_change = Extra(of=Flag(), default=False)
    is_active = Flag(required=True)


class User(Users):
    """A person with whose they are."""

    phone = Text()
    account_sid = Sid(attribute="account_uid")
    service_provider_sid = Sid(attribute="service_provider_uid")


class NewUser(Sent):
    name = Text(required=True, validate=SHORT)
    email = Text(required=True, validate=ADDRESS)
    password = Text("initial_password", required=True, validate=LONG)
    account_sid = Sid(attribute="account_uid")
    service_provider_sid = Sid(attribute="service_provider_uid")
    force_change = Extra(of=Flag())
    is_active = Flag(load_default=True, null=False)
    passes = (*Sent.passes, "user_sid", "scope")


class UserChange(Sent):
    """One change of oneself: the name, the email with the code sent there, or the password."""

    name = Text(validate=SHORT)
    email = Text(validate=ADDRESS)
    email_code = Text("email_activation_code", validate=SHORT)
    old_password = Text(validate=LONG)
    new_password = Text(validate=LONG)
    passes = (*Sent.passes, "user_sid", "scope", "force_change", "is_active")


class SuccessfulUserAdd(Jambonz):
    user_sid = Sid(attribute="uid", required=True)


# everything of oneself


def _derived(out: Callable[[Any], Any], of: Any, *reads: str) -> Computed:
    return Computed(out=lambda row, view: out(row), of=of, reads=reads)


class Myself(Jambonz):
    user_sid = Sid(attribute="uid", required=True)
    name = Text()
    email = Text()
    phone = Text()
    service_provider_sid = _derived(
        lambda row: row.owner.service_provider_uid if row.owner else row.service_provider_uid,
        Sid(),
        "owner",
        "service_provider_uid",
    )
    force_change = Extra(of=Flag(style="default"), default=False)
    provider = Extra(of=Text(), default="local")
    provider_userid = Extra(of=Text())
    scope = Extra(of=Word(words=RIGHTS), default=RIGHTS[-1])
    email_validated = Extra(of=Flag(style="default"), default=True)
    phone_validated = _derived(
        lambda row: str(bool(row.extras.get("jambonz", {}).get("phone_validated"))).lower(),
        Text(),
        "extras",
    )


def _hook_sid(attribute: str) -> Computed:
    return _derived(lambda row: getattr(getattr(row, attribute), "uid", None), Sid(), attribute)


class MyAccount(Jambonz):
    account_sid = Sid(attribute="uid", required=True)
    name = Text()
    sip_realm = Text(attribute="realm")
    service_provider_sid = Sid(attribute="service_provider_uid")
    registration_hook_sid = _hook_sid("registration_hook")
    queue_event_hook_sid = _hook_sid("queue_hook")
    device_calling_application_sid = Sid(attribute="device_application_uid")
    is_active = Flag(style="default")
    created_at = Instant()


class TriedApplication(Jambonz):
    """The application that a provider's accounts may try."""

    application_sid = Sid(attribute="uid", required=True)
    name = Text()
    service_provider_sid = Sid(attribute="service_provider_uid")
    account_sid = Sid(attribute="account_uid")
    call_hook_sid = Sid(attribute="call_hook_uid")
    call_status_hook_sid = Sid(attribute="status_hook_uid")
    messaging_hook_sid = Sid(attribute="message_hook_uid")
    speech_synthesis_vendor = Extra(of=Text())
    speech_synthesis_language = Extra(of=Text())
    speech_synthesis_voice = Extra(of=Text())
    speech_recognizer_vendor = Extra(of=Text())
    speech_recognizer_language = Extra(of=Text())


class Balance(Jambonz):
    currency = Word(attribute="body.currency", words=("USD", "EUR"))
    balance = NanoMoney(attribute="body.nano")
    last_updated_at = _derived(
        lambda row: row.updated_at or row.created_at, Instant(), "updated_at", "created_at"
    )
    created_at = Instant()
    last_transaction_id = Text(attribute="body.transaction_id")


class Capacities(Jambonz):
    """What the account may have at once, and in which month."""

    effective_start_date = Instant(attribute="starts_at")
    effective_end_date = Instant(attribute="ends_at")
    limit_sessions = Int(attribute="sessions")
    limit_registrations = Int(attribute="registrations")


class MyKey(Jambonz):
    token = SecretText(attribute="secret")
    last_used = Instant(attribute="last_used_at")
    created_at = Instant()


def _of_product(name: str, of: Any) -> Computed:
    return _derived(lambda line: getattr(line.product, name), of, "product")


class MyProduct(Jambonz):
    name = _of_product("name", Text())
    description = _of_product("description", Text())
    category = _of_product("category", Word(words=CATEGORIES))
    quantity = _derived(lambda line: str(line.quantity), Text(), "quantity")
    in_starter_set = _of_product("in_starter_set", Flag(style="default"))
    product_sid = _of_product("uid", Sid())
    effective_start_date = Instant(attribute="starts_at")
    effective_end_date = Instant(attribute="ends_at")


class MySubscription(Jambonz):
    """The subscription as the running server tells it here."""

    status = _derived(
        lambda row: "trialing" if row.plan is Plan.TRIAL else "active", Text(), "plan"
    )
    account_subscription_sid = Sid(attribute="uid")
    start_date = Instant(attribute="started_at")


class UserAndAccountDetail(Jambonz):
    """A person, their account and what it has; null where there is none."""

    user = Part(Myself, required=True)
    account = Part(MyAccount)
    testapp = Part(TriedApplication, attribute="application")
    balance = Part(Balance)
    capacities = Part(Capacities)
    api_keys = Part(MyKey, many=True, attribute="keys")
    products = Part(MyProduct, many=True)
    subscription = Part(MySubscription)
