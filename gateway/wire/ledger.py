"""What becomes of an object's members when another dialect shows the same row: a pure round trip.

The row is presented as the target's object, the answer is read back as the target's client reads
it, and what a client would send to make the same there is read as its server reads it. Comparing
what came back with the row, attribute by attribute, gives each member of the source its fate.
Nothing here knows a dialect: there are only schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from marshmallow import missing

from gateway.domain.ids import CODECS, Ref
from gateway.domain.problems import Invalid
from gateway.domain.settling import USUAL
from gateway.wire.profile import VIEW, View
from gateway.wire.reading import CREATE, KEEP
from gateway.wire.schema import Side, Wire
from gateway.wire.structure import Computed, Const, Group, Listed, Part
from gateway.wire.upstream import without_nulls

Path = tuple[str, ...]


class Fate(StrEnum):
    """`kept`: said alike. `converted`: the same, said in another way. `parked`: the target has no
    member for it; it stays with the row, which the target's writes leave alone. `defaulted`: the
    target says something of its own there. `impossible`: the target cannot say it."""

    KEPT = "kept"
    CONVERTED = "converted"
    DEFAULTED = "defaulted"
    PARKED = "parked"
    IMPOSSIBLE = "impossible"


WORST = (Fate.KEPT, Fate.CONVERTED, Fate.DEFAULTED, Fate.PARKED, Fate.IMPOSSIBLE)
"""Of several attributes in one member the worst counts."""
BEST = (Fate.KEPT, Fate.CONVERTED, Fate.DEFAULTED, Fate.IMPOSSIBLE, Fate.PARKED)
"""Of several objects that show one attribute the best counts."""


OF_THE_ROW = frozenset(
    {"uid", "created_at", "updated_at", "account_uid", "service_provider_uid", "route_number"}
)
"""What every row has whoever shows it: no loss where a dialect does not."""
NOTHING: tuple[Any, ...] = (None, False, 0, "", [], {})
USUALLY_TRUE = frozenset({"enabled", "is_active"})
"""Where False says something."""


def _shows(row: Any) -> str:
    return ""


@dataclass(frozen=True)
class Shape:
    """A wire object that stands for rows of a core kind.

    `shown` is what answers have, `taken` what a request makes one with, None where no request does.
    `hides(row)` says why the dialect has no such object for a row, nothing where it has.
    `implies` are values that rows have exactly where the object is there. `derived` says which
    columns an attribute is made of that is no column itself.
    """

    shown: type[Wire]
    taken: type[Wire] | None = None
    hides: Callable[[Any], str] = _shows
    implies: Mapping[str, Any] = field(default_factory=dict)
    derived: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Seat:
    """How the dialect of that name shows rows of one kind."""

    dialect: str
    shapes: Sequence[Shape] = ()
    view: View = VIEW

    def objects(self, row: Any) -> list[Shape]:
        return [shape for shape in self.shapes if not shape.hides(row)]

    def hidden(self, row: Any, kind: str) -> str:
        """Why it shows nothing of the row, empty when it does."""
        if not self.shapes:
            return f"{self.dialect} has no object for the kind {kind}"
        return "" if self.objects(row) else self.shapes[0].hides(row)

    def shows(self, row: Any) -> dict[str, dict[str, Any]]:
        """The row's objects by their names."""
        return {
            shape.shown.__name__: schema(shape.shown).present(row, self.view)
            for shape in self.objects(row)
        }


class Entry(NamedTuple):
    """One member of the source, what becomes of it, and where and why."""

    object: str
    member: str
    fate: Fate
    into: str
    why: str
    attributes: tuple[str, ...] = ()
    wire: Any = None


@dataclass(frozen=True)
class Ledger:
    """`needs` are members the target asks for and the row has nothing for, with its words."""

    entries: tuple[Entry, ...]
    needs: Mapping[str, str] = field(default_factory=dict)


@cache
def schema(kind: type[Wire], side: Side = "server") -> Wire:
    """One schema object of each class and side, so that its presenters are compiled once."""
    return kind(side=side)


