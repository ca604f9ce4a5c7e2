"""Running the verbs of a call hook's answer, one job each.

The list is an event of the call (its program), the newest one is in force: a job of an older one
finds out and does nothing. A verb is written down when it begins, and the next one is planned for
when it ends; in between nothing waits. A verb with an action hook asks there what to do next.

A list is given by a hook, with the call or through the API. One that belongs to a longer path has
`then`, the job that goes on when it has ended; one whose hook has the call in hand has `control`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from gateway.domain import call_scripts, verbs
from gateway.domain.calls import CallStatus
from gateway.domain.context import Context
from gateway.domain.problems import Problem
from gateway.services import call_hooks, call_legs, call_progress, messages
from gateway.services.call_progress import APPLICATION, PEER

PROGRAM, GIVEN, FLOW = "verbs", "given", "flow"
"""The list in force, the one that came through the API, and the step at which call flows go on."""
COMPLETE, FAIL, NO_ANSWER, BUSY = "complete", "fail", "no_answer", "busy"
OUTCOMES: Final[Mapping[str, str]] = {
    CallStatus.COMPLETED: COMPLETE,
    CallStatus.BUSY: BUSY,
    CallStatus.NO_ANSWER: NO_ANSWER,
    CallStatus.CANCELLED: NO_ANSWER,
    CallStatus.FAILED: FAIL,
}
"""How a list of verbs that belongs to a longer path ended: as its last `dial` did."""
INPUT_SECONDS = 1.0
"""How long the far end takes to answer a question."""


@dataclass(frozen=True)
class Turn:
    """One verb's turn. `program` is the event that holds the list."""

    ctx: Context
    row: Any
    program: Any
    index: int

    @property
    def verb(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.program.data["verbs"][self.index]
        return found

    def note(self, kind: str = "verb", **more: Any) -> UUID:
        data = {"verb": self.verb["verb"], "index": self.index, **more}
        return call_progress.note(self.ctx, self.row.uid, kind, data)

    def done(self, seconds: float = 0.0, facts: Mapping[str, Any] | None = None) -> None:
        """Plan what comes `seconds` from now: the question of the verb's hook, or the next verb."""
        hook = verbs.action_hook(self.verb)
        if hook is None:
            plan_verb(self.ctx, self.row, self.program.uid, self.index + 1, seconds)
            return
        call_progress.plan(
            self.ctx,
            self.row.uid,
            self.row.account_uid,
            "ask",
            f"action:{self.program.uid.hex}:{self.index}",
            seconds=seconds,
            purpose="action",
            action=dict(hook),
            facts=dict(facts or {}),
            program=self.program.uid.hex,
            index=self.index,
        )


def plan_verb(ctx: Context, row: Any, program: UUID, index: int, seconds: float = 0.0) -> None:
    call_progress.plan(
        ctx,
        row.uid,
        row.account_uid,
        "verb",
        f"{program.hex}:{index}",
        seconds=seconds,
        program=program.hex,
        index=index,
    )


def begin(
    ctx: Context,
    row: Any,
    found: list[dict[str, Any]],
    url: str = "",
    *,
    then: Mapping[str, Any] | None = None,
    control: Mapping[str, Any] | None = None,
) -> None:
    """Put a new list in force; `url` is where it came from, for relative hooks in it.

    `then` is the payload of the job that goes on after the last verb ({"step": ..., ...}; it gets
    `outcome` besides, one of OUTCOMES); without it the call is hung up. `control` is the hook, in
    the form of a call's own, that has the call in hand: it is asked after verbs whose action hook
    is "", and told when the call ends.
    """
    data: dict[str, Any] = {"verbs": found, "url": url}
    given = {"then": then and dict(then), "control": control and dict(control)}
    data |= {name: value for name, value in given.items() if value is not None}
    program = call_progress.note(ctx, row.uid, PROGRAM, data)
    plan_verb(ctx, row, program, 0)


def leave(ctx: Context, row: Any, program: Any) -> None:
    """All verbs of a list are done."""
    if program.data.get("then") is None:
        call_progress.hang_up(ctx, row, ended_by=APPLICATION, reason="no verbs are left")
        return
    dial = call_progress.latest(row.uid, call_legs.DIAL)
    outcome: str | None = COMPLETE
    if dial is not None and dial.data["program"] == program.uid.hex:
        outcome = came_of(dial)
    go_on(ctx, row, program.data["then"], outcome or FAIL, program.uid)


def came_of(dial: Any) -> str | None:
    """What came of a `dial` (its event), one of OUTCOMES; None while a leg lives."""
    facts = call_legs.result(call_legs.of(dial))
    return None if facts is None else OUTCOMES.get(facts["dial_call_status"], FAIL)


def go_on(ctx: Context, row: Any, then: Mapping[str, Any], outcome: str, mark: UUID) -> None:
    """Plan the job that a list of verbs belongs to; whose list it was has the call no more."""
    call_progress.note(ctx, row.uid, PROGRAM, {"verbs": [], "url": ""})
    more = {name: value for name, value in then.items() if name != "step"}
    call_progress.plan(
        ctx,
        row.uid,
        row.account_uid,
        then["step"],
        f"{then['step']}:{mark.hex}",
        **more,
        outcome=outcome,
    )


def in_force(row: Any, program: str) -> Any | None:
    """The list with that uid (hex) if it is still the one in force."""
    event = call_progress.latest(row.uid, PROGRAM)
    return event if event is not None and event.uid.hex == program else None


def run(ctx: Context, row: Any, payload: Mapping[str, Any]) -> None:
    """Begin one verb. In the transaction that ends its job."""
    program = in_force(row, payload["program"])
    if program is None:
        return
    turn = Turn(ctx, row, program, payload["index"])
    if turn.index >= len(program.data["verbs"]):
        leave(ctx, row, program)
        return
    if row.status is not CallStatus.IN_PROGRESS and verbs.answers(turn.verb):
        answer(ctx, row)
    RUNNERS.get(turn.verb["verb"], _takes_its_time)(turn)


def answer(ctx: Context, row: Any) -> None:
    """Answer a call that came in."""
    if call_progress.claim(ctx, row.uid, CallStatus.IN_PROGRESS) is None:
        return
    row.status = CallStatus.IN_PROGRESS
    script = far_end(row)
    if script is not None and script.talks is not None:
        plan_hangup(ctx, row, script.talks)


def plan_hangup(ctx: Context, row: Any, seconds: float, ended_by: str = PEER) -> None:
    """Have a call ended `seconds` from now."""
    call_progress.plan(
        ctx, row.uid, row.account_uid, "hangup", "end", seconds=seconds, ended_by=ended_by
    )


def far_end(row: Any) -> call_scripts.CallScript | None:
    """The script the far end of a call plays: of a call to a device, that of who took it."""
    event = call_progress.latest(row.uid, "driver")
    if event is None and (took := call_progress.latest(row.uid, call_legs.CARRIED)) is not None:
        (leg,) = took.data["legs"]
        event = call_progress.latest(UUID(leg), "driver")
    return call_scripts.script_of(event.data["script"]) if event is not None else None


def _takes_its_time(turn: Turn) -> None:
    seconds = verbs.seconds(turn.verb)
    turn.note(seconds=seconds)
    turn.done(seconds)


def _hangup(turn: Turn) -> None:
    turn.note()
    reason = str(turn.verb.get("reason") or "the application hung up")
    call_progress.hang_up(turn.ctx, turn.row, ended_by=APPLICATION, reason=reason, sip_status=603)


def _decline(turn: Turn) -> None:
    turn.note()
    status = turn.verb["status"]
    reason = str(turn.verb.get("reason") or "the application declined")
    call_progress.hang_up(
        turn.ctx, turn.row, ended_by=APPLICATION, reason=reason, sip_status=status
    )


def _tag(turn: Turn) -> None:
    turn.note()
    call_progress.put_tag(turn.row.uid, turn.verb["data"])
    turn.done()


def _gather(turn: Turn) -> None:
    """Ask the far end; what it enters comes from its script, one answer for each question."""
    facts = entered(turn.row, turn.verb)
    waits = INPUT_SECONDS if facts else verbs.patience(turn.verb)
    turn.note("gather", **facts)
    turn.done(verbs.seconds(turn.verb) + waits, facts or {"reason": "timeout"})


def entered(row: Any, verb: Mapping[str, Any]) -> dict[str, Any]:
    """What the far end enters at a question: the answer of its script whose turn it is."""
    place = call_progress.how_many(row.uid, "gather")
    script = far_end(row)
    digits = script.digits[place : place + 1] if script is not None else ()
    speech = script.speech[place : place + 1] if script is not None else ()
    if verbs.wants(verb, "digits") and digits and digits[0]:
        most = verb.get("maxDigits") or verb.get("numDigits")
        cut = digits[0][:most] if isinstance(most, int) and most > 0 else digits[0]
        return {"reason": "dtmfDetected", "digits": cut}
    if verbs.wants(verb, "speech") and speech and speech[0]:
        heard = [{"transcript": speech[0], "confidence": 1.0}]
        said = {"language_code": "en-US", "channel_tag": 1, "is_final": True, "alternatives": heard}
        return {"reason": "speechDetected", "speech": said}
    return {}


def _dial(turn: Turn) -> None:
    legs = [call_legs.make(turn.ctx, turn.row, turn.verb, one) for one in turn.verb["target"]]
    turn.note(call_legs.DIAL, legs=[leg.hex for leg in legs], program=turn.program.uid.hex)
    for leg in legs:
        call_progress.plan(turn.ctx, leg, turn.row.account_uid, "start", "start")


def _message(turn: Turn) -> None:
    """Send a text message as the call's account; a refusal is told to the action hook."""
    verb = turn.verb
    change = {
        "from_number": call_legs.number(str(verb["from"])),
        "to_number": call_legs.number(str(verb["to"])),
        "text": str(verb.get("text") or ""),
        "media": verb.get("media"),
    }
    hook = call_hooks.of(turn.row, "call") or {}
    ctx = call_progress.as_account(turn.ctx, turn.row, hook.get("dialect", ""))
    try:
        sent: Any = messages.send(ctx, change)
        facts = {"message_sid": str(sent.uid), "message_status": "success"}
    except Problem as problem:
        why = problem.text or problem.kind.replace("_", " ")
        facts = {"message_status": "failure", "message_failure_reason": why}
    turn.note(**facts)
    turn.done(0.0, facts)


def _refer(turn: Turn) -> None:
    seconds = verbs.seconds(turn.verb)
    turn.note(seconds=seconds)
    turn.done(seconds, {"refer_status": 202})


def _request(turn: Turn) -> None:
    seconds = verbs.seconds(turn.verb)
    turn.note(seconds=seconds)
    turn.done(seconds, {"result": "success", "sip_status": 200})


def _flow(turn: Turn) -> None:
    """The call goes on at a node of a call flow, whatever else the list has."""
    turn.note(node=turn.verb["node"])
    then = {"step": FLOW, "node": turn.verb["node"]}
    go_on(turn.ctx, turn.row, then, COMPLETE, turn.program.uid)


RUNNERS: Final[Mapping[str, Callable[[Turn], None]]] = {
    "hangup": _hangup,
    "sip:decline": _decline,
    "tag": _tag,
    "gather": _gather,
    "dial": _dial,
    "flow": _flow,
    "message": _message,
    "sip:refer": _refer,
    "sip:request": _request,
}
