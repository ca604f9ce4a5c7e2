"""Connections: what real providers hold for an account, and how to get at it.

A connection names a dialect, an address and a login. Its secret is kept encrypted, or outside,
with a reference to an environment variable in its place; it is handed to the client of the dialect
and to nobody else. What carries requests is handed in, since use cases know no outside world.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from gateway.dialect import Dialect
from gateway.domain.context import Context
from gateway.domain.holdings import Inventory, closed
from gateway.domain.problems import Conflict, Invalid, NotFound, Problem, Unavailable
from gateway.domain.words import AlertType, ConnectionMode
from gateway.models import Baseline, Connection, MessageRoute, Number, SeenEvent
from gateway.models.database import write
from gateway.models.fields import SecretField
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import alerts, bundle_flows, move_runs, tenancy
from gateway.services.bundle_kinds import KINDS
from gateway.services.making import fresh
from gateway.services.message_routes import CARRIES
from gateway.wire.provider import Login, Provider, Reading
from gateway.wire.upstream import UNAUTHORISED, Refused, Transport

log = logging.getLogger(__name__)

ELSEWHERE = "env:"
"""Begins a secret that is the name of an environment variable."""

_INSERT = Insert(Connection)
_ALL = Prepared(lambda: Connection.select().order_by(Connection.id))
_ACTIVE = Prepared(
    lambda: Connection.select().where(Connection.is_active == P("yes")).order_by(Connection.id)
)
_ONE = Prepared(lambda: Connection.select().where(Connection.uid == P("uid")))
_NAMED = Prepared(
    lambda: Connection.select().where(Connection.name == P("name")).order_by(Connection.id).limit(2)
)
_IN_ACCOUNT = Prepared(
    lambda: Connection.select(Connection.uid).where(
        (Connection.account == P("account")) & (Connection.name == P("name"))
    )
)
_DELETE = Prepared(lambda: Connection.delete().where(Connection.uid == P("uid")))
_PARTS = (
    Prepared(lambda: Baseline.delete().where(Baseline.connection == P("uid"))),
    Prepared(lambda: SeenEvent.delete().where(SeenEvent.connection_uid == P("uid"))),
    Prepared(lambda: MessageRoute.delete().where(MessageRoute.connection_uid == P("uid"))),
    Prepared(lambda: Number.update(connection_uid=None).where(Number.connection_uid == P("uid"))),
)


def add(
    ctx: Context,
    account_uid: UUID,
    dialect: Dialect,
    *,
    name: str,
    base_url: str,
    secret: str,
    kinds: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
) -> Any:
    """A connection of an account, asked nothing yet. Invalid; Conflict when the name is taken.

    `secret` is the secret itself, or `env:NAME` for one that is looked up when it is needed.
    """
    _check_messages(dialect, settings or {})
    known = provider_of(dialect).probes
    if unknown := set(kinds) - known.keys():
        text = f"{min(unknown)} is none of {', '.join(known)}"
        raise Invalid.one("kinds", "choice", text)
    if not name:
        raise Invalid.one("name", "empty", "must not be empty")
    if not secret.removeprefix(ELSEWHERE):
        raise Invalid.one("secret", "empty", "must not be empty")
    columns = {
        "account_uid": account_uid, "name": name, "dialect": dialect.name,
        "base_url": _address(base_url), "secret": secret, "mode": ConnectionMode.LOCAL,
        "kinds": list(kinds), "settings": dict(settings or {}),
    }  # fmt: skip
    with write():
        if _IN_ACCOUNT.one(account=account_uid, name=name) is not None:
            raise Conflict(f"the account has a connection {name}")
        made = fresh(ctx)
        _INSERT.run({**made, **columns})
        return _ONE.one(uid=made["uid"])


def _check_messages(dialect: Dialect, settings: Mapping[str, Any]) -> None:
    """A connection that may send messages is of a dialect that has them, and says where."""
    if not settings.get(CARRIES):
        return
    messages = provider_of(dialect).messages
    if messages is None:
        raise Invalid.one(CARRIES, "choice", f"{dialect.title} has no messages")
    if messages.in_account and not settings.get("account"):
        raise Invalid.one("account", "required", "messages need the provider's name of the account")


def carrying(ctx: Context) -> list[Any]:
    """The connections that messages may leave by, of all accounts."""
    return [row for row in _ACTIVE.all(yes=True) if row.settings.get(CARRIES)]


def _address(url: str) -> str:
    """An http or https address without a login in it, as it is put in front of paths."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Invalid.one("base_url", "url", "must be an http or https address")
    if parts.username is not None or parts.query or parts.fragment:
        raise Invalid.one("base_url", "url", "must have no login, query or fragment")
    return url.rstrip("/")


