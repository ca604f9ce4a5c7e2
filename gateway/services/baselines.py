"""What our account and a provider last agreed on, kept with the connection between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.sides import Base, Pair
from gateway.models import Alias, Baseline
from gateway.models.prepared import Insert, P, Prepared
from gateway.services.making import fresh

_INSERT = Insert(Baseline)
_ONE = Prepared(lambda: Baseline.select().where(Baseline.connection == P("connection")))
_NAMES = Prepared(
    lambda: (
        Alias.select(Alias.kind, Alias.object_uid, Alias.foreign_id)
        .where(Alias.connection_uid == P("connection"))
        .order_by(Alias.id)
    )
)


def get(connection_uid: UUID) -> Base:
    """Nothing where both were never compared."""
    row = _ONE.one(connection=connection_uid)
    found: Base = row.rows if row is not None else {}
    return found


def put(
    ctx: Context, connection_uid: UUID, rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> None:
    """Inside a transaction."""
    known = _ONE.one(connection=connection_uid)
    if known is None:
        _INSERT.run({**fresh(ctx), "connection_uid": connection_uid, "rows": rows})
    elif known.rows != rows:
        changed = {Baseline.rows: rows, Baseline.updated_at: ctx.runtime.now()}
        Baseline.update(changed).where(Baseline.uid == known.uid).execute()


def names(connection_uid: UUID) -> list[Pair]:
    """What the provider calls rows of ours, by the aliases that remember the connection."""
    return [
        Pair(row.kind, str(row.object_uid), row.foreign_id)
        for row in _NAMES.all(connection=connection_uid)
    ]
