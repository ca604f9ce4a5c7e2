"""Accounts: a provider's customers, with the hooks and the secret they are told things by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.policy import Owner
from gateway.domain.principal import Scope
from gateway.domain.problems import Conflict, Invalid, NotFound, Why
from gateway.domain.words import HookPurpose
from gateway.models import Account, ServiceProvider
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import account_removal, aliases, hook_objects, owning
from gateway.services.making import differing, fresh
from gateway.services.owning import Named
from gateway.services.scoping import Scoped
from gateway.wire.reading import apply

HOOKS = {
    "registration_hook": HookPurpose.REGISTRATION,
    "queue_hook": HookPurpose.QUEUE,
    "device_hook": HookPurpose.DEVICE,
}
SECRET_PREFIX = "wh_secret_"
SECRET_CHARACTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SECRET_LENGTH = 22
_DEVICE = "device_application_uid"

_OWNER = (Account.service_provider, Account.uid)
_LIST = Scoped(
    lambda visible: Account.select().where(visible).order_by(Account.id),
    *_OWNER,
    attach=tuple(HOOKS),
)
_BY_UID = Scoped(
    lambda visible: Account.select().where(visible & (Account.uid == P("uid"))),
    *_OWNER,
    attach=tuple(HOOKS),
)
_BY_REALM = Prepared(lambda: Account.select(Account.uid).where(Account.realm == P("realm")))
_PROVIDER = Prepared(
    lambda: ServiceProvider.select(ServiceProvider.uid).where(ServiceProvider.uid == P("uid"))
)
_INSERT = Insert(Account)


def search(ctx: Context) -> list[Any]:
    """The accounts the caller can see, oldest first, with their hooks; two queries."""
    policy.require(ctx, "account.read")
    rows = _LIST.all(ctx)
    hook_objects.attach_to_accounts(ctx, rows, HOOKS)
    return rows


def get(ctx: Context, given: Named) -> Any:
    """An account with its hooks; NotFound."""
    policy.require(ctx, "account.read")
    uid = aliases.uid_of(ctx, given, "account") if given is not None else None
    row = _BY_UID.one(ctx, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound()
    hook_objects.attach_to_accounts(ctx, [row], HOOKS)
    return row


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """An account of the provider named by `service_provider_uid`, by default the caller's own.

    Raises Forbidden for callers who are accounts, Invalid at references, Conflict at `realm`.
    """
    policy.require(ctx, "account.create")
    values = _lowered(apply(None, change))
    provider = _provider(ctx, values.pop("service_provider_uid", None))
    hooks = {name: values.pop(name) for name in HOOKS if name in values}
    made = {
        **fresh(ctx),
        **values,
        "service_provider_uid": provider,
        "webhook_secret": new_secret(ctx),
    }
    with _realm_taken_meanwhile(values.get("realm")), write():
        _check_realm(values.get("realm"))
        # a new account has no application it could name
        owning.application_for(ctx, made["uid"], values.get("device_application_uid"), _DEVICE)
        _INSERT.run(made)
        hook_objects.settle_all(ctx, Owner(provider, made["uid"]), None, hooks, HOOKS)
        return get(ctx, made["uid"])


def _provider(ctx: Context, given: Named) -> UUID:
    caller = ctx.caller
    if given is None and caller.service_provider_uid is not None:
        return caller.service_provider_uid
    if given is None:
        raise Invalid.one("service_provider_uid", "required", "is required")
    uid = aliases.uid_of(ctx, given, "service_provider")
    row = _PROVIDER.one(uid=uid) if uid is not None else None
    if row is None or not policy.visible(caller, Owner(row.uid)):
        raise owning.unknown("service_provider_uid", given)
    found: UUID = row.uid
    return found


def new_secret(ctx: Context) -> str:
    """A webhook secret, as long as those of the platforms that have such secrets."""
    chosen = (ctx.runtime.rng.choice(SECRET_CHARACTERS) for _ in range(SECRET_LENGTH))
    return SECRET_PREFIX + "".join(chosen)


def _lowered(values: dict[str, Any]) -> dict[str, Any]:
    """Realms are domain names: their case makes no difference."""
    realm = values.get("realm")
    return values if realm is None else {**values, "realm": realm.lower()}


def _check_realm(realm: str | None) -> None:
    if realm is not None and _BY_REALM.one(realm=realm) is not None:
        raise Conflict(f"{realm} is taken", fields={"realm": [Why("taken", realm)]})


@contextmanager
def _realm_taken_meanwhile(realm: str | None) -> Iterator[None]:
    """Two who ask for one realm at once: the database lets one of them have it."""
    try:
        yield
    except pw.IntegrityError:
        _check_realm(realm)
        raise


def update(ctx: Context, given: Named, change: Mapping[str, Any]) -> None:
    """Change an account; it stays with its provider. Accounts set their realm by `set_realm`."""
    policy.require(ctx, "account.update")
    with _realm_taken_meanwhile(_lowered(dict(change)).get("realm")), write():
        row = get(ctx, given)
        values = _lowered(apply(row, change))
        _check_settled(ctx, row, values)
        if _DEVICE in values:
            values[_DEVICE] = owning.application_for(ctx, row.uid, values[_DEVICE], _DEVICE)
        hook_objects.settle_all(ctx, Owner(row.service_provider_uid, row.uid), row, values, HOOKS)
        _store(ctx, row, values)


def _check_settled(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    named = values.pop("service_provider_uid", row.service_provider_uid)
    uid = aliases.uid_of(ctx, named, "service_provider") if named is not None else None
    if uid != row.service_provider_uid:
        raise Invalid.one(
            "service_provider_uid", "said", "service_provider_sid may not be modified"
        )
    own = ctx.caller.scope is Scope.ACCOUNT
    if own and values.get("is_active", row.is_active) != row.is_active:
        raise Invalid.one("is_active", "said", "is_active may not be modified by the account")
    if own and values.get("realm", row.realm) != row.realm:
        text = "use POST /Accounts/:sid/sip_realm/:realm to set or change the sip realm"
        raise Invalid.one("realm", "said", text)


def _store(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    values = differing(row, values)
    if "realm" in values:
        _check_realm(values["realm"])
    if values:
        values["updated_at"] = ctx.runtime.now()
        Account.update(values).where(Account.uid == row.uid).execute()


def set_realm(ctx: Context, given: Named, realm: str) -> None:
    """Give an account another SIP realm; Invalid at `realm` when it is taken or no domain name."""
    policy.require(ctx, "account.update")
    labels = realm.lower().split(".")
    named = all(label and len(label) < 64 and _is_label(label) for label in labels)
    if len(labels) < 3 or not named or len(realm) > 253:
        raise Invalid.one("realm", "said", f"invalid sip_realm: {realm}")
    with _realm_taken_meanwhile(realm.lower()), write():
        _store(ctx, get(ctx, given), {"realm": realm.lower()})


def _is_label(label: str) -> bool:
    inside = label.replace("-", "a")
    return inside.isascii() and inside.isalnum() and label[0] != "-" and label[-1] != "-"


def webhook_secret(ctx: Context, given: Named, *, regenerate: bool = False) -> Any:
    """The account with its secret in `webhook_secret`, a new one if asked for or if it had none."""
    policy.require(ctx, "account.update" if regenerate else "account.read")
    row = get(ctx, given)
    if regenerate or row.webhook_secret is None:
        with write():
            _store(ctx, row, {"webhook_secret": new_secret(ctx)})
        row = get(ctx, given)
    return row


def delete(ctx: Context, given: Named) -> None:
    """Remove an account with all that is its own; numbers of the inventory go back there."""
    policy.require(ctx, "account.delete")
    with write():
        row = get(ctx, given)
        account_removal.remove_account(row.uid)