def search(ctx: Context) -> list[Any]:
    return _ALL.all()


def find(ctx: Context, text: str) -> Any:
    """A connection by uid or by a name that is not used twice; for people at a command line."""
    try:
        rows = [_ONE.one(uid=UUID(text))]
    except ValueError:
        rows = _NAMED.all(name=text)
    found = [row for row in rows if row is not None]
    if not found:
        raise NotFound(f"no connection {text}")
    if len(found) > 1:
        raise Conflict(f"several are named {text}: name the connection by its uid")
    return found[0]


def remove(ctx: Context, uid: UUID) -> None:
    """Forget a connection with the routes that lead to it; NotFound. What it brought stays.

    A change that was broken off can be taken back by nobody after that, so an alert says where.
    """
    with write():
        row = _ONE.one(uid=uid)
        if row is None:
            raise NotFound("no such connection")
        if move_runs.forget(uid):
            text = f"{row.name} was removed while a change that was broken off was not taken back"
            alerts.add(
                ctx, AlertType.LINK_DOWN, f"{text}: look at {row.base_url}",
                account_uid=row.account_uid,
            )  # fmt: skip
        for part in (*_PARTS, _DELETE):
            part.run(uid=uid)


def change(
    ctx: Context, uid: UUID, *, base_url: str, secret: str, settings: Mapping[str, Any]
) -> Any:
    """The connection, reached in another way; Invalid, NotFound."""
    if not secret.removeprefix(ELSEWHERE):
        raise Invalid.one("secret", "empty", "must not be empty")
    changed = {
        Connection.base_url: _address(base_url), Connection.secret: secret,
        Connection.settings: dict(settings), Connection.updated_at: ctx.runtime.now(),
    }  # fmt: skip
    with write():
        if not Connection.update(changed).where(Connection.uid == uid).execute():
            raise NotFound("no such connection")
        return _ONE.one(uid=uid)


def set_mode(
    ctx: Context, uid: UUID, mode: ConnectionMode, settings: Mapping[str, Any] | None = None
) -> Any:
    """The connection with another mode, and with other settings where some are given; NotFound."""
    with write():
        changed = {Connection.mode: mode, Connection.updated_at: ctx.runtime.now()}
        if settings is not None:
            changed[Connection.settings] = dict(settings)
        if not Connection.update(changed).where(Connection.uid == uid).execute():
            raise NotFound("no such connection")
        return _ONE.one(uid=uid)


def provider_of(dialect: Dialect) -> Provider:
    """How accounts at the dialect's providers are read; Invalid where nobody knows."""
    if dialect.provider is None:
        raise Invalid.one("dialect", "choice", f"{dialect.title} cannot be connected to")
    return dialect.provider()


def is_elsewhere(row: Any) -> bool:
    """Whether the secret is kept outside the database."""
    return bool(row.secret.startswith(ELSEWHERE))


def secret_of(row: Any) -> str:
    """The secret in clear, for the client only; Invalid when its variable is not set."""
    return opened(str(row.secret))


