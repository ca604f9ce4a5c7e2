"""A link against a peer driven by hand: windows, order, timers, loss, refusals and the way back."""

from __future__ import annotations

import time
from typing import Any

import gevent
import pytest

from emulators.smsc import Account, Smsc
from gateway.transports.smpp.codec import Pdu, encode
from gateway.transports.smpp.commands import Command, Status
from gateway.transports.smpp.link import LinkState, Outcome, Submission
from tests.support import smpp
from tests.support.receivers import until


def test_one_message_there_and_one_back() -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port) as (link, owner):
        link.submit(smpp.message("m", registered_delivery=1))
        answer = owner.answered(1)[0]
        assert (answer.key, answer.part_key, answer.outcome) == ("m", "m", Outcome.ANSWERED)
        assert (answer.status, answer.attempts, answer.late) == (0, 1, False)
        receipt = owner.delivered(1)[0]
        assert receipt.kind == "deliver"
        assert receipt.fields["esm_class"] == 0x04
        assert f"id:{answer.message_id} ".encode() in receipt.fields["short_message"]
        assert receipt.link is link


def test_the_window_holds_back_and_answers_come_in_any_order() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, window=3, bound=False) as (link, owner):
        line = peer.bound()
        for key in range(5):
            link.submit(smpp.message(key))
        first = [line.expect(Command.SUBMIT_SM) for _ in range(3)]
        gevent.sleep(0.02)
        assert (link.in_flight, link.queued, link.room()) == (3, 2, 0)
        line.answer(first[2], message_id="c")
        line.answer(first[0], message_id="a")
        rest = [line.expect(Command.SUBMIT_SM) for _ in range(2)]
        for pdu, message_id in zip([first[1], *rest], "bde", strict=True):
            line.answer(pdu, message_id=message_id)
        answers = owner.answered(5)
        assert [(a.key, a.message_id) for a in answers] == [
            (2, "c"),
            (0, "a"),
            (1, "b"),
            (3, "d"),
            (4, "e"),
        ]
        assert (link.in_flight, link.queued, link.room()) == (0, 0, 3)


def test_parts_of_a_message_use_one_session_in_order() -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port, binds=3, window=2) as (link, owner):
        until(lambda: link.snapshot()["sessions"] == 3)
        for key in range(12):
            parts = [smpp.part((key, n), short_message=b"%d/%d" % (key, n)) for n in range(7)]
            link.submit(Submission(key, parts))
        owner.answered(84)
        taken = [(m.session, *map(int, m.text.split("/"))) for m in centre.messages()]
        assert len({session for session, _, _ in taken}) == 3
        for key in range(12):
            mine = [(session, n) for session, k, n in taken if k == key]
            assert [n for _, n in mine] == list(range(7))
            assert len({session for session, _ in mine}) == 1


def test_transmitter_and_receiver_pairs() -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port, bind="txrx", binds=2) as (link, owner):
        until(lambda: link.snapshot()["sessions"] == 4)
        roles = sorted(str(session.state) for session in centre.server.sessions)
        assert roles == ["bound_rx", "bound_rx", "bound_tx", "bound_tx"]
        link.submit(smpp.message(registered_delivery=1))
        assert owner.answered(1)[0].status == 0
        assert owner.delivered(1)[0].fields["source_addr"] == smpp.RECIPIENT
        assert link.room() == 20


def test_the_rate_counts_segments() -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port, rate=50.0, window=50) as (link, owner):
        began = time.monotonic()
        link.submit(Submission("m", [smpp.part(n) for n in range(11)]))
        owner.answered(11)
        assert time.monotonic() - began >= 10 / 50 - 0.01


def test_many_senders_at_once_lose_nothing() -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port, window=50) as (link, owner):

        def send(sender: int) -> None:
            for number in range(50):
                link.submit(smpp.message((sender, number), short_message=b"z" * 250))
                gevent.sleep(0)

        gevent.joinall([gevent.spawn(send, sender) for sender in range(8)], timeout=smpp.BOUND)
        answers = owner.answered(400)
        assert {answer.status for answer in answers} == {0}
        assert len({answer.message_id for answer in answers}) == 400


def test_sequence_numbers_still_open_are_skipped_after_a_wrap() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, window=5, bound=False) as (link, _):
        line = peer.bound()
        until(lambda: link.bound)
        link.submit(smpp.message("open"))
        held = line.expect(Command.SUBMIT_SM).sequence
        link._sessions[0].window._last = held - 1
        link.submit(smpp.message("next"))
        assert line.expect(Command.SUBMIT_SM).sequence == held + 1
        link._sessions[0].window._last = 0x7FFF_FFFF
        link.submit(smpp.message("wrapped"))
        assert line.expect(Command.SUBMIT_SM).sequence == 1


