"""In which order the ways of a message are tried: SMPP links and providers' HTTP interfaces."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """A way that may carry the message.

    The lower `rank` goes first (what a route says of the message, see `message_routes`), then the
    lower `priority`, then the lower `cost`; inside these `weight` is the share of first tries, and
    a weight of 0 is tried only after all others of its kind.
    """

    uid: UUID
    priority: int = 1
    weight: float = 1.0
    bound: bool = True
    rank: tuple[int, ...] = ()
    cost: int = 0


def order(links: Iterable[LinkChoice], rng: random.Random) -> list[LinkChoice]:
    """All ways, best first: bound before unbound, then by rank, priority and cost, then drawn by
    weight.

    Unbound ones stay in the list: when nothing is bound, the message waits in the lane of the way
    that would carry it.
    """
    choices = list(links)
    if len(choices) < 2:
        return choices
    return sorted(
        choices,
        key=lambda one: (not one.bound, one.rank, one.priority, one.cost, _draw(one, rng)),
    )


def _draw(link: LinkChoice, rng: random.Random) -> float:
    """Exponential waiting times: the smallest of them belongs to a link by its share of weights."""
    return rng.expovariate(link.weight) if link.weight > 0 else float("inf")
