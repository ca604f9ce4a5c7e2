"""How a dialect's client talks to a real provider without knowing what carries its requests.

A transport is one method, so that tests hand in the server of the same dialect, the product a
connection pool, and neither is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


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
