"""Time, ids and randomness of one universe, handed down so that rules and services repeat exactly.

Leases and socket timers do not use this: they follow the machine's clock.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gateway.domain import ids
from gateway.domain.bucket import Quota


class Repeatable(random.Random):
    """Draws from another source and remembers, so that `again` gives the same once more."""

    def __init__(self, source: random.Random) -> None:
        super().__init__(0)
        self._source = source
        self._drawn: list[tuple[int, float]] = []
        self._at = 0

    def again(self) -> None:
        self._at = 0

    def getrandbits(self, k: int, /) -> int:
        return int(self._draw(k, lambda: self._source.getrandbits(k)))

    def random(self) -> float:
        return self._draw(0, self._source.random)

    def _draw(self, bits: int, make: Callable[[], float]) -> float:
        """What was drawn at this place; from where another question is asked, new numbers."""
        if self._drawn[self._at : self._at + 1] and self._drawn[self._at][0] == bits:
            found = self._drawn[self._at][1]
        else:
            found = make()
            self._drawn[self._at :] = [(bits, found)]
        self._at += 1
        return found


@dataclass
class Runtime:
    """The clock, id source and random numbers of one universe, and what this process counts by
    that clock.

    `clock` gives an aware UTC datetime. Ids made by one runtime are strictly increasing, also when
    the clock stands still or goes back.
    """

    clock: Callable[[], datetime]
    rng: random.Random
    quotas: dict[UUID, Quota] = field(default_factory=dict, repr=False)
    _last: int = field(default=0, repr=False)

    def now(self) -> datetime:
        return self.clock()

    @property
    def last(self) -> int:
        """The newest id as a number, 0 before the first."""
        return self._last

    def go_on_after(self, last: int) -> None:
        """Count ids on from another runtime's newest, and quotas anew."""
        self._last = last
        self.quotas.clear()

    def new_uid(self) -> UUID:
        """A UUIDv7 greater than every one made before by this runtime, also in the leading part
        that short spellings show (`ids.span`)."""
        uid = ids.new(int(self.clock().timestamp() * 1000), self.rng.getrandbits(74))
        value = uid.int
        if value <= self._last:
            value = ids.successor(self._last | ids.UNSHOWN) | self.rng.getrandbits(32)
        self._last = value
        return UUID(int=value)

    def repeatable(self) -> Runtime:
        """One that stands still, for work that is done twice: after `again` the same ids and
        random numbers come once more."""
        now = self.clock()
        return Runtime(lambda: now, Repeatable(self.rng), self.quotas, self._last)

    def again(self, first: int) -> None:
        """Begin anew after the id `first`."""
        assert isinstance(self.rng, Repeatable)
        self.rng.again()
        self._last = first

    def after(self, other: Runtime) -> None:
        """Make ids that are greater than another runtime's, too."""
        self._last = max(self._last, other.last)
