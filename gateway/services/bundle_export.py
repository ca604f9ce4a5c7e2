"""An account's inventory as a bundle that `bundles.load` takes, here or elsewhere.

What belongs to the account goes in, with its provider and itself on top; history (messages, calls,
alerts) does not. Without `secrets` the members that hold one are left out, and so are credentials,
which are nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from uuid import UUID

from gateway.domain import instants
from gateway.domain.context import Context
from gateway.domain.problems import NotFound
from gateway.models import Alias
from gateway.models.database import connection
from gateway.models.fields import InstantField, SecretField, UidField
from gateway.models.prepared import Prepared, among
from gateway.services import bundle_flows
from gateway.services.bundle_kinds import KINDS, VERSION, Kind, Member

CREDENTIALS = frozenset({"users", "access_keys"})
HISTORY = frozenset({"messages", "receipts", "calls", "call_events", "alerts"})
_TOP = ("service_providers", "accounts")
_OWNERS = {
    "account_uid": "accounts",
    "owner_uid": "accounts",
    "trunk_uid": "trunks",
    "credential_list_uid": "credential_lists",
}
_DERIVED = frozenset({"secret_hash", "has_aliases", "last_used_at"})

Export = dict[str, Any]


def export(ctx: Context, account_uid: UUID, *, secrets: bool = False) -> Export:
    """The bundle of one account; NotFound. Constant number of queries per kind."""
    with connection():
        held = _held(account_uid, secrets)
    bundle: Export = {"polytrunk": VERSION}
    for name, rows in held.items():
        if rows:
            bundle[name] = [_rendered(KINDS[name], row, secrets) for row in rows]
    return bundle


def _held(account_uid: UUID, secrets: bool) -> dict[str, list[Any]]:
    held: dict[str, list[Any]] = {name: [] for name in KINDS}
    held["accounts"] = _rows("accounts", "uid", [account_uid])
    if not held["accounts"]:
        raise NotFound("no such account")
    providers = [row.service_provider_uid for row in held["accounts"]]
    held["service_providers"] = _rows("service_providers", "uid", providers)
    for name, kind in KINDS.items():
        if name in _TOP or name in HISTORY or (name in CREDENTIALS and not secrets):
            continue
        held[name] = _members(kind, held)
    held["aliases"] = _aliases(held)
    return held


def _members(kind: Kind, held: dict[str, list[Any]]) -> list[Any]:
    """Rows of the account, or of a row of the account where the kind has no owner column."""
    for column, above in _OWNERS.items():
        if column in kind.columns:
            uids = [row.uid for row in held[above]]
            return _rows(kind.name, column, uids)
    return []


def _aliases(held: dict[str, list[Any]]) -> list[Any]:
    uids = [row.uid for rows in held.values() for row in rows]
    return _ALIASES.all(uids=uids)


_ALIASES = Prepared(
    lambda: Alias.select().where(among(Alias.object_uid, "uids")).order_by(Alias.id)
)


@cache
def _statement(name: str, column: str) -> Prepared:
    model, target = KINDS[name].model, KINDS[name].columns[column].field
    return Prepared(lambda: model.select().where(among(target, "values")).order_by(model.id))


def _rows(name: str, column: str, values: Iterable[UUID]) -> list[Any]:
    found: list[Any] = _statement(name, column).all(values=list(values))
    return found


def _rendered(kind: Kind, row: Any, secrets: bool) -> Export:
    return dict(_members_of(kind, row, secrets))


def _members_of(kind: Kind, row: Any, secrets: bool) -> Iterator[tuple[str, Any]]:
    """Members that say something: not null, not the default, not derived from others."""
    for column, member in kind.columns.items():
        if column in _DERIVED or (isinstance(member.field, SecretField) and not secrets):
            continue
        value = getattr(row, column)
        if (kind.name, column) == (bundle_flows.KIND, bundle_flows.CONFIG):
            value = bundle_flows.exported(value, secrets)
        if value is None or (column != "uid" and value == _default(member)):
            continue
        yield member.name, _text(member, value)


def _default(member: Member) -> Any:
    default = member.field.default
    return default() if callable(default) else default


def _text(member: Member, value: Any) -> Any:
    if isinstance(member.field, UidField) or member.target is not None:
        return str(value)
    if isinstance(member.field, InstantField):
        return instants.iso(value, 6)
    return value
