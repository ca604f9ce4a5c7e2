"""Emergency addresses and caller names: whole resources beyond the document (facts, section 10).

Both are documents of the account: `key` is the decimal id, `body` holds the attributes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from adapters.flowroute import places
from adapters.flowroute.places import STATES
from adapters.flowroute.schemas.common import (
    Flowroute,
    Number,
    RequestLinks,
    Sent,
    Window,
    self_link,
)
from gateway.domain.problems import Invalid, Why
from gateway.wire import (
    Change,
    Const,
    Flag,
    Group,
    Instant,
    Int,
    Length,
    Listed,
    Part,
    Pattern,
    Text,
    Word,
)

# The postal designators of a part of a building; the live list has as many.
ADDRESS_TYPES = (
    "Apartment",
    "Basement",
    "Building",
    "Department",
    "Floor",
    "Front",
    "Hangar",
    "Key",
    "Lobby",
    "Lot",
    "Lower",
    "Office",
    "Penthouse",
    "Pier",
    "Rear",
    "Side",
    "Slip",
    "Space",
    "Suite",
    "Trailer",
    "Unit",
    "Upper",
)
COUNTRIES = {"US": "US", "CA": "CA", "USA": "US", "Canada": "CA"}
MOST_CNAM = 15


def _text(name: str, most: int, **options: Any) -> Text:
    return Text(attribute=f"body.{name}", required=True, validate=Length(1, most), **options)


def _either_case(words: Iterable[str]) -> str:
    """A pattern for two-letter words in any case, by their first letter."""
    seconds: dict[str, str] = {}
    for word in sorted(words):
        first, second = word[0], word[1]
        seconds[first] = seconds.get(first, "") + second + second.lower()
    return "|".join(f"[{first}{first.lower()}][{rest}]" for first, rest in seconds.items())


def _in_country(country: str) -> dict[str, Any]:
    """What state and postal code look like in a country."""
    names = [word for word, code in COUNTRIES.items() if code == country]
    forms = {"state": f"^({_either_case(STATES[country])})$", "zip": ZIP_FORMS[country]}
    texts = {name: {"type": "string", "pattern": form} for name, form in forms.items()}
    return {"properties": {"country": {"enum": names}, **texts}}


ZIP_FORMS = {"US": "^[0-9]{4,7}$", "CA": "^[A-Za-z][0-9][A-Za-z] ?[0-9][A-Za-z][0-9]$"}
WITHIN_BUILDING = {
    "anyOf": [
        {"properties": {"address_type": {"type": "null"}}},
        {
            "required": ["address_type_number"],
            "properties": {"address_type_number": {"type": "string", "minLength": 1}},
        },
    ]
}
PLACE = ("country", "state", "zip")
FITTING = {"allOf": [{"anyOf": [_in_country(country) for country in STATES]}, WITHIN_BUILDING]}


class E911Attributes(Flowroute):
    label = _text("label", 100)
    first_name = _text("first_name", 50)
    last_name = _text("last_name", 50)
    street_number = _text("street_number", 10)
    street_name = _text("street_name", 100)
    address_type = Word(attribute="body.address_type", words=ADDRESS_TYPES, fold=True)
    address_type_number = Text(attribute="body.address_type_number", validate=Length(max=20))
    city = _text("city", 64)
    state = Text(
        attribute="body.state",
        required=True,
        validate=Pattern("[A-Za-z]{2}", "must be two letters"),
    )
    country = Word(attribute="body.country", words=COUNTRIES, fold=True, required=True)
    zip = Text(attribute="body.zip", required=True, validate=Length(4, 7), also=("zip_code",))


class NewE911Attributes(Sent, E911Attributes):
    """An address as it is sent.

    A change is described as naming country, state and postal code together, and so for a part of a
    building; what is left out is read from the stored address.
    """

    openapi = FITTING
    openapi_change = {
        **FITTING,
        "dependentRequired": {
            **{name: [other for other in PLACE if other != name] for name in PLACE},
            "address_type_number": ["address_type"],
        },
    }

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        """A part of a building needs its number; state and postal code fit the country."""
        if self.side == "client":
            return change
        stored = row.body if row is not None else {}
        whole = {**stored, **change.get("body", {})}
        wrong: dict[str, list[Why]] = {}
        if whole.get("address_type") and not whole.get("address_type_number"):
            wrong["address_type_number"] = [Why("required", "is required with address_type")]
        if whole.get("country"):
            unfit = places.wrong_place(whole["country"], whole.get("state"), whole.get("zip"))
            wrong |= {name: [Why("place", text)] for name, text in unfit.items()}
        if wrong:
            raise Invalid("the address is not valid", fields=wrong)
        return change


def _e911_path(row: Any) -> str:
    return f"/v2/e911s/{row.key}"


class E911Resource(Flowroute):
    attributes = Group(E911Attributes)
    id = Text(attribute="key")
    links = Group(self_link("E911Links", _e911_path))
    type = Const("e911")


class E911(Flowroute):
    data = Group(E911Resource)


class E911s(Flowroute):
    data = Listed(Part(E911Resource), attribute="items")
    links = Group(RequestLinks)


class NewE911(Flowroute):
    """What is sent, flat or under data.attributes."""

    envelope = ("data",)

    attributes = Group(NewE911Attributes, required=True)


class E911Choice(Flowroute):
    """The address of a number, named in the body: `{"data": {"type": "e911", "id": 1}}`."""

    envelope = ("data",)

    id = Number(attribute="number", required=True)
    type = Const("e911")


class E911Query(Window):
    state = Text(validate=Pattern("[A-Za-z]{2}", "must be two letters"))


class CnamAttributes(Flowroute):
    """`is_approved` and its time follow the clock: a name is approved two days after it came."""

    approval_datetime = Instant(attribute="approved_at", dump_only=True)
    creation_datetime = Instant(attribute="created_at", dump_only=True)
    is_approved = Flag(dump_only=True)
    rejection_reason = Const("")
    value = Text(attribute="value")


class CnamResource(Flowroute):
    attributes = Group(CnamAttributes)
    id = Text(attribute="key")
    links = Group(self_link("CnamLinks", lambda row: f"/v2/cnams/{row.key}"))
    type = Const("cnam")


class Cnam(Flowroute):
    data = Group(CnamResource)


class Cnams(Flowroute):
    data = Listed(Part(CnamResource), attribute="items")
    links = Group(RequestLinks)


class NewCnam(Sent):
    """A caller name: up to 15 printable ASCII characters, one letter at least."""

    envelope = ("data", "attributes")

    value = Text(
        required=True,
        validate=[
            Length(1, MOST_CNAM),
            Pattern("(?=.*[A-Za-z])[ -~]*", "must be plain text with at least one letter"),
        ],
    )


CNAM_TEXTS = ("value", "starts_with", "contains", "ends_with")


class CnamQuery(Window):
    is_approved = Flag()
    value = Text(validate=Length(max=64))
    starts_with = Text(validate=Length(max=64))
    contains = Text(validate=Length(max=64))
    ends_with = Text(validate=Length(max=64))


class CnamAssignmentAttributes(Flowroute):
    date_created = Text()


class CnamAssignmentData(Flowroute):
    attributes = Group(CnamAssignmentAttributes)
    id = Int(attribute="number")
    type = Const("cnam")


class CnamAssignment(Flowroute):
    """The 202 of assigning a name, whose id is a number (facts, section 10)."""

    data = Group(CnamAssignmentData)
