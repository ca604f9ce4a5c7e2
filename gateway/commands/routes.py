"""The command that says where a call to a number would go, step by step."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from gateway.commands.opening import ready
from gateway.services import call_routes


def explain(options: argparse.Namespace) -> None:
    with ready() as ctx:
        told = call_routes.explain_any(
            ctx,
            options.number,
            caller=options.caller,
            at=options.at,
            zone=options.zone,
            outcomes=options.outcome,
        )
    if options.json:
        print(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return
    print(f"{told['number']} called by {told['from']} at {told['at']}")
    for step in told["path"]:
        print("\n".join(_lines(step)))


def _lines(step: Mapping[str, Any]) -> Iterator[str]:
    """A step, then its other exits where it has a choice."""
    target = f" ({step['target']['value']})" if "target" in step else ""
    status = f" [{step['sip_status']}]" if "sip_status" in step else ""
    yield f"{step['step']:2} {step['type']} {step['name']}{status}: {step['reason']}{target}"
    exits = step.get("exits", {})
    for outcome, to in exits.items() if len(exits) > 1 else ():
        taken = " <- taken" if outcome == step["outcome"] else ""
        yield f"      {outcome}: {_brief(to)}{taken}"


def _brief(to: Mapping[str, Any]) -> str:
    """Where an exit leads: what is done, and with whom unless the call is over."""
    return to["action"] if to["name"] == to["action"] else f"{to['action']} {to['name']}"
