"""The commands of a move with `--connect`: a platform is connected to a provider, at both ends."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import orjson

from gateway.commands.moving import INCOMPLETE, REFUSED, code, ends, report
from gateway.commands.opening import ready
from gateway.domain.migration import Policy
from gateway.domain.migration_text import text
from gateway.domain.problems import Conflict
from gateway.services import connecting
from gateway.services.connecting import Connecting, Half, PolicyRefuses


def plan(options: argparse.Namespace) -> int:
    """Say what connecting would do at both ends; exit codes as of a move."""
    _whole(options)
    with ready() as ctx, ends(ctx, options) as (provider, platform):
        halves = Connecting(ctx, provider, platform).plans(Policy(options.policy))
    told = orjson.dumps(connecting.as_json(halves), option=orjson.OPT_INDENT_2) + b"\n"
    if options.output:
        Path(options.output).write_bytes(told)
    if options.json:
        sys.stdout.write(told.decode())
    else:
        sys.stdout.write("\n".join(f"at the {half.seat}: {text(half)}" for half in halves))
    return max(code(half) for half in halves)


def apply(options: argparse.Namespace) -> int:
    """Connect the two, or go on with it. 4 when the policy refuses."""
    _whole(options)
    with ready() as ctx, ends(ctx, options) as (provider, platform):
        connection = Connecting(ctx, provider, platform)
        policy, halves = Policy(options.policy), _halves(options)
        try:
            runs = list(map(_shown, connection.apply(halves, policy, spend=options.spend)))
        except PolicyRefuses as refusal:
            print(f"polytrunk: {refusal}", file=sys.stderr)
            return REFUSED
    if not runs:
        print("nothing to do")
    return 0


def _whole(options: argparse.Namespace) -> None:
    if options.number:
        raise ValueError("a platform is connected to whole trunks: --number is for moves")


def _shown(run: object) -> int:
    """Each end is told when it is done, whatever comes of the next."""
    return report(run)


def _halves(options: argparse.Namespace) -> list[Half] | None:
    """The plans of the file, None where they are to be made."""
    if not options.plan:
        return None
    try:
        halves = connecting.from_json(orjson.loads(Path(options.plan).read_bytes()))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{options.plan} is no plan to connect: {error}") from None
    if (halves[0].source, halves[0].target) != (options.source, options.target):
        raise Conflict(f"the plan connects {halves[0].target} to {halves[0].source}")
    return halves


def rollback(options: argparse.Namespace) -> int:
    """Take back all that connecting did; 3 when something has to stay."""
    with ready() as ctx, ends(ctx, options) as (provider, platform):
        stays = sum(map(_shown, Connecting(ctx, provider, platform).undo()))
    return INCOMPLETE if stays else 0
