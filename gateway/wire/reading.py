"""Reading one body: the modes of a change, the change itself, and the faults found on the way.

All faults of a body are gathered before anything is refused, field faults and cross-field faults
alike, so that a client sees them in one round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from marshmallow import ValidationError

from gateway.domain.problems import Invalid, Why
from gateway.wire.profile import DOCUMENTED, Profile


class Mode(StrEnum):
    """CREATE makes a row, MERGE changes what the body names, REPLACE all that is writable."""

    CREATE = "create"
    MERGE = "merge"
    REPLACE = "replace"


CREATE, MERGE, REPLACE = Mode.CREATE, Mode.MERGE, Mode.REPLACE


class _Keep:
    """A masked secret came back: leave the stored value alone."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "KEEP"


KEEP: Final = _Keep()


class Merge(dict[str, Any]):
    """Members to merge into a JSON column; None removes a member, other members stay."""


class Change(dict[str, Any]):
    """Core attributes by name. `odd` has what a lenient reader could not use, by wire path."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.odd: dict[str, list[Why]] = {}

    def put(self, path: tuple[str, ...], value: Any) -> None:
        """Set an attribute; a longer path names a member of a JSON column."""
        target: dict[str, Any] = self
        for name in path[:-1]:
            inner = target.get(name)
            if not isinstance(inner, Merge):
                inner = target[name] = Merge()
            target = inner
        target[path[-1]] = value

    def has(self, path: tuple[str, ...]) -> bool:
        target: Any = self
        for name in path:
            if not isinstance(target, dict) or name not in target:
                return False
            target = target[name]
        return True

    def absorb(self, other: Mapping[str, Any]) -> None:
        """Take over the members of a group; JSON columns named on both sides are joined."""
        _join(self, other)


def _join(target: dict[str, Any], other: Mapping[str, Any]) -> None:
    for name, value in other.items():
        mine = target.get(name)
        if isinstance(value, Merge) and isinstance(mine, Merge):
            _join(mine, value)
        else:
            target[name] = value


def apply(row: Any, change: Mapping[str, Any]) -> dict[str, Any]:
    """The row's new values: KEEP leaves out, a Merge is merged into the stored JSON column.

    `row` may be None for a row to be made. Neither argument is changed.
    """
    out = {}
    for name, value in change.items():
        if value is KEEP:
            continue
        if isinstance(value, Merge):
            stored = getattr(row, name) if row is not None else None
            value = _merged(stored, value)
        out[name] = value
    return out


def _merged(stored: Any, change: Merge) -> dict[str, Any]:
    out = dict(stored) if isinstance(stored, Mapping) else {}
    for name, value in change.items():
        if value is KEEP:
            continue
        if isinstance(value, Merge):
            inner = _merged(out.get(name), value)
            if inner or name in out:
                out[name] = inner
        elif value is None:
            out.pop(name, None)
        else:
            out[name] = value
    return out


@dataclass
class Reader:
    """The state of one reading; `row` is the stored row of a change, None for a create."""

    mode: Mode
    row: Any = None
    profile: Profile = DOCUMENTED
    faults: dict[str, list[Why]] = field(default_factory=dict)

    def inner(self, mode: Mode, row: Any) -> Reader:
        """A reader for a nested object with its own row, reporting into the same faults."""
        return replace(self, mode=mode, row=row)

    def fault(self, path: str, code: str, text: str) -> None:
        self.faults.setdefault(path, []).append(Why(code, text))

    def refused(self, path: str, messages: Any) -> None:
        """Take over what a field's validation raised."""
        for where, why in flatten(messages, path):
            self.faults.setdefault(where, []).append(why)

    def cross(self, path: str, problem: Invalid) -> None:
        """Take over what a settle function raised, except where a field already failed."""
        for where, whys in problem.fields.items():
            full = join(path, where)
            if not any(touches(full, known) for known in self.faults):
                self.faults.setdefault(full, []).extend(whys)


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


def touches(path: str, other: str) -> bool:
    """True when one path is the other or lies inside it."""
    shorter, longer = sorted((path, other), key=len)
    return longer == shorter or longer.startswith(shorter + ".")


def flatten(messages: Any, path: str = "") -> Iterable[tuple[str, Why]]:
    """Marshmallow's nested messages as (wire path, reason)."""
    if isinstance(messages, Why):
        yield path, messages
    elif isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from flatten(inner, path if name == "_schema" else join(path, str(name)))
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from flatten(inner, path)
    else:
        yield path, Why("invalid", str(messages))


def refuse(code: str, text: str) -> ValidationError:
    """The error a converter raises for its own value."""
    return ValidationError([Why(code, text)])