def trips_of(row: Any, target: Seat) -> list[Trip]:
    """The way of a row through the target's objects and back, for several sources to ask about."""
    return [Trip(shape, row, target) for shape in target.objects(row)]


def ledger(
    kind: str, row: Any, source: Seat, target: Seat, made: Sequence[Trip] | None = None
) -> Ledger:
    """Every member of the source's objects exactly once. Empty where the source hides the row.

    `made` are the target's trips, where the caller has them.
    """
    trips = trips_of(row, target) if made is None else made
    hidden = target.hidden(row, kind)
    found = []
    for shape in source.objects(row):
        known = schema(shape.shown)
        name = shape.shown.__name__
        for leaf in _leaves(known, known.present(row, source.view)):
            leaf = _of_columns(leaf, row, shape)
            fate = (Fate.IMPOSSIBLE, "", hidden) if hidden else _fate(leaf, row, trips, target)
            found.append(Entry(name, ".".join(leaf.path), *fate, leaf.attributes, leaf.wire))
    needs = {name: why for trip in trips for name, why in trip.needs.items()}
    return Ledger(tuple(found), needs)


def losses(row: Any, found: Ledger) -> Iterator[Entry]:
    """What is set in the row, says something, and is not shown."""
    for entry in found.entries:
        lost = entry.fate in (Fate.PARKED, Fate.IMPOSSIBLE) and _says(entry)
        is_set = any(value_at(row, one) is not None for one in entry.attributes)
        if lost and is_set and entry.attributes[0] not in OF_THE_ROW:
            yield entry


def kept(found: Ledger) -> int:
    """How many members say something that the target says as well."""
    return sum(
        entry.fate in (Fate.KEPT, Fate.CONVERTED)
        and _says(entry)
        and bool(set(entry.attributes[:1]) - OF_THE_ROW)
        for entry in found.entries
    )


def _says(entry: Entry) -> bool:
    """Whether a member says more than that nothing is said."""
    if entry.wire is False and entry.attributes:
        return entry.attributes[0].rpartition(".")[2] in USUALLY_TRUE
    return entry.wire not in NOTHING


class _Leaf(NamedTuple):
    path: Path
    attributes: tuple[str, ...]
    wire: Any


def _leaves(
    known: Wire, answer: Mapping[str, Any], prefix: Path = (), above: str = ""
) -> Iterator[_Leaf]:
    """The members of an answer with the attributes they are made of; lists are not taken apart."""
    for name, member in known.written.items():
        key = member.data_key or name
        if key not in answer:
            continue
        path, wire = (*prefix, key), answer[key]
        if isinstance(member, Part) and not member.many and isinstance(wire, Mapping):
            inside = above if isinstance(member, Group) else _below(above, member.placement)
            yield from _leaves(member.schema, wire, path, inside)
        else:
            own, reads = attributes(member)
            yield _Leaf(path, tuple(_below(above, one.split(".")) for one in (*own, *reads)), wire)


def _of_columns(leaf: _Leaf, row: Any, shape: Shape) -> _Leaf:
    """The leaf with the columns that a derived attribute is made of in this row."""
    if not leaf.attributes or leaf.attributes[0] not in shape.derived:
        return leaf
    sources = shape.derived[leaf.attributes[0]]
    set_ones = tuple(one for one in sources if value_at(row, one) is not None)
    return leaf._replace(attributes=set_ones or tuple(sources))


def attributes(member: Any) -> tuple[Path, Path]:
    """The attributes a member stands for, and further ones it is made of."""
    if isinstance(member, Const):
        return (), ()
    if isinstance(member, Listed) and member.from_row:
        return (), tuple(member.reads)
    if isinstance(member, Computed) and member.spreads:
        return (), tuple(member.reads)
    own = ".".join(member.placement)
    return (own,), tuple(one for one in member.reads if one != own)


def _below(above: str, placement: Sequence[str]) -> str:
    return ".".join((above, *placement)) if above else ".".join(placement)


