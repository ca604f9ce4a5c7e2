"""How a dialect's client talks to a real provider without knowing what carries its requests.

A transport is one method, so that tests hand in the server of the same dialect, the product a
connection pool, and neither is imported here. A dialect's client is a table of calls and what it
puts into the headers; the same wire objects that its server reads and writes do the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, ClassVar, Protocol
from urllib.parse import quote, urlencode

import orjson

from gateway.domain.exchanges import Request, Response
from gateway.domain.problems import Unavailable
from gateway.wire.profile import View
from gateway.wire.reading import Change
from gateway.wire.schema import Wire

__all__ = [
    "UNAUTHORISED",
    "Blank",
    "Call",
    "Caller",
    "Garbled",
    "Refused",
    "Request",
    "Response",
    "Transport",
    "parsed",
    "without_nulls",
]

FORM = "application/x-www-form-urlencoded"
UNAUTHORISED = 401
EXCERPT = 500
SHORTEST_SECRET = 4
_INSIDE = re.compile(r".*?\.([0-9]+)\.(.+)")


class Transport(Protocol):
    """Carries one request to the provider; OSError or Unavailable when no answer came back."""

    def send(self, request: Request) -> Response: ...


class Refused(Unavailable):
    """The provider said no. `errors` is its body as JSON, or None when it is not JSON; `detail` the
    beginning of what it said, without our secrets."""

    def __init__(
        self,
        operation: str,
        status: int,
        errors: Any = None,
        detail: str = "",
        *,
        retry_after: int = 1,
    ) -> None:
        said = f": {detail}" if detail else ""
        text = f"{operation}: the provider answered {status}{said}"
        super().__init__(text, retry_after=retry_after)
        self.operation, self.status, self.errors, self.detail = operation, status, errors, detail


class Garbled(Unavailable):
    """The provider's answer is not what it says it is, so nothing can be told from it."""

    def __init__(self, operation: str, why: str) -> None:
        super().__init__(f"{operation}: the provider's answer cannot be used: {why}")
        self.operation = operation


@dataclass(frozen=True)
class Call:
    """One operation: `sends` and `reads` are the wire objects of request and answer.

    `path` has its variables in braces. With `many` the answer is a list of what `reads` reads; with
    `form` the request goes out as a form. With `merges` members that a request leaves out stay as
    they are, so that clearing one is to send null.
    """

    method: str
    path: str
    sends: type[Wire] | None = None
    reads: type[Wire] | None = None
    many: bool = False
    form: bool = False
    merges: bool = False


