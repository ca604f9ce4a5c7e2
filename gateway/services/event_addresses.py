"""The address at which a provider tells of events, one for each connection.

It ends in a token that only who was told it knows. What does not open it is NotFound, all alike: a
stranger learns neither which connections there are nor which of them listen.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from gateway.dialect import Dialect
from gateway.domain.context import Context
from gateway.domain.problems import Invalid, NotFound
from gateway.models import Account, Connection
from gateway.models.current import current_store
from gateway.models.database import write
from gateway.models.prepared import P, Prepared
from gateway.services import connections
from gateway.wire.notices import ReadEvents

PATH = "/_gateway/events"
_ONE = Prepared(
    lambda: (
        Connection.select(Connection, Account.service_provider)
        .join(Account, on=(Account.uid == Connection.account))
        .where(
            (Connection.uid == P("uid"))
            & (Connection.is_active == P("yes"))
            & (Account.is_active == P("yes"))
        )
    ),
    nest={Account: "owner"},
)
_TOKEN = Prepared(lambda: Connection.select(Connection.event_token).where(_is_it()))
_MAKE = Prepared(
    lambda: Connection.update(event_token=P("token")).where(
        _is_it() & Connection.event_token.is_null()
    )
)
_RENEW = Prepared(lambda: Connection.update(event_token=P("token")).where(_is_it()))
_SEAL = Prepared(lambda: Connection.update(event_secret=P("secret")).where(_is_it()))
_HOLD = Prepared(
    lambda: Connection.select(Connection.uid).where(_is_it()).for_update("FOR NO KEY UPDATE")  # type: ignore[arg-type]
)


def _is_it() -> Any:
    return Connection.uid == P("uid")


def hold(uid: UUID) -> None:
    """Until the end of the transaction nobody else applies receipts of a connection, or records
    what its provider answers: each finds what the other has stored. On SQLite a write transaction
    is alone anyway."""
    if current_store().kind == "postgres":
        _HOLD.one(uid=uid)


class Source(NamedTuple):
    """A connection whose provider is telling of something. `dialect` is what it speaks, `seal` what
    it proves itself with, as it is kept."""

    uid: UUID
    name: str
    account_uid: UUID
    service_provider_uid: UUID
    dialect: str
    seal: str | None
    read: ReadEvents


def address(ctx: Context, row: Any, dialect: Dialect, *, renew: bool = False) -> str:
    """Where the provider of a connection is to tell of events; made when first asked for. Invalid
    for a dialect that has no events. With `renew` the former address opens nothing any more."""
    reader(dialect)
    made = f"{ctx.runtime.rng.getrandbits(192):048x}"
    with write():
        (_RENEW if renew else _MAKE).run(uid=row.uid, token=made)
        found = _TOKEN.one(uid=row.uid)
    if found is None:
        raise NotFound("no such connection")
    return f"{ctx.root}{PATH}/{row.uid}/{found.event_token}"


def present(ctx: Context, uid: UUID) -> str:
    """The address of a connection as it is now, empty where nobody has asked for one."""
    found = _TOKEN.one(uid=uid)
    if found is None or not found.event_token:
        return ""
    return f"{ctx.root}{PATH}/{uid}/{found.event_token}"


def prove(ctx: Context, row: Any, dialect: Dialect, secret: str) -> None:
    """Keep what the provider proves itself with, `env:NAME` for a variable that has it each time;
    an empty text forgets it. Invalid for what it cannot be."""
    read = connections.provider_of(dialect).event_proof
    if read is None:
        text = f"nothing proves who tells of events of {dialect.title}"
        raise Invalid.one("secret", "choice", text)
    if secret and not secret.startswith(connections.ELSEWHERE):
        try:
            read(secret)
        except ValueError as error:
            raise Invalid.one("secret", "format", str(error)) from error
    with write():
        _SEAL.run(uid=row.uid, secret=secret or None)


def reader(dialect: Dialect) -> ReadEvents:
    """What reads events of a dialect's provider; Invalid where it tells of none."""
    read = connections.provider_of(dialect).events
    if read is None:
        raise Invalid.one("dialect", "choice", f"{dialect.title} tells of no events")
    return read


def opened(dialects: Mapping[str, Dialect], uid: str, token: str) -> Source:
    """The connection an address is of; NotFound for whatever is not one that listens."""
    try:
        row = _ONE.one(uid=UUID(uid), yes=True)
    except ValueError:
        row = None
    known = (row.event_token if row is not None else None) or ""
    if not hmac.compare_digest(known.encode(), token.encode()) or not known:
        raise NotFound("there is no such address")
    dialect = dialects.get(row.dialect)
    read = dialect.provider().events if dialect is not None and dialect.provider else None
    if read is None:
        raise NotFound("there is no such address")
    return Source(
        row.uid,
        row.name,
        row.account_uid,
        row.owner.service_provider_uid,
        row.dialect,
        row.event_secret,
        read,
    )
