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
