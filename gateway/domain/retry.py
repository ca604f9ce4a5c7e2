"""How long to wait before trying again, as tables with jitter.

Jitter spreads what failed together, so that a peer that comes back is not met by all of it at once.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Schedule:
    """Pauses in seconds before the second, third, ... try.

    `endless` repeats the last pause for ever. `jitter` is the part of a pause that varies: 0.2
    draws between 80 % and 120 %.
    """

    delays: tuple[float, ...]
    endless: bool = False
    jitter: float = 0.2

    def next_delay(self, attempt: int, rng: random.Random) -> float | None:
        """Seconds to wait after `attempt` tries failed (at least 1); None to give up."""
        if attempt < 1:
            raise ValueError("attempts are counted from 1")
        if attempt > len(self.delays) and not self.endless:
            return None
        pause = self.delays[min(attempt, len(self.delays)) - 1]
        return pause * (1 + self.jitter * (2 * rng.random() - 1))


# A temporary refusal of a submit: two hours in all, the usual life of a passcode or a reminder.
SUBMIT: Final = Schedule((5, 15, 60, 300, 900, 1800, 3600))
# The peer may have taken the message although it said otherwise: few repeats.
AMBIGUOUS: Final = Schedule((15, 60))
RECONNECT: Final = Schedule((1, 2, 4, 8, 16, 32, 60), endless=True)
# Credentials refused: only a person can mend it, and hammering gets an address blocked.
REBIND_REFUSED: Final = Schedule((60, 120, 300, 600), endless=True)
# The peer still holds our former session: it ends with its own timer.
REBIND_ALREADY: Final = Schedule((5, 10, 20, 40, 60), endless=True)
THROTTLED: Final = Schedule((1, 2, 4, 8, 16, 30), endless=True)
