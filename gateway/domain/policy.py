"""Who may do what, as one table, and whose things a caller can see.

Two questions are kept apart. May this scope do this action at all? If not, the caller is told so
(Forbidden). Does this object belong to the caller's realm? If not, there is no such object for the
caller (NotFound): an answer that differs would tell that there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Forbidden, NotFound


class Owner(NamedTuple):
    """Whose a row is. Without an account it is the provider's own; without both, the platform's."""

    service_provider_uid: UUID | None
    account_uid: UUID | None = None


_ALL: Final = frozenset(Scope)
_ABOVE_ACCOUNT: Final = frozenset({Scope.ADMIN, Scope.PROVIDER})
_ADMIN: Final = frozenset({Scope.ADMIN})

_WHO_MAY: Final[Mapping[str, frozenset[Scope]]] = MappingProxyType(
    {
        # the platform
        "provider.read": _ABOVE_ACCOUNT,
        "provider.update": _ABOVE_ACCOUNT,
        "provider.create": _ADMIN,
        "provider.delete": _ADMIN,
        "system.read": _ADMIN,
        "system.write": _ADMIN,
        "address.read": _ALL,
        "address.write": _ABOVE_ACCOUNT,
        # tenancy
        "account.read": _ALL,
        "account.update": _ALL,
        "account.create": _ABOVE_ACCOUNT,
        "account.delete": _ALL,
        "user.read": _ALL,
        "user.write": _ALL,
        "key.read": _ALL,
        "key.write": _ALL,
        "limit.read": _ALL,
        "limit.write": _ABOVE_ACCOUNT,
        "country_permission.read": _ALL,
        "country_permission.write": _ALL,
        "billing.read": _ALL,
        "billing.write": _ALL,
        # voice
        "trunk.read": _ALL,
        "trunk.write": _ALL,
        "endpoint.read": _ALL,
        "endpoint.write": _ALL,
        "access_list.read": _ALL,
        "access_list.write": _ALL,
        "credential_list.read": _ALL,
        "credential_list.write": _ALL,
        "link.read": _ALL,
        "link.write": _ALL,
        # numbers
        "number.read": _ALL,
        "number.write": _ALL,
        "number.purchase": _ALL,
        "inventory.read": _ALL,
        "inventory.write": _ABOVE_ACCOUNT,
        # applications
        "application.read": _ALL,
        "application.write": _ALL,
        "hook.read": _ALL,
        "hook.write": _ALL,
        "flow.read": _ALL,
        "flow.write": _ALL,
        "document.read": _ALL,
        "document.write": _ALL,
        # traffic
        "message.read": _ALL,
        "message.send": _ALL,
        "call.read": _ALL,
        "call.write": _ALL,
        "alert.read": _ALL,
        "delivery.read": _ALL,
        "delivery.resend": _ALL,
        # moving
        "bundle.export": _ALL,
        "bundle.load": _ABOVE_ACCOUNT,
        "connection.read": _ALL,
        "connection.write": _ALL,
    }
)

TABLE: Final[Mapping[tuple[Scope, str], bool]] = MappingProxyType(
    {(scope, action): scope in who for action, who in _WHO_MAY.items() for scope in Scope}
)


def may(principal: Principal, action: str) -> bool:
    """True when the caller's scope has this action. An action outside the table is a KeyError: a
    misspelt action must not pass for a refusal."""
    return TABLE[principal.rights or principal.scope, action]


def visible(principal: Principal, owner: Owner) -> bool:
    """True when the caller can see a thing of this owner: an admin everything, a provider its own
    things and those of its accounts, an account its own only."""
    if principal.scope is Scope.ADMIN:
        return True
    if principal.scope is Scope.PROVIDER:
        mine = principal.service_provider_uid
        return mine is not None and owner.service_provider_uid == mine
    return principal.account_uid is not None and owner.account_uid == principal.account_uid


def require(ctx: Context, action: str, owner: Owner | None = None) -> Principal:
    """The caller, if allowed. Raises Unauthenticated, NotFound (not visible) or Forbidden."""
    caller = ctx.caller
    if owner is not None and not visible(caller, owner):
        raise NotFound()
    if not may(caller, action):
        raise Forbidden()
    return caller
