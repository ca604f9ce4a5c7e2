"""How a dialect's client talks to a real provider without knowing what carries its requests.

A transport is one method, so that tests hand in the server of the same dialect, the product a
connection pool, and neither is imported here. A dialect's client is a table of calls and what it
puts into the headers; the same wire objects that its server reads and writes do the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from urllib.parse import quote, urlencode

import orjson

from gateway.wire.profile import View
from gateway.wire.reading import Change
from gateway.wire.schema import Wire

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """A request below a base URL: `target` is path and encoded query."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """What came back; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Transport(Protocol):
    """Carries one request to the provider and raises OSError when none of it came back."""

    def send(self, request: Request) -> Response: ...


class Refused(Exception):
    """The provider said no. `errors` is its body as JSON, or None when it is not JSON."""

    def __init__(self, operation: str, status: int, errors: Any) -> None:
        super().__init__(f"{operation}: the provider answered {status}")
        self.operation, self.status, self.errors = operation, status, errors


@dataclass(frozen=True)
class Call:
    """One operation: `sends` and `reads` are the wire objects of request and answer.

    `path` has its variables in braces. With `many` the answer is a list of what `reads` reads; with
    `form` the request goes out as a form.
    """

    method: str
    path: str
    sends: type[Wire] | None = None
    reads: type[Wire] | None = None
    many: bool = False
    form: bool = False


class Caller:
    """Calls the operations of a table by name, for one account of a provider.

    A dialect sets `calls` and the media type of its requests; `headers` go with every request.
    """

    calls: ClassVar[Mapping[str, Call]] = {}
    media: ClassVar[str] = "application/json"

    def __init__(self, transport: Transport, headers: Mapping[str, str]) -> None:
        self.transport, self.headers = transport, {"Accept": self.media, **headers}

    def call(
        self,
        name: str,
        *,
        query: Mapping[str, Any] | None = None,
        values: Mapping[str, Any] | None = None,
        **path: str,
    ) -> Any:
        """The answer as core attributes (`.odd` has what could not be read), None without one; a
        list of them for an operation that answers a list. Raises Refused.
        """
        call = self.calls[name]
        target = call.path.format(**{key: quote(given, safe="") for key, given in path.items()})
        return self.ask(name, f"{target}?{urlencode(query)}" if query else target, values)

    def ask(self, name: str, target: str, values: Mapping[str, Any] | None = None) -> Any:
        """`call` at an address that is known already, such as that of a next page."""
        call = self.calls[name]
        response = self.transport.send(self._request(call, target, values))
        body = parsed(response.body)
        if not 200 <= response.status <= 208:
            raise Refused(name, response.status, body)
        if call.reads is None or body is None:
            return None
        if not call.many:
            return self.read(call.reads, body)
        return [self.read(call.reads, item) for item in body] if isinstance(body, list) else []

    def read(self, schema: type[Wire], body: Any) -> Change:
        return schema(side="client").change(body)

    def _request(self, call: Call, target: str, values: Mapping[str, Any] | None) -> Request:
        if call.sends is None or values is None:
            return Request(call.method, target, self.headers)
        row = Blank(values)
        body = without_nulls(call.sends(side="client").present(row, View(local=False)))
        headers = {**self.headers, "Content-Type": FORM if call.form else self.media}
        text = urlencode(body).encode() if call.form else orjson.dumps(body)
        return Request(call.method, target, headers, text)


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
