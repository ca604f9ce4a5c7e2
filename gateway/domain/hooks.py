"""When a webhook counts as delivered and when it is tried again, as data of a dialect."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HookPolicy:
    """`retries` counts the tries after the first one, `spacing_seconds` are the pauses before them.

    The last pause is used for all later tries. `success` lists the HTTP statuses that end the
    story; None stands for every 2xx. `answer_seconds` is how long who is asked about a call may
    take; None stands for the setting of all webhooks.
    """

    retries: int = 4
    spacing_seconds: tuple[float, ...] = (30.0,)
    success: frozenset[int] | None = None
    answer_seconds: float | None = None

    def __post_init__(self) -> None:
        if self.retries < 0 or (self.retries and not self.spacing_seconds):
            raise ValueError("retries need pauses")

    def delivered(self, status: int | None) -> bool:
        """True when the subscriber took the event; None is an attempt without an answer."""
        if status is None:
            return False
        return 200 <= status <= 299 if self.success is None else status in self.success

    def pause(self, attempts: int) -> float | None:
        """Seconds until the next try after `attempts` tries (at least 1); None to give up."""
        if attempts > self.retries:
            return None
        return self.spacing_seconds[min(attempts, len(self.spacing_seconds)) - 1]
