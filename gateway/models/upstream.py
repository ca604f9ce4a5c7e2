"""Real providers that accounts are connected to, the ids that they or a fixture gave things, and
what was moved from one to another."""

from __future__ import annotations

import peewee as pw

from gateway.domain.words import ConnectionMode, ItemState, RunState
from gateway.models.base import Base, index, reference
from gateway.models.fields import EnumField, JsonField, SecretField, UidField
from gateway.models.tenancy import Account


class Connection(Base):
    """How an account is reached at a provider. `kinds` are those it is meant for, none for all.

    `secret` is a secret itself, or `env:NAME` where it is kept outside; `settings` holds what is
    not secret: `key` (the name that goes with the secret), `account` (the provider's name of the
    account) and what the transport is told. `event_token` is part of the address at which the
    provider tells of events, `event_secret` what it signs them with.
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
    event_token = SecretField(null=True)
    event_secret = SecretField(null=True)


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


class SyncRun(Base):
    """A plan that is or was carried out between two connections. `digest` is of the source that the
    plan was made of; `plan` is what a person saw."""

    account = reference(Account, "account", null=False)
    source_uid = UidField()
    target_uid = UidField()
    digest = pw.TextField()
    plan = JsonField()
    state = EnumField(RunState, default=RunState.APPLYING)
    error = pw.TextField(null=True)


class SyncItem(Base):
    """One step of a run and how to take it back. `foreign_id` is the row's name at the target,
    `values` are what was sent, `before` what the target said until then, references resolved."""

    run = reference(SyncRun, "run", null=False, index=False)
    position = pw.IntegerField()
    key = pw.TextField()
    action = pw.TextField()
    kind = pw.TextField()
    state = EnumField(ItemState, default=ItemState.WAITING)
    foreign_id = pw.TextField(null=True)
    values = JsonField(default=dict)
    before = JsonField(default=dict)
    losses = JsonField(default=list)
    error = pw.TextField(null=True)


index(SyncItem, "run", "position", unique=True)


class MessageRoute(Base):
    """Messages that match go by one way: an SMPP link or a connection, exactly one of them.

    A route matches where all it names do: the sender, the beginning of the destination, its
    country. `priority` counts first (the smaller), then `cost_nano` of a segment, then `weight`.
    """

    account = reference(Account, "account", null=False, index=False)
    name = pw.TextField()
    from_number = pw.TextField(null=True)
    prefix = pw.TextField(null=True)
    country = pw.TextField(null=True)
    link_uid = UidField(null=True)
    connection_uid = UidField(null=True)
    priority = pw.IntegerField(default=1)
    weight = pw.IntegerField(default=1)
    cost_nano = pw.BigIntegerField(default=0)
    enabled = pw.BooleanField(default=True)


index(MessageRoute, "account", "name", unique=True)


class Baseline(Base):
    """What we and a provider last agreed on: `rows` by kind, as settled inventories tell them."""

    connection = reference(Connection, "connection", null=False, index=False)
    rows = JsonField()


index(Baseline, "connection", unique=True)


class SeenEvent(Base):
    """An event a provider told of, so that the same one is not taken twice."""

    connection_uid = UidField()
    key = pw.TextField()


index(SeenEvent, "connection_uid", "key", unique=True)
