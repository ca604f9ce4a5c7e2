"""Commands that synchronise an account with the provider of a connection."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from gateway.commands.opening import ready
from gateway.commands.upstream import reached
from gateway.dialect import discover
from gateway.domain.drift import WHOLE, Difference, Verdict
from gateway.services import connections
from gateway.services.move_plans import End
from gateway.services.sync_plans import Held, Wish
from gateway.services.syncing import Report, Syncer

INCOMPLETE = 3
_ONLY = {"pull": Verdict.THEIRS, "push": Verdict.OURS, None: None}


def sync(options: argparse.Namespace) -> int:
    """Carry out what only one side changed, or with --dry-run say it.

    3 when something is left: a conflict, or what cannot be carried out.
    """
    wish = Wish(
        take=Verdict(options.take) if options.take else None, keys=options.key,
        only=_ONLY[options.only], deletions=options.deletions, spend=options.spend,
    )  # fmt: skip
    if wish.keys and wish.take is None:
        raise ValueError("--key says which conflicts --take decides")
    with ready() as ctx:
        row = connections.find(ctx, options.name)
        with reached(ctx, row) as line:
            syncer = Syncer(ctx, End(row, discover()[row.dialect], line))
            report = syncer.dry_run(wish) if options.dry_run else syncer.sync(wish)
    if options.json:
        sys.stdout.write(orjson.dumps(as_json(report), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        sys.stdout.write(text(report, dry=options.dry_run))
    return 0 if report.is_clean else INCOMPLETE


def as_json(report: Report) -> dict[str, Any]:
    """One JSON document; whole things have the member null."""
    told = asdict(report)
    for name in ("pull", "push", "conflicts"):
        for one in told[name]:
            one["member"] = None if one["member"] == WHOLE else one["member"]
    for name in ("held", "by_hand"):
        told[name] = [one._asdict() for one in getattr(report, name)]
    return told


def text(report: Report, *, dry: bool) -> str:
    """Lines for people; what is carried out first, then what is left."""
    return "\n".join(_lines(report, dry=dry)) + "\n"


def _lines(report: Report, *, dry: bool) -> Iterator[str]:
    name = report.connection
    yield f"{name} ({report.dialect}): {report.agreed} things are known to both"
    yield from _section(f"{'to take' if dry else 'taken'} from {name}", map(_step, report.pull))
    yield from _section(f"{'to send' if dry else 'sent'} to {name}", map(_step, report.push))
    yield from _section("conflicts, left alone on both sides", map(_conflict, report.conflicts))
    yield from _section("not carried out", map(_held, report.held))
    yield from _section("by hand", map(_held, report.by_hand))
    yield from _section("the provider's answers", iter(report.unread))
    if not any((report.pull, report.push, report.conflicts, report.held)):
        yield "nothing differs"


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    found: Sequence[str] = list(lines)
    if found:
        yield f"{title}:"
        yield from (f"  {line}" for line in found)


def _step(one: Difference) -> str:
    given, there = (one.ours, one.theirs) if one.verdict is Verdict.OURS else (one.theirs, one.ours)
    if one.member != WHOLE:
        return f"~ {one.key} {one.member}: {_value(there)} -> {_value(given)}"
    return f"- {one.key}" if given is None else f"+ {one.key}"


def _conflict(one: Difference) -> str:
    said = (
        f"was {_said(one, one.base)}, ours {_said(one, one.ours)}, theirs {_said(one, one.theirs)}"
    )
    return f"! {f'{one.key} {one.member}'.rstrip()}: {said}" + (f" ({one.why})" if one.why else "")


def _said(one: Difference, value: Any) -> str:
    if one.member != WHOLE:
        return _value(value)
    told = ", ".join(f"{name} {_value(value[name])}" for name in sorted(value or ()))
    return "not there" if value is None else f"[{told}]"


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _held(one: Held) -> str:
    return f"? {one.key}: {one.why}"
