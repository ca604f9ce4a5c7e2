"""Faults of SMPP: what they can ask of a PDU, and what they make the SMSC do."""

from __future__ import annotations

from typing import Any

from emulators.faults.rules import BIND, SMPP, Action, Faults
from emulators.smsc import Script
from emulators.smsc.store import concatenation
from gateway.transports.smpp.codec import Pdu
from gateway.transports.smpp.commands import BINDS, Command

SUBMITS = (Command.SUBMIT_SM, Command.DATA_SM)


def strike(faults: Faults, pdu: Pdu) -> tuple[str, Script] | None:
    """The id of the fault that hits a submission to one destination or a bind, and how the SMSC
    treats it."""
    fault = None
    if faults and pdu.command in BINDS:
        fault = faults.strike(BIND, system_id=pdu.fields["system_id"])
    elif faults and pdu.command in SUBMITS:
        fault = faults.strike(SMPP, **_submitted(pdu))
    return None if fault is None else (fault.id, _script(fault.action))


def _script(action: Action) -> Script:
    if action.kind == "status":
        return Script(name="fault", status=action.status)
    if action.kind == "reset":
        return Script(name="fault", drop=action.when)
    return action.script or Script(name="fault", answers=False, states=())


def _submitted(pdu: Pdu) -> dict[str, Any]:
    """`part` is the place in a long text, 1 of a text that came whole."""
    concat, _ = concatenation(pdu, pdu.payload)
    return {"to": pdu.fields["destination_addr"], "part": concat.index if concat else 1}