def value_at(row: Any, attribute: str) -> Any:
    """An attribute of a row or of something related to it; None where that is not there.

    (Presenting the row has failed already where a column was not selected.)
    """
    for name in attribute.split("."):
        if row is None:
            return None
        row = row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)
    return row


Found = tuple[Fate, str, str]


def _fate(leaf: _Leaf, row: Any, trips: Sequence[Trip], target: Seat) -> Found:
    if not leaf.attributes:
        return Fate.DEFAULTED, "", "the dialect itself makes it; the target has its own"
    own, wire = leaf.attributes[0], leaf.wire
    given = {one: value_at(row, one) for one in leaf.attributes}
    if given[own] is None or wire is None:
        unset = _unset(own, wire, trips, target)
        if wire is None or unset[0] is Fate.KEPT or not any(v is not None for v in given.values()):
            return unset
    carried = {one: value for one, value in given.items() if value is not None}
    if own in carried:
        carried = {own: carried[own]}
    else:  # what is as usual is not written there
        carried = {one: v for one, v in carried.items() if USUAL.get(one) != v} or carried
    fates = [_best(one, value, wire, trips, target) for one, value in carried.items()]
    return max(fates, key=lambda found: WORST.index(found[0]))


def _best(attribute: str, value: Any, wire: Any, trips: Sequence[Trip], target: Seat) -> Found:
    """The fate in that object of the target which says it best."""
    for shape in target.shapes:
        if attribute in shape.implies:
            name, there = shape.shown.__name__, value == shape.implies[attribute]
            why = f"said by the {'presence' if there else 'absence'} of {name}"
            return Fate.CONVERTED, name if there else "", why
    found = (trip.fate(attribute, value, wire) for trip in trips)
    return min(found, key=lambda one: BEST.index(one[0]))


def _unset(attribute: str, wire: Any, trips: Sequence[Trip], target: Seat) -> Found:
    """The fate of a member the row has no value for."""
    for trip in trips:
        path = trip.own.get(attribute)
        if path is None:
            continue
        shown = trip.answered(path)
        if shown == wire:
            return Fate.KEPT, trip.named(path), "not set"
        return Fate.DEFAULTED, trip.named(path), "not set; the target shows its default"
    return Fate.PARKED, "", f"not set; {target.dialect} has no member for it"


class Trip:
    """A row as one object of the target, and what comes back from it."""

    def __init__(self, shape: Shape, row: Any, seat: Seat) -> None:
        self.seat, self.name = seat, shape.shown.__name__
        self.own, via = covers(shape.shown)
        made_of = {
            column: self.own[attribute]
            for attribute, columns in shape.derived.items()
            for column in columns
        }
        self.via = {**made_of, **via}
        self.answer = schema(shape.shown).present(row, seat.view)
        self.back = schema(shape.shown, "client").change(self.answer)
        self.refused: dict[str, str] = {}
        self.needs: dict[str, str] = {}
        if shape.taken is not None:
            self._send(shape.taken, row)

    def _send(self, taken: type[Wire], row: Any) -> None:
        """What the target says to a request that makes the same object."""
        request = schema(taken, "client").present(_Lenient(row), self.seat.view)
        try:
            schema(taken).change(without_nulls(request), CREATE, self.seat.view.profile)
        except Invalid as problem:
            for path, whys in problem.fields.items():
                self._blame(schema(taken), path, row, whys[0].text)

    def _blame(self, taken: Wire, path: str, row: Any, text: str) -> None:
        for attribute, (where, _) in taken.table().items():
            inside = path == where or path.startswith(where + ".")
            if inside and value_at(_Lenient(row), attribute) is not None:
                self.refused[attribute] = text
                return
        self.needs[path] = text

    def named(self, path: Path) -> str:
        return ".".join((self.name, *path))

    def answered(self, path: Path) -> Any:
        shown: Any = self.answer
        for name in path:
            shown = shown.get(name) if isinstance(shown, Mapping) else None
        return shown

    def fate(self, attribute: str, value: Any, wire: Any) -> Found:
        """What becomes of a value that the source shows as `wire`."""
        path = self.own.get(attribute) or self._near(attribute)
        if attribute in self.refused:
            why = f"{self.seat.dialect}: {self.refused[attribute]}"
            return Fate.IMPOSSIBLE, self.named(path or ()), why
        if path is None or (found := _reached(self.back, attribute)) is missing:
            return self._through(attribute, path)
        if found is KEEP:
            return Fate.KEPT, self.named(path), "masked; the mask sent back changes nothing"
        if _same(value, found, self.seat.view):
            if self.answered(path) == wire:
                return Fate.KEPT, self.named(path), "both say it alike"
            return Fate.CONVERTED, self.named(path), "written in the target's form"
        if attribute in self.via and self.answered(self.via[attribute]) is not None:
            return self._through(attribute, None)
        return Fate.IMPOSSIBLE, self.named(path), f"{self.seat.dialect} cannot say this value"

    def _through(self, attribute: str, path: Path | None) -> Found:
        path = self.via.get(attribute, path)
        if path is None:
            why = f"{self.seat.dialect} has no member for it; it stays with the row"
            return Fate.PARKED, "", why
        return Fate.CONVERTED, self.named(path), "part of another member there"

    def _near(self, attribute: str) -> Path | None:
        """The member for a whole of which the attribute is a part, or for a part of it."""
        for known, path in self.own.items():
            if attribute.startswith(known + ".") or known.startswith(attribute + "."):
                return path
        return None


