"""In which order the SMPP links of a message are tried."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """A link that may carry the message.

    The lower `priority` goes first; inside one priority `weight` is the share of first tries, and
    a weight of 0 is tried only after all others of its priority.
    """

    uid: UUID
    priority: int = 1
    weight: float = 1.0
    bound: bool = True


def order(links: Iterable[LinkChoice], rng: random.Random) -> list[LinkChoice]:
    """All links, best first: bound before unbound, then by priority, then drawn by weight.

    Unbound links stay in the list: when nothing is bound, the message waits in the lane of the
    link that would carry it.
    """
    choices = list(links)
    if len(choices) < 2:
        return choices
    return sorted(choices, key=lambda link: (not link.bound, link.priority, _draw(link, rng)))


def _draw(link: LinkChoice, rng: random.Random) -> float:
    """Exponential waiting times: the smallest of them belongs to a link by its share of weights."""
    return rng.expovariate(link.weight) if link.weight > 0 else float("inf")
