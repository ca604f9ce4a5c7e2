"""What each dialect can do, and what becomes of each kind of thing from one dialect to another.

Everything is read off the declarations: wire objects, operations, providers, tables of moves. It
says what the objects have room for; what becomes of one row's values is told by its ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.dialect import Dialect
from gateway.domain.moves import Move
from gateway.wire.base import Field
from gateway.wire.fields import Ref, Word
from gateway.wire.ledger import BEST, OF_THE_ROW, WORST, Fate, Shape, members, schema
from gateway.wire.profile import Profile
from gateway.wire.schema import Wire
from gateway.wire.structure import Computed, Extra

FATES = (Fate.KEPT, Fate.CONVERTED, Fate.PARKED, Fate.IMPOSSIBLE)
Form = tuple[Any, ...]
Said = Sequence[Sequence[str]]


def capabilities(dialects: Mapping[str, Dialect]) -> dict[str, Any]:
    """`abilities` by dialect, and `pairs` by the dialect things come from and the one they go to:
    for each kind how many members are kept, converted, parked and impossible."""
    names = sorted(dialects)
    rooms = {name: rooms_of(dialects[name]) for name in names}
    return {
        "abilities": {name: abilities(dialects[name]) for name in names},
        "pairs": {
            source: {
                target: {kind: _counted(fates(known, rooms[target].get(kind, ())))
                         for kind, known in rooms[source].items()}
                for target in names if target != source
            }
            for source in names
        },
    }  # fmt: skip


def abilities(dialect: Dialect) -> dict[str, Any]:
    """What one dialect has here, and what can be done with an account at a provider of it: read,
    told by webhook, written to, and what a move there makes and leaves to people."""
    provider = None if dialect.provider is None else dialect.provider()
    kinds = dialect.kinds()
    operations = [one for blueprint in dialect.blueprints() for one in blueprint.operations]
    return {
        "operations": len(operations),
        "kinds": {kind: [one.shown.__name__ for one in kinds[kind]] for kind in sorted(kinds)},
        "messages": any(map(_sends, operations)),
        "events": dialect.events is not None,
        "replies": dialect.replies,
        "provider": None if provider is None else {
            "reads": sorted(provider.probes),
            "messages": provider.messages is not None,
            "events": provider.events is not None,
            "connects": provider.border is not None,
        },
        "moves": _moves(dialect.moves()),
    }  # fmt: skip


def _sends(operation: Any) -> bool:
    """Whether it makes a message: all dialects that do name the path so."""
    return operation.method == "POST" and operation.rule.lower().endswith("/messages")


def _moves(moves: Sequence[Move]) -> dict[str, Any]:
    """By kind what a move to a provider can do; parts of a kind are written by themselves."""
    found: dict[str, Any] = {}
    for move in moves:
        told = {
            "create": move.create is not None,
            "change": move.change is not None or move.puts is not None,
            "delete": move.delete is not None,
        }
        if move.part:
            found[move.kind]["parts"][move.part] = told
            continue
        more = {"buys": move.offer is not None, "by_hand": move.by_hand, "lasting": move.lasting}
        found[move.kind] = {**told, **more, "parts": {}}
    return found


# pairs


@dataclass
class Room:
    """What an object has room for: attributes that members stand for, in which form, and those
    that members are made of. `members` are its own, each with what it says: attributes, or for one
    of them the columns that it may stand in."""

    name: str
    own: dict[str, Form] = field(default_factory=dict)
    via: set[str] = field(default_factory=set)
    members: dict[str, tuple[Said, Form]] = field(default_factory=dict)


def rooms_of(dialect: Dialect) -> dict[str, list[Room]]:
    """A dialect's objects by kind."""
    profile, kinds = dialect.profile(), dialect.kinds()
    return {kind: [_room(shape, profile) for shape in kinds[kind]] for kind in sorted(kinds)}


def fates(source: Sequence[Room], target: Sequence[Room]) -> dict[tuple[str, str], Fate]:
    """What becomes of each member, by its object; not of what every row has, whoever shows it."""
    return {
        (room.name, name): _fate(*said, target)
        for room in source for name, said in room.members.items()
    }  # fmt: skip


def _room(shape: Shape, profile: Profile) -> Room:
    known = schema(shape.shown)
    room = Room(shape.shown.__name__, via=set(shape.implies))
    for path, own, reads in members(known, parts=True):
        form = _form(_member(known, path), profile)
        for attribute in own:
            room.own.setdefault(attribute, form)
            room.via.update(shape.derived.get(attribute, ()))
        room.via.update(reads)
    for path, own, reads in members(known):
        said = [shape.derived.get(one, (one,)) for one in own or reads if one not in OF_THE_ROW]
        if said:
            room.members[".".join(path)] = (said, _form(_member(known, path), profile))
    return room


def _member(known: Wire, path: Sequence[str]) -> Any:
    """The member at a path of wire names."""
    name, *rest = path
    found = next(one for key, one in known.written.items() if (one.data_key or key) == name)
    return _member(found.schema, rest) if rest else found


def _form(member: Any, profile: Profile) -> Form:
    """What makes two members write the same value alike."""
    if isinstance(member, Computed):
        return (member.out,)
    inside = member.of if isinstance(member, Extra) else member
    if isinstance(inside, Ref):
        return (Ref, inside.codec)
    render = inside.renderer(profile) if isinstance(inside, Field) else None
    if isinstance(inside, Word) and render is not None:
        return (Word, *sorted(inside.written.items()))
    return (render,)


def _counted(found: Mapping[Any, Fate]) -> dict[str, int]:
    counts = Counter(found.values())
    return {str(fate): counts[fate] for fate in FATES}


def _fate(said: Said, form: Form, target: Sequence[Room]) -> Fate:
    """Of several attributes in one member the worst counts, of several objects the best."""
    if not target:
        return Fate.IMPOSSIBLE
    found = (
        min((_in(room, one, form) for room in target for one in columns), key=BEST.index)
        for columns in said
    )
    return max(found, key=WORST.index)


def _in(room: Room, attribute: str, form: Form) -> Fate:
    if attribute in room.own:
        return Fate.KEPT if room.own[attribute] == form else Fate.CONVERTED
    return Fate.CONVERTED if attribute in room.via or _near(room, attribute) else Fate.PARKED


def _near(room: Room, attribute: str) -> bool:
    """Whether a member stands for a whole of which the attribute is a part, or for a part of it."""
    return any(_is_part(attribute, one) or _is_part(one, attribute) for one in room.own)


def _is_part(one: str, other: str) -> bool:
    return one.startswith(f"{other}.")
