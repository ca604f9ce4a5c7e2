"""Trunks as other services need them: above all the default trunk of an account.

Dialects without trunks keep their endpoints somewhere too: in the account's default trunk, made by
the first write that needs it together with the built-in registration, never by a read.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from uuid import UUID

from gateway.domain import routes
from gateway.domain.context import Context
from gateway.domain.problems import NotFound
from gateway.domain.words import EndpointKind
from gateway.models import Account, Endpoint, Trunk
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services.making import fresh, lock_account

DEFAULT_NAME = "default"

_INSERT = Insert(Trunk)
_INSERT_ENDPOINT = Insert(Endpoint)
_DEFAULT = Prepared(
    lambda: Trunk.select(Trunk.uid, Trunk.service_provider).where(
        (Trunk.account == P("account")) & (Trunk.is_auto == P("auto"))
    )
)
_BUILT_IN = Prepared(
    lambda: Endpoint.select(Endpoint.uid).where(
        (Endpoint.account == P("account")) & (Endpoint.route_number == P("number"))
    )
)
_PROVIDER_OF = Prepared(
    lambda: Account.select(Account.service_provider).where(Account.uid == P("uid"))
)


class DefaultTrunk(NamedTuple):
    """An account's default trunk and the built-in registration, which has route number 0."""

    uid: UUID
    built_in_uid: UUID
    service_provider_uid: UUID | None


def host_name(name: str, uid: UUID) -> str:
    """A unique host label: the name's letters and digits, then six characters of the uid."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].strip("-")
    return f"{slug or 'trunk'}-{uid.hex[-6:]}"


def default_trunk(ctx: Context, account_uid: UUID) -> DefaultTrunk:
    """The account's default trunk with the built-in registration, made now if it has none.

    Joins the caller's transaction.
    """
    with write():
        found = _found(account_uid)
        if found is not None:
            return found
        lock_account(account_uid)
        return _found(account_uid) or _make(ctx, account_uid)


def _found(account_uid: UUID) -> DefaultTrunk | None:
    trunk = _DEFAULT.one(account=account_uid, auto=True)
    built_in = _BUILT_IN.one(account=account_uid, number=routes.BUILTIN_NUMBER)
    if trunk is None or built_in is None:
        return None
    return DefaultTrunk(trunk.uid, built_in.uid, trunk.service_provider_uid)


def _make(ctx: Context, account_uid: UUID) -> DefaultTrunk:
    """Whichever of the two rows is missing: a bundle may bring the trunk alone."""
    account = _PROVIDER_OF.one(uid=account_uid)
    if account is None:
        raise NotFound("no such account")
    owner = {
        "account_uid": account_uid,
        "service_provider_uid": account.service_provider_uid,
    }
    trunk = _DEFAULT.one(account=account_uid, auto=True)
    trunk_uid = trunk.uid if trunk else _make_trunk(ctx, owner)
    built_in = _BUILT_IN.one(account=account_uid, number=routes.BUILTIN_NUMBER)
    built_in_uid = built_in.uid if built_in else _make_built_in(ctx, owner, trunk_uid)
    return DefaultTrunk(trunk_uid, built_in_uid, account.service_provider_uid)


def _make_trunk(ctx: Context, owner: dict[str, Any]) -> UUID:
    made = fresh(ctx)
    uid: UUID = made["uid"]
    names = {"name": DEFAULT_NAME, "host_name": host_name(DEFAULT_NAME, uid)}
    _INSERT.run({**made, **owner, **names, "is_auto": True})
    return uid


def _make_built_in(ctx: Context, owner: dict[str, Any], trunk_uid: UUID) -> UUID:
    made = fresh(ctx)
    _INSERT_ENDPOINT.run(
        {
            **made,
            **owner,
            "trunk_uid": trunk_uid,
            "name": routes.BUILTIN_NAME,
            "kind": EndpointKind.REGISTRATION,
            "dials": True,
            "route_number": routes.BUILTIN_NUMBER,
            "is_auto": True,
        }
    )
    uid: UUID = made["uid"]
    return uid
