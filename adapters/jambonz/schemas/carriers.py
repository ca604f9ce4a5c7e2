"""Carriers and their templates (seed 000: VoipCarrier, PredefinedCarrier)."""

from __future__ import annotations

from adapters.jambonz.schemas.common import Jambonz, Sent, Sid
from gateway.wire import Extra, Flag, Instant, Int, Length, Pattern, Range, SecretText, Text

MOST_NAME = 64
LONGEST_PAUSE = 86_400
# What an SMPP bind can carry.
ASCII = Pattern(r"[\x20-\x7e]*", "must be ASCII")
NOT_CREATED = ("voip_carrier_sid", "created_at")


def short(most: int) -> Length:
    return Length(max=most)


class NewVoipCarrier(Sent):
    """A carrier to be made; the server gives the sid, whatever the body says."""

    passes = (*Sent.passes, *NOT_CREATED)

    name = Text(required=True, validate=Length(1, MOST_NAME))
    description = Text(validate=short(1024))
    account_sid = Sid(attribute="account_uid")
    service_provider_sid = Sid(attribute="service_provider_uid")
    application_sid = Sid(attribute="application_uid")
    e164_leading_plus = Flag(attribute="leading_plus", load_default=False, null=False)
    requires_register = Flag(attribute="register_required", load_default=False, null=False)
    register_username = Text(validate=short(128))
    register_sip_realm = Text(attribute="register_realm", validate=short(64))
    register_password = SecretText(validate=short(64))
    register_from_user = Text(validate=short(128))
    register_from_domain = Text(validate=short(256))
    register_public_ip_in_contact = Flag(
        attribute="register_public_contact", load_default=False, null=False
    )
    tech_prefix = Text(validate=short(16))
    inbound_auth_username = Text(attribute="credential.username", validate=short(64))
    inbound_auth_password = SecretText(attribute="credential.password", validate=short(64))
    diversion = Extra(of=Text(validate=short(32)))
    is_active = Flag(load_default=True, null=False)
    smpp_system_id = Text(validate=[short(255), ASCII])
    smpp_password = SecretText(validate=[short(64), ASCII])
    smpp_inbound_system_id = Text(validate=[short(255), ASCII])
    smpp_inbound_password = SecretText(validate=[short(64), ASCII])
    smpp_enquire_link_interval = Int(
        attribute="smpp_enquire_seconds",
        load_default=0,
        null=False,
        validate=Range(0, LONGEST_PAUSE),
    )


class VoipCarrier(Sent):
    """A carrier as it is shown, and, partly, as it is changed."""

    voip_carrier_sid = Sid(attribute="uid", dump_only=True, null=False, required=True)
    name = Text(required=True, validate=Length(1, MOST_NAME))
    description = Text(validate=short(1024))
    account_sid = Sid(attribute="account_uid")
    service_provider_sid = Sid(attribute="service_provider_uid", dump_only=True)
    application_sid = Sid(attribute="application_uid")
    e164_leading_plus = Flag(attribute="leading_plus", required=True)
    requires_register = Flag(attribute="register_required", required=True)
    register_username = Text(validate=short(128))
    register_sip_realm = Text(attribute="register_realm", validate=short(64))
    register_password = SecretText(validate=short(64))
    register_from_user = Text(validate=short(128))
    register_from_domain = Text(validate=short(256))
    register_public_ip_in_contact = Flag(attribute="register_public_contact", required=True)
    tech_prefix = Text(validate=short(16))
    inbound_auth_username = Text(attribute="credential.username", validate=short(64))
    inbound_auth_password = SecretText(attribute="credential.password", validate=short(64))
    diversion = Extra(of=Text(validate=short(32)))
    is_active = Flag(required=True)
    smpp_system_id = Text(validate=[short(255), ASCII])
    smpp_password = SecretText(validate=[short(64), ASCII])
    smpp_inbound_system_id = Text(validate=[short(255), ASCII])
    smpp_inbound_password = SecretText(validate=[short(64), ASCII])
    smpp_enquire_link_interval = Int(
        attribute="smpp_enquire_seconds", required=True, validate=Range(0, LONGEST_PAUSE)
    )
    created_at = Instant(dump_only=True, null=False, required=True)


class PredefinedCarrier(Jambonz):
    """A template; texts in angle brackets are for the customer to replace."""

    predefined_carrier_sid = Sid(attribute="uid", required=True)
    name = Text(required=True)
    requires_static_ip = Flag(required=True)
    e164_leading_plus = Flag(attribute="leading_plus", required=True)
    requires_register = Flag(attribute="register_required", required=True)
    register_username = Text()
    register_sip_realm = Text(attribute="register_realm")
    register_password = Text()
    register_from_user = Text()
    register_from_domain = Text()
    register_public_ip_in_contact = Flag(attribute="register_public_contact", required=True)
    tech_prefix = Text()
    inbound_auth_username = Text(attribute="inbound_username")
    inbound_auth_password = Text(attribute="inbound_password")
    diversion = Text()
