"""Messages and calls behave as their scripts say: at once, after a time, at a tick; chosen by
number, text or tag; with the same outcome whichever dialect began them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulators.playing import ACCOUNT, Played

FROM = "12065550100"
HOOK = {"url": "http://127.0.0.1:9/call", "method": "POST"}


def text(made: Played, to: str, body: str = "hello") -> str:
    answer = made.flowroute("/v2.1/messages", {"from": FROM, "to": to, "body": body})
    assert answer.status_code == 202, answer.text
    made.advance(0)
    return str(answer.json["data"]["id"])


def sent_by_jambonz(made: Played, to: str) -> None:
    body = {"from": f"+{FROM}", "to": f"+{to}", "text": "hello"}
    assert made.jambonz(f"/Accounts/{ACCOUNT}/Messages", body).status_code == 201
    made.advance(0)


def statuses(made: Played) -> dict[str, str]:
    """State of the messages by whom they went to."""
    rows = made.flowroute("/v2.1/messages?start_date=2026-01-01&limit=100").json["data"]
    told = [row["attributes"] for row in rows]
    return {one["to"]: one["status"] for one in told}


def by_jambonz(made: Played, to: str, tag: Any = None) -> None:
    target = {"type": "phone", "number": to}
    body = {"from": f"+{FROM}", "to": target, "call_hook": HOOK, "call_status_hook": HOOK}
    answer = made.jambonz(f"/Accounts/{ACCOUNT}/Calls", body | ({"tag": tag} if tag else {}))
    assert answer.status_code == 201, answer.text


def by_callable(made: Played, to: str, tag: Any = None) -> None:
    body = {
        "callerId": FROM,
        "target": {"phoneNumber": {"number": to}},
        "verbs": [{"say": {"text": ["hello"]}}, {"hangup": {}}],
        **({"tag": {"data": tag}} if tag else {}),
    }
    answer = made.callable("/channels/voice", body)
    assert answer.status_code == 201, answer.text


def calls(made: Played) -> dict[str, str]:
    """State of the live calls by whom they go to."""
    rows = made.jambonz(f"/Accounts/{ACCOUNT}/Calls").json
    return {row["to"]: row["call_status"] for row in rows}


def tick(made: Played, **given: Any) -> int:
    answer = made.control("POST", "/tick", given)
    assert answer.status_code == 200, answer.text
    return int(answer.json["gone"])


# the magic numbers

MESSAGES = {
    "12125550123": "delivered",
    "12125559001": "delivery failure",
    "12125559002": "delivery failure",
    "12125559003": "smsc reject",
    "12125559006": "smsc submit",
    "12125559010": "message buffered",
    "12125559018": "delivered",
    "12125559021": "delivered",
    "12125558011": "smsc reject",
}


@pytest.mark.parametrize("send", [text, sent_by_jambonz])
def test_a_message_ends_alike_whoever_sent_it(
    made: Played, send: Callable[[Played, str], Any]
) -> None:
    for to in MESSAGES:
        send(made, to)
    made.advance(1)
    assert statuses(made) == MESSAGES


CALLS = {
    "8486": ("BUSY", 486),
    "8600": ("BUSY", 600),
    "8480": ("NO_ANSWER", 480),
    "8408": ("NO_ANSWER", 408),
    "8487": ("CANCEL", 487),
    "8404": ("FAILED", 404),
    "8503": ("FAILED", 503),
    "9010": ("CANCEL", 487),
    "9011": ("BUSY", 486),
}


def test_a_call_ends_alike_whoever_made_it(made: Played) -> None:
    for end in CALLS:
        by_jambonz(made, f"+1212555{end}")
        by_callable(made, f"+1213555{end}")
    made.advance(90)
    results = {
        row["to"]: row["callResult"] for row in made.sinch("/calls?pageSize=100").json["calls"]
    }
    rows = made.jambonz(f"/Accounts/{ACCOUNT}/RecentCalls?page=1&count=100").json["data"]
    statuses = {row["to"]: row["sip_status"] for row in rows}
    found = {to: (results[to], statuses[to]) for to in results}
    assert found == {
        f"+{area}555{end}": outcome for end, outcome in CALLS.items() for area in (1212, 1213)
    }


# when: at once, after a time, at a tick


def test_messages_at_once_and_after_a_time(made: Played) -> None:
    for end in ("9018", "9019"):
        text(made, f"1212555{end}")
    assert statuses(made) == {"12125559018": "delivered", "12125559019": "smsc submit"}
    made.advance(59)
    assert statuses(made)["12125559019"] == "smsc submit"
    made.advance(1)
    assert statuses(made)["12125559019"] == "delivered"


def test_messages_go_on_at_ticks(made: Played) -> None:
    text(made, "12125559020")
    text(made, "12135559020")
    made.advance(86_400)
    assert set(statuses(made).values()) == {"smsc submit"}
    assert tick(made, to="+12125559020") == 1
    assert tick(made, to="12125559020") == 1
    assert statuses(made) == {"12125559020": "delivered", "12135559020": "smsc submit"}
    assert tick(made, times=5) == 2
    assert statuses(made)["12135559020"] == "delivered"


def test_calls_go_on_at_ticks(made: Played) -> None:
    by_callable(made, "+12125559007")
    by_callable(made, "+12135559007")
    made.advance(1)
    assert calls(made) == {"+12125559007": "trying", "+12135559007": "trying"}
    for expected in ("ringing", "in-progress", "completed"):
        assert tick(made, to="+12125559007") == 1
        assert calls(made) == {"+12125559007": expected, "+12135559007": "trying"}
    assert tick(made) == 1
    made.advance(60)
    assert calls(made)["+12135559007"] == "no-answer"
    assert tick(made) == 0


def test_a_script_may_wait_for_several_ticks(made: Played) -> None:
    script = {"ticks": 3}
    call = {"ticks": 2, "steps": [{"status": "trying"}, {"status": "busy"}]}
    rules = {
        "rules": [{"pattern": "0123$", "script": script}],
        "calls": {"rules": [{"pattern": "0123$", "script": call}]},
    }
    assert made.control("PUT", "/scripts", rules).status_code == 200
    text(made, "12125550123")
    by_callable(made, "+12125550123")
    made.advance(0)
    assert [tick(made) for _ in range(4)] == [0, 1, 1, 0]
    assert statuses(made) == {"12125550123": "delivered"}
    assert calls(made) == {"+12125550123": "busy"}


# chosen by text and by tag


def test_messages_are_chosen_by_their_text(made: Played) -> None:
    rules = {"rules": [{"text": "[Bb]ounce", "script": "undeliverable", "limit": 1}]}
    shown = made.control("PUT", "/scripts", rules)
    assert shown.json["rules"][0]["text"] == "[Bb]ounce"
    for to, body in ((1, "hello"), (2, "please bounce"), (3, "Bounce again")):
        text(made, f"1212555010{to}", body)
    made.advance(1)
    assert statuses(made) == {
        "12125550101": "delivered",
        "12125550102": "delivery failure",
        "12125550103": "delivered",
    }


@pytest.mark.parametrize("call", [by_jambonz, by_callable])
def test_calls_are_chosen_by_their_tag(made: Played, call: Callable[..., None]) -> None:
    rules = {"calls": {"rules": [{"tag": '"mood":"sleepy"', "script": 480}]}}
    shown = made.control("PUT", "/scripts", rules)
    assert shown.json["calls"]["rules"][0]["tag"] == '"mood":"sleepy"'
    call(made, "+12125558486", {"mood": "sleepy"})
    call(made, "+12135558486", {"mood": "awake"})
    call(made, "+13125558486")
    made.advance(5)
    assert calls(made) == {
        "+12125558486": "no-answer",
        "+12135558486": "busy",
        "+13125558486": "busy",
    }


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ({"rules": [{"script": "expired"}]}, "rules[0].pattern"),
        ({"rules": [{"text": "(", "script": "expired"}]}, "rules[0].text"),
        ({"rules": [{"pattern": "(", "script": "expired"}]}, "rules[0].pattern"),
        ({"rules": [{"pattern": "1", "script": {"ticks": -1}}]}, "rules[0].script"),
        ({"calls": {"rules": [{"script": 486}]}}, "calls.rules[0].pattern"),
        ({"calls": {"rules": [{"tag": "(", "script": 486}]}}, "calls.rules[0].tag"),
        (
            {"calls": {"default": {"steps": [{"status": "trying"}], "ticks": 101}}},
            "calls.default",
        ),
    ],
)
def test_scripts_that_cannot_be_used(made: Played, rules: dict[str, Any], path: str) -> None:
    answer = made.control("PUT", "/scripts", rules)
    assert answer.status_code == 400
    assert list(answer.json["fields"]) == [path]


def test_reset_forgets_what_waits(made: Played) -> None:
    text(made, "12125559020")
    assert made.control("POST", "/reset", {"to": "seed"}).status_code == 204
    assert tick(made) == 0
