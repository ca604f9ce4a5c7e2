"""Routes of messages: which SMPP link or connection an account's messages leave by.

A route to a connection spends money there, so it is only taken for connections that were told that
they may (`messages` in their settings). Routes are read when a message is accepted, and again when
it has to leave the way it was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import message_routes as rules
from gateway.domain import numbers
from gateway.domain.context import Context
from gateway.domain.message_routes import Match
from gateway.domain.problems import Conflict, Invalid, NotFound
from gateway.domain.words import MessageTransport
from gateway.models import Account, Connection, MessageRoute, SmppLink, Trunk
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import countries
from gateway.services.links import ACTIVE, DIALS, Routed
from gateway.services.making import fresh, lock_account

CARRIES = "messages"
"""The setting of a connection that lets it send messages, which costs money."""

_INSERT = Insert(MessageRoute)
_ALL = Prepared(
    lambda: (
        MessageRoute.select()
        .where(MessageRoute.account == P("account_uid"))
        .order_by(MessageRoute.name)
    )
)
_NAMED = Prepared(
    lambda: MessageRoute.select().where(
        MessageRoute.account == P("account_uid"), MessageRoute.name == P("name")
    )
)
_DELETE = Prepared(lambda: MessageRoute.delete().where(MessageRoute.uid == P("uid")))
_ANY = Prepared(
    lambda: (
        MessageRoute.select(MessageRoute.id)
        .where(MessageRoute.account == P("account_uid"), MessageRoute.enabled == P("yes"))
        .limit(1)
    )
)
_LINKS = Prepared(lambda: _links(), nest={Trunk: "trunk"})
_LINK = Prepared(lambda: _links().where(SmppLink.uid == P("uid")), nest={Trunk: "trunk"})
_CONNECTION = Prepared(
    lambda: Connection.select(Connection.uid, Connection.name, Connection.settings).where(
        Connection.uid == P("uid"), Connection.account == P("account_uid")
    )
)


def _links() -> Any:
    """The links of the account and of its provider."""
    own = Trunk.account == Account.uid
    shared = Trunk.account.is_null() & (Trunk.service_provider == Account.service_provider)
    return (
        SmppLink.select(SmppLink.uid, SmppLink.host, SmppLink.port, Trunk.name)
        .join(Trunk, on=(SmppLink.trunk == Trunk.uid))
        .join(Account, on=(Account.uid == P("account_uid")))
        .where(own | shared)
        .order_by(SmppLink.id)
    )


def _matching() -> Any:
    """Routes that may be for a message, each with the way it names as far as that can be used."""
    trunk = (SmppLink.trunk == Trunk.uid) & DIALS & ACTIVE
    own = (Trunk.account == MessageRoute.account) | Trunk.account.is_null()
    connection = (MessageRoute.connection_uid == Connection.uid) & (
        Connection.account == MessageRoute.account
    )
    return (
        MessageRoute.select(
            MessageRoute, SmppLink.uid, SmppLink.settings, Trunk.uid, Connection.uid,
            Connection.settings, Connection.is_active,
        )
        .join_from(
            MessageRoute, SmppLink, pw.JOIN.LEFT_OUTER, on=(MessageRoute.link_uid == SmppLink.uid)
        )
        .join_from(SmppLink, Trunk, pw.JOIN.LEFT_OUTER, on=trunk & own)
        .join_from(MessageRoute, Connection, pw.JOIN.LEFT_OUTER, on=connection)
        .where(
            MessageRoute.account == P("account_uid"),
            MessageRoute.enabled == P("yes"),
            MessageRoute.from_number.is_null() | (MessageRoute.from_number == P("sender")),
            MessageRoute.prefix.is_null() | among(MessageRoute.prefix, "prefixes"),
        )
        .order_by(MessageRoute.id)
    )  # fmt: skip


_MATCHING = Prepared(_matching, nest={SmppLink: "link", Trunk: "trunk", Connection: "connection"})


def has_any(account_uid: UUID) -> bool:
    """Whether the account has routes in force."""
    return _ANY.one(account_uid=account_uid, yes=True) is not None


def matching(account_uid: UUID, sender: str, destination: str) -> list[Routed] | None:
    """The ways that the account's routes name for a message, each once; None when no route is for
    it."""
    rows = _MATCHING.all(
        account_uid=account_uid, yes=True, sender=sender, prefixes=rules.prefixes(destination)
    )
    country = numbers.country(destination) if rows else None
    found = [
        (match.rank, row)
        for row in rows
        for match in [Match(row.from_number, row.prefix, row.country)]
        if match.takes(sender, destination, country)
    ]
    if not found:
        return None
    found.sort(key=lambda one: (one[0], one[1].priority, one[1].cost_nano))
    ways: dict[UUID, Routed] = {}
    for rank, row in found:
        way = _way(row, rank)
        if way is not None:
            ways.setdefault(way.uid, way)
    return list(ways.values())


def _way(row: Any, rank: tuple[int, ...]) -> Routed | None:
    """What a route names, None where it cannot be used."""
    said = (rank, row.priority, row.weight, row.cost_nano)
    if row.connection_uid is None:
        if row.link is None or row.trunk is None:
            return None
        return Routed(row.link.uid, row.trunk.uid, row.link.settings, MessageTransport.SMPP, *said)
    to = row.connection
    if to is None or not to.is_active or not to.settings.get(CARRIES):
        return None
    return Routed(to.uid, None, to.settings, MessageTransport.HTTP, *said)


def add(ctx: Context, account_uid: UUID, name: str, values: Mapping[str, Any]) -> Any:
    """A route of an account: from_number, prefix, country, link_uid or connection_uid, priority,
    weight, cost_nano. Invalid at their names; Conflict when the name is taken."""
    columns = checked(values)
    if not name:
        raise Invalid.one("name", "empty", "must not be empty")
    with write():
        lock_account(account_uid)
        _check_way(account_uid, columns)
        if _NAMED.one(account_uid=account_uid, name=name) is not None:
            raise Conflict(f"the account has a route {name}")
        return _INSERT.add({**fresh(ctx), **columns, "account_uid": account_uid, "name": name})


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a route as they are stored; Invalid at the name of one that makes no sense."""
    columns = {name: value for name, value in values.items() if value is not None}
    for name, read in rules.READERS.items():
        if name in columns:
            try:
                columns[name] = read(columns[name])
            except ValueError as why:
                raise Invalid.one(name, "value", str(why)) from None
    if columns.get("country") not in (None, *countries.table()):
        raise Invalid.one("country", "choice", "is no country's ISO 3166 code")
    for name in ("priority", "weight", "cost_nano"):
        if columns.get(name, 0) < 0:
            raise Invalid.one(name, "range", "must not be below 0")
    if ("link_uid" in columns) is ("connection_uid" in columns):
        raise Invalid.one("link_uid", "choice", "a route names a link or a connection, one of them")
    return columns


