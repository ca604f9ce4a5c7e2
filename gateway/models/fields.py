"""Column types shared by all tables.

Each converts between the plain value both databases understand and the python value the services
use, so that a compiled statement can bind values without knowing which database it runs on:

* uid      32 hex digits (TEXT on SQLite, uuid on PostgreSQL)  <-> `uuid.UUID`
* instant  microseconds since the epoch (BIGINT)              <-> aware UTC `datetime`
* json     text, written and read by orjson, on both          <-> dict, list, ...
* secret   ciphertext of the current store's keyring (TEXT)    <-> the secret in clear
* enum     the member's value (TEXT)                           <-> `StrEnum` member
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, SafeUUID

import orjson
import peewee as pw

from gateway.models.current import current_store

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ZERO_UID = UUID(int=0)

_new = object.__new__
_set = object.__setattr__
_UNKNOWN = SafeUUID.unknown


def uid_of_hex(text: str) -> UUID:
    """A UUID of 32 hex digits from the database, without the argument checks of `UUID()`."""
    uid = _new(UUID)
    _set(uid, "int", int(text, 16))
    _set(uid, "is_safe", _UNKNOWN)
    return uid


class UidField(pw.UUIDField):
    """A UUID. Text that is no UUID raises ValueError instead of reaching the database."""

    def db_value(self, value: UUID | str | None) -> str | None:
        if value is None:
            return None
        return value.hex if value.__class__ is UUID else UUID(str(value)).hex

    def python_value(self, value: UUID | str | None) -> UUID | None:
        return uid_of_hex(value) if value.__class__ is str else value  # type: ignore[arg-type,return-value]


class InstantField(pw.BigIntegerField):
    """A moment as whole microseconds since 1970 UTC; only aware datetimes are accepted."""

    def db_value(self, value: datetime | int | None) -> int | None:
        if value is None or value.__class__ is int:
            return value  # type: ignore[return-value]
        return (value - EPOCH) // MICROSECOND  # type: ignore[operator]

    def python_value(self, value: int | None) -> datetime | None:
        # a float of seconds would lose microseconds from the year 2255 on; timedelta never does
        return None if value is None else EPOCH + timedelta(microseconds=value)


class JsonField(pw.TextField):
    """A JSON document kept as text; NULL is None (decision 0001: why not jsonb)."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def python_value(self, value: str | None) -> Any:
        return None if value is None else orjson.loads(value)


class SecretField(pw.TextField):
    """Text that must be replayed later: encrypted by the keyring of the current store."""

    def db_value(self, value: str | None) -> str | None:
        if value is None:
            return None
        return current_store().keyring.encrypt(value)

    def python_value(self, value: str | None) -> str | None:
        if value is None:
            return None
        return current_store().keyring.decrypt(value)


class EnumField(pw.TextField):
    """A word of a closed list. Unknown words raise ValueError on the way in; a word in the database
    that this version does not know comes out as plain text."""

    def __init__(self, words: type[StrEnum], **options: Any) -> None:
        super().__init__(**options)
        self.words = words
        self._members: dict[Any, Any] = {str(word): word for word in words}

    def clone(self) -> EnumField:
        twin: EnumField = super().clone()
        twin.words, twin._members = self.words, self._members
        return twin

    def db_value(self, value: str | None) -> str | None:
        return None if value is None else self.words(value).value

    def python_value(self, value: str | None) -> Any:
        return self._members.get(value, value)
