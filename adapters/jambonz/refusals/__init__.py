"""What single operations say when they refuse, where it differs from the usual.

One table per area, keyed by operation id and kind of problem; with a caller's scope as third it is
what only the running server says, and only to such callers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules


@dataclass(frozen=True)
class Refusal:
    """`text` replaces the problem's own words. `shape` is the handler's body: msg, status,
    message, error, text or empty. `status` is the documented one, `observed` that of the running
    server; 0 stands for the usual."""

    text: str = ""
    shape: str = ""
    status: int = 0
    observed: int = 0


Table = Mapping[tuple[str, ...], Refusal]
USUAL = Refusal()


def _tables() -> dict[tuple[str, ...], Refusal]:
    found: dict[tuple[str, ...], Refusal] = {}
    for entry in iter_modules(__path__):
        table: Table = import_module(f"{__name__}.{entry.name}").TABLE
        if twice := found.keys() & table.keys():
            raise ValueError(f"refusals told twice: {sorted(twice)}")
        found.update(table)
    return found


def find(operation: str, kind: str) -> Refusal:
    """What an operation says for a kind of problem."""
    return TABLES.get((operation, kind), USUAL)


def of_server(operation: str, kind: str, scope: str) -> Refusal | None:
    """What the running server says to callers of a scope, where that differs."""
    return TABLES.get((operation, kind, scope))


TABLES = _tables()
