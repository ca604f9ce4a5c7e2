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


@dataclass
class Runtime:
    """The clock, id source and random numbers of one universe.

    `clock` gives an aware UTC datetime. Ids made by one runtime are strictly increasing, also when
    the clock stands still or goes back.
    """

    clock: Callable[[], datetime]
    rng: random.Random
    _last: int = field(default=0, repr=False)

    def now(self) -> datetime:
        return self.clock()

    def new_uid(self) -> UUID:
        """A UUIDv7 greater than every one made before by this runtime."""
        uid = ids.new(int(self.clock().timestamp() * 1000), self.rng.getrandbits(74))
        value = uid.int
        if value <= self._last:
            value = ids.successor(self._last)
        self._last = value
        return UUID(int=value)
