"""Trunks: the relations to peers, and above all the default trunk of an account.

A trunk belongs to an account, to a provider, or (an administrator made it) to nobody. Its login is
kept in lists of credentials and read with it as `credential`.

Dialects without trunks keep their endpoints somewhere too: in the account's default trunk, made by
the first write that needs it together with the built-in registration, never by a read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import peewee as pw

from gateway.domain import policy, routes
from gateway.domain.context import Context
from gateway.domain.ids import CODECS
from gateway.domain.policy import Owner
from gateway.domain.problems import Conflict, InUse, NotFound, Why
from gateway.domain.words import EndpointKind
from gateway.models import Account, Endpoint, Number, Trunk
from gateway.models.current import current_store
from gateway.models.database import commit_group, write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import access_lists, aliases, credentials, owning
from gateway.services.making import differing, fresh, lock_account
from gateway.services.owning import Named
from gateway.services.pages import Page, Paged
from gateway.services.scoping import Scoped
from gateway.wire.reading import apply

DEFAULT_NAME = "default"

_LIST = Scoped(
    lambda visible: Trunk.select().where(visible).order_by(Trunk.id),
    Trunk.service_provider,
    Trunk.account,
    attach=("credential",),
)
_BY_UID = Scoped(
    lambda visible: Trunk.select().where(visible & (Trunk.uid == P("uid"))),
    Trunk.service_provider,
    Trunk.account,
    attach=("credential",),
)
_OWN = Trunk.account == P("account")
_PAGE = Paged(lambda *columns: Trunk.select(*columns).where(_OWN), Trunk, (Trunk.id,))
_HOSTED = Paged(
    lambda *columns: Trunk.select(*columns).where(_OWN & (Trunk.host_name == P("host_name"))),
    Trunk,
    (Trunk.id,),
)
_LOCK = Prepared(
    lambda: Trunk.select(Trunk.uid).where(Trunk.uid == P("uid")).for_update("FOR NO KEY UPDATE")  # type: ignore[arg-type]
)
_NAMED = Prepared(
    lambda: (
        Trunk.select(Trunk.uid)
        .where((Trunk.account == P("account")) & (Trunk.name == P("name")))
        .limit(1)
    )
)
_NAMED_OF_PROVIDER = Prepared(
    lambda: (
        Trunk.select(Trunk.uid)
        .where(
            Trunk.account.is_null()
            & (Trunk.service_provider == P("provider"))
            & (Trunk.name == P("name"))
        )
        .limit(1)
    )
)
_BINDS_AS = Prepared(
    lambda: (
        Trunk.select(Trunk.uid)
        .where((Trunk.smpp_inbound_system_id == P("system_id")) & (Trunk.uid != P("uid")))
        .limit(1)
    )
)
_HAS_ENDPOINTS = Prepared(
    lambda: Endpoint.select(Endpoint.uid).where(Endpoint.trunk == P("trunk")).limit(1)
)
_HAS_NUMBERS = Prepared(
    lambda: Number.select(Number.uid).where(Number.trunk == P("trunk")).limit(1)
)
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
    """A unique host label: the name's letters and digits, then the last six of the uid's
    ULID."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].strip("-")
    return f"{slug or 'trunk'}-{CODECS['ulid'].encode(uid)[-6:].lower()}"


def search(ctx: Context) -> list[Any]:
    """The trunks the caller can see, oldest first, each with its `credential`; two queries."""
    policy.require(ctx, "trunk.read")
    rows = _LIST.all(ctx)
    credentials.attach(rows)
    return rows


def page(ctx: Context, *, limit: int, offset: int, host_name: str | None = None) -> Page:
    """A page of the account's trunks, oldest first; those with this host name if one is given."""
    policy.require(ctx, "trunk.read")
    if host_name is None:
        return _PAGE.ask(limit, offset, account=ctx.account_uid)
    return _HOSTED.ask(limit, offset, account=ctx.account_uid, host_name=host_name.lower())


def get(ctx: Context, trunk: UUID | Named) -> Any:
    """A trunk with its `credential` (username and password, or None); NotFound."""
    policy.require(ctx, "trunk.read")
    row = find(ctx, trunk)
    credentials.attach([row])
    return row


