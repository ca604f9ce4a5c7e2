"""Real providers that accounts are connected to, and the ids that they or a fixture gave things."""

from __future__ import annotations

import peewee as pw

from gateway.domain.words import ConnectionMode
from gateway.models.base import Base, index, reference
from gateway.models.fields import EnumField, JsonField, SecretField, UidField
from gateway.models.tenancy import Account


class Connection(Base):
    """How an account is reached at a provider. `kinds` are those it is meant for, none for all.

    `secret` is a secret itself, or `env:NAME` where it is kept outside; `settings` holds what is
    not secret: `key` (the name that goes with the secret), `account` (the provider's name of the
    account) and what the transport is told.
    """

    account = reference(Account, "account", null=False, index=False)
    name = pw.TextField()
    dialect = pw.TextField()
    base_url = pw.TextField()
    secret = SecretField()
    mode = EnumField(ConnectionMode, default=ConnectionMode.LOCAL)
    kinds = JsonField(default=list)
    is_active = pw.BooleanField(default=True)
    settings = JsonField(default=dict)


index(Connection, "account", "name", unique=True)


class Alias(Base):
    """A foreign id of an object in one dialect.

    `scope_uid` is the account, else the provider, else the zero uuid.
    """

    scope_uid = UidField()
    dialect = pw.TextField()
    kind = pw.TextField()
    foreign_id = pw.TextField()
    object_uid = UidField()
    connection_uid = UidField(null=True)


index(Alias, "scope_uid", "dialect", "kind", "foreign_id", unique=True)
index(Alias, "object_uid", "dialect", "kind")
