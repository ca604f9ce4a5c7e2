"""What the areas share: base classes, ids, pages, the error body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from gateway.wire import Anything, Change, Flag, Instant, Int, Listed, Part, Range, Ref, Text, Wire

MOST = 500
MAX_PAGE = 1_000_000
MAX_NAME = 255


class Sinch(Wire):
    """Base of what is answered."""

    dialect = "sinch"


class Sent(Sinch):
    """Base of what customers send: a member it does not know is refused by name.

    `defaults` are values of attributes that null, or a replacement that lacks them, stands for.
    """

    strict = True
    defaults: ClassVar[Mapping[str, Any]] = {}

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        for name, value in self.defaults.items():
            if name in change and change[name] is None:
                change[name] = value
        return change


class Id(Ref):
    """A ULID: in as an unresolved reference, out as 26 characters."""

    def __init__(self, data_key: str | None = None, **options: Any) -> None:
        super().__init__("ulid", data_key, **options)


class TrueFlag(Flag):
    """A boolean, written and read as nothing else."""

    def parse(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.bad("must be true or false", "type")
        return value


def own_id(**options: Any) -> Id:
    return Id(attribute="uid", dump_only=True, **options)


def project_id() -> Ref:
    """The project, which is the account."""
    return Ref("uuid", "projectId", attribute="account_uid", dump_only=True)


def create_time() -> Instant:
    return Instant("createTime", attribute="created_at", dump_only=True)


def update_time() -> Instant:
    """Null until the first change."""
    return Instant("updateTime", attribute="updated_at", dump_only=True)


class PageQuery(Sinch):
    """`page` from 1, `pageSize` or, in newer clients, `size`; out of bounds is refused."""

    page = Int(load_default=1, null=False, validate=Range(1, MAX_PAGE))
    page_size = Int(
        "pageSize", load_default=MOST, null=False, validate=Range(1, MOST), also=("size",)
    )


class Paged(Sinch):
    """The three numbers beside the rows of a page; `size` is what newer clients look for."""

    totalItems = Int(attribute="total")
    pageNumber = Int(attribute="page")
    pageSize = Int(attribute="page_size")
    size = Int(attribute="page_size", twin=True)


class FieldViolation(Sinch):
    field = Text()
    description = Text()


class QuotaFailure(Sinch):
    subject = Text()
    description = Text()


class ErrorDetail(Sinch):
    """One of the four kinds of detail; `type` says which, and so which members are there."""

    type = Text(required=True)
    fieldViolations = Listed(Part(FieldViolation), omit_none=True)
    requestId = Text(omit_none=True)
    data = Anything(omit_none=True)
    violations = Listed(Part(QuotaFailure), omit_none=True)
    reason = Text(omit_none=True)
    domain = Text(omit_none=True)
    metaData = Anything(omit_none=True)


class Error(Sinch):
    """The body of every refusal."""

    code = Int(required=True)
    status = Text(required=True)
    message = Text(required=True)
    details = Listed(Part(ErrorDetail))
