"""The command that says whose record counts for a connection."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from gateway.commands.opening import ready
from gateway.commands.upstream import reached
from gateway.dialect import discover
from gateway.domain.words import ConnectionMode
from gateway.services import connections, pairing
from gateway.services.move_plans import End
from gateway.services.pairing import Match

DIFFERS = 3


def mode(options: argparse.Namespace) -> int:
    """Set a connection's mode. With `forward` both sides are read and paired first; 3 when they
    tell something otherwise, which stays as it is until somebody changes it."""
    chosen = ConnectionMode(options.mode)
    with ready() as ctx:
        row = connections.find(ctx, options.name)
        if chosen is not ConnectionMode.FORWARD:
            if options.policy or options.spend:
                raise ValueError("--policy and --spend are for the mode forward")
            connections.set_mode(ctx, row.uid, chosen)
            print(f"{row.name} is {chosen}")
            return 0
        with reached(ctx, row) as line:
            found = pairing.match(ctx, End(row, discover()[row.dialect], line))
        kept = {name: row.settings[name] for name in row.settings if name not in _SET}
        told = {"policy": options.policy, "spend": options.spend}
        settings = {**kept, **{name: value for name, value in told.items() if value}}
        connections.set_mode(ctx, row.uid, chosen, settings)
    print("\n".join(_lines(row.name, found)))
    return DIFFERS if found.differing else 0


_SET = ("policy", "spend")


def _lines(name: str, found: Match) -> Iterable[str]:
    yield f"{name} is forward: {len(found.both)} things are known to both"
    for title, keys in (
        ("only here, made there when they change", found.ours),
        ("only there, left alone", found.theirs),
        ("told otherwise there", [f"{key} {member}" for key, member in found.differing]),
    ):
        if keys:
            yield f"{title}:"
            yield from (f"  {key}" for key in keys)
