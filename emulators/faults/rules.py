"""Which fault strikes: definitions, and the counters that choose among them.

Every event that a fault's members fit is counted, whether or not it strikes; so the second of a
client's requests is the second, also where another fault strikes the first one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from emulators.smsc import Script
from gateway.domain.problems import Conflict, NotFound

HTTP, WEBHOOK, SMPP, BIND = "http", "webhook", "smpp", "bind"
MOST_FAULTS = 1_000
BEFORE, AFTER = "before", "after"

Match = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Action:
    """What a fault does. `kind` says which of the other members mean anything.

    `when` is before or after the work is done, `script` how the SMSC treats a message.
    """

    kind: str
    status: int = 0
    retry_after: int = 1
    text: str = ""
    seconds: float = 0.0
    when: str = BEFORE
    script: Script | None = None


@dataclass(kw_only=True)
class Fault:
    """`match` has a value or a pattern for each member of an event that is asked for.

    It strikes every event it fits, or only the `nth`, `every` so many, or some with `probability`;
    at most `times` times. `met` counts the events, `struck` those it hit. `script` is the chaos
    script it is part of.
    """

    on: str
    action: Action
    match: Match = field(default_factory=dict)
    nth: int | None = None
    every: int | None = None
    probability: float | None = None
    times: int | None = None
    script: str = ""
    id: str = ""
    met: int = 0
    struck: int = 0

    def fits(self, event: Mapping[str, Any]) -> bool:
        return all(_fits(wanted, event[name]) for name, wanted in self.match.items())

    def decides(self, rng: random.Random) -> bool:
        """Count an event that fits; whether this is one to strike."""
        self.met += 1
        if self.times is not None and self.struck >= self.times:
            return False
        if self.nth is not None:
            return self.met == self.nth
        if self.every is not None:
            return self.met % self.every == 0
        return self.probability is None or rng.random() < self.probability


def _fits(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, re.Pattern):
        return wanted.search(str(value)) is not None
    return bool(wanted == value)


class Faults:
    """The faults of one world, asked in the order in which they were made.

    Chance comes from the seed of the world, on its own, so that ids stay what they are.
    """

    def __init__(self, seed: int = 0) -> None:
        self._rng = _random(seed)
        self._faults: list[Fault] = []
        self._made = 0

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults))

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, fault: Fault) -> Fault:
        """Take a fault in; it gets its id. Raises Conflict when there are too many."""
        if len(self._faults) >= MOST_FAULTS:
            raise Conflict(f"There are {MOST_FAULTS} faults already: delete some.")
        self._made += 1
        fault.id = f"f{self._made}"
        self._faults.append(fault)
        return fault

    def remove(self, fault_id: str) -> None:
        """Raises NotFound."""
        left = [fault for fault in self._faults if fault.id != fault_id]
        if len(left) == len(self._faults):
            raise NotFound(f"There is no fault {fault_id}.")
        self._faults = left

    def clear(self, script: str = "") -> None:
        """Take all faults back, or those of one chaos script."""
        self._faults = [fault for fault in self._faults if script and fault.script != script]

    def copied(self) -> Faults:
        """The same, to go on apart."""
        same = Faults()
        same._rng.setstate(self._rng.getstate())
        same._faults = [replace(fault) for fault in self._faults]
        same._made = self._made
        return same

    def reseeded(self, seed: int) -> Faults:
        """The same with the chance of another seed."""
        same = self.copied()
        same._rng = _random(seed)
        return same

    def strike(self, on: str, **event: Any) -> Fault | None:
        """The fault that hits an event, if any does."""
        asked = [fault for fault in self._faults if fault.on == on and fault.fits(event)]
        hits = [fault for fault in asked if fault.decides(self._rng)]
        if not hits:
            return None
        hits[0].struck += 1
        return hits[0]


def _random(seed: int) -> random.Random:
    return random.Random(f"faults of {seed}")
