"""Rows of the core by kind, whole: with all that any dialect shows of them.

A dialect's own services read what that dialect needs. Who compares dialects needs one row with
everything, and needs to find it by its uid, whichever dialect made it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import ids
from gateway.domain.context import Context
from gateway.domain.problems import NotFound
from gateway.domain.words import NumberStatus
from gateway.models import (
    AccessList,
    Account,
    Application,
    Call,
    CredentialList,
    Endpoint,
    FlowNode,
    Hook,
    Message,
    Number,
    SmppLink,
    Trunk,
)
from gateway.models.fields import UidField
from gateway.models.prepared import P, Prepared
from gateway.services import (
    access_control,
    accounts,
    aliases,
    applications,
    credential_lists,
    endpoints,
    flows,
    messages,
    numbers,
    provisioning,
    smpp_links,
    trunks,
)
from gateway.services.scoping import Scoped

_DIGITS = re.compile(r"\+?[1-9][0-9]{6,14}", re.ASCII)
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_HOME = pw.fn.COALESCE(Endpoint.trunk, AccessList.home_trunk)
_ENDPOINT = Scoped(
    lambda visible: (
        Endpoint.select(
            Endpoint,
            AccessList,
            Trunk,
            _HOME.converter(UidField().python_value).alias("home_trunk_uid"),
        )
        .join_from(
            Endpoint, AccessList, pw.JOIN.LEFT_OUTER, on=(Endpoint.access_list == AccessList.uid)
        )
        .join_from(Endpoint, Trunk, pw.JOIN.LEFT_OUTER, on=(Endpoint.trunk == Trunk.uid))
        .where(visible & (Endpoint.uid == P("uid")))
    ),
    Endpoint.service_provider,
    Endpoint.account,
    nest={AccessList: "access_list", Trunk: "home"},
)
_HOOK = Scoped(
    lambda visible: Hook.select().where(visible & (Hook.uid == P("uid"))),
    Hook.service_provider,
    Hook.account,
)
_CALL = Prepared(
    lambda: Call.select().where((Call.account_uid == P("account")) & (Call.uid == P("uid")))
)


@dataclass(frozen=True)
class CoreKind:
    """`one(ctx, uid)` is the whole row, NotFound without; `uids` lists those of an account."""

    one: Callable[[Context, UUID], Any]
    uids: Prepared


def _page(model: Any, where: Any) -> Prepared:
    return Prepared(
        lambda: (
            model.select(model.uid)
            .where(where)
            .order_by(model.id)
            .limit(P("limit"))
            .offset(P("offset"))
        )
    )


def _endpoint(ctx: Context, uid: UUID) -> Any:
    return _found(_ENDPOINT.one(ctx, uid=uid))


def _hook(ctx: Context, uid: UUID) -> Any:
    return _found(_HOOK.one(ctx, uid=uid))


def _call(ctx: Context, uid: UUID) -> Any:
    return _found(_CALL.one(account=ctx.account_uid, uid=uid))


def _number(ctx: Context, uid: UUID) -> Any:
    row = provisioning.get(ctx, uid)
    return numbers.get(ctx, row.e164)


def _found(row: Any) -> Any:
    if row is None:
        raise NotFound()
    return row


_LINKS = Prepared(
    lambda: (
        SmppLink.select(SmppLink.uid)
        .join(Trunk, on=(SmppLink.trunk == Trunk.uid))
        .where(Trunk.account == P("account"))
        .order_by(SmppLink.id)
        .limit(P("limit"))
        .offset(P("offset"))
    )
)
_OWNED = (Number.account == P("account")) & (Number.status == NumberStatus.OWNED.value)

KINDS: Mapping[str, CoreKind] = {
    "account": CoreKind(accounts.get, _page(Account, Account.uid == P("account"))),
    "trunk": CoreKind(trunks.get, _page(Trunk, Trunk.account == P("account"))),
    "endpoint": CoreKind(_endpoint, _page(Endpoint, Endpoint.account == P("account"))),
    "access_list": CoreKind(
        access_control.get, _page(AccessList, AccessList.account == P("account"))
    ),
    "credential_list": CoreKind(
        credential_lists.get, _page(CredentialList, CredentialList.account == P("account"))
    ),
    "smpp_link": CoreKind(smpp_links.get, _LINKS),
    "number": CoreKind(_number, _page(Number, _OWNED)),
    "application": CoreKind(
        applications.get, _page(Application, Application.account == P("account"))
    ),
    "flow_node": CoreKind(flows.get, _page(FlowNode, FlowNode.account == P("account"))),
    "hook": CoreKind(_hook, _page(Hook, Hook.account == P("account"))),
    "call": CoreKind(_call, _page(Call, Call.account_uid == P("account"))),
    "message": CoreKind(messages.get, _page(Message, Message.account_uid == P("account"))),
}
"""What dialects stand for with objects of their own, in the order of the data model."""
INVENTORY = tuple(kind for kind in KINDS if kind not in ("call", "message"))
"""What an account has, without what happened."""


def one(ctx: Context, kind: str, text: str) -> Any:
    """A whole row of the caller's account by its uid in any spelling, a number also by its digits,
    an endpoint by its route number. NotFound, also for a kind there is not."""
    if kind not in KINDS:
        raise NotFound()
    if kind == "number" and _DIGITS.fullmatch(text):
        return numbers.get(ctx, f"+{text.removeprefix('+')}")
    if kind == "endpoint" and _DECIMAL.fullmatch(text):
        return _endpoint(ctx, endpoints.get(ctx, int(text)).uid)
    uid = aliases.uid_of(ctx, ids.reference(text), kind)
    if uid is None:
        raise NotFound()
    return KINDS[kind].one(ctx, uid)


def of_account(ctx: Context, kind: str, *, limit: int, offset: int) -> list[Any]:
    """Whole rows of the caller's account, oldest first."""
    known = KINDS[kind]
    found = known.uids.all(account=ctx.account_uid, limit=limit, offset=offset)
    return [known.one(ctx, row.uid) for row in found]
