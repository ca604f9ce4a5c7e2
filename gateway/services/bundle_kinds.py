"""What a bundle may hold: the kinds, how a row is recognised again, and how JSON becomes a column.

Everything follows from the models. The tables here say only what they cannot: which kinds there
are, and their natural keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import instants
from gateway.models import TABLES
from gateway.models.base import Base
from gateway.models.fields import EnumField, InstantField, JsonField, SecretField, UidField
from gateway.models.prepared import Insert
from gateway.models.rows import attribute

VERSION = 1
OWNER = "owner_uid"
"""Stands in natural keys for the account, else the service provider, of a row."""

_NATURAL: dict[str, tuple[str, ...]] = {
    "ServiceProvider": ("name",),
    "Account": ("service_provider_uid", "name"),
    "User": ("login",),
    "AccessKey": ("key_id",),
    "Application": ("account_uid", "name"),
    "Hook": (OWNER, "number_uid", "dialect", "purpose", "url"),
    "Document": ("scope_uid", "kind", "key"),
    "Trunk": (OWNER, "name"),
    "AccessList": (OWNER, "name"),
    "Endpoint": (OWNER, "trunk_uid", "access_list_uid", "name"),
    "TrunkAccessList": ("trunk_uid", "access_list_uid"),
    "CredentialList": (OWNER, "name"),
    "SipCredential": ("credential_list_uid", "username"),
    "TrunkCredentialList": ("trunk_uid", "credential_list_uid"),
    "SmppLink": ("trunk_uid", "host", "port"),
    "FlowNode": ("account_uid", "extension"),
    "Number": ("service_provider_uid", "e164"),
    "Message": (),
    "Receipt": (),
    "Call": (),
    "CallEvent": (),
    "Limit": ("owner_uid", "category"),
    "CountryPermission": ("account_uid", "iso_code"),
    "Alert": (),
    "Alias": ("scope_uid", "dialect", "kind", "foreign_id"),
    "MessageRoute": ("account_uid", "name"),
}
_ZONED = re.compile(r"(?:Z|[+-]\d\d:\d\d)$", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Member:
    """One member of a row: the column's attribute on rows, and what it refers to, if anything."""

    name: str
    column: str
    field: Any = field(repr=False)
    target: str | None = None


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of row. `members` is keyed by every spelling a bundle may use."""

    name: str
    model: type[Base]
    key: tuple[str, ...]
    members: dict[str, Member] = field(repr=False)

    @cached_property
    def insert(self) -> Insert:
        return Insert(self.model)

    @cached_property
    def columns(self) -> dict[str, Member]:
        """Members by the attribute they have on rows."""
        return {member.column: member for member in self.members.values()}

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """Columns a new row must be given."""
        return tuple(
            member.column
            for member in self.columns.values()
            if not member.field.null
            and member.field.default is None
            and member.column not in ("uid", "created_at")
        )


def plural(model: type[Base]) -> str:
    """The kind of a model: its name in snake case, plural."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", model.__name__).lower()
    return snake + ("es" if snake.endswith("s") else "s")


def _member(model: type[Base], column: Any) -> Member:
    name = column.name.removesuffix("_uid") if column.name != "uid" else "uid"
    target = None
    if isinstance(column, pw.ForeignKeyField):
        target = plural(column.rel_model)
    return Member(name, attribute(column), column, target)


def _kind(model: type[Base]) -> Kind:
    members: dict[str, Member] = {}
    for column in model._meta.sorted_fields:
        if column.name == "id":
            continue
        member = _member(model, column)
        members[member.name] = members[column.name] = members[member.column] = member
    return Kind(plural(model), model, _NATURAL[model.__name__], members)


KINDS: dict[str, Kind] = {
    plural(model): _kind(model) for model in TABLES if model.__name__ in _NATURAL
}
"""Every kind, parents before children."""


def is_uid(member: Member) -> bool:
    """Whether the member names a row: a foreign key, or a plain uid without constraint."""
    return member.target is not None or isinstance(member.field, UidField)


def converted(member: Member, value: Any) -> Any:
    """A JSON value as the column's python value; ValueError says what it must be."""
    if value is None:
        if member.field.null:
            return None
        raise ValueError("must not be null")
    if isinstance(member.field, EnumField) and value not in list(member.field.words):
        raise ValueError(f"must be one of {', '.join(member.field.words)}")
    for kind, convert in _CONVERTERS:
        if isinstance(member.field, kind):
            return convert(value)
    raise ValueError("cannot be given")


def _instant(value: Any) -> datetime:
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return instants.from_micros(value)
        if isinstance(value, str) and _ZONED.search(value):
            return instants.parse_instant(value)
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be an RFC 3339 time or microseconds since 1970")


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError("must be a whole number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("must be text")
    return value


def _json(value: Any) -> Any:
    if not isinstance(value, dict | list):
        raise ValueError("must be an object or a list")
    return value


def uid_of(value: Any) -> UUID | None:
    """The UUID a text spells, or None."""
    if not isinstance(value, str):
        return None
    try:
        return UUID(value) if len(value) in (32, 36) else None
    except ValueError:
        return None


_CONVERTERS: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (InstantField, _instant),
    (JsonField, _json),
    (SecretField, _text),
    (EnumField, _text),
    (pw.BooleanField, _flag),
    (pw.IntegerField, _whole),
    (pw.TextField, _text),
)
