"""The compiled presenters agree with marshmallow's own dump, in both profiles, over varied rows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from adapters.flowroute.profiles import PROFILES
from adapters.flowroute.schemas import messages, numbers, records, routes
from gateway.http.paging import Page, Window
from gateway.wire import View, Wire
from tests.adapters.flowroute.rows import AT, message, number, receipt, route

MEDIA = [{"url": "https://x.example/a.png", "mime_type": "image/png"}, {"url": "https://x/b"}]
MESSAGES = [
    message(),
    message(text=None, price_nano=None, coding=8, direction="inbound", status="received"),
    message(receipts=[receipt(), receipt(1, "sent")], number_kind="toll_free", is_mms=True),
    message(media=MEDIA, number_kind=None),
]
ROUTES = [
    route(),
    route(port=5080),
    route(kind="uri", address=None, value="sip:a@b.example"),
    route(kind="number", address=None, value="+16476998778"),
    route(kind="registration", address=None, route_number=0, name="sip-reg"),
    route(extras={"flowroute": {"edge_strategy_id": 2}, "other": {"x": 1}}),
    route(extras=None),
]
NUMBERS = [
    number(),
    number(alias="x", kind="toll_free", rate_center=None, region=None, setup_cost_nano=None),
    number(primary_endpoint=ROUTES[0], failover_endpoint=ROUTES[2], cnam_lookup=True),
    number(extras={"flowroute": {"cnam_preset": {"id": "1", "type": "cnam"}}}, kind="inum"),
    number(extras={"flowroute": {}}),
]
ADDRESS = {"label": "x", "zip": "98104", "country": "US", "address_type": "Suite"}
DOCUMENTS = [SimpleNamespace(key="1", body=ADDRESS), SimpleNamespace(key="22", body={})]
NAME = SimpleNamespace(key="3", value="ACME", created_at=AT, approved_at=None, is_approved=False)
CODE = SimpleNamespace(code="206")


def page(items: list[Any], more: bool) -> Page:
    return Page(items, Window("/v2/x", 2, 4, {"state": "wa"}), more)


CASES: dict[type[Wire], list[Any]] = {
    messages.MDR2: MESSAGES,
    messages.MDRSet: [page(MESSAGES, True), page([], False)],
    messages.MessageSuccess: MESSAGES[:1],
    messages.MessageSuccess22: MESSAGES[:1],
    messages.MessageSuccess1: MESSAGES[:1],
    routes.NewRouteResponse: ROUTES,
    routes.AccountRoutes: [page(ROUTES, True), page([], False)],
    routes.EdgeStrategies: [SimpleNamespace(items=routes.EDGE_STRATEGIES)],
    numbers.Number: NUMBERS,
    numbers.Numbers: [page(NUMBERS, False)],
    numbers.PurchasableNumbers: [page(NUMBERS, True)],
    numbers.AreaCodes: [page([CODE], True)],
    numbers.Exchanges: [page([CODE], False)],
    records.E911: DOCUMENTS,
    records.E911s: [page(DOCUMENTS, True)],
    records.Cnam: [NAME],
    records.Cnams: [page([NAME], False)],
    records.CnamAssignment: [SimpleNamespace(number=5, date_created="today")],
}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("schema", CASES, ids=lambda s: s.__name__)
def test_presenter_is_dump(schema: type[Wire], profile: Any) -> None:
    view = View(profile=profile, base="https://api.example")
    for row in CASES[schema]:
        assert schema().present(row, view) == schema(view=view).dump(row)


@pytest.mark.parametrize("schema", CASES, ids=lambda s: s.__name__)
def test_a_client_reads_what_the_server_writes(schema: type[Wire]) -> None:
    for profile in PROFILES.values():
        for row in CASES[schema]:
            written = schema().present(row, View(profile=profile, base="https://api.example"))
            assert schema(side="client").change(written).odd == {}
