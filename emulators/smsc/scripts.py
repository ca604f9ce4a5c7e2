"""How the SMSC behaves towards a message: scripts as data, chosen by destination or by a test.

A destination whose digits end in 555 9NNN plays script NNN of `MAGIC`; one that ends in 555 8NNN is
answered with command_status NNN (decimal). Every other destination is delivered. Rules set through
the control API come before both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from emulators.smsc.wording import STATES

FORMS = ("decimal", "hex", "padded", "upper")
DROPS = ("", "before", "after")
BODIES = ("both", "text", "tlvs")
MOST_TICKS = 100


@dataclass(frozen=True, kw_only=True)
class Script:
    """One behaviour. Times are seconds.

    `status` is answered to the submit: always, or, if `times` is set, that many times per
    destination before it goes well. `answers=False` leaves it unanswered. `drop` cuts the
    connection before or after the answer, once per destination. `states` are the receipts in order
    (none at all if empty), `stale` those that come after the end all the same; `final` is the state
    the message ends in. With `ticks` each state waits for so many ticks, not for time. The id in
    the answer and the one in the receipt are the same number in `answer_form` and `receipt_form`.
    """

    name: str = "deliver"
    summary: str = ""
    status: int = 0
    times: int = 0
    answers: bool = True
    answer_seconds: float = 0.0
    drop: str = ""
    states: tuple[str, ...] = ("DELIVRD",)
    stale: tuple[str, ...] = ()
    final: str = ""
    error: str = "000"
    receipt_first: bool = False
    receipt_seconds: float | None = None
    ticks: int = 0
    copies: int = 1
    answer_form: str = "decimal"
    receipt_form: str = "decimal"
    body: str = "both"
    esm_class: int = 0x04

    def __post_init__(self) -> None:
        unknown = [state for state in self.states + self.stale if state not in STATES]
        if unknown or (self.final and self.final not in STATES):
            raise ValueError(f"states are {sorted(STATES)}")
        for name, known in (("drop", DROPS), ("body", BODIES)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is one of {known}")
        if self.answer_form not in FORMS or self.receipt_form not in FORMS:
            raise ValueError(f"an id form is one of {FORMS}")
        if not 0 <= self.ticks <= MOST_TICKS:
            raise ValueError(f"ticks are 0 to {MOST_TICKS}")
        if self.answer_seconds < 0 or self.times < 0 or not 1 <= self.copies <= 10:
            raise ValueError("answer_seconds and times are not negative, copies are 1 to 10")

    @property
    def last_state(self) -> str:
        return self.final or (self.states[-1] if self.states else "DELIVRD")


DELIVER = Script(summary="accepted, then a DELIVRD receipt")


def _failing(name: str, state: str, error: str) -> Script:
    return Script(name=name, summary=f"accepted, then {state}", states=(state,), error=error)


def _busy(name: str, status: int, times: int) -> Script:
    often = f"{times} time{'s' if times > 1 else ''}"
    summary = f"0x{status:02X} {often}, then delivered"
    return Script(name=name, status=status, times=times, summary=summary)


def _magic() -> dict[int, Script]:
    table = {
        0: DELIVER,
        1: _failing("undeliverable", "UNDELIV", "001"),
        2: _failing("expired", "EXPIRED", "002"),
        3: _failing("rejected", "REJECTD", "003"),
        4: _failing("deleted", "DELETED", "004"),
        5: _failing("unknown", "UNKNOWN", "005"),
        6: Script(name="no receipt", states=(), summary="delivered, but no receipt is sent"),
        7: Script(name="en route", states=("ENROUTE", "DELIVRD"), summary="ENROUTE, then DELIVRD"),
        8: Script(name="receipt first", receipt_first=True, summary="receipt before the answer"),
        9: Script(name="duplicate receipt", copies=2, summary="the same receipt twice"),
        10: Script(name="accepted only", states=("ACCEPTD",), summary="an ACCEPTD receipt only"),
        11: Script(name="hex answer", answer_form="hex", summary="id hex, decimal in the receipt"),
        12: Script(
            name="hex receipt", receipt_form="hex", summary="id decimal, hex in the receipt"
        ),
        13: Script(name="padded", receipt_form="padded", summary="receipt id zero-padded to 10"),
        14: Script(
            name="upper", answer_form="hex", receipt_form="upper", summary="hex, upper in receipt"
        ),
        15: Script(name="tlvs only", body="tlvs", summary="receipt by TLVs, without text"),
        16: Script(name="text only", body="text", summary="receipt by text, without TLVs"),
        17: Script(name="no esm_class", esm_class=0, body="text", summary="receipt, esm_class 0"),
        18: Script(name="at once", receipt_seconds=0.0, summary="delivered at once"),
        19: Script(name="late", receipt_seconds=60.0, summary="delivered after 60 s"),
        20: Script(
            name="held",
            ticks=1,
            states=("ENROUTE", "DELIVRD"),
            summary="ENROUTE at the first tick, DELIVRD at the second",
        ),
        50: Script(name="drop before", drop="before", summary="connection cut before the answer"),
        51: Script(name="drop after", drop="after", summary="connection cut after the answer"),
        52: Script(name="no answer", answers=False, states=(), summary="never answered"),
    }
    for count in range(1, 10):
        table[20 + count] = _busy(f"throttled {count}", 0x58, count)
        table[30 + count] = _busy(f"queue full {count}", 0x14, count)
        summary = f"answered after {count} s, delivered"
        table[40 + count] = Script(name=f"slow {count}", answer_seconds=count, summary=summary)
    return table


MAGIC = _magic()
_SUFFIX = re.compile(r"555([89])(\d{3})$")


def by_destination(destination: str) -> Script:
    """The script a destination number asks for by its last seven digits."""
    found = _SUFFIX.search(destination)
    if found is None:
        return DELIVER
    code = int(found[2])
    if found[1] == "9":
        return MAGIC.get(code, DELIVER)
    return Script(name=f"status {code}", status=code, states=()) if code else DELIVER


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Play `script` for destinations the pattern matches (`re.search`), and if `text` is given
    only for texts that it matches, at most `limit` times."""

    pattern: str
    script: Script
    limit: int = 0
    text: str = ""

    def fits(self, destination: str, text: Callable[[], str]) -> bool:
        """`text` is read only if the rule asks for it."""
        if not re.search(self.pattern, destination):
            return False
        return not self.text or re.search(self.text, text()) is not None


