"""What can go wrong in a use case, named once.

Services raise these; the errors module of each dialect renders them with its own status, words and
body. Nothing else decides a status.
"""

from __future__ import annotations

from typing import NamedTuple


class Why(NamedTuple):
    """One reason a value was refused: a stable code for dialect tables and an English text."""

    code: str
    text: str


class Problem(Exception):
    """Base of all expected failures. `text` is for people, `kind` is the key of error tables."""

    kind = "problem"

    def __init__(self, text: str = "", *, fields: dict[str, list[Why]] | None = None) -> None:
        super().__init__(text or self.kind)
        self.text = text
        self.fields = fields or {}


class Invalid(Problem):
    """Values that cannot be accepted; `fields` maps wire paths (`data.type`) to their reasons."""

    kind = "invalid"

    @classmethod
    def one(cls, path: str, code: str, text: str) -> Invalid:
        return cls(text, fields={path: [Why(code, text)]})


class Malformed(Problem):
    """The body is not JSON, not an object where one is needed, or too deep."""

    kind = "malformed"


class Unauthenticated(Problem):
    kind = "unauthenticated"


class Forbidden(Problem):
    kind = "forbidden"


class NotFound(Problem):
    kind = "not_found"


class InUse(Problem):
    """A delete or change that other rows stand in the way of."""

    kind = "in_use"


class Conflict(Problem):
    """A uniqueness rule or a state refuses the change."""

    kind = "conflict"


class TooLarge(Problem):
    kind = "too_large"


class UnsupportedMedia(Problem):
    kind = "unsupported_media"


class MethodNotAllowed(Problem):
    kind = "method_not_allowed"


class Limited(Problem):
    """A rate or quota limit; `retry_after` in whole seconds."""

    kind = "limited"

    def __init__(self, text: str = "", *, retry_after: int = 1) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Unavailable(Problem):
    """The store or a needed peer cannot answer now; trying again later is right."""

    kind = "unavailable"

    def __init__(
        self,
        text: str = "",
        *,
        retry_after: int = 1,
        fields: dict[str, list[Why]] | None = None,
    ) -> None:
        super().__init__(text, fields=fields)
        self.retry_after = retry_after


class Internal(Problem):
    """A fault of ours; the text never says more than that."""

    kind = "internal"
