"""Numbers as a platform keeps them: put in by hand, assigned to accounts, given to applications.

A number made here that the provider has for sale is taken from there, and goes back when it is
given up. A number without an account is in its provider's pool. The trunk of a number says where
its calls come from; only an application chosen here decides what becomes of them (`handling`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import numbers as e164s
from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.policy import Owner
from gateway.domain.principal import Scope
from gateway.domain.problems import Conflict, Invalid, NotFound, Why
from gateway.domain.words import NumberHandling, NumberStatus
from gateway.models import Number, Trunk
from gateway.models.current import current_store
from gateway.models.database import commit_group, write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import aliases, numbers, owning, trunks
from gateway.services.making import differing, fresh
from gateway.services.owning import Named
from gateway.services.scoping import Scoped
from gateway.wire.reading import apply

_INSERT = Insert(Number)
_LIST = Scoped(
    lambda visible: (
        Number.select().where(visible & (Number.status == P("status"))).order_by(Number.id)
    ),
    Number.service_provider,
    Number.account,
)
_BY_UID = Scoped(
    lambda visible: Number.select().where(
        visible & (Number.status == P("status")) & (Number.uid == P("uid"))
    ),
    Number.service_provider,
    Number.account,
)
_LOCK = Prepared(
    lambda: Number.select(Number.uid).where(Number.uid == P("uid")).for_update("FOR UPDATE")  # type: ignore[arg-type]
)
_TRUNK = Prepared(lambda: Trunk.select(Trunk.uid, Trunk.account).where(Trunk.uid == P("uid")))
_KNOWN = Prepared(
    lambda: Number.select(Number.uid, Number.status, Number.account).where(
        (Number.service_provider == P("provider")) & (Number.e164 == P("e164"))
    )
)
_TAKE_OVER = Prepared(
    lambda: Number.update(
        account=P("account"),
        status=P("owned"),
        from_inventory=P("yes"),
        handling=P("handling"),
        trunk=P("trunk"),
        application=P("application"),
        assigned_at=P("now"),
        updated_at=P("now"),
    ).where((Number.uid == P("uid")) & (Number.status == P("available")) & Number.account.is_null())
)


def search(ctx: Context) -> list[Any]:
    """The numbers the caller can see that are not for sale, oldest first; one query."""
    policy.require(ctx, "number.read")
    return _LIST.all(ctx, status=NumberStatus.OWNED)


def get(ctx: Context, number: Named) -> Any:
    """A number that is not for sale; NotFound."""
    policy.require(ctx, "number.read")
    uid = aliases.uid_of(ctx, number, "number") if number is not None else None
    row = _BY_UID.one(ctx, uid=uid, status=NumberStatus.OWNED) if uid is not None else None
    if row is None:
        raise NotFound()
    return row


def _locked(ctx: Context, number: Named) -> Any:
    row = get(ctx, number)
    if current_store().kind != "postgres":
        return row
    _LOCK.one(uid=row.uid)
    return get(ctx, row.uid)


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """A number with its trunk, of an account or in the provider's pool; the row's uid is `uid`.

    Raises Invalid at references that cannot be used, Conflict at `e164` when somebody has it.
    """
    policy.require(ctx, "number.write")
    values = apply(None, change)

    def work() -> Any:
        trunk = _trunk(ctx, values.get("trunk_uid"))
        owner = _owner(ctx, values, trunk)
        if trunk is not None:
            _check_trunk(owner, trunk)
        application = owning.application_for(ctx, owner.account_uid, values.get("application_uid"))
        made = {
            "account_uid": owner.account_uid,
            "trunk_uid": trunk.uid if trunk else None,
            "application_uid": application,
            "handling": NumberHandling.APPLICATION if application else NumberHandling.NONE,
        }
        return _place(ctx, owner.service_provider_uid, values["e164"], made)

    return commit_group(work)


def create_all(ctx: Context, wanted: Sequence[str], attribute: str) -> list[Any]:
    """Numbers of the caller's account, all or none. Raises Conflict at the place of the first one
    that somebody has, in the list that is called `attribute`."""
    made = []
    with write():
        for position, e164 in enumerate(wanted):
            try:
                made.append(get(ctx, create(ctx, {"e164": e164}).uid))
            except Conflict as taken:
                whys = {f"{attribute}.{position}": taken.fields["e164"]}
                raise Conflict(taken.text, fields=whys) from None
    return made


def _trunk(ctx: Context, given: Named) -> Any:
    return None if given is None else trunks.named(ctx, given, "trunk_uid", lock=True)


def _owner(ctx: Context, values: Mapping[str, Any], trunk: Any) -> Owner:
    """Whose the number becomes; an administrator's is of the trunk's provider unless told."""
    account, provider = values.get("account_uid"), values.get("service_provider_uid")
    owner = owning.owner_of_new(ctx, account, provider)
    if owner.service_provider_uid is None and trunk is not None:
        owner = Owner(trunk.service_provider_uid)
    if owner.service_provider_uid is None:
        raise Invalid.one("account_uid", "missing", "missing")
    return owner


def _check_trunk(owner: Owner, trunk: Any) -> None:
    """A number's calls come from a trunk of its account, of its provider, or of nobody."""
    if trunk.account_uid not in (None, owner.account_uid):
        raise owning.elsewhere("trunk_uid")
    if trunk.service_provider_uid not in (None, owner.service_provider_uid):
        raise owning.elsewhere("trunk_uid")


