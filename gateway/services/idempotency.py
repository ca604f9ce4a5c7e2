"""The Idempotency-Key of a request that creates a message.

The key is kept in the transaction that creates the message, under a unique index: two requests
with one key, also in different processes, make one message. The same key with another body is a
Conflict.
"""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import orjson

from gateway.domain.context import Context
from gateway.domain.problems import Conflict, Invalid
from gateway.models import IdempotencyKey
from gateway.models.prepared import Insert, P, Prepared

LONGEST = 255

_find = Prepared(
    lambda: IdempotencyKey.select(IdempotencyKey.request_hash, IdempotencyKey.message_uid).where(
        IdempotencyKey.account_uid == P("account_uid"), IdempotencyKey.key == P("key")
    )
)
_insert = Insert(IdempotencyKey, ignore=True)


def check(ctx: Context) -> None:
    """Invalid for a key that cannot be stored."""
    key = ctx.idempotency_key
    if key is not None and not 0 < len(key) <= LONGEST:
        raise Invalid.one("Idempotency-Key", "length", f"Must have 1 to {LONGEST} characters.")


def digest(ctx: Context, change: dict[str, Any]) -> str:
    """A fingerprint of what was asked, the same whatever the order of members; "" without a key."""
    if ctx.idempotency_key is None:
        return ""
    body = orjson.dumps([ctx.dialect, change], option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(body).hexdigest()


def remember(ctx: Context, fingerprint: str, message_uid: UUID) -> UUID | None:
    """Store the key for a new message, or give the uid of the message it already made.

    Call inside the transaction that makes the message: the insert waits for another process that is
    storing the same key, so the row is there to be read when it was not inserted.
    """
    if ctx.idempotency_key is None:
        return None
    row = {
        "uid": ctx.runtime.new_uid(),
        "created_at": ctx.runtime.now(),
        "account_uid": ctx.account_uid,
        "key": ctx.idempotency_key,
        "request_hash": fingerprint,
        "message_uid": message_uid,
    }
    if _insert.run(row):
        return None
    first = _find.one(account_uid=ctx.account_uid, key=ctx.idempotency_key)
    if first is None or first.request_hash != fingerprint:
        raise Conflict("This Idempotency-Key was used for a different request.")
    uid: UUID = first.message_uid
    return uid