def _check_way(account_uid: UUID, columns: Mapping[str, Any]) -> None:
    link, connection = columns.get("link_uid"), columns.get("connection_uid")
    if link is not None and _LINK.one(uid=link, account_uid=account_uid) is None:
        raise Invalid.one("link_uid", "unknown", "is no link that the account may use")
    if connection is None:
        return
    row = _CONNECTION.one(uid=connection, account_uid=account_uid)
    if row is None:
        raise Invalid.one("connection_uid", "unknown", "is no connection of the account")
    if not row.settings.get(CARRIES):
        text = f"{row.name} may not send messages: that costs money, so it has to be told"
        raise Invalid.one("connection_uid", "may_not_send", text)


def find_link(account_uid: UUID, text: str) -> UUID:
    """A link the account may use by uid, by HOST:PORT or by its trunk's name; NotFound, and
    Conflict when several are called so. For people at a command line."""
    found = [
        row.uid
        for row in _LINKS.all(account_uid=account_uid)
        if text in (str(row.uid), f"{row.host}:{row.port}", row.trunk.name)
    ]
    if not found:
        raise NotFound(f"no link {text} that the account may use")
    if len(found) > 1:
        raise Conflict(f"several links are called {text}: name the link by HOST:PORT or its uid")
    uid: UUID = found[0]
    return uid


def search(ctx: Context, account_uid: UUID) -> list[Any]:
    """The account's routes by name."""
    found: list[Any] = _ALL.all(account_uid=account_uid)
    return found


def remove(ctx: Context, account_uid: UUID, name: str) -> None:
    """Forget a route; NotFound. Messages on their way by it go on."""
    with write():
        row = _NAMED.one(account_uid=account_uid, name=name)
        if row is None:
            raise NotFound(f"the account has no route {name}")
        _DELETE.run(uid=row.uid)
