"""Saying why messages left the way they were given: in their record, and to a person.

A message that went another way arrived, so nobody would notice that a link or a provider is down
until the last way is. Hence an alert although the fallback worked: one for each way and reason in a
while, however many messages there were. The record of a message names every way it left, with when
and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import peewee as pw

from gateway.domain.context import Context
from gateway.domain.instants import iso
from gateway.domain.problems import NotFound
from gateway.domain.words import AlertType
from gateway.models import Connection, Job, Message, MessagePart, SmppLink, Trunk
from gateway.models.prepared import P, Prepared, among
from gateway.services import alerts, jobs, leases
from gateway.services.flights import Way

CORE, WAYS = "core", "ways"
"""Where in a message's extras the ways are that it left."""
MOST_WAYS = 20
QUIET = timedelta(minutes=5)
LONGEST_WHY = 300

_extras = Prepared(
    lambda: Message.select(Message.uid, Message.extras).where(among(Message.uid, "uids"))
)
_left = Prepared(lambda: Message.update(extras=P("extras")).where(Message.uid == P("uid")))
_goes = Prepared(
    lambda: Message.update(transport=P("transport"), trunk_uid=P("trunk_uid")).where(
        among(Message.uid, "uids")
    )
)
_link = Prepared(
    lambda: (
        SmppLink.select(
            SmppLink.host, SmppLink.port, Trunk.name, Trunk.account, Trunk.service_provider
        )
        .join(Trunk, pw.JOIN.LEFT_OUTER, on=(SmppLink.trunk == Trunk.uid))
        .where(SmppLink.uid == P("uid"))
    ),
    nest={Trunk: "trunk"},
)
_connection = Prepared(
    lambda: Connection.select(Connection.name, Connection.account).where(Connection.uid == P("uid"))
)


_message = Prepared(
    lambda: Message.select(Message.status, Message.extras).where(Message.uid == P("uid"))
)
_part = Prepared(
    lambda: (
        MessagePart.select(MessagePart.link_uid)
        .where(MessagePart.message_uid == P("message_uid"))
        .order_by(MessagePart.index)
        .limit(1)
    )
)
_job = Prepared(
    lambda: Job.select(Job.lane).where(
        Job.topic == P("topic"), Job.key == P("key"), Job.done_at.is_null()
    )
)


def note(ctx: Context, uids: Sequence[UUID], left: UUID, to: Way | None, why: str) -> None:
    """Write down that messages leave a way, for another or for none yet, and tell of it. Inside a
    transaction.

    What stands before a colon in `why` is the reason, what follows are its details.
    """
    if not uids:
        return
    entry = {"way": str(left), "at": iso(ctx.runtime.now(), 6), "why": why[:LONGEST_WHY]}
    _left.many([_with(row, entry) for row in _extras.all(uids=list(uids))])
    if to is not None:
        _goes.run(uids=list(uids), transport=to.transport, trunk_uid=to.trunk_uid)
    tell(ctx, left, f"Messages leave {name_of(left)}: {why}", reason=why, to=to)


def _with(row: Any, entry: dict[str, str]) -> dict[str, Any]:
    core = (row.extras or {}).get(CORE) or {}
    ways = [*core.get(WAYS, ()), entry][-MOST_WAYS:]
    return {"uid": row.uid, "extras": {**(row.extras or {}), CORE: {**core, WAYS: ways}}}


def tell(ctx: Context, way: UUID, text: str, *, reason: str, to: Way | None = None) -> bool:
    """Add an alert about a way unless one was added for this reason a moment ago; whether it was.
    Inside a transaction."""
    if not _is_due(ctx, way, reason.partition(":")[0]):
        return False
    owner, kind = _owner(way)
    details = {kind: str(way), "reason": reason[:LONGEST_WHY]}
    if to is not None:
        details["to"] = str(to.uid)
    alerts.add(ctx, AlertType.LINK_DOWN, text[:LONGEST_WHY], details=details, **owner)
    return True


def _is_due(ctx: Context, way: UUID, reason: str) -> bool:
    """A lease nobody renews: who gets it tells, and until it ends nobody else does. By the
    universe's clock, so that a universe that is played again does the same."""
    name = f"told:{way}:{reason[:100]}"
    uid = ctx.runtime.new_uid()
    return leases.acquire(name, str(uid), uid, ctx.runtime.now(), QUIET.total_seconds())


def _owner(way: UUID) -> tuple[dict[str, UUID | None], str]:
    """Whose way it is, and what kind."""
    connection = _connection.one(uid=way)
    if connection is not None:
        return {"account_uid": connection.account_uid}, "connection"
    link = _link.one(uid=way)
    trunk = link.trunk if link is not None else None
    if trunk is None:
        return {}, "link"
    owner = {"account_uid": trunk.account_uid, "service_provider_uid": trunk.service_provider_uid}
    return owner, "link"


def name_of(way: UUID) -> str:
    """What people call a way: its connection's or its trunk's name, with the link's address."""
    connection = _connection.one(uid=way)
    if connection is not None:
        return f"connection {connection.name}"
    link = _link.one(uid=way)
    if link is None:
        return f"a way that is no more ({way})"
    name = link.trunk.name if link.trunk is not None else ""
    return f"link {name} ({link.host}:{link.port})"


def ways_left(message: Any) -> list[dict[str, str]]:
    """The ways a message left, oldest first: way, at, why."""
    core = (message.extras or {}).get(CORE) or {}
    return list(core.get(WAYS, ()))


class Trace(NamedTuple):
    """The ways a message left, and the one its first part has, if any."""

    status: str
    left: list[dict[str, str]]
    way: UUID | None


def trace(uid: UUID) -> Trace:
    """Where a message stands and how it came there; NotFound."""
    message = _message.one(uid=uid)
    if message is None:
        raise NotFound("no such message")
    job = _job.one(topic=jobs.SUBMIT, key=f"{jobs.SUBMIT}:{uid}")
    part = _part.one(message_uid=uid)
    way = part.link_uid if part is not None else None
    if job is not None:
        way = jobs.way_of(job.lane) if job.lane != jobs.UNROUTED else None
    return Trace(str(message.status), ways_left(message), way)
