"""SIP and SMPP relations to peers: trunks, the addresses behind them, access lists and SMPP links.

An address says with `dials` whether the platform sends to it and with `admits` whether it accepts
from it; the words inbound and outbound mean different things to different dialects.
"""

from __future__ import annotations

import peewee as pw

from gateway.domain.words import EndpointKind, Transport
from gateway.models.apps import Application
from gateway.models.base import Base, index, reference
from gateway.models.fields import EnumField, JsonField, SecretField
from gateway.models.tenancy import Account, ServiceProvider


class Trunk(Base):
    """A relation between the platform and one peer; `is_auto` marks an account's default trunk."""

    service_provider = reference(ServiceProvider, "service_provider")
    account = reference(Account, "account", index=False)
    name = pw.TextField()
    description = pw.TextField(null=True)
    host_name = pw.TextField(unique=True)
    is_active = pw.BooleanField(default=True)
    leading_plus = pw.BooleanField(default=False)
    tech_prefix = pw.TextField(null=True)
    application = reference(Application, "application")
    calls_per_second = pw.IntegerField(null=True)
    caller_name_lookup = pw.BooleanField(default=False)
    forward_enabled = pw.BooleanField(default=False)
    forward_number = pw.TextField(null=True)
    register_required = pw.BooleanField(default=False)
    register_username = pw.TextField(null=True)
    register_realm = pw.TextField(null=True)
    register_password = SecretField(null=True)
    register_from_user = pw.TextField(null=True)
    register_from_domain = pw.TextField(null=True)
    register_public_contact = pw.BooleanField(default=False)
    smpp_system_id = pw.TextField(null=True)
    smpp_password = SecretField(null=True)
    smpp_inbound_system_id = pw.TextField(null=True, index=True)
    smpp_inbound_password = SecretField(null=True)
    smpp_enquire_seconds = pw.IntegerField(default=0)
    is_auto = pw.BooleanField(default=False)
    extras = JsonField(default=dict)


index(Trunk, "account", "name")
index(Trunk, "account", unique=True, where=pw.SQL('"is_auto"'))


class AccessList(Base):
    """Addresses calls are accepted from, attached to any number of trunks."""

    service_provider = reference(ServiceProvider, "service_provider")
    account = reference(Account, "account")
    name = pw.TextField()
    enabled = pw.BooleanField(default=True)
    is_auto = pw.BooleanField(default=False)
    home_trunk = reference(Trunk, "home_trunk")
    extras = JsonField(default=dict)


class Endpoint(Base):
    """One address of a peer: host, SIP registration, SIP URI or telephone number (`kind`)."""

    service_provider = reference(ServiceProvider, "service_provider")
    account = reference(Account, "account", index=False)
    trunk = reference(Trunk, "trunk")
    access_list = reference(AccessList, "access_list")
    name = pw.TextField()
    kind = EnumField(EndpointKind)
    address = pw.TextField(null=True)
    prefix_length = pw.IntegerField(null=True)
    port = pw.IntegerField(null=True)
    transport = EnumField(Transport, null=True)
    value = pw.TextField(null=True)
    priority = pw.IntegerField(default=1)
    enabled = pw.BooleanField(default=True)
    dials = pw.BooleanField(default=False)
    admits = pw.BooleanField(default=False)
    route_number = pw.BigIntegerField(null=True)
    is_auto = pw.BooleanField(default=False)
    description = pw.TextField(null=True)
    extras = JsonField(default=dict)


index(Endpoint, "account", "kind")
# with the route number last SQLite takes it for names, not the unique one below
index(Endpoint, "account", "name", "route_number", where=Endpoint.route_number.is_null(False))
index(
    Endpoint,
    "account",
    "route_number",
    unique=True,
    where=Endpoint.account.is_null(False) & Endpoint.route_number.is_null(False),
)


class TrunkAccessList(Base):
    """An access list in force on a trunk."""

    trunk = reference(Trunk, "trunk", null=False, index=False)
    access_list = reference(AccessList, "access_list", null=False)


index(TrunkAccessList, "trunk", "access_list", unique=True)


class CredentialList(Base):
    """SIP user names with passwords; `is_auto` is the one a carrier's own login is kept in."""

    service_provider = reference(ServiceProvider, "service_provider")
    account = reference(Account, "account")
    name = pw.TextField()
    is_auto = pw.BooleanField(default=False)
    extras = JsonField(default=dict)


class SipCredential(Base):
    """One user name of a list."""

    credential_list = reference(CredentialList, "credential_list", null=False, index=False)
    username = pw.TextField(index=True)
    password = SecretField(null=True)


index(SipCredential, "credential_list", "username", unique=True)


class TrunkCredentialList(Base):
    """A credential list in force on a trunk."""

    trunk = reference(Trunk, "trunk", null=False, index=False)
    credential_list = reference(CredentialList, "credential_list", null=False)


index(TrunkCredentialList, "trunk", "credential_list", unique=True)


class SmppLink(Base):
    """One SMPP address of a trunk. `settings` holds window, rate, segmentation and the like."""

    trunk = reference(Trunk, "trunk", null=False)
    host = pw.TextField()
    port = pw.IntegerField(default=2775)
    prefix_length = pw.IntegerField(default=32)
    use_tls = pw.BooleanField(default=False)
    is_primary = pw.BooleanField(default=True)
    dials = pw.BooleanField(default=True)
    admits = pw.BooleanField(default=False)
    enabled = pw.BooleanField(default=True)
    settings = JsonField(default=dict)
    extras = JsonField(default=dict)