@pytest.mark.parametrize("destination", ["12065559022", "12065559032"], ids=["0x58", "0x14"])
def test_throttling_pauses_the_link_and_sends_again(destination: str) -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port) as (link, owner):
        link.submit(smpp.message("held", destination_addr=destination))
        answer = owner.answered(1)[0]
        assert (answer.status, answer.attempts, answer.put_back) == (0, 3, 2)
        assert len(owner.answers) == 1
        assert "pausing" in owner.reported(LinkState.THROTTLED)
        assert len(centre.messages()) == 1


def test_throttled_parts_keep_their_order() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, window=4, bound=False) as (link, owner):
        line = peer.bound()
        parts = [smpp.part(n, short_message=b"%d" % n) for n in range(6)]
        link.submit(Submission("m", parts))
        first = [line.expect(Command.SUBMIT_SM) for _ in range(4)]
        for pdu in reversed(first[1:]):
            line.answer(pdu, Status.THROTTLED)
        line.answer(first[0], message_id="0")
        again = []
        while len(again) < 5:
            pdu = line.expect(Command.SUBMIT_SM)
            again.append(pdu.payload)
            line.answer(pdu, message_id=pdu.payload.decode())
        assert again == [b"1", b"2", b"3", b"4", b"5"]
        assert [a.message_id for a in owner.answered(6)] == list("012345")


def test_throttling_ends_at_the_deadline() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, owner):
        line = peer.bound()
        link.submit(smpp.message("m", deadline=time.monotonic() + 0.08))
        while not owner.answers:
            with gevent.Timeout(0.3, False):
                line.answer(line.expect(Command.SUBMIT_SM), Status.THROTTLED)
        answer = owner.answers[0]
        assert (answer.outcome, answer.status) == (Outcome.ANSWERED, Status.THROTTLED)
        assert answer.attempts >= 1


def test_what_waits_past_its_deadline_is_handed_back_unsent() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, owner):
        peer.bound()
        link.submit(smpp.message("m", deadline=time.monotonic() - 1))
        assert owner.answered(1)[0].outcome is Outcome.UNSENT


def test_a_wrong_bind_state_binds_anew_and_sends_again() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, owner):
        line = peer.bound()
        link.submit(smpp.message("m"))
        line.answer(line.expect(Command.SUBMIT_SM), Status.INVALID_BIND_STATE)
        line.answer(line.expect(Command.UNBIND))
        again = peer.bound()
        again.answer(again.expect(Command.SUBMIT_SM), message_id="7")
        answer = owner.answered(1)[0]
        assert (answer.status, answer.message_id, answer.attempts) == (0, "7", 2)


def test_a_peer_that_never_takes_the_bind_state_gets_it_told() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False, rebind_limit=1) as (link, owner):
        for _ in range(2):
            line = peer.bound()
            if not link.queued and not owner.answers and not link.in_flight:
                link.submit(smpp.message("m"))
            line.answer(line.expect(Command.SUBMIT_SM), Status.INVALID_BIND_STATE)
        assert owner.answered(1)[0].status == Status.INVALID_BIND_STATE


def test_a_lost_connection_leaves_the_outcome_unknown() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, window=2, bound=False) as (link, owner):
        line = peer.bound()
        link.submit(Submission("m", [smpp.part(n) for n in range(4)]))
        line.expect(Command.SUBMIT_SM)
        line.expect(Command.SUBMIT_SM)
        line.close()
        answers = owner.answered(2)
        assert [(a.part_key, a.outcome) for a in answers] == [
            (0, Outcome.LOST),
            (1, Outcome.LOST),
        ]
        owner.reported(LinkState.DOWN)
        again = peer.bound()
        for number in (2, 3):
            again.answer(again.expect(Command.SUBMIT_SM), message_id=str(number))
        assert [a.message_id for a in owner.answered(4)[2:]] == ["2", "3"]


def test_an_overdue_answer_is_unknown_and_a_late_one_is_told() -> None:
    quick = {"response_seconds": 0.1, "bound": False, "window": 1}
    with smpp.Peer() as peer, smpp.linked(peer.port, **quick) as (link, owner):
        line = peer.bound()
        link.submit(smpp.message("slow"))
        slow = line.expect(Command.SUBMIT_SM)
        assert owner.answered(1)[0].outcome is Outcome.TIMEOUT
        link.submit(smpp.message("next"))
        line.answer(line.expect(Command.SUBMIT_SM), message_id="2")
        owner.answered(2)
        line.answer(slow, message_id="1")
        late = owner.answered(3)[2]
        assert (late.key, late.outcome, late.message_id) == ("slow", Outcome.ANSWERED, "1")
        assert late.late


