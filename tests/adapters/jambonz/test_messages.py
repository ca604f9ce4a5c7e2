"""Sending messages: what is accepted, by which carrier, and what the caller hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import gevent
import pytest

from emulators.smsc import Smsc
from emulators.smsc.scripts import Rule, Script
from gateway.http import waiting
from gateway.models import Lease, Message, MessagePart, Number, SmppLink, Trunk
from gateway.models.database import write
from gateway.services import handover, leases
from gateway.settings import Settings
from gateway.universe import Universe
from gateway.workers.main import Worker
from tests.adapters.jambonz import world
from tests.adapters.jambonz.message_cases import sms
from tests.adapters.jambonz.message_rows import (
    LINKLESS,
    MAIN,
    MAIN_LINK,
    MAIN_TRUNK,
    OWN,
    PEER,
    SECOND,
    SECOND_LINK,
)
from tests.support import smpp
from tests.support.contract import ContractClient
from tests.support.receivers import until

PATH = f"/v1/Accounts/{world.ALPHA}/Messages"
Connect = Callable[..., ContractClient]


def post(client: ContractClient, status: int = 201, **changes: Any) -> Any:
    answer = client.post(PATH, json=sms(**changes))
    assert answer.status_code == status, answer.text
    return answer.json


def stored(answer: Any) -> Any:
    return Message.get(Message.uid == UUID(answer["sid"]))


def part(answer: Any) -> Any:
    return MessagePart.get(MessagePart.message_uid == UUID(answer["sid"]))


@contextmanager
def working(universe: Universe, smsc: Smsc, dialects: Any = ()) -> Iterator[Worker]:
    """A worker with the first carrier of the account at the SMSC."""
    Trunk.update(smpp_system_id="demo", smpp_password="demo").execute()
    SmppLink.update(enabled=False).where(SmppLink.uid != MAIN_LINK).execute()
    SmppLink.update(host="127.0.0.1", port=smsc.port).where(SmppLink.uid == MAIN_LINK).execute()
    worker = Worker(universe, dialects=None if dialects is None else dict(dialects))
    worker.start()
    try:
        until(lambda: any(owner.link.bound for owner in worker.pipeline.owners.values()))
        yield worker
    finally:
        worker.stop()


@pytest.fixture
def wait() -> float:
    return 10.0


@pytest.fixture
def settings(settings: Settings, wait: float) -> Settings:
    return settings.but(message_wait=wait, shutdown_grace=2.0, pool_size=4)


@pytest.fixture
def smsc() -> Iterator[Smsc]:
    with smpp.smsc() as centre:
        yield centre


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"from_": OWN, "to": PEER},
        {"from_": int(OWN[1:]), "to": int(PEER[1:])},
        {"from_": f" {OWN} ", "to": "+1 (415) 555-4999"},
        {"access_token": world.SECRETS["alpha"]},
    ],
    ids=["bare", "plus", "numbers", "written by people", "token in the body"],
)
def test_forms_of_one_message(client: ContractClient, changes: dict[str, Any]) -> None:
    answer = post(client, **changes)
    assert answer["providerResponse"] == "queued"
    row = stored(answer)
    assert (row.from_number, row.to_number, row.text) == (OWN, PEER, "hello")
    assert (row.account_uid, row.status) == (UUID(world.ALPHA), "queued")
    assert (row.callback_url, row.trunk_uid) == (None, UUID(MAIN_TRUNK))


def test_a_form_is_read_as_well(client: ContractClient) -> None:
    answer = client.open(
        "POST", PATH, data=f"from={OWN[1:]}&to={PEER[1:]}&text=hello+there",
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.status_code == 201
    assert stored(answer.json).text == "hello there"


def test_media_make_a_picture_message(client: ContractClient) -> None:
    url = "https://media.example/a.png"
    answer = post(client, text="look", media=url)
    row = stored(answer)
    assert (row.is_mms, row.media, row.text) == (True, [{"url": url}], "look")
    assert answer["providerResponse"] == row.status == "delivered"
    assert stored(post(client, text=None, media=url)).text == ""


@pytest.mark.parametrize("who", ["admin", "provider"])
def test_keys_above_the_account_send_for_it(connect: Connect, who: str) -> None:
    assert stored(post(connect(who))).account_uid == UUID(world.ALPHA)


@pytest.mark.parametrize("member", ["provider", "carrier"])
def test_the_carrier_is_chosen_by_name(client: ContractClient, member: str) -> None:
    for name, link in ((MAIN, MAIN_LINK), (SECOND, SECOND_LINK)):
        chosen: dict[str, Any] = {member: name}
        assert part(post(client, **chosen)).link_uid == UUID(link)


def test_of_carriers_of_one_name_the_oldest_active_one_is_taken(client: ContractClient) -> None:
    Trunk.update(name=SECOND).where(Trunk.name == LINKLESS).execute()
    assert part(post(client, provider=SECOND)).link_uid == UUID(SECOND_LINK)
    Trunk.update(name=MAIN).where(Trunk.name == SECOND).execute()
    assert part(post(client, provider=MAIN)).link_uid == UUID(MAIN_LINK)
    Trunk.update(is_active=False).where(Trunk.uid == MAIN_TRUNK).execute()
    assert part(post(client, provider=MAIN)).link_uid == UUID(SECOND_LINK)


def test_a_carrier_of_the_provider_can_be_chosen(client: ContractClient) -> None:
    Trunk.update(account=None, service_provider=world.PROVIDER).where(
        Trunk.name == SECOND
    ).execute()
    assert part(post(client, provider=SECOND)).link_uid == UUID(SECOND_LINK)
    Trunk.update(service_provider=world.RIVAL).where(Trunk.name == SECOND).execute()
    post(client, 400, provider=SECOND)


def test_an_idempotency_key_gives_the_first_message_as_it_stands_now(
    client: ContractClient,
) -> None:
    client.headers["Idempotency-Key"] = "k1"
    first = post(client)
    MessagePart.update(state="sent", remote_id="0042").execute()
    assert post(client) == {"sid": first["sid"], "providerResponse": "0042"}
    MessagePart.update(
        state="rejected", remote_id=None, command_status=0x0B, error="Invalid destination"
    ).execute()
    assert post(client, 480) == {
        "sid": first["sid"],
        "message": "Invalid destination",
        "smpp_err_code": "0x0000000B",
    }
    MessagePart.update(state="failed", command_status=None, error="too long").execute()
    assert post(client, 480)["smpp_err_code"] is None
    assert Message.select().where(Message.text == "hello").count() == 1
    assert post(client, 422, text="else")["msg"].startswith("This Idempotency-Key")


def test_the_answer_has_the_carriers_id(
    client: ContractClient, universe: Universe, smsc: Smsc
) -> None:
    with working(universe, smsc):
        answer = post(client, text="reaches the centre")
        (submitted,) = smsc.messages()
    assert answer["providerResponse"] == submitted.id == part(answer).remote_id
    assert submitted.payload == b"reaches the centre"


def test_a_refusal_is_answered_with_its_number(
    client: ContractClient, universe: Universe, smsc: Smsc
) -> None:
    smsc.set_rules([Rule(pattern=".", script=Script(name="no", status=0x0B))])
    with working(universe, smsc):
        answer = post(client, 480)
    assert answer["smpp_err_code"] == "0x0000000B"
    assert answer["message"] == part(answer).error
    assert stored(answer).status == "rejected"


def test_a_long_text_is_answered_with_the_id_of_its_first_part(
    client: ContractClient, universe: Universe, smsc: Smsc
) -> None:
    with working(universe, smsc):
        answer = post(client, text="long " * 100)
    rows = list(MessagePart.select().where(MessagePart.message_uid == UUID(answer["sid"])))
    assert len(rows) == 4
    assert answer["providerResponse"] == min(rows, key=lambda row: row.index).remote_id


@pytest.mark.parametrize("wait", [0.3])
def test_a_carrier_that_does_not_answer_in_time_leaves_the_message_queued(
    client: ContractClient, universe: Universe, smsc: Smsc, wait: float
) -> None:
    with working(universe, smsc):
        answer = post(client, to="+12065559052")
    assert answer["providerResponse"] == "queued"


@pytest.mark.parametrize("wait", [0.5])
def test_the_wait_holds_no_connection(
    client: ContractClient, universe: Universe, smsc: Smsc, wait: float
) -> None:
    """More callers wait than the pool has connections, and the worker still gets its own."""
    answers: list[Any] = []
    with working(universe, smsc):
        waiting_ones = [
            gevent.spawn(lambda: answers.append(post(client, to="+12065559052")))
            for _ in range(2 * universe.settings.pool_size)
        ]
        gevent.sleep(0.1)
        with universe.entered():
            assert post(client)["providerResponse"] != "queued"
        gevent.joinall(waiting_ones, timeout=10, raise_error=True)
    assert [answer["providerResponse"] for answer in answers] == ["queued"] * len(waiting_ones)


@pytest.mark.parametrize("wait", [3600.0])
def test_nobody_waits_where_no_worker_is(client: ContractClient, wait: float) -> None:
    assert Lease.select().count() == 0
    assert post(client)["providerResponse"] == "queued"


def test_the_pauses_grow_and_end_in_time() -> None:
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        now[0] += seconds

    assert list(waiting.pauses(0, sleep=sleep, clock=lambda: now[0])) == []
    list(waiting.pauses(1.0, sleep=sleep, clock=lambda: now[0]))
    assert slept[:7] == [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.25]
    assert sum(slept) == pytest.approx(1.0)


def test_the_row_is_looked_at_after_each_pause(context: Any) -> None:
    ctx, change = context("alpha"), {"from_number": OWN, "to_number": PEER, "text": "hi"}
    with write():
        leases.acquire("worker:x", "x", ctx.runtime.new_uid(), datetime.now(UTC), 60)
    looked = []

    def pauses() -> Iterator[int]:
        for turn in (1, 2, 3):
            looked.append(turn)
            if turn == 2:
                MessagePart.update(state="sent", remote_id="7").execute()
            yield turn

    assert handover.send(ctx, change, pauses()).remote_id == "7"
    assert looked == [1, 2]
    assert handover.send(ctx, change).status == "queued"


@pytest.mark.parametrize("profile", ["observed"])
def test_an_account_of_others_in_the_observed_profile(connect: Connect, profile: str) -> None:
    client = connect("beta")
    answer = client.client.post(PATH, json=sms(), headers=client.headers)
    assert answer.status_code == 400
    said = f"unauthorized createMessage request for account {world.ALPHA}"
    assert answer.json == {"msg": said}


def test_a_number_given_up_sends_no_more(client: ContractClient) -> None:
    post(client)
    Number.update(account=None, status="available").where(Number.e164 == OWN).execute()
    assert post(client, 400)["msg"] == "from is not a phone number of this account"
