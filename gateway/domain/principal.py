"""Who is asking: the outcome of authentication, the same for all dialects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Scope(StrEnum):
    ADMIN = "admin"
    PROVIDER = "provider"
    ACCOUNT = "account"


@dataclass(frozen=True)
class Principal:
    """A key or user that passed authentication.

    `account_uid` is set for account scope, `service_provider_uid` for account and provider scope.
    Exactly one of `key_uid` and `user_uid` is set. A caller who acts inside one account or provider
    has its scope, and in `rights` the one that its own credential has.
    """

    scope: Scope
    key_uid: UUID | None = None
    user_uid: UUID | None = None
    service_provider_uid: UUID | None = None
    account_uid: UUID | None = None
    roles: frozenset[str] = frozenset()
    has_aliases: bool = False
    rights: Scope | None = None

    @property
    def actor(self) -> str:
        """Text that names the credential in records, e.g. `key:0193...`."""
        return f"key:{self.key_uid}" if self.key_uid else f"user:{self.user_uid}"
