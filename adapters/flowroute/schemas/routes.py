"""Routes (seed 002: NewRoute, NewRouteResponse, AccountRoutes, IncludedRoutes, Routes)."""

from __future__ import annotations

from typing import Any

from adapters.flowroute import words
from adapters.flowroute.schemas.common import (
    PORT_FORM,
    Flowroute,
    Number,
    RequestLinks,
    Sent,
    Window,
    self_link,
)
from gateway.domain import routes
from gateway.domain.problems import Invalid
from gateway.wire import (
    Change,
    Computed,
    Const,
    Extra,
    Group,
    Int,
    Length,
    Listed,
    Part,
    Profile,
    Text,
    Word,
)

MOST_ALIAS = 64
EDGE_STRATEGIES = (
    {"id": 1, "name": "Default", "description": "Nearest edge, found by SRV and NAPTR records."},
    {"id": 2, "name": "US-WA", "description": "Seattle, Washington."},
    {"id": 3, "name": "US-NJ", "description": "Jersey City, New Jersey."},
)


class RouteIdentifier(Flowroute):
    """`{"type": "route", "id": "98396"}`; the built-in registration is `"0"`."""

    id = Number(attribute="route_number", required=True)
    type = Const("route")


# Values every route of a type may have; the server reads more spellings than it describes.
LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
HOST = rf"((?![0-9.]+(:|;|$))({LABEL}\.){{0,3}}{LABEL}|({OCTET}\.){{3}}{OCTET})(:{PORT_FORM})?"
NAME = r"([A-Za-z0-9_.!~*'()&=+$,;?/-]|%[0-9A-Fa-f]{2})+"
PASSWORD = r"([A-Za-z0-9_.!~*'()&=+$,-]|%[0-9A-Fa-f]{2})*"
USER = f"({NAME}(:{PASSWORD})?@)?"
VALUE_FORMS = {
    "host": f"^{HOST}$",
    "number": r"^\+?1[2-9][0-9]{9}$",
    "uri": f"^[Ss][Ii][Pp][Ss]?:{USER}{HOST}(;transport=(udp|tcp|tls))?$",
    "sip-reg": "^[A-Za-z0-9_.!~*'+-]{1,128}$",
}
FITTING = {
    "anyOf": [
        {
            "properties": {
                "route_type": {"enum": [word]},
                "value": {"type": "string", "pattern": VALUE_FORMS[word]},
            }
        }
        for word in words.ROUTE_TYPES
    ]
}


def _value(**options: Any) -> Computed:
    return Computed(
        out=lambda row, view: routes.shown(row),
        into=lambda text: text,
        attribute="value",
        of=Text(),
        reads=("kind", "address", "port", "transport"),
        **options,
    )


def _edge_strategy() -> Extra:
    known = [strategy["id"] for strategy in EDGE_STRATEGIES]
    return Extra(of=Int(), also=("edge_strategy",), doc={"enum": [*known, None]})


class RouteAttributes(Flowroute):
    """A route as it is shown; the built-in registration has no value."""

    alias = Text(attribute="name")
    route_type = Word(attribute="kind", words=words.ROUTE_TYPES)
    value = _value()
    edge_strategy_id = _edge_strategy()


def creatable_types(profile: Profile) -> dict[str, str]:
    """The live service makes no second registration; its profile refuses one (facts, section 6)."""
    known = words.ROUTE_TYPES.items()
    refused = {"sip-reg"} if profile.holds("no_registration") else set()
    return {word: kind for word, kind in known if word not in refused}


class NewType(Word):
    """The type of a route to be; a change may name any type."""

    def describe(self, profile: Profile) -> dict[str, Any]:
        found = super().describe(profile)
        partial = getattr(self.root, "partial", None)
        return found if partial else {**found, "enum": list(creatable_types(profile))}


class NewRouteAttributes(Sent):
    """A route as it is sent. In a change, type and value are described as going together; a value
    alone is read by the type the route has."""

    openapi = FITTING
    openapi_change = {
        **FITTING,
        "dependentRequired": {"route_type": ["value"], "value": ["route_type"]},
    }

    alias = Text(attribute="name", required=True, validate=Length(1, MOST_ALIAS))
    route_type = NewType(attribute="kind", words=words.ROUTE_TYPES, required=True)
    value = _value(required=True)
    edge_strategy_id = _edge_strategy()

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        chosen = change.get("extras", {}).get("flowroute", {}).get("edge_strategy_id")
        known = [strategy["id"] for strategy in EDGE_STRATEGIES]
        if chosen is not None and chosen not in known and self.side == "server":
            raise Invalid.one("edge_strategy_id", "choice", "is not an edge strategy")
        return change


def _path(row: Any) -> str:
    return f"/v2/routes/{row.route_number}"


class IncludedRoutes(Flowroute):
    """One route as lists and numbers show it."""

    attributes = Group(RouteAttributes)
    id = Number(attribute="route_number", dump_only=True)
    links = Group(self_link("RouteLinks", _path), dump_only=True)
    type = Const("route")


class NewRouteData(Flowroute):
    attributes = Group(NewRouteAttributes, required=True)
    type = Const("route")


class NewRoute(Flowroute):
    """Enveloped as documented, or the attributes alone as one page shows them."""

    data = Group(NewRouteData, required=True)


class NewRouteResponse(Flowroute):
    data = Group(IncludedRoutes)
    links = Group(self_link("NewRouteLinks", _path))


class AccountRoutes(Flowroute):
    data = Listed(Part(IncludedRoutes), attribute="items")
    links = Group(RequestLinks)


class RouteQuery(Window):
    route_type = Word(attribute="kind", words=words.ROUTE_TYPES)


class EdgeStrategyAttributes(Flowroute):
    description = Text()
    firewall_rules = Text()
    name = Text()
    naptr = Text()


class EdgeStrategy(Flowroute):
    attributes = Group(EdgeStrategyAttributes)
    id = Int()
    type = Const("edge_strategy")


class EdgeStrategies(Flowroute):
    data = Listed(Part(EdgeStrategy, json=True), attribute="items")


def creatable(change: dict[str, Any], profile: Profile) -> dict[str, Any]:
    """The change, refused when the profile makes no routes of its type."""
    types = creatable_types(profile)
    if change.get("kind") not in types.values():
        text = f"must be one of {', '.join(types)}"
        raise Invalid.one("data.attributes.route_type", "choice", text)
    return change
