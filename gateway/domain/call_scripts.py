"""How the far end of a simulated call behaves: scripts as data, chosen by whom the call goes to.

A destination whose digits end in 555 8NNN is answered with the SIP status NNN, one that ends in
555 9NNN plays script NNN of `MAGIC`; so does a SIP address or a user whose name ends so. Everybody
else rings and answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Final

from gateway.domain.calls import TERMINAL, CallStatus

_S = CallStatus
SIP_STATUS: Final[Mapping[CallStatus, int]] = MappingProxyType(
    {
        _S.QUEUED: 100,
        _S.TRYING: 100,
        _S.RINGING: 180,
        _S.ALERTING: 183,
        _S.IN_PROGRESS: 200,
        _S.COMPLETED: 200,
        _S.BUSY: 486,
        _S.NO_ANSWER: 480,
        _S.CANCELLED: 487,
        _S.FAILED: 503,
    }
)
_BY_STATUS: Final = {
    **dict.fromkeys((486, 600, 603), _S.BUSY),
    **dict.fromkeys((408, 480), _S.NO_ANSWER),
    487: _S.CANCELLED,
}
LEAST_FAILURE, MOST_FAILURE = 300, 699
LONGEST_WAIT = 43_200.0
MOST_STEPS = 50
MOST_TICKS = 100
_SUFFIX = re.compile(r"555([89])(\d{3})(?=@|$)")


def outcome(sip_status: int) -> CallStatus:
    """The state of a call that was refused with a final SIP status."""
    return _BY_STATUS.get(sip_status, _S.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The call comes to `status` `after` seconds from the step before; `sip_status` 0 is the usual
    one of that state."""

    status: CallStatus
    after: float = 0.0
    sip_status: int = 0
    reason: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", CallStatus(self.status))
        if not 0 <= self.after <= LONGEST_WAIT:
            raise ValueError(f"after is from 0 to {LONGEST_WAIT:g} seconds")
        if self.sip_status and not 100 <= self.sip_status <= MOST_FAILURE:
            raise ValueError(f"sip_status is from 100 to {MOST_FAILURE}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallScript:
    """One behaviour. `digits` and `speech` are what the far end enters at each question in turn;
    an empty text leaves a question unanswered. It hangs up `talks` seconds after the answer, if
    that is set. With `ticks` each step but the first waits for so many ticks, not for time."""

    name: str = "custom"
    summary: str = ""
    steps: tuple[Step, ...]
    digits: tuple[str, ...] = ()
    speech: tuple[str, ...] = ()
    talks: float | None = None
    ticks: int = 0

    def __post_init__(self) -> None:
        if not 0 < len(self.steps) <= MOST_STEPS:
            raise ValueError(f"a script has 1 to {MOST_STEPS} steps")
        if self.talks is not None and not 0 <= self.talks <= LONGEST_WAIT:
            raise ValueError(f"talks is from 0 to {LONGEST_WAIT:g} seconds")
        if not 0 <= self.ticks <= MOST_TICKS:
            raise ValueError(f"ticks are from 0 to {MOST_TICKS}")

    @property
    def answers(self) -> bool:
        return any(step.status is _S.IN_PROGRESS for step in self.steps)


TRYING: Final = Step(status=_S.TRYING)
RINGING: Final = Step(status=_S.RINGING, after=0.2)
ANSWERED: Final = Step(status=_S.IN_PROGRESS, after=0.5)
ANSWER: Final = CallScript(
    name="answer", summary="rings, then answers", steps=(TRYING, RINGING, ANSWERED)
)

HELD: Final = CallScript(
    name="held",
    summary="rings at the first tick, answers at the second, hangs up at the third",
    steps=(
        TRYING,
        Step(status=_S.RINGING),
        Step(status=_S.IN_PROGRESS),
        Step(status=_S.COMPLETED),
    ),
    ticks=1,
)


def _ending(name: str, summary: str, *steps: Step) -> CallScript:
    return CallScript(name=name, summary=summary, steps=(TRYING, *steps))


def refused(sip_status: int) -> CallScript:
    """The far end refuses with a final status, after ringing where that is usual."""
    end = outcome(sip_status)
    rings = () if end is _S.FAILED else (RINGING,)
    last = Step(status=end, after=0.5, sip_status=sip_status)
    return _ending(f"status {sip_status}", f"refused with {sip_status}", *rings, last)


def _magic() -> dict[int, CallScript]:
    early = Step(status=_S.ALERTING, after=0.2)
    rings = Step(status=_S.RINGING, after=0.2)
    return {
        0: ANSWER,
        1: CallScript(
            name="early media",
            summary="early media (183), then answers",
            steps=(TRYING, early, ANSWERED),
        ),
        2: CallScript(name="at once", summary="answers without ringing", steps=(TRYING, ANSWERED)),
        3: CallScript(
            name="hangs up",
            summary="answers and hangs up after 2 s",
            steps=(TRYING, RINGING, ANSWERED),
            talks=2.0,
        ),
        4: CallScript(
            name="breaks",
            summary="answers and breaks after 2 s (503)",
            steps=(
                TRYING,
                RINGING,
                ANSWERED,
                Step(status=_S.FAILED, after=2.0, sip_status=503, reason="the call broke"),
            ),
        ),
        5: CallScript(
            name="presses 1",
            summary="answers and presses 1 at every question",
            steps=(TRYING, RINGING, ANSWERED),
            digits=("1",) * 20,
        ),
        6: CallScript(
            name="says yes",
            summary="answers and says yes at every question",
            steps=(TRYING, RINGING, ANSWERED),
            speech=("yes",) * 20,
        ),
        7: HELD,
        10: _ending("rings on", "rings until the caller gives up", rings),
        11: _ending("early busy", "early media, then 486", early, Step(status=_S.BUSY, after=0.5)),
    }


MAGIC: Final[Mapping[int, CallScript]] = MappingProxyType(_magic())


def by_destination(destination: str) -> CallScript:
    """The script that a number, SIP address or user asks for by the last seven digits of its name.

    >>> by_destination("sip:12065558486@pbx.example").name
    'status 486'
    """
    found = _SUFFIX.search(destination.partition(";")[0])
    if found is None:
        return ANSWER
    code = int(found[2])
    if found[1] == "9":
        return MAGIC.get(code, ANSWER)
    return refused(code) if LEAST_FAILURE <= code <= MOST_FAILURE else ANSWER


def script_of(given: Mapping[str, Any]) -> CallScript:
    """A script from JSON; ValueError names an unknown member or a value that cannot be used."""
    _known(given, CallScript, "a script")
    steps = given.get("steps")
    if not isinstance(steps, list | tuple):
        raise ValueError("steps must be a list")
    values = {**given, "steps": tuple(map(_step, steps))}
    for name in ("digits", "speech"):
        entered = given.get(name, ())
        entered = (entered,) if isinstance(entered, str) else tuple(entered)
        if not all(isinstance(one, str) for one in entered):
            raise ValueError(f"{name} must be texts")
        values[name] = entered
    try:
        return CallScript(**values)
    except TypeError as error:
        raise ValueError(f"a member of the script has the wrong type: {error}") from None


def _step(given: Any) -> Step:
    if not isinstance(given, Mapping):
        raise ValueError("a step must be an object")
    _known(given, Step, "a step")
    try:
        return Step(**given)
    except TypeError as error:
        raise ValueError(f"a member of a step has the wrong type: {error}") from None


def _known(given: Mapping[str, Any], kind: type[Any], what: str) -> None:
    known = {item.name for item in fields(kind)}
    if unknown := sorted(given.keys() - known):
        raise ValueError(f"{what} has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")


def shown(script: CallScript) -> dict[str, Any]:
    """The script as `script_of` reads it."""
    found: dict[str, Any] = {
        "name": script.name,
        "summary": script.summary,
        "steps": [_shown_step(step) for step in script.steps],
    }
    if script.digits:
        found["digits"] = list(script.digits)
    if script.speech:
        found["speech"] = list(script.speech)
    if script.talks is not None:
        found["talks"] = script.talks
    if script.ticks:
        found["ticks"] = script.ticks
    return found


def _shown_step(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {"status": str(step.status), "after": step.after}
    if step.sip_status:
        found["sip_status"] = step.sip_status
    if step.reason:
        found["reason"] = step.reason
    return found


def ends(script: CallScript) -> bool:
    """True when the script itself brings the call to an end."""
    return script.talks is not None or script.steps[-1].status in TERMINAL
