"""Codes that prove something: an address is theirs, a password was lost, somebody was invited.

A code is a document that expires. What a code proves is in its body; whoever may show it may do
what it is for, once. Codes that open an account are kept as a keyed hash.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.policy import Owner
from gateway.models import Document
from gateway.models.current import current_store
from gateway.models.database import write
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import Insert, P, Prepared
from gateway.services.making import fresh

ACTIVATION, RESET, INVITE = "activation_code", "reset_code", "invite_code"
CHARACTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH, LONG = 6, 32
DAY = 24 * 60

_INSERT = Insert(Document, ignore=True)
_MINE = (Document.kind == P("kind")) & (Document.scope_uid == P("scope"))
_BY_KEY = Prepared(lambda: Document.select().where(_MINE & (Document.key == P("key"))))
_DELETE = Prepared(lambda: Document.delete().where(Document.uid == P("uid")))
_FORGET = Prepared(
    lambda: Document.delete().where(
        (Document.kind == P("kind")) & (Document.scope_uid == P("scope"))
    )
)
_BODY = Prepared(
    lambda: Document.update(body=P("body"), updated_at=P("now")).where(
        (Document.uid == P("uid")) & Document.updated_at.is_null()
    )
)


def made_up(ctx: Context, length: int = LENGTH) -> str:
    """Characters that nobody confuses, at random."""
    return "".join(ctx.runtime.rng.choice(CHARACTERS) for _ in range(length))


def issue(
    ctx: Context, kind: str, *, owner: Owner | None, body: Mapping[str, Any], minutes: int | None
) -> str:
    """A new code of the platform; `minutes` None: until it is used. Reset codes are long."""
    owner = owner or Owner(None)
    expires = None if minutes is None else ctx.runtime.now() + timedelta(minutes=minutes)
    with write():
        while True:
            code = made_up(ctx, LONG if kind == RESET else LENGTH)
            made = {**fresh(ctx), **owner._asdict(), "scope_uid": ZERO_UID, "kind": kind}
            values = {"key": _key(kind, code), "body": dict(body), "expires_at": expires}
            if _INSERT.run({**made, **values}):
                return code


def _key(kind: str, code: str) -> str:
    return current_store().keyring.digest(code) if kind == RESET else code


def find(ctx: Context, kind: str, code: str) -> Any | None:
    """The document of a code, None for one that is unknown, used or expired."""
    if not code or "\0" in code:
        return None
    return _alive(ctx, _BY_KEY.one(kind=kind, scope=ZERO_UID, key=_key(kind, code)))


def _alive(ctx: Context, row: Any) -> Any | None:
    if row is None or (row.expires_at is not None and row.expires_at <= ctx.runtime.now()):
        return None
    return row


def use(ctx: Context, row: Any) -> bool:
    """The code opens nothing any more; False when another request was quicker."""
    with write():
        return bool(_DELETE.run(uid=row.uid))


def claim(ctx: Context, row: Any, mark: Mapping[str, Any]) -> bool:
    """Keep a used code with a mark in its body; False when it was claimed before."""
    if row.updated_at is not None:
        return False
    with write():
        body = {**row.body, **mark}
        return bool(_BODY.run(uid=row.uid, body=body, now=ctx.runtime.now()))


# codes that prove an address of one user: one of each kind of address, the newest


def put(
    ctx: Context, user: Any, channel: str, *, code: str, value: str, minutes: int = DAY
) -> None:
    """The code that was sent to an address (`value`) of a user; it replaces the one before it."""
    owner = {
        "service_provider_uid": user.service_provider_uid,
        "account_uid": user.account_uid,
        "scope_uid": user.uid,
    }
    with write():
        held = _BY_KEY.one(kind=ACTIVATION, scope=user.uid, key=channel)
        if held is not None:
            _DELETE.run(uid=held.uid)
        expires = ctx.runtime.now() + timedelta(minutes=minutes)
        made = {**fresh(ctx), **owner, "kind": ACTIVATION, "key": channel}
        body = {"code": code, "value": value}
        _INSERT.run({**made, "body": body, "expires_at": expires})


def pending(ctx: Context, user_uid: UUID, channel: str) -> Any | None:
    """What was last sent to an address of a user and is not used or expired."""
    return _alive(ctx, _BY_KEY.one(kind=ACTIVATION, scope=user_uid, key=channel))


def opens(row: Any, code: str, value: str | None = None) -> bool:
    """Whether it is this code and, where one is given, was sent to this address."""
    same = hmac.compare_digest(row.body["code"].encode(), code.encode())
    return same and value in (None, row.body["value"])


def forget(user_uid: UUID) -> None:
    """Remove what was sent to a user."""
    _FORGET.run(kind=ACTIVATION, scope=user_uid)
