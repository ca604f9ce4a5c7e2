"""What the outside world does is seen in every dialect that can show it: one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulators.playing import ACCOUNT, NOW, Played

OURS, THEIRS = "+12065550103", "+12125550123"
PAGE = "page=1&count=25"


# what happens, and where it is looked for


def sms(made: Played) -> None:
    made.play("sms", **{"from": THEIRS, "to": OURS, "text": "hello there"})


def mms(made: Played) -> None:
    media = ["https://media.example.com/cat.png"]
    made.play("mms", **{"from": THEIRS, "to": OURS, "text": "a cat", "media": media})


def receipt(made: Played) -> None:
    """For a text to a number whose carrier sends none by itself."""
    body = {"from": OURS[1:], "to": "12125559006", "body": "out"}
    sent = made.flowroute("/v2.1/messages", body)
    assert sent.status_code == 202, sent.text
    made.advance(0)
    made.play("receipt", to="12125559006", state="UNDELIV", error="042")


def ringing(made: Played) -> None:
    made.play("call", **{"from": THEIRS, "to": OURS, "talks": 5})


def hung_up(made: Played) -> None:
    ringing(made)
    made.advance(120)


def carried_elsewhere(made: Played) -> None:
    given = {"from": THEIRS, "to": OURS, "rings": 3, "talks": 41.5, "sip_call_id": "cdr-1"}
    made.play("cdr", **given, price_nano=25_000_000, currency="USD")


def failed_elsewhere(made: Played) -> None:
    made.play("cdr", **{"direction": "outbound", "from": OURS, "to": THEIRS, "status": "busy"})


def ported_away(made: Played) -> None:
    made.play("port_out", number=OURS)


def alarmed(made: Played) -> None:
    made.play("alert", type="carrier_missing", message="no way out", account=ACCOUNT)


def alarmed_by_number(made: Played) -> None:
    made.play("alert", type="limit_calls", message="too many", number=OURS)


def recent_calls(made: Played) -> Any:
    rows = made.jambonz(f"/Accounts/{ACCOUNT}/RecentCalls?{PAGE}").json["data"]
    told = ((r["from"], r["to"], r["answered"], r["duration"], r["sip_status"]) for r in rows)
    return [one for one in told if one[1] in (OURS, THEIRS)]


def live_calls(made: Played) -> Any:
    rows = made.jambonz(f"/Accounts/{ACCOUNT}/Calls").json
    return [(r["from"], r["to"], r["direction"]) for r in rows if not r["parent_call_sid"]]


def alerts(made: Played) -> Any:
    rows = made.jambonz(f"/Accounts/{ACCOUNT}/Alerts?{PAGE}").json["data"]
    return [(row["alert_type"], row["message"]) for row in rows]


def jambonz_number(made: Played) -> Any:
    return [row["number"] for row in made.jambonz("/PhoneNumbers").json].count(OURS)


def sinch_calls(made: Played) -> Any:
    rows = made.sinch("/calls").json["calls"]
    told = ((r["from"], r["to"], r["callResult"], r["durationSeconds"]) for r in rows)
    return [one for one in told if one[1] in (OURS, THEIRS)]


def sinch_price(made: Played) -> Any:
    return [row["price"] for row in made.sinch("/calls").json["calls"]]


def sinch_number(made: Played) -> Any:
    return made.sinch(f"/phoneNumbers/%2B{OURS[1:]}").status_code


def messages(made: Played) -> Any:
    rows = made.flowroute("/v2.1/messages?start_date=2026-01-01").json["data"]
    told = [row["attributes"] for row in rows]
    return [(one["direction"], one["body"], one["is_mms"]) for one in told]


def statuses(made: Played) -> Any:
    rows = made.flowroute("/v2.1/messages?start_date=2026-01-01").json["data"]
    return [row["attributes"]["status"] for row in rows]


def flowroute_number(made: Played) -> Any:
    return made.flowroute(f"/v2/numbers/{OURS[1:]}").status_code


def for_sale(made: Played) -> Any:
    answer = made.flowroute(f"/v2/numbers/available?starts_with={OURS[1:]}")
    return len(answer.json["data"])


def channels(made: Played) -> Any:
    rows = made.callable("/channels/voice").json
    return [(row["callerId"], row["to"]) for row in rows if row["direction"] == "inbound"]


def ddis(made: Played) -> Any:
    return [row["name"] for row in made.callable("/ddi").json].count(OURS.lstrip("+"))


THERE, BACK = (THEIRS, OURS), (OURS, THEIRS)
TABLE: list[tuple[Callable[[Played], None], Callable[[Played], Any], Any]] = [
    (sms, messages, [("inbound", "hello there", False)]),
    (mms, messages, [("inbound", "a cat", True)]),
    (receipt, statuses, ["delivery failure"]),
    (ringing, live_calls, [(*THERE, "inbound")]),
    (ringing, channels, [THERE]),
    (ringing, sinch_calls, []),
    (ringing, recent_calls, []),
    (hung_up, recent_calls, [(*THERE, True, 5, 200)]),
    (hung_up, sinch_calls, [(*THERE, "COMPLETED", 5)]),
    (carried_elsewhere, recent_calls, [(*THERE, True, 42, 200)]),
    (carried_elsewhere, live_calls, [(*THERE, "inbound")]),
    (carried_elsewhere, channels, []),
    (carried_elsewhere, sinch_calls, [(*THERE, "COMPLETED", 44)]),
    (carried_elsewhere, sinch_price, [{"currencyCode": "USD", "amount": "0.0250"}]),
    (failed_elsewhere, recent_calls, [(*BACK, False, 0, 486)]),
    (failed_elsewhere, sinch_calls, [(*BACK, "BUSY", 0)]),
    (alarmed, alerts, [("no-carrier", "no way out")]),
    (alarmed_by_number, alerts, [("call-limit", "too many")]),
    (ported_away, jambonz_number, 0),
    (ported_away, sinch_number, 404),
    (ported_away, flowroute_number, 404),
    (ported_away, for_sale, 0),
    (ported_away, ddis, 0),
]


@pytest.mark.parametrize(
    ("happens", "seen", "as_what"),
    [pytest.param(*row, id=f"{row[0].__name__}-{row[1].__name__}") for row in TABLE],
)
def test_traffic_is_seen(
    made: Played, happens: Callable[[Played], None], seen: Callable[[Played], Any], as_what: Any
) -> None:
    before = seen(made)
    happens(made)
    assert seen(made) == as_what
    assert before != as_what or as_what in ([], 0)


def test_a_number_is_there_before_it_is_ported_away(made: Played) -> None:
    assert (jambonz_number(made), sinch_number(made), flowroute_number(made), ddis(made)) == (
        1,
        200,
        200,
        1,
    )


def test_what_the_rest_of_the_world_does_to_a_number_that_left(made: Played) -> None:
    ported_away(made)
    for what, more in (("call", {}), ("cdr", {})):
        answer = made.control("POST", f"/traffic/{what}", {"from": THEIRS, "to": OURS, **more})
        assert (answer.status_code, answer.json) == (404, {"error": "No account has this number."})
    assert made.control("POST", "/traffic/port_out", {"number": OURS}).status_code == 404


BAD = [
    ("cdr", {"from": THEIRS}, "to is missing: a text."),
    ("cdr", {"from": THEIRS, "to": THEIRS}, "No account has this number."),
    ("cdr", {"from": THEIRS, "to": OURS, "status": "ringing"}, "status must be one of:"),
    ("cdr", {"from": THEIRS, "to": OURS, "status": "busy", "talks": 3}, "Only a completed call"),
    ("cdr", {"from": THEIRS, "to": OURS, "started_at": "later"}, "started_at is no time:"),
    ("cdr", {"from": THEIRS, "to": OURS, "started_at": NOW, "talks": 1}, "The call would not be"),
    ("cdr", {"from": THEIRS, "to": OURS, "talks": -1}, "talks must be from 0 to"),
    ("cdr", {"from": THEIRS, "to": OURS, "status": "failed", "sip_status": 200}, "sip_status must"),
    ("cdr", {"from": THEIRS, "to": OURS, "tolks": 1}, "tolks is not known here."),
    ("alert", {"type": "bored", "message": "x", "account": ACCOUNT}, "type must be one of:"),
    ("alert", {"type": "link_down", "message": "x"}, "number is missing: a text."),
    ("alert", {"type": "link_down", "message": "x", "account": "me"}, "account is no UUID."),
    ("alert", {"type": "link_down", "message": "x", "account": ACCOUNT[:-1] + "2"}, "There is no"),
    ("port_out", {"number": "nobody"}, "number is no telephone number:"),
]


@pytest.mark.parametrize(("what", "given", "says"), BAD)
def test_what_cannot_be_played(made: Played, what: str, given: dict[str, Any], says: str) -> None:
    answer = made.control("POST", f"/traffic/{what}", given)
    assert answer.status_code in (400, 404)
    assert answer.json["error"].startswith(says) or says in str(answer.json["fields"])