class _Lenient:
    """A row on which what was not selected is None: requests may ask for more than answers."""

    def __init__(self, row: Any) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._row, name, None)


@cache
def covers(kind: type[Wire]) -> tuple[dict[str, Path], dict[str, Path]]:
    """Attribute -> path of the members that stand for it, and of those made of it."""
    own: dict[str, Path] = {}
    via: dict[str, Path] = {}
    for path, stands_for, reads in members(schema(kind), parts=True):
        for attribute in stands_for:
            own.setdefault(attribute, path)
        for attribute in reads:
            via.setdefault(attribute, path)
    return own, via


def members(
    known: Wire, prefix: Path = (), above: str = "", *, parts: bool = False
) -> Iterator[tuple[Path, Path, Path]]:
    """Every member of an object: its path, what it stands for, what else it is made of; with
    `parts` also the related rows as such, which are one member where there is none."""
    for name, member in known.written.items():
        path = (*prefix, member.data_key or name)
        if isinstance(member, Part) and not member.many:
            inside = above if isinstance(member, Group) else _below(above, member.placement)
            if parts and inside != above:
                yield path, (inside,), ()
            yield from members(member.schema, path, inside, parts=parts)
            continue
        own, reads = attributes(member)
        yield (
            path,
            tuple(_below(above, one.split(".")) for one in own),
            tuple(_below(above, one.split(".")) for one in reads),
        )


def _reached(change: Any, attribute: str) -> Any:
    """The value a reading has for an attribute, `missing` when it has none."""
    for name in attribute.split("."):
        if not isinstance(change, Mapping) or name not in change:
            return missing
        change = change[name]
    return change


def _same(stored: Any, read: Any, view: View) -> bool:
    """Whether what came back is the stored value; times may lose fractions of a second."""
    if isinstance(read, Ref) and isinstance(stored, UUID):
        known = view.aliases.get(stored)
        return read.text == (known if known is not None else _encoded(read.codec, stored))
    if isinstance(stored, datetime) and isinstance(read, datetime):
        return abs(stored - read) < timedelta(seconds=1)
    if isinstance(stored, list | tuple) and isinstance(read, list | tuple):
        pairs = zip(stored, read, strict=False)
        return len(stored) == len(read) and all(_same(a, b, view) for a, b in pairs)
    if isinstance(read, Mapping) and not isinstance(stored, Mapping):
        return all(_same(value_at(stored, name), one, view) for name, one in read.items())
    return bool(stored == read)


def _encoded(codec: str, uid: UUID) -> str:
    return str(uid) if codec not in CODECS else str(CODECS[codec].encode(uid))
