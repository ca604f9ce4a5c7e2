"""Hooks: the URLs customers want called, and who is called for one event.

An event goes once to each dialect that has a subscriber, in that dialect's shape; inside a dialect
the nearest level wins: number, the number's application, account, provider. Several hooks of the
same level and purpose are all called, by priority. A hook that belongs to an application is called
for the numbers of that application only.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import peewee as pw

from gateway.domain.context import Context
from gateway.domain.events import EventKind
from gateway.domain.problems import Invalid, NotFound
from gateway.domain.words import HookPurpose, NumberStatus
from gateway.models import Application, Hook, Number
from gateway.models.database import write
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import Insert, P, Prepared
from gateway.services.making import fresh, lock_account

MAX_URL = 2048

_INSERT = Insert(Hook)
_AT_LEVEL = (
    (Hook.account == P("account")) & (Hook.dialect == P("dialect")) & (Hook.purpose == P("purpose"))
)
_OF_ACCOUNT = Prepared(
    lambda: (
        Hook.select()
        .where(_AT_LEVEL & Hook.number_uid.is_null() & ~pw.fn.EXISTS(_applications_of_hook()))
        .order_by(Hook.id)
    )
)
_OF_NUMBER = Prepared(
    lambda: Hook.select().where(_AT_LEVEL & (Hook.number_uid == P("number"))).order_by(Hook.id)
)
_DELETE = Prepared(lambda: Hook.delete().where(Hook.uid == P("uid")))
_SET_URL = Prepared(
    lambda: Hook.update(url=P("url"), enabled=P("yes"), updated_at=P("now")).where(
        Hook.uid == P("uid")
    )
)
_NUMBER = Prepared(
    lambda: Number.select(Number.uid).where(
        (Number.account == P("account"))
        & (Number.status == P("status"))
        & (Number.e164 == P("e164"))
    )
)


def _interested() -> Any:
    """Every enabled hook of any level that one of the purposes could call, nearest first."""
    its = (Number.account == P("account")) & (Number.e164 == P("number"))
    number = Number.select(Number.uid).where(its)
    application = Number.select(Number.application).where(its)
    own = (Application.message_hook == Hook.uid) & (Application.uid == application)
    mine = (Hook.account == P("account")) & (
        (Hook.number_uid == number)
        | Application.uid.is_null(False)
        | (Hook.number_uid.is_null() & ~pw.fn.EXISTS(_applications_of_hook()))
    )
    provided = Hook.account.is_null() & (Hook.service_provider == P("provider"))
    purpose = (Hook.purpose == P("purpose")) | (Hook.purpose == P("other_purpose"))
    return (
        Hook.select(Hook, Application.uid)
        .join(Application, pw.JOIN.LEFT_OUTER, on=own)
        .where(purpose & (Hook.enabled == P("yes")) & (mine | provided))
        .order_by(Hook.dialect, Hook.priority, Hook.id)
    )


def _applications_of_hook() -> Any:
    """Applications of any of whose places the hook in the outer query is."""
    other = Application.alias("other")
    place = (
        (other.message_hook == Hook.uid)
        | (other.call_hook == Hook.uid)
        | (other.status_hook == Hook.uid)
    )
    return other.select(pw.SQL("1")).where(place)


_INTERESTED = Prepared(_interested, nest={Application: "application"})
_OF_ANY_NUMBER = Prepared(
    lambda: (
        Hook.select(Hook.id)
        .where(
            (Hook.account == P("account"))
            & (Hook.number_uid.is_null(False) | pw.fn.EXISTS(_applications_of_hook()))
            & ((Hook.purpose == P("purpose")) | (Hook.purpose == P("other_purpose")))
            & (Hook.enabled == P("yes"))
        )
        .limit(1)
    )
)
_ALSO_MESSAGE = (EventKind.SMS, EventKind.MMS)


def subscribers(
    ctx: Context,
    *,
    account_uid: UUID,
    service_provider_uid: UUID | None,
    kind: EventKind,
    number: str | None,
) -> list[Any]:
    """Hook rows to call for one event on one of the account's numbers (E.164); one query.

    Of each dialect the rows of its nearest level; a row of the number's application has that as
    `application`. Arrivals are also told to hooks of purpose `message`; receipts only to hooks of
    their own purpose.
    """
    rows = _INTERESTED.all(
        account=account_uid,
        provider=service_provider_uid or ZERO_UID,
        number=number or "",
        yes=True,
        **_purposes(kind),
    )
    chosen: list[Any] = []
    for _, hooks in groupby(rows, key=lambda row: row.dialect):
        of_dialect = list(hooks)
        nearest = min(map(_level, of_dialect))
        chosen += [row for row in of_dialect if _level(row) == nearest]
    return chosen


def differ_by_number(account_uid: UUID, kind: EventKind) -> bool:
    """Whether subscribers depend on the number at all: some number or application has a hook of its
    own."""
    return _OF_ANY_NUMBER.one(account=account_uid, yes=True, **_purposes(kind)) is not None


def _purposes(kind: EventKind) -> dict[str, str]:
    other = HookPurpose.MESSAGE if kind in _ALSO_MESSAGE else kind
    return {"purpose": str(kind), "other_purpose": str(other)}


def _level(row: Any) -> int:
    """0 is nearest: number, application, account, provider."""
    if row.number_uid is not None:
        return 0
    if row.application is not None:
        return 1
    return 2 if row.account_uid is not None else 3


def put(
    ctx: Context, purpose: str, url: str | None, *, dialect: str = "", number: str | None = None
) -> None:
    """Set the account's, or one number's (E.164), callback of a purpose; no URL removes it.

    Raises Invalid at `url`, NotFound for a number the account does not have.
    """
    dialect = dialect or ctx.dialect
    url = checked_url(url) if url else None
    account = ctx.account_uid
    with write():
        number_uid = _number_uid(account, number)
        lock_account(account)
        held = _held(account, dialect, purpose, number_uid)
        if url is None:
            for row in held:
                _DELETE.run(uid=row.uid)
        elif held:
            _SET_URL.run(uid=held[0].uid, url=url, yes=True, now=ctx.runtime.now())
        else:
            made = {**fresh(ctx), "account_uid": account, "number_uid": number_uid}
            _INSERT.run({**made, "purpose": purpose, "dialect": dialect, "url": url})


def find(ctx: Context, purpose: str, *, dialect: str = "", number: str | None = None) -> Any | None:
    """The account's, or one number's own, callback of a purpose, or None."""
    account = ctx.account_uid
    rows = _held(account, dialect or ctx.dialect, purpose, _number_uid(account, number))
    return rows[0] if rows else None


def checked_url(text: str) -> str:
    """An absolute http or https URL with a host; Invalid at `url`."""
    try:
        parts = urlsplit(text.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        usable = usable and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or len(text) > MAX_URL or any(c.isspace() for c in text.strip()):
        raise Invalid.one("url", "format", "must be an http or https URL")
    return text.strip()


def _held(account: UUID, dialect: str, purpose: str, number_uid: UUID | None) -> list[Any]:
    key: dict[str, Any] = {"account": account, "dialect": dialect, "purpose": purpose}
    if number_uid is None:
        return _OF_ACCOUNT.all(**key)
    return _OF_NUMBER.all(**key, number=number_uid)


def _number_uid(account: UUID, e164: str | None) -> UUID | None:
    if e164 is None:
        return None
    row = _NUMBER.one(account=account, status=NumberStatus.OWNED, e164=e164)
    if row is None:
        raise NotFound("no such number")
    uid: UUID = row.uid
    return uid