def opened(text: str) -> str:
    """A secret as it is kept, in clear; Invalid when its variable is not set."""
    if not text.startswith(ELSEWHERE):
        return text
    name = text.removeprefix(ELSEWHERE)
    found = os.environ.get(name, "")
    if not found:
        raise Invalid.one("secret", "unset", f"the environment variable {name} is not set")
    return found


def check_secret(row: Any) -> None:
    """Unavailable, and a line in the log, when the secret of a connection is not to be had; who
    asks for a change learns no more than that."""
    try:
        secret_of(row)
    except Invalid as problem:
        log.error("connection %s cannot be used: %s", row.name, problem)
        raise Unavailable(f"{row.name}: the provider cannot be logged in to now") from None


def client(ctx: Context, row: Any, dialect: Dialect, transport: Transport) -> Any:
    """The dialect's client, logged in with the connection's secret.

    With the setting `idempotency` the provider is trusted to tell repetitions by a key.
    """
    key, account = (str(row.settings.get(name) or "") for name in ("key", "account"))
    login = Login(key, secret_of(row), account, ctx.runtime.now, row.settings)
    made = provider_of(dialect).connect(transport, login)
    made.secrets.add(login.secret)
    if row.settings.get("idempotency"):
        made.new_key = lambda: str(ctx.runtime.new_uid())
    return made


class Count(NamedTuple):
    """How much of a kind the provider has, or, with `trouble`, why that cannot be told."""

    kind: str
    rows: int | None
    trouble: str = ""


def test(ctx: Context, row: Any, dialect: Dialect, transport: Transport) -> list[Count]:
    """One harmless read for each kind of the connection. None of them stops the others, but a login
    that is refused is not tried again: many providers count that."""
    asked = client(ctx, row, dialect, transport)
    probes = provider_of(dialect).probes
    counts: list[Count] = []
    shut = ""
    for kind in [kind for kind in probes if kind in (row.kinds or probes)]:
        try:
            found = None if shut else sum(1 for _ in asked.listed(probes[kind]))
            counts.append(Count(kind, found, shut))
        except Problem as problem:
            counts.append(Count(kind, None, str(problem)))
            if isinstance(problem, Refused) and problem.status == UNAUTHORISED:
                shut = str(problem)
    return counts


def pull(ctx: Context, row: Any, dialect: Dialect, transport: Transport) -> Inventory:
    """All that the provider holds for the account, nothing of it stored.

    An odd value is told in its holding and refuses nothing; a list that cannot be read to its end
    fails the whole, so that half an account is never taken for all of it: Refused, Garbled, or
    Unavailable. Every link leads to a holding of the inventory.
    """
    reading = Reading(client(ctx, row, dialect, transport), str(row.settings.get("account") or ""))
    found = [one for reader in provider_of(dialect).readers for one in reader(reading)]
    return Inventory(dialect.name, closed(found), tuple(reading.notes))


def bundle(ctx: Context, row: Any, found: Inventory, *, secrets: bool = False) -> dict[str, Any]:
    """An inventory as a bundle that makes it the connection's account's own; its ids are aliases
    that remember the connection. Without `secrets` members that hold one are left out."""
    account = tenancy.get_account(ctx, row.account_uid)
    owner = {"account": str(account.uid), "service_provider": str(account.service_provider_uid)}
    made = found.bundle(owner)
    for alias in made.get("aliases", ()):
        alias["connection"] = str(row.uid)
    if not secrets:
        for name, rows in made.items():
            made[name] = [_open(name, one) for one in rows] if name in KINDS else rows
    return made


def _open(name: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a bundle without what is secret."""
    columns = KINDS[name].members
    hidden = {column for column, member in columns.items() if isinstance(member.field, SecretField)}
    kept = {column: value for column, value in one.items() if column not in hidden}
    if bundle_flows.CONFIG in kept:
        kept[bundle_flows.CONFIG] = bundle_flows.exported(kept[bundle_flows.CONFIG], secrets=False)
    return kept
