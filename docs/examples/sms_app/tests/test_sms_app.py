"""What the app does, seen from the carrier and from the phone. Nothing here waits for time."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import AREA, Door
from sms_app import App, OptedOut, ProviderError

PHONE = "12125550123"


def test_a_number_is_rented(app: App, polytrunk: Any) -> None:
    polytrunk.requests(method="POST", path=f"/v2/numbers/{app.number}", status=201, count=1)
    mine = polytrunk.client("flowroute").get("/v2/numbers?limit=100").json()["data"]
    assert app.number.startswith(AREA)
    assert app.number in [number["id"] for number in mine]


def test_nothing_for_sale(app: App) -> None:
    with pytest.raises(ProviderError, match="no number in 1999"):
        app.open("1999")


def test_the_phone_gets_its_code(app: App, polytrunk: Any) -> None:
    message = app.send_code(PHONE, "4711")
    text = {"matches": "^Your code is [0-9]{4}[.]"}
    polytrunk.sent_sms(to=PHONE, sender=app.number, text=text, count=1)
    assert app.states[message] == "delivered"


def test_asked_twice_it_is_sent_once(app: App, polytrunk: Any) -> None:
    assert app.send_code(PHONE, "4711") == app.send_code(PHONE, "4711")
    polytrunk.sent_sms(to=PHONE, count=1)


@pytest.mark.parametrize(
    ("end", "state"),
    [("9001", "delivery failure"), ("9003", "smsc reject")],
    ids=["undeliverable", "rejected"],
)
def test_the_carrier_cannot_deliver(app: App, polytrunk: Any, end: str, state: str) -> None:
    message = app.send_code(f"1212555{end}", "4711")
    polytrunk.run()
    assert app.states[message] == state


def test_a_busy_carrier_gets_it_later(app: App, polytrunk: Any) -> None:
    message = app.send_code("12125559021", "4711")  # refuses the first attempt
    polytrunk.sent_sms(to="12125559021", count=1, within=30)
    polytrunk.webhooks(body={"data.id": message, "data.attributes.level": 2}, within=30)
    assert app.states[message] == "delivered"


def test_stop_means_stop(app: App, polytrunk: Any) -> None:
    polytrunk.receive_sms(PHONE, app.number, "Stop ")
    with pytest.raises(OptedOut):
        app.send_code(PHONE, "4711")
    polytrunk.sent_sms(to=PHONE, count=0)


def test_other_answers_change_nothing(app: App, polytrunk: Any) -> None:
    polytrunk.receive_sms(PHONE, app.number, "Please do not stop")
    app.send_code(PHONE, "4711")
    polytrunk.sent_sms(to=PHONE, count=1)


@pytest.mark.polytrunk(clock="2026-05-01T12:00:00Z")
def test_a_callback_that_was_missed_comes_again(app: App, door: Door, polytrunk: Any) -> None:
    door.refusals.append("503 Service Unavailable")
    polytrunk.receive_sms(PHONE, app.number, "STOP")
    assert app.opted_out == set()
    polytrunk.clock.advance(60)
    assert app.opted_out == {PHONE}
    attempts = polytrunk.webhooks(url={"contains": "/texts"}, count=2)
    assert [attempt.status for attempt in attempts] == [503, 200]