class Caller:
    """Calls the operations of a table by name, for one account of a provider.

    A dialect sets `calls` and the media type of its requests; `headers` go with every request.
    `secrets` are texts that are never repeated; with `new_key` requests that make something carry a
    key by which the provider tells a repetition.
    """

    calls: ClassVar[Mapping[str, Call]] = {}
    media: ClassVar[str] = "application/json"

    def __init__(self, transport: Transport, headers: Mapping[str, str]) -> None:
        self.transport, self.headers = transport, {"Accept": self.media, **headers}
        self.secrets: set[str] = set()
        self.new_key: Callable[[], str] | None = None

    def call(
        self,
        name: str,
        *,
        query: Mapping[str, Any] | None = None,
        values: Mapping[str, Any] | None = None,
        clears: Iterable[str] = (),
        **path: str,
    ) -> Any:
        """The answer as core attributes (`.odd` has what could not be read), None without one; a
        list of them for an operation that answers a list. `clears` names attributes that are to be
        unset. Raises Refused and Garbled.
        """
        call = self.calls[name]
        target = call.path.format(**{key: quote(given, safe="") for key, given in path.items()})
        target = f"{target}?{urlencode(query)}" if query else target
        return self.ask(name, target, values, clears)

    def ask(
        self,
        name: str,
        target: str,
        values: Mapping[str, Any] | None = None,
        clears: Iterable[str] = (),
    ) -> Any:
        """`call` at an address that is known already, such as that of a next page."""
        call = self.calls[name]
        response = self.transport.send(self._request(call, target, values, clears))
        if response.status == UNAUTHORISED and self.renew():
            response = self.transport.send(self._request(call, target, values, clears))
        if not 200 <= response.status <= 208:
            raise self._refused(name, response)
        if call.reads is None or not (response.body or call.method == "GET"):
            return None
        return self._answer(name, call, call.reads, parsed(response.body))

    def renew(self) -> bool:
        """Log in anew after a 401; whether there is any use in asking again."""
        return False

    def _answer(self, name: str, call: Call, reads: type[Wire], body: Any) -> Any:
        if body is None:
            raise Garbled(name, "it is no JSON")
        if isinstance(body, list) is not call.many:
            raise Garbled(name, f"it is {'no list' if call.many else 'no object'}")
        if not call.many:
            return self.read(reads, body)
        return [self.read(reads, item) for item in body]

    def read(self, schema: type[Wire], body: Any) -> Change:
        return _at_client(schema).change(body)

    def rows(self, name: str, answer: Change, attribute: str = "items") -> list[Change]:
        """The rows of a page, each with what is odd in it. Garbled when there is no list."""
        found = answer.get(attribute)
        whole = [path for path in answer.odd if _INSIDE.match(path) is None]
        if found is None or (whole and not found):
            raise Garbled(name, "it has no list of rows")
        for path, whys in answer.odd.items():
            place = _INSIDE.match(path)
            if place is not None and int(place[1]) < len(found):
                found[int(place[1])].odd[place[2]] = whys
        return list(found)

    def _refused(self, name: str, response: Response) -> Refused:
        said, pause = self._said(response.body), _patience(response.headers)
        return Refused(
            name, response.status, parsed(response.body), said, retry_after=max(1, pause)
        )

    def _said(self, body: bytes) -> str:
        """The beginning of an error's text on one line, our secrets taken out."""
        text = " ".join(body.decode("utf-8", "replace").split())
        shown = self.headers.get("Authorization", "").partition(" ")[2]
        for secret in sorted({*self.secrets, shown}, key=len, reverse=True):
            if len(secret) >= SHORTEST_SECRET:  # a letter's places would tell the letter
                text = text.replace(secret, "***")
        return text[:EXCERPT]

    def _request(
        self, call: Call, target: str, values: Mapping[str, Any] | None, clears: Iterable[str]
    ) -> Request:
        headers = dict(self.headers)
        if call.method == "POST" and self.new_key is not None:
            headers["Idempotency-Key"] = self.new_key()
        if call.sends is None or values is None:
            return Request(call.method, target, headers)
        schema = _at_client(call.sends)
        body = without_nulls(schema.present(Blank(values), View(local=False)))
        if call.merges:
            for name in clears:
                _unset(body, schema.path_of(name, {}))
        headers["Content-Type"] = FORM if call.form else self.media
        text = urlencode(body).encode() if call.form else orjson.dumps(body)
        return Request(call.method, target, headers, text)


@cache
def _at_client(schema: type[Wire]) -> Wire:
    """One instance for all calls: making one costs more than what is read with it."""
    return schema(side="client")


def _unset(body: dict[str, Any], path: str) -> None:
    """Put null at a path of a body; nowhere for a member the object does not have."""
    *above, last = path.split(".")
    for name in above:
        body = body.setdefault(name, {})
    if last:
        body[last] = None


def _patience(headers: Mapping[str, str]) -> int:
    """Seconds the provider asks us to wait: a number, or a moment by its own clock; else 0."""
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return int(asked[:9])
    try:
        until, now = (parsedate_to_datetime(text) for text in (asked, headers.get("date", "")))
        return round((until - now).total_seconds())
    except (ValueError, TypeError):  # no date, or one with a zone and one without
        return 0


def parsed(body: bytes) -> Any:
    """A body as JSON, None for an empty one and for what is no JSON."""
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return None


class Blank:
    """A row to be written as a request: named values, everything else unset."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


def without_nulls(value: Any) -> Any:
    """A request body with its unset members left out, objects that become empty included."""
    if isinstance(value, Mapping):
        kept = {name: without_nulls(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner not in (None, {})}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
