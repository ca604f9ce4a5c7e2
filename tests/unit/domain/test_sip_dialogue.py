"""Which messages a call takes, in which order, with which headers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.sip_dialogue import Inner, Place, Signalling, SipMessage, dialogue

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OURS, THEIRS = Place("192.0.2.1"), Place("198.51.100.7", 5080)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


CALL = Signalling(
    call_id="abc@example",
    from_uri="sip:+12065550101@192.0.2.1:5060",
    to_uri="sip:+12065550102@198.51.100.7:5080",
    caller=OURS,
    called=THEIRS,
    platform_calls=True,
    platform_ends=False,
    started_at=START,
    provisional=[(after(1), 180)],
    answered_at=after(5),
    ended_at=after(65),
)
FAILED = replace(CALL, answered_at=None, ended_at=after(5))


def flow(call: Signalling) -> list[str]:
    """`>` from us, `<` to us, with method or status and CSeq method."""
    return [
        f"{'>' if m.source == OURS else '<'}{m.method}/{m.cseq.split()[1]}" for m in dialogue(call)
    ]


def headers(message: SipMessage) -> dict[str, str]:
    head = message.raw.split(b"\r\n\r\n", 1)[0].decode()
    return dict(line.split(": ", 1) for line in head.split("\r\n")[1:])


OPENING = [">INVITE/INVITE", "<100/INVITE", "<180/INVITE"]
CASES: list[Any] = [
    pytest.param(
        CALL,
        [*OPENING, "<200/INVITE", ">ACK/ACK", "<BYE/BYE", ">200/BYE"],
        id="answered, the called side hangs up",
    ),
    pytest.param(
        replace(CALL, platform_ends=True),
        [*OPENING, "<200/INVITE", ">ACK/ACK", ">BYE/BYE", "<200/BYE"],
        id="answered, we hang up",
    ),
    pytest.param(
        replace(CALL, caller=THEIRS, called=OURS, platform_calls=False, platform_ends=True),
        [
            "<INVITE/INVITE",
            ">100/INVITE",
            ">180/INVITE",
            ">200/INVITE",
            "<ACK/ACK",
            ">BYE/BYE",
            "<200/BYE",
        ],
        id="inbound, we hang up",
    ),
    pytest.param(replace(FAILED, final=486), [*OPENING, "<486/INVITE", ">ACK/ACK"], id="busy"),
    pytest.param(FAILED, [*OPENING, "<480/INVITE", ">ACK/ACK"], id="no status told"),
    pytest.param(
        replace(FAILED, final=487),
        [*OPENING, ">CANCEL/CANCEL", "<200/CANCEL", "<487/INVITE", ">ACK/ACK"],
        id="cancelled",
    ),
    pytest.param(replace(FAILED, ended_at=None), OPENING, id="still ringing"),
    pytest.param(
        replace(CALL, ended_at=None), [*OPENING, "<200/INVITE", ">ACK/ACK"], id="still talking"
    ),
    pytest.param(
        replace(CALL, inner=[Inner(after(9), "INFO", "text/plain", "x")], ended_at=None),
        [*OPENING, "<200/INVITE", ">ACK/ACK", ">INFO/INFO", "<200/INFO"],
        id="a request within",
    ),
]


@pytest.mark.parametrize(("call", "wanted"), CASES)
def test_flow(call: Signalling, wanted: list[str]) -> None:
    assert flow(call) == wanted


@pytest.mark.parametrize("call", [case.values[0] for case in CASES])
def test_every_message_belongs_to_the_dialogue(call: Signalling) -> None:
    found = dialogue(call)
    times = [message.at for message in found]
    assert times == sorted(set(times))
    for message in found:
        head, _, body = message.raw.partition(b"\r\n\r\n")
        given = headers(message)
        assert given["Call-ID"] == "abc@example"
        assert given["CSeq"] == message.cseq
        assert int(given["Content-Length"]) == len(body)
        assert b"\n" not in head.replace(b"\r\n", b"")
        assert len(given["Via"].split("branch=z9hG4bK")[1]) == 12


def test_transactions_and_tags() -> None:
    invite, trying, ringing, ok, ack, bye, bye_ok = dialogue(CALL)
    branch = {id(m): headers(m)["Via"] for m in (invite, trying, ringing, ok, ack, bye, bye_ok)}
    assert branch[id(invite)] == branch[id(trying)] == branch[id(ringing)] == branch[id(ok)]
    assert branch[id(ack)] != branch[id(invite)]  # the ACK of a 2xx is a transaction of its own
    assert branch[id(bye)] == branch[id(bye_ok)]
    assert "tag=" not in headers(invite)["To"]
    assert "tag=" not in headers(trying)["To"]
    assert headers(ringing)["To"] == headers(ack)["To"] == headers(bye)["From"]
    assert headers(invite)["From"] == headers(bye)["To"]


def test_the_ack_and_the_cancel_of_a_failure_are_of_the_invites_transaction() -> None:
    found = dialogue(replace(FAILED, final=487))
    vias = {m.method: headers(m)["Via"] for m in found if not m.method.isdigit()}
    assert vias["ACK"] == vias["CANCEL"] == vias["INVITE"]


def test_headers_of_the_customer_stay_on_their_line() -> None:
    call = replace(CALL, headers={"X-Customer": "7\r\nX-Evil: 1"})
    invite = dialogue(call)[0]
    assert headers(invite)["X-Customer"] == "7  X-Evil: 1"
    assert "X-Evil" not in headers(invite)


def test_the_same_call_gives_the_same_messages() -> None:
    assert dialogue(CALL) == dialogue(CALL)
    assert dialogue(CALL) != dialogue(replace(CALL, call_id="other"))
