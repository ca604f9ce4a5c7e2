"""Own and purchasable numbers (seed 002: Number, Numbers, PurchasableNumbers, AvailableCodes)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from adapters.flowroute import words
from adapters.flowroute.schemas.common import (
    DEFAULT_LIMIT,
    MOST_AREA_CODES,
    Flowroute,
    Lower,
    RequestLinks,
    Sent,
    Url,
    Window,
    related_link,
    self_link,
)
from adapters.flowroute.schemas.routes import IncludedRoutes, RouteIdentifier
from gateway.wire import (
    E164,
    Const,
    Digits,
    Extra,
    Flag,
    Group,
    Int,
    Length,
    Listed,
    NanoMoney,
    Part,
    Pattern,
    Range,
    Text,
    Word,
)

MOST_ALIAS = 64
MOST_DOLLARS = 1_000_000
ORDERS = {
    "monthly_cost": "monthly_cost",
    "iso_country": "country",
    "number_type": "kind",
    "state": "state",
    "rate_center": "rate_center",
    "number": "number",
}


def digits(row: Any) -> str:
    return str(row.e164).removeprefix("+")


class ResourceIdentifier(Flowroute):
    id = Text()
    type = Text()


class CnamPreset(Flowroute):
    data = Part(ResourceIdentifier, attribute="extras.flowroute.cnam_preset", json=True)


class E911Address(Flowroute):
    data = Part(ResourceIdentifier, attribute="extras.flowroute.e911_address", json=True)


class FailoverRoute(Flowroute):
    """The failover route of a number, read and written; null takes the choice back."""

    data = Part(RouteIdentifier, attribute="failover_endpoint", null=True, required=True)


class PrimaryRoute(Flowroute):
    """Seed 002, Routes: the primary route of a number, read and written."""

    data = Part(RouteIdentifier, attribute="primary_endpoint", null=True, required=True)


class NumberRelationships(Flowroute):
    """Null where nothing is set, an identifier where something is (contract reading FO13)."""

    cnam_preset = Group(CnamPreset)
    e911_address = Group(E911Address)
    failover_route = Group(FailoverRoute)
    primary_route = Group(PrimaryRoute)


class NumberAttributes(Flowroute):
    alias = Text(validate=Length(max=MOST_ALIAS))
    cnam_lookups_enabled = Flag(attribute="cnam_lookup")
    number_type = Word(attribute="kind", words=words.NUMBER_TYPES | words.LATER_NUMBER_TYPES)
    rate_center = Lower()
    state = Lower(attribute="region")
    value = E164(attribute="e164", twin=True)


class NumberItem(Flowroute):
    """A number in a list, which has no relationships; the document wraps such items in data."""

    envelope = ("data",)

    attributes = Group(NumberAttributes)
    id = E164(attribute="e164", style="digits")
    links = Group(self_link("NumberLinks", lambda row: f"/v2/numbers/{digits(row)}"))
    type = Const("number")


class NumberResource(NumberItem):
    relationships = Group(NumberRelationships)


def included_routes(row: Any) -> list[Any]:
    """The routes a number refers to, primary first."""
    return [route for route in (row.primary_endpoint, row.failover_endpoint) if route is not None]


class Number(Flowroute):
    data = Group(NumberResource)
    included = Listed(
        Part(IncludedRoutes),
        source=included_routes,
        reads=("primary_endpoint", "failover_endpoint"),
    )
    links = Group(self_link("NumberDocumentLinks", lambda row: f"/v2/numbers/{digits(row)}"))


class Numbers(Flowroute):
    data = Listed(Part(NumberItem), attribute="items")
    links = Group(RequestLinks)


class NumberChange(Sent):
    """What a customer may change; flat, or under data.attributes (facts, section 5)."""

    envelope = ("data", "attributes")

    alias = Text(validate=Length(max=MOST_ALIAS))
    cnam_lookups_enabled = Flag(attribute="cnam_lookup", null=False)
    messaging_enabled = Extra(of=Flag())
    messaging_email = Extra(of=Text(validate=Length(max=254)))
    messaging_callback_url = Extra(of=Url())


class PurchasableAttributes(Flowroute):
    monthly_cost = NanoMoney(attribute="monthly_cost_nano")
    number_type = Word(attribute="kind", words=words.NUMBER_TYPES | words.LATER_NUMBER_TYPES)
    rate_center = Lower()
    setup_cost = NanoMoney(attribute="setup_cost_nano")
    state = Lower(attribute="region")
    value = E164(attribute="e164", twin=True)


class PurchasableNumber(Flowroute):
    envelope = ("data",)

    attributes = Group(PurchasableAttributes)
    id = E164(attribute="e164", style="digits")
    links = Group(related_link("PurchasableLinks", lambda row: f"/v2/numbers/{digits(row)}"))
    type = Const("number")


class PurchasableNumbers(Flowroute):
    data = Listed(Part(PurchasableNumber), attribute="items")
    links = Group(RequestLinks)


def _exchanges(row: Any) -> str:
    return f"/v2/numbers/available/exchanges?areacode={row.code}"


def _numbers(row: Any) -> str:
    return f"/v2/numbers/available?starts_with=1{row.code}"


class AreaCode(Flowroute):
    id = Text(attribute="code")
    links = Group(related_link("AreaCodeLinks", _exchanges))
    type = Const("areacode")


class AreaCodes(Flowroute):
    """Seed 002, AvailableCodes with area codes."""

    data = Listed(Part(AreaCode), attribute="items")
    links = Group(RequestLinks)


class Exchange(Flowroute):
    id = Text(attribute="code")
    links = Group(related_link("ExchangeLinks", _numbers))
    type = Const("exchange")


class Exchanges(Flowroute):
    """Seed 002, AvailableCodes with exchanges."""

    data = Listed(Part(Exchange), attribute="items")
    links = Group(RequestLinks)


class Prefix(Digits):
    """The beginning of a number: country code 1 is assumed unless a plus names another."""

    schema_type = {"type": "string", "pattern": r"^\+?[0-9]{1,14}$"}

    def parse(self, value: Any) -> str:
        if isinstance(value, str) and value[:1] in ("+", " "):  # an unencoded plus is a space
            found = super().parse(value[1:])
            return found if found.startswith("1") else f"+{found}"
        found = super().parse(value)
        return found if found.startswith("1") else f"1{found}"


class NumberFilters(Window):
    starts_with = Prefix(validate=Length(max=15))
    contains = Digits(validate=Length(max=15))
    ends_with = Digits(validate=Length(max=15))


class NumberQuery(NumberFilters):
    alias = Text(validate=Length(max=MOST_ALIAS))


class PurchasableQuery(NumberFilters):
    """The last three are of later pages (facts, section 5)."""

    rate_center = Lower(validate=Length(1, 64))
    state = Lower(
        validate=Pattern("[a-z]{2}", "must be two letters"), doc={"pattern": "^[A-Za-z]{2}$"}
    )
    number_type = Word(attribute="kind", words=words.NUMBER_TYPES | words.LATER_NUMBER_TYPES)
    iso_country = Text(attribute="country", validate=Pattern("[A-Za-z]{2}", "must be two letters"))
    order_by = Word(words=ORDERS)


class Cost(NanoMoney):
    """A bound in dollars that is not negative."""

    schema_type = {"type": "number", "minimum": 0, "maximum": MOST_DOLLARS}

    def parse(self, value: Any) -> int:
        nano = super().parse(value)
        if not 0 <= Decimal(str(value).strip().removeprefix("$")) <= MOST_DOLLARS:
            raise self.bad(f"must be 0 to {MOST_DOLLARS}", "range")
        return nano


class AreaCodeQuery(Window):
    limit = Int(load_default=DEFAULT_LIMIT, null=False, validate=Range(1, MOST_AREA_CODES))
    max_setup_cost = Cost(attribute="max_setup_cost_nano")


class ExchangeQuery(Window):
    max_setup_cost = Cost(attribute="max_setup_cost_nano")
    areacode = Digits(attribute="area_code", validate=Pattern("[0-9]{3}", "must be three digits"))