def test_enquire_link_keeps_a_quiet_session() -> None:
    with (
        smpp.Peer() as peer,
        smpp.linked(peer.port, enquire_seconds=0.05, bound=False) as (link, _),
    ):
        line = peer.bound()
        for _ in range(3):
            line.answer(line.expect(Command.ENQUIRE_LINK))
        assert link.bound


def test_an_unanswered_enquire_link_ends_the_session() -> None:
    quick = {"enquire_seconds": 0.05, "enquire_answer_seconds": 0.05, "bound": False}
    with smpp.Peer() as peer, smpp.linked(peer.port, **quick) as (_, owner):
        line = peer.bound()
        line.expect(Command.ENQUIRE_LINK)
        assert owner.reported(LinkState.DOWN) == "enquire_link was not answered"
        peer.bound()


def test_a_nack_to_enquire_link_is_a_sign_of_life() -> None:
    quick = {"enquire_seconds": 0.05, "enquire_answer_seconds": 0.1, "bound": False}
    with smpp.Peer() as peer, smpp.linked(peer.port, **quick) as (link, _):
        line = peer.bound()
        for _ in range(3):
            enquiry = line.expect(Command.ENQUIRE_LINK)
            line.send(Command.GENERIC_NACK, Status.INVALID_COMMAND_ID, enquiry.sequence)
        assert link.bound


def test_a_silent_peer_is_asked_also_without_regular_enquiries() -> None:
    quick = {"inactivity_seconds": 0.05, "enquire_seconds": 0, "enquire_answer_seconds": 0.1}
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False, **quick) as (link, owner):
        line = peer.bound()
        line.answer(line.expect(Command.ENQUIRE_LINK))
        line.expect(Command.ENQUIRE_LINK)
        assert link.bound
        assert owner.reported(LinkState.DOWN) == "enquire_link was not answered"
        peer.bound()


def test_half_a_pdu_ends_the_session() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False, read_seconds=0.05) as (_, owner):
        line = peer.bound()
        line.raw(b"\0\0\0\x40half")
        assert owner.reported(LinkState.DOWN) == "a PDU did not come to its end"
        peer.bound()


def test_a_pdu_in_pieces_stays_in_step() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (_, owner):
        line = peer.bound()
        octets = encode(Pdu(Command.DELIVER_SM, sequence=4, fields={"short_message": b"slow"}))
        for at in range(0, len(octets), 5):
            line.raw(octets[at : at + 5])
            gevent.sleep(0.002)
        assert owner.delivered(1)[0].fields["short_message"] == b"slow"
        assert line.expect(Command.DELIVER_SM_RESP).sequence == 4


def test_a_bind_that_is_never_answered_is_given_up() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, init_seconds=0.05, bound=False) as (_, owner):
        peer.accept().expect(Command.BIND_TRANSCEIVER)
        assert "bind was not answered" in owner.reported(LinkState.DOWN)
        peer.accept().expect(Command.BIND_TRANSCEIVER)


@pytest.mark.parametrize("status", [0x0D, 0x0E, 0x0F])
def test_refused_credentials_raise_the_alarm(status: int) -> None:
    with smpp.smsc() as centre:
        centre.refuse_binds("demo", status, times=2)
        with smpp.linked(centre.port) as (link, owner):
            refusals = [detail for state, detail in owner.states if state is LinkState.REFUSED]
            assert len(refusals) == 2
            assert f"0x{status:08X}" in refusals[0]
            assert link.state is LinkState.BOUND


def test_already_bound_is_waited_for_without_alarm() -> None:
    with smpp.smsc() as centre:
        centre.refuse_binds("demo", Status.ALREADY_BOUND, times=1)
        with smpp.linked(centre.port) as (_, owner):
            states = [state for state, _ in owner.states]
            assert states == [LinkState.CONNECTING, LinkState.DOWN, LinkState.BOUND]


def test_a_peer_that_comes_later_is_found() -> None:
    with smpp.smsc() as centre:
        port = centre.port
    with smpp.linked(port, bound=False) as (link, owner):
        owner.reported(LinkState.DOWN)
        link.submit(smpp.message("early"))
        later = Smsc("127.0.0.1", port, smpp.runtime(), [Account("demo", "demo")])
        later.start()
        assert owner.answered(1)[0].status == 0
        later.stop()


def test_a_delivery_is_answered_when_its_owner_says_so() -> None:
    with smpp.smsc() as centre:
        owner = smpp.Owner(lambda delivery: None)
        with smpp.linked(centre.port, owner):
            parcel = centre.inject("demo", "+12065550123", "+12065550100", "hello")[0]
            delivery = owner.delivered(1)[0]
            assert parcel.outcome == "sent"
            assert delivery.ack()
            until(lambda: parcel.outcome == "acknowledged")
            assert not delivery.ack()


