"""The emulated SMSC: scripts by destination and by rule, receipts, queries, inbound texts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from emulators.smsc import MAGIC, Account, Rule, Script, Smsc, script_from
from emulators.smsc.wording import parse_time
from gateway.domain import segments
from gateway.domain.retry import Schedule
from gateway.transports.smpp.codec import Pdu, tlv_int, tlv_text
from gateway.transports.smpp.commands import RESPONSE, Command, Status, Tlv
from gateway.transports.smpp.link import Answer, Outcome, SmppLink
from tests.support import smpp
from tests.support.receivers import until

MAGIC_PREFIX = "1206555"


def played(code: int, receipts: int, **fields: Any) -> tuple[Answer, list[Any], Smsc]:
    """Send one message to a magic destination: its answer and its receipts."""
    with smpp.smsc() as centre, smpp.linked(centre.port) as (link, owner):
        number = f"{MAGIC_PREFIX}9{code:03d}"
        link.submit(smpp.message("m", destination_addr=number, registered_delivery=1, **fields))
        answer = owner.answered(1)[0]
        owner.delivered(receipts)
        until(lambda: all(message.is_final or code == 10 for message in centre.messages()))
        assert len(owner.deliveries) == receipts
        return answer, owner.deliveries, centre


def text_of(receipt: Any) -> dict[str, str]:
    found = receipt.fields["short_message"].decode()
    return dict(re.findall(r"(id|stat|err):(\S+)", found))


@pytest.mark.parametrize(
    ("code", "state", "number"),
    [
        (0, "DELIVRD", 2),
        (1, "UNDELIV", 5),
        (2, "EXPIRED", 3),
        (3, "REJECTD", 8),
        (4, "DELETED", 4),
        (5, "UNKNOWN", 7),
        (10, "ACCEPTD", 6),
    ],
)
def test_a_message_ends_as_its_destination_says(code: int, state: str, number: int) -> None:
    answer, receipts, centre = played(code, 1)
    assert answer.status == 0
    assert text_of(receipts[0])["stat"] == state
    assert tlv_int(receipts[0].tlvs, Tlv.MESSAGE_STATE) == number
    assert tlv_text(receipts[0].tlvs, Tlv.RECEIPTED_MESSAGE_ID) == answer.message_id
    assert text_of(receipts[0])["id"] == answer.message_id
    assert centre.messages()[0].state == state


def test_no_receipt() -> None:
    answer, _, centre = played(6, 0)
    assert answer.status == 0
    assert centre.messages()[0].state == "DELIVRD"


def test_on_the_way_first() -> None:
    _, receipts, _ = played(7, 2)
    assert [text_of(receipt)["stat"] for receipt in receipts] == ["ENROUTE", "DELIVRD"]


@pytest.mark.parametrize("bind", ["trx", "txrx"])
def test_a_receipt_before_the_answer(bind: str) -> None:
    order: list[str] = []
    with smpp.smsc() as centre:
        link = SmppLink(
            smpp.spec(centre.port, bind=bind),
            on_answer=lambda answer: order.append("answer"),
            on_deliver=lambda delivery: (order.append("receipt"), delivery.ack())[0],
        )
        link.start()
        until(lambda: len([s for s in centre.server.sessions if s.bound]) == len(bind) // 2)
        until(lambda: link.bound)
        number = f"{MAGIC_PREFIX}9008"
        link.submit(smpp.message(destination_addr=number, registered_delivery=1))
        until(lambda: len(order) == 2)
        link.stop(0.1)
    assert order == ["receipt", "answer"]


def test_the_same_receipt_twice() -> None:
    _, receipts, _ = played(9, 2)
    assert receipts[0].fields == receipts[1].fields


@pytest.mark.parametrize(
    ("code", "answer_form", "receipt_form"),
    [(11, "{:x}", "{:d}"), (12, "{:d}", "{:x}"), (13, "{:d}", "{:010d}"), (14, "{:x}", "{:X}")],
    ids=["hex answer", "hex receipt", "zero-padded", "upper case"],
)
def test_ids_in_other_forms(code: int, answer_form: str, receipt_form: str) -> None:
    answer, receipts, centre = played(code, 1)
    number = centre.messages()[0].number
    assert answer.message_id == answer_form.format(number)
    assert text_of(receipts[0])["id"] == receipt_form.format(number)
    assert answer.message_id != text_of(receipts[0])["id"]


def test_receipts_of_other_shapes() -> None:
    _, receipts, _ = played(15, 1)
    assert receipts[0].fields["short_message"] == b""
    assert Tlv.RECEIPTED_MESSAGE_ID in receipts[0].tlvs
    _, receipts, _ = played(16, 1)
    assert receipts[0].tlvs == {}
    _, receipts, _ = played(17, 1)
    assert (receipts[0].fields["esm_class"], receipts[0].tlvs) == (0, {})


@pytest.mark.parametrize("code", [50, 51], ids=["before the answer", "after the answer"])
def test_a_dropped_connection(code: int) -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port) as (link, owner):
        number = f"{MAGIC_PREFIX}9{code:03d}"
        link.submit(smpp.message("m", destination_addr=number))
        answer = owner.answered(1)[0]
        assert answer.outcome is (Outcome.LOST if code == 50 else Outcome.ANSWERED)
        assert len(centre.messages()) == 1
        until(lambda: len(owner.states) >= 3 and link.bound)
        link.submit(smpp.message("again", destination_addr=number))
        assert owner.answered(2)[1].status == 0


def test_no_answer_at_all() -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port, response_seconds=0.05) as (link, owner):
        link.submit(smpp.message(destination_addr=f"{MAGIC_PREFIX}9052"))
        assert owner.answered(1)[0].outcome is Outcome.TIMEOUT


@pytest.mark.parametrize("code", [11, 69, 88, 100, 255])
def test_a_status_of_choice(code: int) -> None:
    never = Schedule((60.0,), endless=True)
    with (
        smpp.smsc() as centre,
        smpp.linked(centre.port, throttle=never, throttle_statuses=frozenset()) as (link, owner),
    ):
        link.submit(smpp.message(destination_addr=f"{MAGIC_PREFIX}8{code:03d}"))
        assert owner.answered(1)[0].status == code
        assert centre.messages() == []


def test_rules_come_first_and_are_limited() -> None:
    rule = Rule(pattern="77$", script=Script(name="busy", status=0x64), limit=2)
    with smpp.smsc() as centre, smpp.linked(centre.port) as (link, owner):
        centre.set_rules([rule])
        for key in range(3):
            link.submit(smpp.message(key))
        assert [a.status for a in owner.answered(3)] == [0x64, 0x64, 0]
        centre.reset()
        assert centre.messages() == []
        link.submit(smpp.message(3))
        assert owner.answered(4)[3].status == 0


def test_scripts_from_json_say_what_is_wrong() -> None:
    given = {"name": "mine", "states": ["ENROUTE", "UNDELIV"], "copies": 2, "error": "042"}
    assert script_from(given).states == ("ENROUTE", "UNDELIV")
    for wrong in (
        {"colour": "red"},
        {"states": ["LOST"]},
        {"drop": "often"},
        {"copies": 0},
        {"answer_form": "roman"},
        {"answer_seconds": "soon"},
    ):
        with pytest.raises(ValueError):
            script_from(wrong)


def test_the_table_of_destinations_is_told_in_words() -> None:
    assert all(script.summary for script in MAGIC.values())
    assert len({script.name for script in MAGIC.values()}) == len(MAGIC)
    assert {script.status for script in MAGIC.values()} == {0, 0x14, 0x58}


@pytest.mark.parametrize(
    ("asked", "code", "wanted"),
    [(0, 0, 0), (1, 0, 1), (1, 1, 1), (2, 0, 0), (2, 1, 1), (3, 0, 1), (3, 1, 0)],
)
def test_receipts_are_sent_as_asked(asked: int, code: int, wanted: int) -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port) as (link, owner):
        number = f"{MAGIC_PREFIX}9{code:03d}"
        link.submit(smpp.message(destination_addr=number, registered_delivery=asked))
        owner.answered(1)
        until(lambda: centre.messages()[0].is_final)
        assert centre.messages()[0].receipts == wanted
        owner.delivered(wanted)


def test_receipts_wait_for_a_receiver() -> None:
    with smpp.smsc() as centre, smpp.dialled(centre.port) as line:
        smpp.bind_line(line, Command.BIND_TRANSMITTER)
        line.send(Command.SUBMIT_SM, sequence=2, fields=submit(registered_delivery=1))
        answer = line.expect(Command.SUBMIT_SM_RESP)
        until(lambda: centre.outbox.waiting("demo") == 1)
        with smpp.linked(centre.port) as (_, owner):
            assert text_of(owner.delivered(1)[0])["id"] == answer.fields["message_id"]
        assert centre.outbox.waiting("demo") == 0


def test_a_receipt_goes_to_the_session_that_submitted() -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port, binds=2) as (link, owner):
        until(lambda: link.snapshot()["sessions"] == 2)
        with smpp.dialled(centre.port) as line:
            smpp.bind_line(line)
            line.send(Command.SUBMIT_SM, sequence=2, fields=submit(registered_delivery=1))
            line.expect(Command.SUBMIT_SM_RESP)
            receipt = line.expect(Command.DELIVER_SM)
            assert receipt.fields["esm_class"] == 4
        until(lambda: owner.deliveries)
        assert text_of(owner.deliveries[0])["stat"] == "DELIVRD"


def test_a_lodger_shares_the_port_and_nothing_else() -> None:
    guest = {"system_id": "guest", "password": "guest"}
    other = Smsc("", 0, smpp.runtime(), [Account("guest", "guest")])
    other.set_rules([Rule(pattern=".", script=Script(name="no", status=0x0B))])
    with smpp.smsc() as centre:
        centre.lodge("guest", other)
        with pytest.raises(ValueError, match="taken"):
            centre.lodge("demo", other)
        with pytest.raises(ValueError, match="another universe"):
            centre.add_account(Account("guest", "guest"))
        with (
            smpp.linked(centre.port) as (ours, us),
            smpp.linked(centre.port, **guest) as (theirs, them),
        ):
            theirs.submit(smpp.message())
            ours.submit(smpp.message(registered_delivery=1))
            assert them.answered(1)[0].status == 0x0B
            assert us.answered(1)[0].status == 0
            us.delivered(1)
            other.inject("guest", smpp.SENDER, smpp.RECIPIENT, "for the guest")
            assert them.delivered(1)
            assert (len(centre.messages()), len(other.messages())) == (1, 0)
            assert [s.system_id for s in centre.sessions] == ["demo"]
            assert [s.system_id for s in other.sessions] == ["guest"]
            centre.evict(other)
            until(lambda: not theirs.bound)
            assert ours.bound
    assert other.sessions == []


# -- submissions that are not in order


def submit(**fields: Any) -> dict[str, Any]:
    values = {"source_addr": smpp.SENDER, "destination_addr": smpp.RECIPIENT}
    return {**values, "short_message": b"hello", **fields}


BAD = {
    "source ton": (submit(source_addr_ton=9), {}, 0x48),
    "source npi": (submit(source_addr_npi=7), {}, 0x49),
    "source": (submit(source_addr="12ab"), {}, 0x0A),
    "long name": (submit(source_addr_ton=5, source_addr="TwelveLetter"), {}, 0x0A),
    "destination": (submit(destination_addr=""), {}, 0x0B),
    "destination ton": (submit(dest_addr_ton=7), {}, 0x50),
    "destination npi": (submit(dest_addr_npi=2), {}, 0x51),
    "priority": (submit(priority_flag=4), {}, 0x06),
    "registered delivery": (submit(registered_delivery=0x20), {}, 0x07),
    "replace flag": (submit(replace_if_present_flag=2), {}, 0x54),
    "esm class": (submit(esm_class=0x04), {}, 0x43),
    "udh beyond the text": (submit(esm_class=0x40, short_message=b"\x20abc"), {}, 0x43),
    "schedule": (submit(schedule_delivery_time="tomorrow"), {}, 0x61),
    "validity": (submit(validity_period="261399000000000+"), {}, 0x62),
    "text twice": (submit(), {Tlv.MESSAGE_PAYLOAD: [b"more"]}, 0x01),
    "parameter size": (submit(), {Tlv.SAR_MSG_REF_NUM: [b"\x01"]}, 0xC2),
    "sar alone": (submit(), {Tlv.SAR_MSG_REF_NUM: [b"\0\x01"]}, 0xC3),
    "sar out of range": (
        submit(),
        {
            Tlv.SAR_MSG_REF_NUM: [b"\0\x01"],
            Tlv.SAR_TOTAL_SEGMENTS: [b"\x02"],
            Tlv.SAR_SEGMENT_SEQNUM: [b"\x03"],
        },
        0xC4,
    ),
}


@pytest.mark.parametrize(("fields", "tlvs", "status"), BAD.values(), ids=BAD)
def test_what_is_not_in_order_is_refused(
    fields: dict[str, Any], tlvs: dict[int, list[bytes]], status: int
) -> None:
    with smpp.smsc() as centre, smpp.dialled(centre.port) as line:
        smpp.bind_line(line)
        line.send(Command.SUBMIT_SM, sequence=2, fields=fields, tlvs=tlvs)
        assert line.expect(Command.SUBMIT_SM_RESP).status == status
        assert centre.messages() == []


def test_times_of_the_standard() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert parse_time("", now) is None
    assert parse_time("260102030405004+", now) == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert parse_time("260102030405004-", now) == datetime(2026, 1, 2, 4, 4, 5, tzinfo=UTC)
    assert parse_time("000001000000000R", now) == datetime(2026, 1, 3, 3, 4, 5, tzinfo=UTC)


# -- the other commands


@pytest.fixture
def bound_line() -> Any:
    with smpp.smsc(receipt_seconds=30.0) as centre, smpp.dialled(centre.port) as line:
        smpp.bind_line(line)
        yield centre, line


def ask(line: smpp.Line, command: int, **fields: Any) -> Pdu:
    line.send(command, sequence=50, fields=fields)
    return line.expect(Command(command | RESPONSE))


def test_query_cancel_and_replace(bound_line: tuple[Smsc, smpp.Line]) -> None:
    centre, line = bound_line
    own = {"message_id": ask(line, Command.SUBMIT_SM, **submit()).fields["message_id"]}
    own["source_addr"] = smpp.SENDER
    found = ask(line, Command.QUERY_SM, **own).fields
    assert (found["message_state"], found["final_date"]) == (1, "")
    assert ask(line, Command.REPLACE_SM, **own, short_message=b"changed").status == 0
    assert centre.texts()[0].text == "changed"
    assert ask(line, Command.CANCEL_SM, **own).status == 0
    found = ask(line, Command.QUERY_SM, **own).fields
    assert found["message_state"] == 4
    assert re.fullmatch(r"\d{12}000\+", found["final_date"])
    assert ask(line, Command.CANCEL_SM, **own).status == Status.CANCEL_FAILED
    assert ask(line, Command.REPLACE_SM, **own).status == Status.REPLACE_FAILED
    wrong = {**own, "source_addr": "12065550199"}
    for command in (Command.QUERY_SM, Command.CANCEL_SM, Command.REPLACE_SM):
        assert ask(line, command, **wrong).status == Status.INVALID_MESSAGE_ID


def test_cancelling_all_to_a_destination(bound_line: tuple[Smsc, smpp.Line]) -> None:
    centre, line = bound_line
    for number in (smpp.RECIPIENT, smpp.RECIPIENT, "12065550188"):
        ask(line, Command.SUBMIT_SM, **submit(destination_addr=number))
    where = {"source_addr": smpp.SENDER, "destination_addr": smpp.RECIPIENT}
    assert ask(line, Command.CANCEL_SM, **where).status == 0
    assert [m.state for m in centre.messages()] == ["DELETED", "DELETED", "ENROUTE"]
    assert ask(line, Command.CANCEL_SM, **where).status == Status.CANCEL_FAILED


def test_replace_if_present(bound_line: tuple[Smsc, smpp.Line]) -> None:
    centre, line = bound_line
    first = ask(line, Command.SUBMIT_SM, **submit()).fields["message_id"]
    again = submit(short_message=b"newer", replace_if_present_flag=1)
    assert ask(line, Command.SUBMIT_SM, **again).fields["message_id"] == first
    assert [text.text for text in centre.texts()] == ["newer"]


def test_many_destinations_at_once() -> None:
    with smpp.smsc() as centre, smpp.dialled(centre.port) as line:
        smpp.bind_line(line)
        numbers = ["12065550171", "12065558011", "12065550172", "bad"]
        entries = [*((1, 1, number) for number in numbers), ("friends",)]
        fields = {k: v for k, v in submit().items() if k != "destination_addr"}
        many = {**fields, "registered_delivery": 1, "dest_addresses": entries}
        answer = ask(line, Command.SUBMIT_MULTI, **many)
        assert answer.fields["unsuccess_sme"] == [
            (1, 1, "12065558011", 0x0B),
            (1, 1, "bad", Status.INVALID_DESTINATION),
            (0, 0, "friends", Status.INVALID_LIST_NAME),
        ]
        receipts = [line.expect(Command.DELIVER_SM) for _ in range(2)]
        assert {receipt.fields["source_addr"] for receipt in receipts} == {numbers[0], numbers[2]}
        assert {text_of(receipt)["id"] for receipt in receipts} == {answer.fields["message_id"]}


def test_data_sm_carries_a_message() -> None:
    with smpp.smsc() as centre, smpp.dialled(centre.port) as line:
        smpp.bind_line(line)
        fields = {k: v for k, v in submit().items() if k != "short_message"}
        tlvs = {Tlv.MESSAGE_PAYLOAD: [b"by data"]}
        line.send(Command.DATA_SM, sequence=2, fields=fields, tlvs=tlvs)
        assert line.expect(Command.DATA_SM_RESP).status == 0
        assert centre.texts()[0].text == "by data"


def test_validity_and_schedule() -> None:
    timers: list[tuple[float, Any]] = []
    later = lambda seconds, call: timers.append((seconds, call))  # noqa: E731
    with smpp.smsc(later=later) as centre, smpp.dialled(centre.port) as line:
        smpp.bind_line(line)
        late = submit(schedule_delivery_time="000000010000000R", validity_period="000000000000000R")
        ask(line, Command.SUBMIT_SM, **late)
        seconds, call = timers[0]
        assert seconds == pytest.approx(3600, abs=2)
        call()
        assert centre.messages()[0].state == "EXPIRED"


# -- inbound texts


@pytest.mark.parametrize("method", list(segments.Method))
@pytest.mark.parametrize(
    ("order", "missing"), [(None, ()), ([3, 1, 2, 1], ()), (None, (2,))], ids=str
)
def test_inbound_texts_in_parts(method: str, order: list[int] | None, missing: Any) -> None:
    text = "a long way to go, " * 20
    how: dict[str, Any] = {"method": method, "order": order, "missing": missing}
    if method == "payload":
        how = {"method": method}
    with smpp.smsc() as centre, smpp.linked(centre.port) as (_, owner):
        parcels = centre.inject("demo", "+12065550123", "+12065550100", text, **how)
        got = owner.delivered(len(parcels))
        until(lambda: all(parcel.outcome == "acknowledged" for parcel in parcels))
    numbers = []
    for delivery in got:
        assert delivery.fields["source_addr"] == "12065550123"
        first = {tag: values[0] for tag, values in delivery.tlvs.items()}
        if method in ("udh8", "udh16"):
            concat, _ = segments.parse_udh(delivery.fields["short_message"])
        else:
            concat = segments.parse_sar(first)
        numbers.append(concat.index if concat else None)
    if method == "payload":
        assert got[0].tlvs[Tlv.MESSAGE_PAYLOAD] == [text.encode()]
    else:
        assert numbers == (order or [n for n in (1, 2, 3) if n not in missing])


def test_an_inbound_text_that_cannot_be_made() -> None:
    with smpp.smsc() as centre:
        with pytest.raises(ValueError, match="part numbers"):
            centre.inject("demo", "1206", "1207", "short", order=[2])
        with pytest.raises(KeyError):
            centre.inject("nobody", "1206", "1207", "short")
        assert centre.outbox.waiting("demo") == 0


def test_a_receipt_on_demand() -> None:
    with smpp.smsc(receipt_seconds=30.0) as centre, smpp.linked(centre.port) as (link, owner):
        link.submit(smpp.message())
        message_id = owner.answered(1)[0].message_id
        assert message_id is not None
        centre.send_receipt("demo", message_id, "UNDELIV", error="034")
        receipt = owner.delivered(1)[0]
        assert text_of(receipt) == {"id": message_id, "stat": "UNDELIV", "err": "034"}
        assert receipt.tlvs[Tlv.NETWORK_ERROR_CODE] == [b"\x03\x00\x22"]
        with pytest.raises(KeyError):
            centre.send_receipt("demo", "nope", "DELIVRD")
        with pytest.raises(ValueError, match="DELIVRD"):
            centre.send_receipt("demo", message_id, "GONE")


def test_the_journal_sees_every_pdu_and_no_password() -> None:
    entries: list[dict[str, Any]] = []
    with smpp.smsc(journal=entries.append) as centre, smpp.linked(centre.port) as (link, owner):
        link.submit(smpp.message(registered_delivery=1))
        owner.delivered(1)
        until(lambda: entries[-1]["pdu"] == "deliver_sm_resp")
    seen = [(entry["direction"], entry["pdu"]) for entry in entries][:6]
    assert seen == [
        ("in", "bind_transceiver"),
        ("out", "bind_transceiver_resp"),
        ("in", "submit_sm"),
        ("out", "submit_sm_resp"),
        ("out", "deliver_sm"),
        ("in", "deliver_sm_resp"),
    ]
    assert entries[2]["text"] == "hello"
    assert entries[4]["receipt"]
    assert "password" not in entries[0]["fields"]