def _place(ctx: Context, provider: UUID | None, e164: str, values: dict[str, Any]) -> Any:
    known = _KNOWN.one(provider=provider, e164=e164)
    if known is None:
        return _insert(ctx, {"service_provider_uid": provider, "e164": e164, **values})
    taken = _TAKE_OVER.run(
        uid=known.uid,
        available=NumberStatus.AVAILABLE,
        owned=NumberStatus.OWNED,
        yes=True,
        now=ctx.runtime.now(),
        **{name.removesuffix("_uid"): value for name, value in values.items()},
    )
    if not taken:
        raise _taken(e164)
    return known


def _insert(ctx: Context, values: dict[str, Any]) -> Any:
    e164 = values["e164"]
    made = {
        **fresh(ctx),
        **values,
        "status": NumberStatus.OWNED,
        "kind": e164s.kind(e164),
        "country": e164s.country(e164),
        "area_code": e164s.area_code(e164),
        "exchange": e164s.exchange(e164),
        "assigned_at": ctx.runtime.now(),
    }
    try:
        return _INSERT.add(made)
    except pw.IntegrityError:
        raise _taken(e164) from None


def _taken(e164: str) -> Conflict:
    return Conflict("the number exists", fields={"e164": [Why("taken", e164s.digits(e164))]})


def update(ctx: Context, number: Named, change: Mapping[str, Any]) -> None:
    """Assign a number to an account or an application; number and trunk stay as they are.

    An account that gets it gets it bare: what led to things of the former account is cleared.
    """
    policy.require(ctx, "number.write")
    with write():
        row = _locked(ctx, number)
        values = {n: v for n, v in apply(row, change).items() if n != "service_provider_uid"}
        account = _account(ctx, row, values)
        first = _settled(ctx, row, account, values)
        cleared = _cleared(ctx, row, account) if account != row.account_uid else {}
        chosen = _application(ctx, row, account, values)
        values = differing(row, {**cleared, **first, **chosen, "account_uid": account})
        if values:
            values["updated_at"] = ctx.runtime.now()
            Number.update(values).where(Number.uid == row.uid).execute()


def _settled(
    ctx: Context, row: Any, account: UUID | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """The trunk of a number that has none yet; what is settled already may be said again, not
    changed."""
    if values.get("e164", row.e164) != row.e164:
        raise Invalid.one("e164", "immutable", "may not be modified")
    given = values.get("trunk_uid", row.trunk_uid)
    if row.trunk_uid is None and given is not None:
        trunk = trunks.named(ctx, given, "trunk_uid")
        _check_trunk(Owner(row.service_provider_uid, account), trunk)
        return {"trunk_uid": trunk.uid}
    uid = aliases.uid_of(ctx, given, "trunk") if given is not None else None
    if uid != row.trunk_uid:
        raise Invalid.one("trunk_uid", "immutable", "may not be modified")
    return {}


def _account(ctx: Context, row: Any, values: Mapping[str, Any]) -> UUID | None:
    """The account the number will belong to: one of its provider, or none."""
    if "account_uid" not in values:
        found: UUID | None = row.account_uid
        return found
    given = values["account_uid"]
    if given is None and ctx.caller.scope is not Scope.ACCOUNT:
        return None
    owner = owning.owner_of_new(ctx, given)
    if owner.service_provider_uid != row.service_provider_uid:
        raise owning.elsewhere("account_uid")
    return owner.account_uid


def _cleared(ctx: Context, row: Any, account: UUID | None) -> dict[str, Any]:
    numbers.forget_hooks(row.uid)
    cleared: dict[str, Any] = {
        "application_uid": None,
        "primary_endpoint_uid": None,
        "failover_endpoint_uid": None,
        "flow_node_uid": None,
        "alias": None,
        "cnam_lookup": False,
        "handling": NumberHandling.NONE,
        "extras": {},
        "assigned_at": ctx.runtime.now(),
    }
    trunk = _TRUNK.one(uid=row.trunk_uid) if row.trunk_uid is not None else None
    if trunk is not None and trunk.account_uid not in (None, account):
        cleared["trunk_uid"] = None
    return cleared


def _application(
    ctx: Context, row: Any, account: UUID | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """The application and what it makes of the handling; taking it away leaves other choices."""
    if "application_uid" not in values:
        return {}
    chosen = owning.application_for(ctx, account, values["application_uid"])
    if chosen is not None:
        return {"application_uid": chosen, "handling": NumberHandling.APPLICATION}
    if account != row.account_uid or row.handling != NumberHandling.APPLICATION:
        return {"application_uid": None}
    return {"application_uid": None, "handling": NumberHandling.NONE}


def delete(ctx: Context, number: Named) -> None:
    """Give a number up; NotFound."""
    policy.require(ctx, "number.write")
    with write():
        numbers.give_up(_locked(ctx, number).uid)
