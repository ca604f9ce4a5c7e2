"""Phone numbers (seed 001: Number)."""

from __future__ import annotations

from typing import Any

from adapters.sinch.schemas.common import Id, Paged, PageQuery, Sent, Sinch, own_id, update_time
from gateway.wire import E164, Computed, Digits, Instant, Length, Listed, Part, Text

ORDERS = {
    "phoneNumber": "e164",
    "createTime": "assigned_at",
    "countryCode": "country",
    "updateTime": "updated_at",
}
DIRECTIONS = {"ascending": True, "descending": False}


class Number(Sinch):
    """A number of the project, on a trunk or on none."""

    id = own_id()
    sipTrunkId = Id(attribute="trunk_uid", dump_only=True)
    phoneNumber = E164(attribute="e164")
    countryCode = Text(attribute="country", dump_only=True)
    createTime = Computed(
        out=lambda row, view: row.assigned_at or row.created_at,
        reads=("assigned_at", "created_at"),
        of=Instant(),
    )
    updateTime = update_time()


class Numbers(Paged):
    phoneNumbers = Listed(Part(Number), attribute="items")


class Sort(Text):
    """`property,ascending` or `property,descending`; several when the parameter repeats."""

    def describe(self, profile: Any) -> dict[str, Any]:
        one = rf"({'|'.join(ORDERS)}),(ascending|descending)"
        item = {"type": "string", "pattern": rf"^{one}(,{one})*$"}
        return {"type": "array", "items": item}

    def parse(self, value: Any) -> Any:
        words = [word.strip() for text in _texts(value) for word in text.split(",")]
        pairs = list(zip(words[::2], words[1::2], strict=False))
        known = all(name in ORDERS and way in DIRECTIONS for name, way in pairs)
        if len(words) % 2 or not known:
            raise self.bad("must be property,ascending or property,descending", "sort")
        return tuple((ORDERS[name], DIRECTIONS[way]) for name, way in pairs)


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]


class FilterDigits(Digits):
    """A part of a number; a plus in front is let go."""

    def parse(self, value: Any) -> str:
        return super().parse(value.strip().removeprefix("+") if isinstance(value, str) else value)


class NumberQuery(PageQuery):
    sipTrunkId = Id(attribute="trunk")
    filter = FilterDigits(attribute="contains", validate=Length(1, 15))
    sort = Sort(attribute="order")


class AddPhoneNumberRequest(Sent):
    """A number and the trunk it goes on; without a trunk it is taken off."""

    sipTrunkId = Text(attribute="trunk")
    phoneNumber = E164(attribute="e164", required=True)
