"""Commands that move an account from one provider to another: plan, apply, rollback."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from gateway.commands.opening import ready
from gateway.commands.upstream import reached
from gateway.dialect import discover
from gateway.domain.context import Context
from gateway.domain.migration import WRITES, Action, Plan, Policy, as_json, from_json
from gateway.domain.migration_text import text
from gateway.domain.numbers import parse_e164
from gateway.domain.problems import Conflict, NotFound
from gateway.domain.words import ItemState, RunState
from gateway.services import connections, move_plans, move_runs
from gateway.services.connecting import is_half
from gateway.services.move_plans import End
from gateway.services.moving import Mover

INCOMPLETE, REFUSED = 3, 4


def plan(options: argparse.Namespace) -> int:
    """Say what a move would do; nothing is written anywhere.

    0 when everything moves or the policy carries what does not, 3 when something is lost or left
    to do, 4 when the policy refuses that.
    """
    with ready() as ctx, ends(ctx, options) as (source, target):
        made = move_plans.plan(ctx, source, target, Policy(options.policy), _numbers(options))
    told = as_json(made) if options.json or options.output else {}
    if options.output:
        Path(options.output).write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    if options.json:
        sys.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        sys.stdout.write(text(made))
    return code(made)


def code(made: Plan) -> int:
    if made.refused:
        return REFUSED
    short = bool(made.lost) or bool(made.of(Action.MANUAL, Action.BLOCKED))
    return INCOMPLETE if short and made.policy is Policy.WARN else 0


def apply(options: argparse.Namespace) -> int:
    """Carry a plan out, or go on with the run that was broken off. 4 when the policy refuses."""
    with ready() as ctx, ends(ctx, options) as (source, target):
        run = _last(ctx, source, target)
        mover = Mover(ctx, source, target)
        if run is not None and run.state == RunState.APPLYING:
            if refusal := _other(run, options):
                print(f"polytrunk: {refusal}", file=sys.stderr)
                return REFUSED
            print(f"going on with run {run.uid}")
            done = mover.go_on(run)
        else:
            made = _plan(ctx, options, source, target)
            if made.refused:
                print(f"polytrunk: {made.refused}", file=sys.stderr)
                return REFUSED
            if not made.of(*WRITES):
                mover.carry(made)
                print("nothing to do")
                return 0
            done = mover.start(made, spend=options.spend)
        report(done)
    return 0


def _other(run: Any, options: argparse.Namespace) -> str:
    """Why a run that was broken off is not what is asked for now, empty where it is."""
    made = from_json(run.plan)
    wanted = _numbers(options)
    if wanted and set(wanted) != set(made.numbers):
        about = ", ".join(made.numbers) or "the whole account"
        return f"run {run.uid} is not finished, and is about {about}: go on with that, or roll back"
    if options.plan and _read(options.plan).digest != made.digest:
        return f"run {run.uid} of another plan is not finished: go on without --plan, or roll back"
    return replace(made, policy=Policy(options.policy)).refused


def _numbers(options: argparse.Namespace) -> list[str]:
    return [number(one) for one in options.number]


def number(given: str) -> str:
    """A number as people write it, in E.164; ValueError."""
    try:
        return parse_e164(given)
    except ValueError as error:
        raise ValueError(f"{given} is no telephone number: {error}") from None


def _plan(ctx: Context, options: argparse.Namespace, source: End, target: End) -> Plan:
    """The plan of the file, else one made now."""
    if not options.plan:
        return move_plans.plan(ctx, source, target, Policy(options.policy), _numbers(options))
    made = _read(options.plan)
    names = (source.connection.name, target.connection.name)
    if (made.source, made.target) != names:
        raise Conflict(f"the plan is from {made.source} to {made.target}")
    return made


def _read(file: str) -> Plan:
    try:
        return from_json(orjson.loads(Path(file).read_bytes()))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{file} is no plan: {error}") from None


def rollback(options: argparse.Namespace) -> int:
    """Take back what the last run between two connections did; 3 when something has to stay."""
    with ready() as ctx, ends(ctx, options) as (source, target):
        run = _last(ctx, source, target)
        if run is None:
            raise NotFound("nothing was moved between these connections")
        kept = report(Mover(ctx, source, target).undo(run))
        if (before := _last(ctx, source, target)) is not None:
            print(f"run {before.uid} came before it, and stands: rollback takes it back next")
        return INCOMPLETE if kept else 0


def _last(ctx: Context, source: End, target: End) -> Any:
    """The newest run of two connections, None without one. Conflict when it connected them."""
    run = move_runs.last(ctx, source.connection, target.connection)
    if run is not None and is_half(run):
        raise Conflict(f"run {run.uid} connected the two: say --connect, or take that back first")
    return run


def report(run: Any) -> int:
    """Print where a run and its items stand; how many could not be undone."""
    rows = move_runs.items(run)
    print(f"run {run.uid}: {run.state}")
    for state in ItemState:
        if found := [row for row in rows if row.state == state]:
            print(f"  {len(found)} {state}")
    kept = [row for row in rows if row.state == ItemState.KEPT]
    for row in kept:
        print(f"  {row.key}: {row.error}")
    return len(kept)


@contextmanager
def ends(ctx: Context, options: argparse.Namespace) -> Iterator[tuple[End, End]]:
    dialects = discover()
    rows = [connections.find(ctx, name) for name in (options.source, options.target)]
    with reached(ctx, rows[0]) as first, reached(ctx, rows[1]) as second:
        pairs = zip(rows, (first, second), strict=True)
        source, target = (End(row, dialects[row.dialect], line) for row, line in pairs)
        yield source, target
