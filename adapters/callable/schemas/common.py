"""What the areas share: the base class, ids, the objects of lists, errors."""

from __future__ import annotations

from typing import Any, ClassVar

from gateway.wire import Flag, Int, Listed, Ref, Text, Wire


class Callable(Wire):
    """Base of all objects. A member that is not known is passed over, or refused where the profile
    says so."""

    dialect = "callable"
    strict = "known_members"


class Sent(Callable):
    """Base of what customers send: an id in it is passed over, since the path decides.

    Null stands for a member that is left out.
    """

    passes: ClassVar[tuple[str, ...]] = ("id",)

    def collect(self, body: Any, reader: Any, path: str) -> Any:
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if value is not None}
        return super().collect(body, reader, path)


class Id24(Ref):
    """An id of 24 hex digits."""

    def __init__(self, data_key: str | None = None, **options: Any) -> None:
        super().__init__("hex24", data_key, **options)


class Id(Ref):
    """A UUID."""

    def __init__(self, data_key: str | None = None, **options: Any) -> None:
        super().__init__("uuid", data_key, **options)


class Named(Callable):
    """An organisation, or an account in a list."""

    id = Id24(attribute="uid", required=True)
    name = Text(required=True)


class Created(Callable):
    """What the creation of something with a UUID answers."""

    id = Id(attribute="uid", required=True)


class Whole(Int):
    """A whole number, read as nothing else."""

    def parse(self, value: Any) -> int:
        if isinstance(value, str):
            raise self.bad("must be a whole number", "type")
        return super().parse(value)


class TrueFlag(Flag):
    """A boolean, read as nothing else."""

    def parse(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.bad("must be true or false", "type")
        return value


class Error(Callable):
    """Any error; where tokens are made, the two members of OAuth 2."""

    status = Text()
    messages = Listed(Text())
    errors = Listed(Text())
    timestamp = Int()
    error = Text()
    error_description = Text()
