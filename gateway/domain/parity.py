"""Parity: what a provider holds after a move, held against what the provider before holds.

Pure: a plan that was made of both inventories says what still differs and what cannot be said, and
the paths of calls say what it comes to. The report is plain data; its canonical form is what is
signed.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from gateway.domain import migration
from gateway.domain.migration import Item, Plan
from gateway.domain.moves import Move
from gateway.domain.parity_rows import OPEN, Comparison, Same, Side

KIND: Final = "polytrunk parity report"
FORMAT: Final = 1
Report = dict[str, Any]


class Verdict(StrEnum):
    EQUAL = "equal"
    KNOWN = "equal but for known losses"
    DIFFERENT = "different"


def _losses(items: Iterable[Item]) -> list[Report]:
    """Each loss once, with all the rows that have it."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for item in items:
        for loss in item.losses:
            known = (item.kind, loss.object, loss.member, loss.why)
            found.setdefault(known, []).append(item.key)
    return [
        {"kind": kind, "object": name, "member": member, "why": why, "rows": sorted(set(keys))}
        for (kind, name, member, why), keys in sorted(found.items())
    ]


def report(
    plan: Plan, source: Side, target: Side, moves: Sequence[Move], about: Mapping[str, Any]
) -> Report:
    """The report, plain data. `moves` are the target's; `about` is what the report says of itself
    (who made it, when, of which numbers)."""
    made = Comparison(plan, source, target, moves)
    kinds, numbers = list(made.kinds()), list(made.numbers())
    losses = _losses(plan.items)
    counts = Counter(row["verdict"] for row in numbers)
    open_ones = counts[Same.UNEXPLAINED] or any(one.state in OPEN for one in made.differences)
    known = losses or made.differences or counts[Same.SAME] < len(numbers)
    known = known or any(_digests_differ(one) for one in kinds)
    verdict = Verdict.DIFFERENT if open_ones else Verdict.KNOWN if known else Verdict.EQUAL
    return {
        "kind": KIND,
        "format": FORMAT,
        **about,
        "from": {**source.about, "inventory": plan.digest},
        "to": {**target.about, "inventory": migration.digest(target.rows)},
        "kinds": kinds,
        "differences": [
            {"key": one.key, "state": str(one.state), "why": one.why} for one in made.differences
        ],
        "losses": losses,
        "numbers": numbers,
        "counts": {str(word): counts[word] for word in Same},
        "readiness": plan.score,
        "notes": {"from": list(source.notes), "to": list(target.notes)},
        "verdict": str(verdict),
    }


def _digests_differ(kind: Report) -> bool:
    return bool(kind["from"].get("digest") != kind["to"].get("digest"))


def canonical(told: Report) -> bytes:
    """The bytes that are signed: JSON in UTF-8, members sorted, no spaces."""
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def fingerprint(public_key: bytes) -> str:
    """How people compare keys."""
    return f"sha256:{hashlib.sha256(public_key).hexdigest()}"