def test_a_refused_delivery_comes_again() -> None:
    statuses = [Status.TEMPORARY_APP_ERROR, 0]
    with smpp.smsc() as centre:
        centre.outbox._retry_seconds = 0.01
        owner = smpp.Owner(lambda delivery: delivery.ack(statuses.pop(0)))
        with smpp.linked(centre.port, owner):
            parcel = centre.inject("demo", "+12065550123", "+12065550100", "hello")[0]
            until(lambda: parcel.outcome == "acknowledged")
            assert len(owner.deliveries) == 2


def test_an_unacknowledged_delivery_comes_again_after_a_reconnect() -> None:
    with smpp.smsc() as centre:
        owner = smpp.Owner(lambda delivery: None)
        with smpp.linked(centre.port, owner) as (link, _):
            parcel = centre.inject("demo", "+12065550123", "+12065550100", "hello")[0]
            gone = owner.delivered(1)[0]
            centre.drop("demo")
            until(lambda: len(owner.deliveries) == 2)
            assert not gone.ack()
            assert owner.deliveries[1].ack()
            until(lambda: parcel.outcome == "acknowledged")
            assert link.bound


def test_too_many_deliveries_at_once_are_put_off() -> None:
    owner = smpp.Owner(lambda delivery: None)
    with smpp.Peer() as peer, smpp.linked(peer.port, owner, bound=False, deliver_limit=2):
        line = peer.bound()
        for sequence in (1, 2, 3):
            line.send(Command.DELIVER_SM, sequence=sequence)
        answer = line.expect(Command.DELIVER_SM_RESP)
        assert (answer.sequence, answer.status) == (3, Status.QUEUE_FULL)
        assert len(owner.deliveries) == 2


def test_data_sm_is_delivered_and_answered_as_data() -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port) as (_, owner):
        parcel = centre.inject(
            "demo", "+12065550123", "+12065550100", "hello", command=Command.DATA_SM
        )[0]
        delivery = owner.delivered(1)[0]
        assert (delivery.kind, delivery.tlvs[0x0424]) == ("data", [b"hello"])
        until(lambda: parcel.outcome == "acknowledged")


def test_stopping_waits_for_answers_and_unbinds() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, window=1, bound=False) as (link, owner):
        line = peer.bound()
        link.submit(smpp.message("sent"))
        link.submit(smpp.message("waiting"))
        pdu = line.expect(Command.SUBMIT_SM)
        stopping = gevent.spawn(link.stop, 5.0)
        assert owner.answered(1)[0].outcome is Outcome.UNSENT
        line.answer(pdu, message_id="1")
        line.answer(line.expect(Command.UNBIND))
        assert line.ended()
        stopping.join(smpp.BOUND)
        assert [(a.key, a.outcome) for a in owner.answers] == [
            ("waiting", Outcome.UNSENT),
            ("sent", Outcome.ANSWERED),
        ]
        assert link.state is LinkState.STOPPED
        with pytest.raises(RuntimeError):
            link.submit(smpp.message())


def test_stopping_does_not_wait_for_ever() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, owner):
        line = peer.bound()
        link.submit(smpp.message("open"))
        line.expect(Command.SUBMIT_SM)
        link.stop(0.05)
        assert owner.answers[0].outcome is Outcome.LOST
        link.start()
        peer.bound()
        until(lambda: link.bound)


def test_recall_hands_back_what_has_not_left() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, window=1, bound=False) as (link, owner):
        line = peer.bound()
        for key in range(4):
            link.submit(smpp.message(key))
        pdu = line.expect(Command.SUBMIT_SM)
        assert link.recall() == 3
        assert [(a.key, a.outcome) for a in owner.answers] == [
            (key, Outcome.UNSENT) for key in (1, 2, 3)
        ]
        line.answer(pdu, message_id="0")
        assert owner.answered(4)[3].key == 0
        assert link.queued == 0


def test_an_owner_that_raises_does_not_stop_the_link(caplog: pytest.LogCaptureFixture) -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port) as (link, owner):

        def fail(answer: Any) -> None:
            owner.answers.append(answer)
            raise RuntimeError("the owner is confused")

        link._on_answer = fail
        link.submit(smpp.message(1))
        link.submit(smpp.message(2))
        owner.answered(2)
        assert link.bound
    assert "the owner is confused" in caplog.text


def test_figures_for_operators() -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port) as (link, owner):
        link.submit(smpp.message(1))
        link.submit(smpp.message(2, destination_addr="12065558011"))
        owner.answered(2)
        shown = link.snapshot()
        assert shown["statuses"] == {"0x00000000": 1, "0x0000000B": 1}
        assert (shown["state"], shown["sessions"], shown["sent"]) == ("bound", 1, 2)
        assert shown["bound_seconds"] > 0
