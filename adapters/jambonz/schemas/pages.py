"""Pages of history (calls, alerts): what asks for one, and the envelope it comes in.

Documented are `batch` and a page that is a number; the server says `page_size`, and both as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from marshmallow import ValidationError

from adapters.jambonz.schemas.common import Jambonz
from gateway.wire import Change, Instant, Int, Range
from gateway.wire.base import Renderer
from gateway.wire.reading import Reader

LEAST, MOST = 25, 500
LAST_PAGE = 1_000_000_000
MOST_DAYS = 30


class Paged(NamedTuple):
    """One page as its envelope shows it: `batch` is the count asked for."""

    total: int
    batch: int
    page: int
    rows: Sequence[Any]


class PageQuery(Jambonz):
    """Which page, of how many, and of what time: `days` back from now wins over start and end."""

    page = Int(required=True, validate=Range(1, LAST_PAGE))
    count = Int(required=True, validate=Range(LEAST, MOST))
    days = Int(null=False, validate=Range(1, MOST_DAYS))
    start = Instant(null=False)
    end = Instant(null=False)

    def collect(self, body: Any, reader: Reader, path: str) -> Change:
        """The page is looked at before all else, then the count; each in the server's words."""
        for name in ("page", "count"):
            try:
                self.fields[name].deserialize(body.get(name))
            except ValidationError:
                reader.fault(name, "said", f'missing or invalid "{name}" query arg')
                return Change()
        return super().collect(body, reader, path)


def window(query: Mapping[str, Any]) -> dict[str, Any]:
    """What a search takes of a page query: limit, offset, days, start and end."""
    count: int = query["count"]
    found = {name: query[name] for name in ("days", "start", "end") if name in query}
    return {**found, "limit": count, "offset": (query["page"] - 1) * count}


class PageNumber(Int):
    """A number of a page; style `text` writes digits."""

    kind = "page_number"
    styles: ClassVar[Mapping[str, Renderer]] = {"text": str}
    style_types: ClassVar[Mapping[str, Mapping[str, Any]]] = {"text": {"type": "string"}}


class Envelope(Jambonz):
    """Base of pages; a subclass adds `data`, its rows."""

    total = Int(required=True)
    batch = Int(required=True)
    page = PageNumber(required=True)
    page_size = PageNumber(attribute="batch", required=True)
