"""Who owns things and who may ask: service providers, their accounts, users and keys."""

from __future__ import annotations

import peewee as pw

from gateway.domain.words import LimitCategory, Scope
from gateway.models.base import Base, index, reference
from gateway.models.fields import EnumField, InstantField, JsonField, SecretField, UidField


class ServiceProvider(Base):
    """The operator of a platform; owns accounts and the inventory of numbers."""

    name = pw.TextField(unique=True)
    description = pw.TextField(null=True)
    root_domain = pw.TextField(null=True)
    extras = JsonField(default=dict)


index(ServiceProvider, "root_domain", unique=True, where=ServiceProvider.root_domain.is_null(False))


class Account(Base):
    """A customer of a service provider; `parent` makes it a sub-project."""

    service_provider = reference(ServiceProvider, "service_provider", null=False)
    parent = reference("self", "parent")
    name = pw.TextField()
    realm = pw.TextField(null=True)
    domain = pw.TextField(null=True)
    billing_number = pw.TextField(null=True)
    is_active = pw.BooleanField(default=True)
    webhook_secret = SecretField(null=True)
    device_application_uid = UidField(null=True)
    has_aliases = pw.BooleanField(default=False)
    address = JsonField(null=True)
    extras = JsonField(default=dict)


index(Account, "realm", unique=True, where=Account.realm.is_null(False))


class User(Base):
    """A person who signs in; with a service provider and no account: a user of the organisation."""

    service_provider = reference(ServiceProvider, "service_provider")
    account = reference(Account, "account")
    login = pw.TextField(null=True)
    email = pw.TextField(null=True)
    name = pw.TextField(null=True)
    phone = pw.TextField(null=True)
    password_hash = pw.TextField(null=True)
    scope = EnumField(Scope)
    roles = JsonField(default=list)
    is_active = pw.BooleanField(default=True)
    extras = JsonField(default=dict)


index(User, "login", unique=True, where=User.login.is_null(False))
index(User, "email", unique=True, where=User.email.is_null(False))


class AccessKey(Base):
    """An API credential: `key_id` and a secret, kept as keyed hash and encrypted."""

    scope = EnumField(Scope)
    service_provider = reference(ServiceProvider, "service_provider")
    account = reference(Account, "account")
    key_id = pw.TextField(unique=True)
    secret_hash = pw.TextField(index=True)
    secret = SecretField(null=True)
    expires_at = InstantField(null=True)
    last_used_at = InstantField(null=True)
    revoked_at = InstantField(null=True)
    label = pw.TextField(null=True)


class RevokedToken(Base):
    """A signed token that was given back before it expired."""

    jti = pw.TextField(unique=True)
    expires_at = InstantField(index=True)


class Limit(Base):
    """The most of something an account or service provider may have; the owner is never null."""

    owner_uid = UidField()
    category = EnumField(LimitCategory)
    quantity = pw.IntegerField()


index(Limit, "owner_uid", "category", unique=True)


class CountryPermission(Base):
    """Whether an account may reach a country, by ISO 3166 code; `*`: all without a row."""

    account = reference(Account, "account", null=False, index=False)
    iso_code = pw.TextField()
    enabled = pw.BooleanField()


index(CountryPermission, "account", "iso_code", unique=True)
