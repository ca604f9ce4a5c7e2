"""Leases: who owns a named thing, for a few seconds at a time, by the machine's clock.

The owner renews its lease well before it ends. Whoever finds an ended lease may take it; the update
that takes it is conditional, so of two that try only one succeeds. `bound:<link>` says that the
owner of the link has a session with the peer, which is how processes without sessions know.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from gateway.models import Lease
from gateway.models.fields import EPOCH
from gateway.models.prepared import Insert, P, Prepared, among

_take = Prepared(
    lambda: Lease.update(holder=P("holder"), until=P("until")).where(
        Lease.name == P("name"), (Lease.holder == P("holder")) | (Lease.until < P("now"))
    )
)
_make = Insert(Lease, ignore=True)
_release = Prepared(
    lambda: Lease.update(until=P("ended")).where(
        Lease.name == P("name"), Lease.holder == P("holder")
    )
)
_one = Prepared(lambda: Lease.select().where(Lease.name == P("name")))
_some = Prepared(lambda: Lease.select().where(among(Lease.name, "names")))
_range = Prepared(
    lambda: Lease.select().where(
        Lease.name >= P("first"), Lease.name < P("last"), Lease.until >= P("now")
    )
)


def link_name(link_uid: UUID) -> str:
    return f"link:{link_uid}"


def bound_name(link_uid: UUID) -> str:
    return f"bound:{link_uid}"


def worker_name(holder: str) -> str:
    return f"worker:{holder}"


def acquire(name: str, holder: str, uid: UUID, now: datetime, seconds: float) -> bool:
    """Take or renew a lease; False while somebody else holds it. Call inside a transaction.

    `uid` is used if the lease has no row yet.
    """
    until = now + timedelta(seconds=seconds)
    if _take.run(name=name, holder=holder, now=now, until=until):
        return True
    row = {"uid": uid, "created_at": now, "name": name, "holder": holder, "until": until}
    return _make.run(row) > 0


def release(name: str, holder: str) -> bool:
    """End a lease before its time; False if it was not the holder's."""
    return _release.run(name=name, holder=holder, ended=EPOCH) > 0


def holder(name: str, now: datetime) -> str | None:
    """Who holds the lease now."""
    row = _one.one(name=name)
    return row.holder if row is not None and row.until >= now else None


def held(prefix: str, now: datetime) -> dict[str, str]:
    """Holder by name of the running leases whose name starts with `prefix` (ends in a colon)."""
    last = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return {row.name: row.holder for row in _range.all(first=prefix, last=last, now=now)}


def bound(link_uids: Iterable[UUID], now: datetime) -> set[UUID]:
    """Those of the links whose owner has a session with the peer."""
    names = {bound_name(uid): uid for uid in link_uids}
    rows = _some.all(names=list(names)) if names else []
    return {names[row.name] for row in rows if row.until >= now}
