"""What one area of the dialect brings to the tests of all: rows, samples, bad input, a walk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.adapters.jambonz import world
from tests.support.contract import ContractClient
from tests.support.matrix import Sample, Send

NOTHING: Any = object()


@dataclass(frozen=True)
class Bad:
    """One request that must be refused, as `who`, and change nothing.

    `path` is below /v1 and may name what areas prepared (`{carrier}`); `json` may too. `says` is a
    text that `msg` holds. `who` is a credential of the world or a token (`{token}`).
    """

    name: str
    method: str
    path: str
    status: int
    json: Any = NOTHING
    says: str = ""
    who: str = "alpha"
    data: bytes | None = None


@dataclass
class Walker:
    """Sends requests that the coverage of the contract counts.

    `made` is what areas prepared; `as_` gives a client with other headers or another credential.
    """

    connect: Callable[[Mapping[str, str]], ContractClient]
    made: Mapping[str, str]
    context: Any = None

    def as_(self, who: str | Mapping[str, str]) -> ContractClient:
        return self.connect(world.bearer(who) if isinstance(who, str) else who)


def _nothing_made(send: Send) -> Mapping[str, str]:
    return {}


def _no_walk(walker: Walker) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Area:
    """`rows` join the bundle of the world, `prepare(send)` makes the rest and names it for paths;
    `send(method, path, body, headers=None)` is the account alpha unless told otherwise.

    The other members are those of `Samples`, for this area's operations; `unseen` are statuses of
    the contract that no request brings about, with the reason; `beyond` are members
    (`Component.path`) of answers that the contract lacks.
    """

    operations: Mapping[str, Sample]
    rows: Mapping[str, Sequence[dict[str, Any]]] = field(default_factory=dict)
    prepare: Callable[[Send], Mapping[str, str]] = _nothing_made
    marks: tuple[str, ...] = ()
    cases: Sequence[Bad] = ()
    walk: Callable[[Walker], None] = _no_walk
    state_refused: Mapping[str, Sequence[int]] = field(default_factory=dict)
    stateless: tuple[str, ...] = ()
    writing: tuple[str, ...] = ()
    narrower: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)
    beyond: frozenset[str] = frozenset()
