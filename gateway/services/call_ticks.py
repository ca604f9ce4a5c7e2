"""Simulated calls that wait for ticks instead of for time: whoever plays the far end says when it
goes on."""

from __future__ import annotations

from typing import Any

from gateway.domain.calls import TERMINAL, CallStatus
from gateway.domain.context import Context
from gateway.models import Call, CallEvent
from gateway.models.database import write
from gateway.models.prepared import P, Prepared, among
from gateway.services import call_devices, call_progress

HELD = "held"
"""An event: the script's next step waits for so many ticks."""
LIVE = sorted(set(CallStatus) - TERMINAL)
_WAITING = Prepared(
    lambda: (
        Call.select()
        .where(
            among(Call.status, "live")
            & Call.uid.in_(CallEvent.select(CallEvent.call_uid).where(CallEvent.type == P("type")))
        )
        .order_by(Call.id)
    )
)


def hold(ctx: Context, row: Any, index: int, ticks: int) -> None:
    """Let step `index` of a call's script wait for so many ticks."""
    call_progress.note(ctx, row.uid, HELD, {"index": index, "left": ticks})


def tick(ctx: Context, destination: str | None = None) -> int:
    """One tick for the calls that wait, or for those to a destination (digits, or a name); how many
    steps it has let go on. Committed when this returns."""
    gone = 0
    with write():
        for row in _WAITING.all(live=LIVE, type=HELD):
            held = call_progress.latest(row.uid, HELD)
            assert held is not None
            index, left = held.data["index"], held.data["left"] - 1
            mine = destination in (None, call_devices.destination(row).removeprefix("+"))
            if left < 0 or not mine:
                continue
            hold(ctx, row, index, left)
            if left == 0:
                call_progress.plan(
                    ctx, row.uid, row.account_uid, "script", f"script:{index}", index=index
                )
                gone += 1
    return gone
