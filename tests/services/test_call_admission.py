"""Rules and rates: what is let through, what fails, and that the clock alone decides."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.call_scripts import ANSWER
from gateway.models import Call, Document, Endpoint
from gateway.models.database import Store, write
from gateway.services import call_arrivals, call_legs, call_steps, calls, countries
from tests.support.pipeline import OTHER, OWN, TO, World


@pytest.fixture
def world(store: Store) -> World:
    return World()


def trunk(world: World, rate: int | None, **values: Any) -> Any:
    """A trunk with somebody to dial at its other end."""
    made = world.add_trunk(world.account_uid, calls_per_second=rate, **values)
    world._add(
        Endpoint,
        account_uid=world.account_uid,
        trunk_uid=made,
        name="peer",
        kind="host",
        address="192.0.2.1",
        dials=True,
    )
    return made


def rule(world: World, **body: Any) -> None:
    world._add(
        Document,
        service_provider_uid=world.provider_uid,
        account_uid=world.account_uid,
        scope_uid=world.account_uid,
        kind="call_blocking_rule",
        body={"name": "no entry", **body},
    )


def outbound(world: World, to: str = TO) -> Any:
    target = {"kind": "phone", "value": to}
    return calls.create(world.ctx(), {"from_number": OWN, "target": target}).uid


def start(world: World, call: Any) -> Any:
    """The row of a call after the driver's first step."""
    with write():
        call_steps.run(world.ctx(), {"call": call.hex, "step": "start"})
    return Call.get(Call.uid == call)


def leg(world: World, call: Any, **target: str) -> Any:
    """The row of a leg of a call, after the driver's first step."""
    with write():
        parent = Call.get(Call.uid == call)
        made = call_legs.make(world.ctx(), parent, {"verb": "dial"}, target)
    return start(world, made)


def arrive(world: World, to: str = OTHER, source: str = TO) -> Any:
    change = {"from_number": source, "to_number": to}
    uid = call_arrivals.arrive(world.ctx(), change, ANSWER)
    return Call.get(Call.uid == uid)


def test_calls_above_the_rate_of_a_trunk_fail(world: World) -> None:
    trunk(world, 2)
    placed = [outbound(world) for _ in range(4)]
    rows = [start(world, call) for call in placed]
    assert [row.status for row in rows] == ["queued", "queued", "failed", "failed"]
    failed = rows[-1]
    assert (failed.sip_status, failed.ended_by, failed.answered_at) == (603, "system", None)
    assert failed.reason == "more than 2 calls a second on the trunk"
    assert failed.ended_at == world.clock.now
    world.clock.advance(0.999)
    assert start(world, outbound(world)).status == "failed"
    world.clock.advance(0.001)
    assert [start(world, outbound(world)).status for _ in range(3)] == [
        "queued", "queued", "failed",
    ]  # fmt: skip


def test_a_trunk_without_a_rate_takes_any_number_of_calls(world: World) -> None:
    trunk(world, None)
    assert {start(world, outbound(world)).status for _ in range(5)} == {"queued"}


def test_the_order_of_the_steps_does_not_matter(world: World) -> None:
    trunk(world, 1)
    first, second = outbound(world), outbound(world)
    assert start(world, second).status == "failed"
    assert start(world, first).status == "queued"


def test_what_comes_in_counts_too(world: World) -> None:
    world.add_number(OTHER, world.account_uid, trunk_uid=trunk(world, 1), handling="none")
    first, second = arrive(world), arrive(world)
    assert (first.sip_status, first.reason) == (404, "no destination")
    assert (second.status, second.sip_status) == ("failed", 603)
    assert start(world, outbound(world)).sip_status == 603
    world.clock.advance(1)
    assert start(world, outbound(world)).status == "queued"


def test_rules_keep_calls_of_their_direction_out(world: World) -> None:
    trunk(world, 1)
    rule(world, direction="outbound", callee_match="44")
    rule(world, direction="inbound", caller_country="GB")
    blocked = start(world, outbound(world, "+442071838750"))
    assert (blocked.status, blocked.sip_status) == ("failed", 403)
    assert blocked.reason == "blocked by the rule no entry"
    assert start(world, outbound(world)).status == "queued"
    world.add_number(OTHER, world.account_uid)
    assert arrive(world, source="+442071838750").sip_status == 403
    assert arrive(world).sip_status == 404


def test_rules_are_those_of_the_account(world: World) -> None:
    trunk(world, 1)
    other = world.add_account()
    world.add_number(OTHER, other)
    rule(world, direction="inbound")
    assert arrive(world).sip_status == 404
    assert arrive(world, to=OWN).sip_status == 403


def test_countries_bind_legs_as_well(world: World) -> None:
    """A leg to a closed country fails alone; an address in the net is in no country."""
    trunk(world, None)
    parent = outbound(world)
    assert leg(world, parent, type="phone", number="+442071838750").status == "queued"
    with write():
        countries.update(world.ctx(), "SE", True)
    refused = leg(world, parent, type="phone", number="+442071838750")
    assert (refused.status, refused.sip_status, refused.ended_by) == ("failed", 403, "system")
    assert refused.reason == "+442071838750 is in a country that is not enabled for the account"
    assert Call.get(Call.uid == parent).status == "queued"
    for target in (
        {"type": "phone", "number": TO},
        {"type": "phone", "number": "+46850927500"},
        {"type": "sip", "sipUri": "sip:+442071838750@pbx.example"},
    ):
        assert leg(world, parent, **target).status == "queued"
