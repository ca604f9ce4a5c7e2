"""What customers plug in: applications, the hooks they want called, and dialect-only documents."""

from __future__ import annotations

import peewee as pw

from gateway.domain.words import HookAuth, HookMethod, HookPurpose
from gateway.models.base import Base, index, reference
from gateway.models.fields import EnumField, InstantField, JsonField, SecretField, UidField
from gateway.models.tenancy import Account, ServiceProvider


class Hook(Base):
    """A URL called for one purpose in the shape of one dialect.

    The nearest level wins: number, account, provider. `number_uid` carries no constraint, since
    numbers refer to applications and those to hooks (decision 0001).
    """

    account = reference(Account, "account", index=False)
    service_provider = reference(ServiceProvider, "service_provider")
    number_uid = UidField(null=True, index=True)
    purpose = EnumField(HookPurpose)
    url = pw.TextField()
    method = EnumField(HookMethod, default=HookMethod.POST)
    username = pw.TextField(null=True)
    password = SecretField(null=True)
    auth_type = EnumField(HookAuth, null=True)
    key_name = pw.TextField(null=True)
    key_value = SecretField(null=True)
    priority = pw.IntegerField(default=1)
    enabled = pw.BooleanField(default=True)
    dialect = pw.TextField()
    extras = JsonField(default=dict)


index(Hook, "account", "dialect")


class Application(Base):
    """A customer's program that handles calls and messages."""

    account = reference(Account, "account", null=False)
    name = pw.TextField()
    call_hook = reference(Hook, "call_hook")
    status_hook = reference(Hook, "status_hook")
    message_hook = reference(Hook, "message_hook")
    extras = JsonField(default=dict)


class Document(Base):
    """A resource only one dialect has, kept whole in `body`.

    `scope_uid` is the account, else the provider, else the zero uuid: part of the unique key, which
    must not contain a nullable column.
    """

    service_provider = reference(ServiceProvider, "service_provider")
    account = reference(Account, "account")
    scope_uid = UidField()
    kind = pw.TextField()
    key = pw.TextField(null=True)
    name = pw.TextField(null=True)
    body = JsonField(default=dict)
    expires_at = InstantField(null=True)


index(Document, "kind", "scope_uid", "key", unique=True, where=Document.key.is_null(False))
index(Document, "kind", "scope_uid")