def find(ctx: Context, trunk: Named, *, lock: bool = False) -> Any:
    """A trunk the caller can see, without its login; NotFound.

    With `lock` nobody else changes it or its addresses until the end of the transaction.
    """
    uid = aliases.uid_of(ctx, trunk, "trunk") if trunk is not None else None
    if uid is not None and lock and current_store().kind == "postgres":
        _LOCK.one(uid=uid)
    row = _BY_UID.one(ctx, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound()
    return row


def named(ctx: Context, trunk: Named, attribute: str, *, lock: bool = False) -> Any:
    """The trunk that a body refers to by `attribute`; Invalid there when there is none to see."""
    try:
        return find(ctx, trunk, lock=lock)
    except NotFound:
        raise owning.unknown(attribute, trunk) from None


def has_name(owner: Owner, name: str) -> bool:
    """Whether the owner has a trunk of that name."""
    if owner.account_uid is not None:
        return _NAMED.one(account=owner.account_uid, name=name) is not None
    return _NAMED_OF_PROVIDER.one(provider=owner.service_provider_uid, name=name) is not None


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """A trunk of the caller, or of the `account_uid` or `service_provider_uid` the change names.

    `credential` (username, password) becomes its login. Raises Invalid for references to what
    cannot be seen or is another account's, Conflict for an SMPP login name that is taken.
    """
    policy.require(ctx, "trunk.write")
    values = apply(None, change)
    login = values.pop("credential", None)

    def work() -> Any:
        account, provider = values.get("account_uid"), values.get("service_provider_uid")
        owner = owning.owner_of_new(ctx, account, provider)
        application = owning.application_for(ctx, owner.account_uid, values.get("application_uid"))
        made = {**fresh(ctx), **values, **owning.columns(owner), "application_uid": application}
        made.setdefault("host_name", host_name(made["name"], made["uid"]))
        _check_bind(made["uid"], made.get("smpp_inbound_system_id"))
        try:
            _INSERT.run(made)
        except pw.IntegrityError:
            raise _taken("host_name", made["host_name"]) from None
        row = find(ctx, made["uid"])
        row.credential = None
        credentials.change(ctx, row, login)
        return row

    return commit_group(work)


def update(ctx: Context, trunk: Named, change: Mapping[str, Any]) -> None:
    """Change a trunk. Its account can change while it has neither addresses nor numbers: InUse.

    Other errors as `create`; NotFound.
    """
    policy.require(ctx, "trunk.write")
    with write():
        row = find(ctx, trunk, lock=True)
        credentials.attach([row])
        values = apply(row, change)
        login = values.pop("credential", row.credential)
        values |= _references(ctx, row, values)
        values = differing(row, values)
        if "smpp_inbound_system_id" in values:
            _check_bind(row.uid, values["smpp_inbound_system_id"])
        touched = credentials.change(ctx, row, login)
        if values or touched:
            changed = {**values, "updated_at": ctx.runtime.now()}
            try:
                Trunk.update(changed).where(Trunk.uid == row.uid).execute()
            except pw.IntegrityError:
                raise _taken("host_name", values.get("host_name")) from None
        _carry(row.uid, values)


def _references(ctx: Context, row: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Owner and application as they will be, resolved and checked where the change names them."""
    owner = Owner(row.service_provider_uid, row.account_uid)
    if values.keys() & {"account_uid", "service_provider_uid"}:
        account = values.get("account_uid", row.account_uid)
        kept = row.service_provider_uid if account is None else None
        provider = values.get("service_provider_uid", kept)
        owner = owning.owner_of_new(ctx, account, provider)
        if owner != (row.service_provider_uid, row.account_uid):
            _check_movable(row)
    application = values.get("application_uid", row.application_uid)
    if owner.account_uid != row.account_uid or "application_uid" in values:
        application = owning.application_for(ctx, owner.account_uid, application)
    return {**owning.columns(owner), "application_uid": application}


def _check_movable(row: Any) -> None:
    if row.is_auto:
        raise InUse("the default trunk stays with its account")
    if _HAS_ENDPOINTS.one(trunk=row.uid) is not None or access_lists.auto_members(row.uid):
        raise InUse("a trunk with gateways cannot move to another account")
    if _HAS_NUMBERS.one(trunk=row.uid) is not None:
        raise InUse("a trunk with numbers cannot move to another account")


def _carry(trunk_uid: UUID, values: Mapping[str, Any]) -> None:
    """What a trunk's automatic lists have of it changes with it."""
    moved = {
        name: values[name] for name in ("account_uid", "service_provider_uid") if name in values
    }
    if "name" in values:
        moved["name"] = credentials.auto_name(values["name"])
    if moved:
        access_lists.carry(trunk_uid, moved)
        credentials.carry(trunk_uid, moved)


def _check_bind(trunk_uid: UUID, system_id: str | None) -> None:
    """Peers that bind to us are told apart by this name alone, whoever's they are."""
    if system_id and _BINDS_AS.one(system_id=system_id, uid=trunk_uid) is not None:
        raise _taken("smpp_inbound_system_id", system_id)


def _taken(attribute: str, value: Any) -> Conflict:
    return Conflict(f"{value} is taken", fields={attribute: [Why("taken", str(value))]})


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
