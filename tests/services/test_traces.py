"""What a call's row and events say about its signalling, in whatever form they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.domain.calls import CallStatus
from gateway.domain.sip_dialogue import Place, dialogue
from gateway.services import sealing, traces
from gateway.services.traces import OURS, THEIRS, place, signalling

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def call(**more: Any) -> Any:
    values = {
        "sip_call_id": "id",
        "direction": "outbound",
        "status": CallStatus.COMPLETED,
        "sip_status": 200,
        "from_number": "+12065550101",
        "to_number": "+12065550102",
        "started_at": NOW,
        "ringing_at": NOW + timedelta(seconds=1),
        "answered_at": NOW + timedelta(seconds=2),
        "ended_at": NOW + timedelta(seconds=9),
        "ended_by": None,
        "host": None,
        "remote_host": None,
        "origin_address": None,
        "target": {},
        "extras": {},
    }
    return SimpleNamespace(**{**values, **more})


def event(kind: str, **data: Any) -> Any:
    return SimpleNamespace(type=kind, at=NOW, data=data)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (None, Place("x")),
        ("", Place("x")),
        ("two words", Place("x")),
        ("sip.example", Place("sip.example")),
        ("198.51.100.7:5080", Place("198.51.100.7", 5080)),
        ("198.51.100.7:0", Place("198.51.100.7")),
        ("198.51.100.7:99999", Place("198.51.100.7")),
        ("2001:db8::1", Place("2001:db8::1")),
        ("[2001:db8::1]:5080", Place("2001:db8::1", 5080)),
    ],
)
def test_places(text: str | None, wanted: Place) -> None:
    assert place(text, "x") == wanted


@pytest.mark.parametrize(
    ("values", "peer"),
    [
        ({}, THEIRS),
        ({"remote_host": "198.51.100.7"}, "198.51.100.7"),
        ({"origin_address": "198.51.100.8:5060"}, "198.51.100.8"),
        ({"target": {"value": "sip:joe@pbx.example;transport=tcp"}}, "pbx.example"),
        ({"target": {"value": "+12065550102"}}, THEIRS),
    ],
)
def test_the_peer(values: dict[str, Any], peer: str) -> None:
    assert signalling(call(**values), []).called.host == peer
    inbound = signalling(call(direction="inbound", **values), [])
    assert (inbound.caller.host, inbound.called.host) == (peer, OURS)


@pytest.mark.parametrize(
    ("number", "uri"),
    [
        ("+12065550102", f"sip:+12065550102@{THEIRS}:5060"),
        ("sip:joe@pbx.example", "sip:joe@pbx.example"),
        ("joe@pbx.example", "sip:joe@pbx.example"),
        ("Jöe ", f"sip:J%C3%B6e%20@{THEIRS}:5060"),
        (None, f"sip:unknown@{THEIRS}:5060"),
    ],
)
def test_uris(number: str | None, uri: str) -> None:
    assert signalling(call(to_number=number), []).to_uri == uri


def test_answers_on_the_way_come_from_events_else_from_the_row() -> None:
    ringing = NOW + timedelta(seconds=1)
    assert signalling(call(), []).provisional == [(ringing, 180)]
    told = [event("status", sip_status=s) for s in (100, 183, 200)] + [event("say", text="x")]
    assert signalling(call(), told).provisional == [(NOW, 183)]
    assert signalling(call(ringing_at=None), []).provisional == []


@pytest.mark.parametrize(
    ("status", "sip_status", "final"),
    [
        (CallStatus.COMPLETED, 200, None),
        (CallStatus.BUSY, 600, 600),
        (CallStatus.CANCELLED, 200, 487),
        (CallStatus.FAILED, 100, None),
        (CallStatus.IN_PROGRESS, 486, None),
    ],
)
def test_the_last_answer(status: CallStatus, sip_status: int, final: int | None) -> None:
    assert signalling(call(status=status, sip_status=sip_status), []).final == final


def test_headers_of_any_dialect_are_sent() -> None:
    extras = {"one": {"zone": "x"}, "two": {"headers": {"X-One": "1"}}}
    assert signalling(call(extras=extras), []).headers == {"X-One": "1"}
    assert signalling(call(extras=None), []).headers == {}


def test_a_trace_as_a_capture() -> None:
    messages = dialogue(signalling(call(), []))
    octets = traces.capture(traces.Trace("id", messages))
    assert all(message.raw in octets for message in messages)


@pytest.mark.usefixtures("store")
def test_secrets_in_documents_are_sealed_and_open_again() -> None:
    hook = {"url": "https://app.example", "password": "s3cret"}
    sealed = sealing.sealed_hooks({"call": hook, "status": None})
    assert list(sealed) == ["call"]
    assert "s3cret" not in str(sealed)
    assert sealing.opened(sealed["call"]) == hook
    assert sealing.sealed_target({"kind": "sip", "value": "x"}) == {"kind": "sip", "value": "x"}
    assert sealing.opened({"url": "x"}) == {"url": "x"}
