"""What can be made, changed and taken away at a provider: a dialect says it as a table of moves.

A move is about one kind of row, or about one part of it where a provider writes that with a request
of its own (the route of a number). The table's order is the order of dependency: what is named by
others comes first. Nothing here sends anything: steps name operations of the dialect's client.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.ids import Ref

Values = Mapping[str, Any]
Inventory = Mapping[str, Sequence[Values]]
"""Rows by their kind."""


class Row:
    """A row of an inventory: what it does not say is None."""

    def __init__(self, values: Values) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


def _shown(row: Row) -> str:
    return ""


def _has(row: Row, there: Inventory) -> str:
    return ""


def _never(row: Row) -> bool:
    return False


def _nothing(values: Values) -> Values:
    return {}


def uid_only(values: Values) -> Values:
    return {"id": values["uid"]}


@dataclass(frozen=True)
class Step:
    """One request, made of the row's values; among them `uid`, its name at the provider, `own`, its
    natural key, and `account`, the provider's name of the account.

    `path` makes the variables of the operation's path, `sends` what the client is given, None for
    no body. `name` reads the new row's name from the answer; None where the row is called what it
    was.
    """

    operation: str
    path: Callable[[Values], Mapping[str, str]] = _nothing
    sends: Callable[[Values], Values] | None = None
    name: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Move:
    """`takes` are the attributes it writes and compares. `hides(row)` says why the provider has no
    such thing for a row; `skips(row)` is true where another row tells all of it. `fits(row)` is
    what the provider holds otherwise than the row says it: without it the row would never be found
    there again. `lacks(row, there)` says what has to be there first, by hand, for a new row.
    `given(row)` fills in what the provider must be told and the row does not say. `alone` is how
    long names are at most where no two rows may have the same.

    With `part` it sets those attributes of a row that is there: `change`, and `delete` where it had
    none before (a new row tells them itself where the part has no `change`). `puts(client, values)`
    makes a change that takes several requests, and is safe to repeat; of a part it is told all, so
    that what it is not told is set no more.
    `by_trunk` says of numbers that the trunk they are on alone decides where their calls go.
    `offer(client, row)` looks whether a new row is for sale and at which costs (then making it
    spends money). `by_hand` says what a person must do beside it, or instead where it cannot be
    made; `lasting` why a creation cannot be undone.
    """

    kind: str
    takes: tuple[str, ...] = ()
    create: Step | None = None
    change: Step | None = None
    delete: Step | None = None
    part: str = ""
    puts: Callable[[Any, Values], None] | None = None
    hides: Callable[[Row], str] = _shown
    skips: Callable[[Row], bool] = _never
    fits: Callable[[Row], Values] = _nothing  # type: ignore[assignment]
    lacks: Callable[[Row, Inventory], str] = _has
    given: Callable[[Row], Values] = _nothing  # type: ignore[assignment]
    by_trunk: bool = False
    alone: int = 0
    offer: Callable[[Any, Row], Values | None] | None = None
    by_hand: str = ""
    lasting: str = ""


def within(text: str | None, most: int) -> str | None:
    """A text of so many characters at most; one that was cut says of which it was made."""
    if text is None or len(text) <= most:
        return text
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{text[: most - len(mark) - 1]} {mark}"


def ref(values: Values, name: str) -> Ref | None:
    """A reference as clients write it: the provider's own spelling."""
    return None if values.get(name) is None else Ref("text", str(values[name]))


def own_text(value: Any) -> str:
    """The name of a row in a provider's answer, as text."""
    return value.text if isinstance(value, Ref) else str(value)
