"""A suite as data: the requests to send to a dialect's server, in order, and what is expected.

`fixtures/conform/<dialect>.json` has

* `environment`: the variables the suite reads, each with what it is; `optional` ones may be missing
* `credentials`: who may ask, by name; a step without `who` is the owner's
* `beyond`: members that our own servers answer with although the contract lacks them
* `volatile`: members whose values differ from run to run
* `path`: values that paths are filled with, unless a step has others
* `refusals`: what wrong credentials and unknown ids are answered with; requests for both are made
  from the steps that read
* `left_out`: operations the suite does not call, each with the reason
* `steps`

Texts in braces, `{KEY}`, stand for a variable or for what an earlier step kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import orjson

from emulators.conform.contract import Document
from emulators.openapi import Operation

SUITES = Path(__file__).parents[2] / "fixtures" / "conform"
READ, WRITE, SPEND = "read", "write", "spend"
OWNER, WRONG, NOBODY = "owner", "wrong", "nobody"
TEMPLATE = re.compile(r"\{(\w+)\}")


class Missing(LookupError):
    """A value that a step needs and nobody gave; `args[0]` is its name."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request. `call` is an operation of the contract, or `send` a method and path beyond it.

    `path` fills the operation's path, on top of the values of the same names. `keep` takes values
    from the answer by dotted path, `answer` expects them. Without `status` the operation's own
    success is expected; several are alternatives.
    """

    does: str
    call: str = ""
    send: str = ""
    needs: str = READ
    who: str = OWNER
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, str] | None = None
    status: int | tuple[int, ...] = ()
    keep: Mapping[str, str] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if bool(self.call) == bool(self.send):
            raise ValueError(f"{self.does}: either call or send")
        if self.needs not in (READ, WRITE, SPEND):
            raise ValueError(f"{self.does}: needs is {READ}, {WRITE} or {SPEND}")

    @property
    def statuses(self) -> tuple[int, ...]:
        return (self.status,) if isinstance(self.status, int) else tuple(self.status)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The suite of one dialect."""

    environment: Mapping[str, str]
    optional: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, Mapping[str, Any]]
    beyond: frozenset[str] = frozenset()
    volatile: frozenset[str] = frozenset()
    path: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[str, Any]
    left_out: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...]


def dialects() -> list[str]:
    """The dialects there are suites for."""
    return sorted(path.stem for path in SUITES.glob("*.json"))


def read_plan(dialect: str) -> Plan:
    """The suite of a dialect, as it is written."""
    raw = orjson.loads((SUITES / f"{dialect}.json").read_bytes())
    known = {item.name for item in fields(Plan)}
    steps = tuple(Step(**step) for step in raw.pop("steps"))
    for name in ("beyond", "volatile"):
        raw[name] = frozenset(raw.get(name, ()))
    return Plan(steps=steps, **{name: raw[name] for name in raw if name in known})


def all_steps(plan: Plan, document: Document) -> Iterator[Step]:
    """The steps as written, each first one of a reading operation followed by what it refuses."""
    operations = {operation.name: operation for operation in document.operations}
    seen: set[str] = set()
    for step in plan.steps:
        yield step
        operation = operations.get(step.call)
        if operation is None or operation.method != "get" or step.call in seen:
            continue
        seen.add(step.call)
        yield from _refused(plan, operation, step)


def _refused(plan: Plan, operation: Operation, step: Step) -> Iterator[Step]:
    bare = replace(step, keep={}, answer={})
    if operation.body.get("security") != []:
        status = plan.refusals["wrong"]
        does = f"{step.does}, with wrong credentials"
        yield replace(bare, does=does, who=WRONG, status=status)
    ids = TEMPLATE.findall(operation.path)
    unknown = plan.refusals["unknown"]
    if ids and ids[-1] in unknown["values"]:
        status = unknown["status"].get(step.call, unknown["status"][""])
        path = {**step.path, ids[-1]: unknown["values"][ids[-1]]}
        yield replace(bare, does=f"{step.does}, unknown", path=path, status=status)


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """A template with its values; a text that is one name alone becomes the value as it is.

    Raises Missing.
    """
    if isinstance(template, str):
        if whole := TEMPLATE.fullmatch(template):
            return _value(whole[1], values)
        return TEMPLATE.sub(lambda found: str(_value(found[1], values)), template)
    if isinstance(template, Mapping):
        return {name: filled(inner, values) for name, inner in template.items()}
    if isinstance(template, list | tuple):
        return [filled(inner, values) for inner in template]
    return template


def _value(name: str, values: Mapping[str, Any]) -> Any:
    try:
        return values[name]
    except KeyError:
        raise Missing(name) from None


def member(value: Any, path: str) -> Any:
    """The member at a dotted path, `data.0.id`; raises LookupError."""
    for part in path.split(".") if path else ():
        if isinstance(value, list):
            value = value[int(part)] if part.isdigit() else _length(value, part)
        elif isinstance(value, dict):
            value = value[part]
        else:
            raise KeyError(part)
    return value


def _length(value: list[Any], part: str) -> int:
    """`data.#` is how many items a list has."""
    if part != "#":
        raise KeyError(part)
    return len(value)
