"""`polytrunk conform`: one dialect's suite against any server, ours or a real one."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulators.conform.differing import Saved
    from emulators.conform.plan import Plan
    from emulators.conform.run import Run

PREFIX = "POLYTRUNK_CONFORM_"
PASSED, FAILED, MISUSED = 0, 1, 2


def conform(argv: Sequence[str]) -> int:
    """0 when every step that could be done passed, 1 when one failed, 2 for wrong arguments."""
    given = _parser().parse_args(argv)
    try:
        import jsonschema  # noqa: F401
    except ImportError:
        return _refused("conform needs the package jsonschema: pip install 'polytrunk[conform]'")
    try:
        return _conform(given, os.environ)
    except (OSError, ValueError) as error:
        return _refused(str(error))


def _refused(text: str) -> int:
    print(f"polytrunk: {text}", file=sys.stderr)
    return MISUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="polytrunk conform",
        description="Send a dialect's suite to a server and judge its answers by the contract.",
        epilog=f"Keys come from the environment, {PREFIX}<DIALECT>_<NAME>; "
        "without them the command says which.",
    )
    parser.add_argument("dialect", metavar="DIALECT", type=str.lower)
    parser.add_argument("--base-url", metavar="URL", required=True, type=_url)
    parser.add_argument(
        "--write", action="store_true", help="also make, change and delete things of its own"
    )
    parser.add_argument(
        "--spend", action="store_true", help="also do what costs money; includes --write"
    )
    parser.add_argument(
        "--strict", action="store_true", help="fail on members that the contract does not know"
    )
    parser.add_argument("--junit", metavar="FILE", type=Path, help="write JUnit's XML")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page")
    parser.add_argument(
        "--save", metavar="FILE", type=Path, help="write the answers, without what is volatile"
    )
    parser.add_argument(
        "--compare", metavar="FILE", type=Path, help="fail on answers that differ from saved ones"
    )
    return parser


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} is no URL of a server")
    return text


def _conform(given: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from emulators.conform.contract import Document, read_contract
    from emulators.conform.plan import READ, SPEND, WRITE, dialects, read_plan
    from emulators.conform.run import Run
    from emulators.conform.sending import over
    from gateway.dialect import discover

    if given.dialect not in dialects():
        raise ValueError(f"there are suites for {', '.join(dialects())}")
    plan = read_plan(given.dialect)
    asked = {WRITE: given.write or given.spend, SPEND: given.spend}
    run = Run(
        plan,
        Document(read_contract(discover()[given.dialect].contract.removesuffix(".json"))),
        over(given.base_url),
        _values(plan, f"{PREFIX}{given.dialect.upper()}_", environ),
        allowed=frozenset({READ, *(need for need in asked if asked[need])}),
        strict=given.strict,
    )
    return _reported(given, plan, run)


def _values(plan: Plan, prefix: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The suite's variables; ValueError names those that are missing."""
    found = {name: environ.get(prefix + name, "") for name in (*plan.environment, *plan.optional)}
    if missing := [name for name in plan.environment if not found[name]]:
        told = [f"  {prefix}{name}: {plan.environment[name]}" for name in missing]
        told += [f"  {prefix}{name}: {about} (optional)" for name, about in plan.optional.items()]
        raise ValueError("\n".join(["these variables are needed:", *told]))
    return {name: value for name, value in found.items() if value}


def _reported(given: argparse.Namespace, plan: Plan, run: Run) -> int:
    """Do the run, telling each step as it is done, and write what was asked for."""
    from emulators.conform import differing, reports

    before = _read(given.compare) if given.compare else None
    results = []
    for result in run.run():
        if before is not None:
            differing.compare(before, result, plan.volatile)
        print(reports.line(result), flush=True)
        results.append(result)
    report = reports.Report(given.dialect, given.base_url, results)
    print(report.summary)
    if given.junit:
        given.junit.write_bytes(reports.junit(report))
    if given.html:
        given.html.write_text(reports.html(report), encoding="utf-8")
    if given.save:
        saved = json.dumps(differing.saved(results, plan.volatile), indent=1)
        given.save.write_text(saved + "\n", encoding="utf-8")
    return FAILED if report.failed else PASSED


def _read(path: Path) -> Saved:
    """Answers that were saved; ValueError for a file that holds none."""
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds no answers")
    return found
