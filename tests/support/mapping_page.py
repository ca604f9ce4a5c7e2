"""docs/mapping.md: which member of which dialect is which column, read off the schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gateway.dialect import Dialect
from gateway.models import rows
from gateway.services import core_rows
from gateway.wire.ledger import Shape, members, schema
from tests.support.crossing import CASES, Way, ways

HEAD = """# Mapping

<!-- written by `make docs` from the wire objects; do not edit -->

Every dialect reads and writes the same rows. There is one table for each kind of row: the columns,
and what each dialect calls them. A name alone is a member of the dialect's object; a name in
parentheses is made of the column, among others; *sent* marks a member that requests have and
answers do not. An empty cell: the dialect has no member for it, so it neither shows nor touches it.

`GET /_gateway/ledger/<dialect>/<kind>/<uid>?to=<dialect>` tells it for one object, and
`GET /_gateway/hidden` for a whole account ([Between dialects](operations.md#between-dialects)).
"""
MODELS = {case.kind: case.model for case in CASES.values()}
Table = dict[str, dict[str, list[str]]]


def page(dialects: Mapping[str, Dialect]) -> str:
    kinds = [_kind(kind, dialects) for kind in core_rows.KINDS]
    return "\n".join([HEAD, *kinds, _crossing(dialects)])


def _kind(kind: str, dialects: Mapping[str, Dialect]) -> str:
    shapes = {n: d.kinds()[kind] for n, d in sorted(dialects.items()) if kind in d.kinds()}
    table = _table(kind, shapes)
    head = [f"{dialects[n].title}: {_objects(known)}" for n, known in shapes.items()]
    lines = [f"## {kind}\n", _row(["column", *head]), _row(["---"] * (len(head) + 1))]
    unseen = []
    for column, shown in table.items():
        if any(shown.values()):
            lines.append(_row([f"`{column}`", *(", ".join(shown.get(n, ())) for n in shapes)]))
        else:
            unseen.append(f"`{column}`")
    others = sorted(dialects[n].title for n in dialects if n not in shapes)
    notes = []
    if unseen:
        notes.append(f"Shown by nobody: {', '.join(unseen)}.")
    if others:
        notes.append(f"No object for it: {', '.join(others)}.")
    return "\n".join([*lines, *(f"\n{note}" for note in notes), ""])


def _objects(shapes: Sequence[Shape]) -> str:
    return " and ".join(f"`{shape.shown.__name__}`" for shape in shapes)


def _table(kind: str, shapes: Mapping[str, Sequence[Shape]]) -> Table:
    """Column -> dialect -> members; the model's columns first, then what else there is."""
    fields = MODELS[kind]._meta.sorted_fields
    table: Table = {rows.attribute(one): {} for one in fields if one.name not in ("id", "extras")}
    for dialect, known in shapes.items():
        for column, member in _members(known):
            cell = table.setdefault(column, {}).setdefault(dialect, [])
            if member not in cell:
                cell.append(member)
    return table


def _members(shapes: Sequence[Shape]) -> Iterator[tuple[str, str]]:
    for shape in shapes:
        above = f"{shape.shown.__name__}." if len(shapes) > 1 else ""
        own: set[str] = set()
        for path, stands_for, reads in members(schema(shape.shown)):
            own.update(stands_for)
            for column in stands_for:
                yield column, f"{above}{'.'.join(path)}"
            for column in () if stands_for else reads:
                yield column, f"({above}{'.'.join(path)})"
        for path, stands_for, _ in members(schema(shape.taken, "client")) if shape.taken else ():
            for column in set(stands_for) - own:
                yield column, f"{above}{'.'.join(path)} *sent*"
        for column in shape.implies:
            yield column, f"(the presence of {shape.shown.__name__})"


def _crossing(dialects: Mapping[str, Dialect]) -> str:
    """What the tests cross between dialects, and why they do not cross the rest."""
    names = sorted(dialects)
    lines = [
        "## What is made where\n",
        "The tests make each of these in every dialect that can, read and change it in every other,"
        " and read it again\nwhere it was made. Where that cannot be, this is why.\n",
        _row(["thing", *(dialects[name].title for name in names)]),
        _row(["---"] * (len(names) + 1)),
    ]
    for case in CASES:
        lines.append(_row([case, *(_way(ways(name).WAYS[case]) for name in names)]))
    lines += ["", "Some things a dialect has objects for, but not for these:\n"]
    for name in names:
        for (case, made), why in ways(name).HIDDEN.items():
            lines.append(f"* {case}, made in {made}, read in {name}: {why}")
    return "\n".join([*lines, ""])


def _way(way: Way | str) -> str:
    if isinstance(way, str):
        return f"no: {way}"
    if isinstance(way.make, str):
        changed = "" if isinstance(way.change, str) else "changed; "
        return f"{changed}not made: {way.make}"
    return f"made; not changed: {way.change}" if isinstance(way.change, str) else "made, changed"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
