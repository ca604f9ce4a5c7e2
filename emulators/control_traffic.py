"""The control calls that change an account's records from outside: a call that was carried
elsewhere, a number ported away, an alert."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import flask
from flask import Response, g

from emulators.arguments import Arguments, e164, within
from emulators.control_worlds import answer, body
from gateway.domain.call_scripts import LEAST_FAILURE, LONGEST_WAIT, MOST_FAILURE
from gateway.domain.calls import TERMINAL, CallStatus
from gateway.domain.instants import parse_instant
from gateway.domain.problems import Invalid
from gateway.domain.words import AlertType, Direction
from gateway.models.database import connection
from gateway.services import outside

blueprint = flask.Blueprint("traffic", __name__)

TEXTS = ("sip_call_id", "caller_name", "origin_address", "reason", "currency")
AMOUNTS = ("rate_nano", "price_nano")
ENDS = tuple(sorted(TERMINAL))


@blueprint.post("/traffic/cdr")
def cdr() -> Response:
    """{direction?, from, to, status?, rings?, talks?, started_at?, sip_status?, ...}"""
    change = _call(body())
    with g.world.universe.entered(), connection():
        uid = outside.record_call(g.world.universe.context(), change)
    played = {"from": change["from_number"], "to": change["to_number"], "id": str(uid)}
    g.world.journal.add("traffic", {"what": "cdr", "status": str(change["status"]), **played})
    return answer({"id": str(uid)}, 201)


def _call(given: Arguments) -> dict[str, Any]:
    change: dict[str, Any] = {
        "direction": Direction(
            given.take("direction", str, Direction.INBOUND, choices=tuple(Direction))
        ),
        "from_number": e164(given, "from"),
        "to_number": e164(given, "to"),
        "status": CallStatus(given.take("status", str, CallStatus.COMPLETED, choices=ENDS)),
        "started_at": _instant(given, "started_at"),
        "sip_status": given.take("sip_status", int, None),
    }
    if change["sip_status"] is not None and change["status"] is not CallStatus.COMPLETED:
        within("sip_status", change["sip_status"], LEAST_FAILURE, MOST_FAILURE)
    for name in ("rings", "talks"):
        change[name] = within(name, given.take(name, float, 0.0), 0, LONGEST_WAIT)
    change |= {name: given.take(name, str, None) for name in TEXTS}
    change |= {name: given.take(name, int, None) for name in AMOUNTS}
    given.done()
    return change


@blueprint.post("/traffic/port_out")
def port_out() -> Response:
    """{number}"""
    given = body()
    number = e164(given, "number")
    given.done()
    with g.world.universe.entered(), connection():
        uid = outside.port_out(g.world.universe.context(), number)
    g.world.journal.add("traffic", {"what": "port_out", "number": number, "id": str(uid)})
    return answer({"id": str(uid)}, 201)


@blueprint.post("/traffic/alert")
def alert() -> Response:
    """{type, message, account or number, details?}"""
    given = body()
    kind = AlertType(given.take("type", str, choices=tuple(AlertType)))
    message = given.take("message", str)
    account = _uid(given, "account")
    number = e164(given, "number") if account is None else None
    details = given.take("details", dict, {})
    given.done()
    with g.world.universe.entered(), connection():
        uid = outside.raise_alert(
            g.world.universe.context(),
            kind,
            message,
            account=account,
            e164=number,
            details=details,
        )
    g.world.journal.add("traffic", {"what": "alert", "type": str(kind), "id": str(uid)})
    return answer({"id": str(uid)}, 201)


def _instant(given: Arguments, name: str) -> Any:
    text = given.take(name, str, None)
    try:
        return None if text is None else parse_instant(text)
    except ValueError as error:
        raise Invalid.one(name, "value", f"{name} is no time: {error}.") from None


def _uid(given: Arguments, name: str) -> UUID | None:
    text = given.take(name, str, None)
    try:
        return None if text is None else UUID(text)
    except ValueError:
        raise Invalid.one(name, "value", f"{name} is no UUID.") from None
