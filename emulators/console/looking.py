"""Control calls that look at rows: messages, calls and whatever a dialect has objects for.

They look with the emulator's own eyes, across all accounts and without a credential, as the rest of
the control API does, and change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import flask
from flask import Response, g, request

from emulators.arguments import Arguments, within
from emulators.console import ladders
from emulators.control_worlds import answer
from emulators.journal import redact
from gateway.domain.context import Context
from gateway.domain.ids import reference
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import NotFound
from gateway.http.ledgers import Ledgers
from gateway.http.proxies import base_url
from gateway.models import Account, Call, Message
from gateway.models.database import connection
from gateway.services import core_rows
from gateway.services.scoping import inside_account

MOST_ROWS = 500
NAMES = ("e164", "name", "username", "extension", "host", "url", "purpose")

blueprint = flask.Blueprint("looking", __name__)


@blueprint.get("/messages")
def messages() -> Response:
    """The newest of all accounts, oldest first."""
    limit, before = _window()
    with _rows():
        page = list(_newest(Message, limit, before))
        return answer({"messages": [_message(row) for row in reversed(page)]})


@blueprint.get("/calls")
def calls() -> Response:
    """The newest of all accounts, newest first."""
    limit, before = _window()
    with _rows():
        return answer({"calls": [ladders.brief(row) for row in _newest(Call, limit, before)]})


@blueprint.get("/calls/<uid>")
def call(uid: str) -> Response:
    with _rows():
        return answer(ladders.ladder(_call(uid), g.world.journal))


@blueprint.get("/resources")
def resources() -> Response:
    """What there is to be looked at: accounts, kinds of things and dialects."""
    with _rows():
        rows = Account.select().order_by(Account.id).limit(MOST_ROWS)
        accounts = [{"uid": str(row.uid), "name": row.name} for row in rows]
    titles = {name: dialect.title for name, dialect in sorted(g.world.dialects.items())}
    return answer({"accounts": accounts, "kinds": list(core_rows.KINDS), "dialects": titles})


@blueprint.get("/resources/<kind>")
def rows_of_kind(kind: str) -> Response:
    given = Arguments(request.args, texts=True)
    account = given.take("account", str)
    limit = int(within("limit", given.take("limit", int, 50), 1, MOST_ROWS))
    offset = int(within("offset", given.take("offset", int, 0), 0, 2**31 - 1))
    given.done()
    with _inside(account) as ctx:
        if kind not in core_rows.KINDS:
            raise NotFound(f"There is no kind {kind}.")
        rows = core_rows.of_account(ctx, kind, limit=limit + 1, offset=offset)
        found = [{"uid": str(row.uid), "name": _name(row)} for row in rows[:limit]]
    return answer({"rows": found, "more": len(rows) > limit})


@blueprint.get("/resources/<kind>/<uid>")
def resource(kind: str, uid: str) -> Response:
    """One thing as a dialect shows it, and what becomes of that in each of the dialects."""
    given = Arguments(request.args, texts=True)
    account, name = given.take("account", str), given.take("dialect", str)
    given.done()
    world = g.world
    with _inside(account) as ctx:
        ledgers = Ledgers(world.dialects, world.universe.profiles, ctx)
        return answer({to: ledgers.of_object(name, kind, uid, to) for to in world.dialects})


@contextmanager
def _rows() -> Iterator[None]:
    with g.world.universe.entered(), connection():
        yield


@contextmanager
def _inside(account: str) -> Iterator[Context]:
    """Inside one account, as an administrator who may go anywhere. Raises NotFound."""
    universe = g.world.universe
    with _rows():
        ctx = universe.context(Principal(Scope.ADMIN))
        ctx.base_url = base_url(request.environ, universe.settings)
        yield inside_account(ctx, reference(account))


def _window() -> tuple[int, int]:
    given = Arguments(request.args, texts=True)
    limit = int(within("limit", given.take("limit", int, 200), 1, MOST_ROWS))
    before = int(within("before", given.take("before", int, 2**62), 1, 2**62))
    given.done()
    return limit, before


def _newest(model: Any, limit: int, before: int) -> Any:
    return model.select().where(model.id < before).order_by(model.id.desc()).limit(limit)


def _message(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "uid": str(row.uid),
        "account": str(row.account_uid),
        "direction": row.direction,
        "from": row.from_number,
        "to": row.to_number,
        "text": row.text,
        "media": redact(row.media),
        "segments": row.segments,
        "status": row.status,
        "error": row.error,
        "at": row.queued_at.isoformat(),
    }


def _call(uid: str) -> Any:
    try:
        row = Call.get_or_none(Call.uid == UUID(uid))
    except ValueError:
        row = None
    if row is None:
        raise NotFound(f"There is no call {uid}.")
    return row


def _name(row: Any) -> str:
    """What a person would call a row."""
    ends = getattr(row, "from_number", None), getattr(row, "to_number", None)
    if any(ends):
        return " to ".join(str(end or "unknown") for end in ends)
    named = (getattr(row, name, None) for name in NAMES)
    return next((str(name) for name in named if name), str(row.uid))