class Scripts:
    """The rules of one universe, asked in order, before the table of destinations."""

    def __init__(self, rules: Iterable[Rule] = (), default: Script | None = None) -> None:
        self.default = default
        self.rules: list[Rule] = []
        self.replace(rules)

    def replace(self, rules: Iterable[Rule]) -> None:
        """Set all rules anew; raises re.error for a pattern that is none."""
        found = list(rules)
        for rule in found:
            re.compile(rule.pattern)
            re.compile(rule.text)
        self.rules = found
        self._played: Counter[int] = Counter()
        self._refused: Counter[tuple[str, str]] = Counter()
        self._dropped: set[tuple[str, str]] = set()

    def choose(self, destination: str, text: Callable[[], str] = str) -> Script:
        for index, rule in enumerate(self.rules):
            spent = rule.limit and self._played[index] >= rule.limit
            if not spent and rule.fits(destination, text):
                self._played[index] += 1
                return rule.script
        found = by_destination(destination)
        return self.default if found is DELIVER and self.default else found

    def play(self, destination: str, text: Callable[[], str] = str) -> Script:
        """`choose`, with what happens only so many times taken into account."""
        script = self.choose(destination, text)
        key = (script.name, destination)
        if script.status and script.times:
            if self._refused[key] >= script.times:
                del self._refused[key]
                return replace(script, status=0)
            self._refused[key] += 1
            return script
        if script.drop:
            if key in self._dropped:
                self._dropped.discard(key)
                return replace(script, drop="")
            self._dropped.add(key)
        return script


def script_from(given: dict[str, Any]) -> Script:
    """A script from JSON; raises ValueError for an unknown member or a value out of its set."""
    known = {item.name for item in fields(Script)}
    unknown = sorted(given.keys() - known)
    if unknown:
        raise ValueError(f"a script has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    lists: dict[str, Any] = {
        name: tuple(given[name]) for name in ("states", "stale") if name in given
    }
    values: dict[str, Any] = {**given, **lists}
    try:
        return Script(**values)
    except TypeError as error:
        raise ValueError(f"a script member has the wrong type: {error}") from None
