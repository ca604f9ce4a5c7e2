"""What an account at Callable can be told when another one moves there."""

from __future__ import annotations

from typing import Any

from adapters.callable.kinds import hidden_trunk
from gateway.domain.moves import Move, Row, Step, Values
from gateway.domain.settling import DEFAULT
from gateway.wire.upstream import Blank

TRUNK = ("address", "port", "description")
ROUTED = "port the number to Callable, then say in a flow where its calls go"


def hidden(row: Row) -> str:
    if row.enabled is False:
        return "the address is not in use now, and a trunk cannot be switched off"
    return hidden_trunk(row)


def _account(values: Values) -> Values:
    """The client knows the account of a login that opens one only."""
    return {"account": values["account"]} if values["account"] else {}


def _one(values: Values) -> Values:
    return {**_account(values), "id": values["uid"]}


def _trunk(values: Values) -> Values:
    return {name: values.get(name) for name in TRUNK}


def _numbers(values: Values) -> Values:
    return {"ddis": [Blank({"e164": values["e164"]})]}


def _uid(answer: Any) -> Any:
    return (answer[0] if isinstance(answer, list) else answer)["uid"]


MOVES = (
    Move(
        "trunk", skips=lambda row: bool(row.name == DEFAULT),
        hides=lambda row: "Callable has no trunks with addresses",
    ),
    Move("access_list", skips=lambda row: True),
    Move("trunk_access_list", skips=lambda row: True),
    Move(
        "endpoint", TRUNK, hides=hidden, fits=lambda row: {"transport": None},
        create=Step("createTrunk", _account, _trunk, _uid),
        change=Step("updateTrunk", _one, _trunk),
        delete=Step("deleteTrunk", _one),
    ),
    Move(
        "number", ("e164",), by_hand=ROUTED,
        create=Step("createDdis", _account, _numbers, _uid),
        lasting="an account does not give numbers up by the API",
    ),
)  # fmt: skip
