"""What a provider holds comes over whole, and is the same again when it is read from us."""

from __future__ import annotations

import pytest

from gateway.app import Application
from gateway.domain.context import Context
from gateway.domain.holdings import Holding, Inventory, Link
from gateway.services import bundles, connections
from tests.support.worlds import DIALECTS
from tests.upstream import world
from tests.upstream.world import Loop


def pulled(ctx: Context, app: Application, dialect: str) -> Inventory:
    row = next((one for one in connections.search(ctx) if one.name == dialect), None)
    row = row or world.connected(ctx, dialect)
    return connections.pull(ctx, row, DIALECTS[dialect], Loop(app))


def one(inventory: Inventory, kind: str, **members: object) -> Holding:
    """The only row of a kind with these members."""
    (found,) = (row for row in inventory.of(kind) if members.items() <= row.members.items())
    return found


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_an_account_comes_whole_and_reads_the_same_from_us(
    ctx: Context, provider: Application, ours: Application, dialect: str
) -> None:
    there = pulled(ctx, provider, dialect)
    assert there.counts() == world.EXPECTED[dialect]
    assert there.oddities() == []
    bundles.load(ctx, connections.bundle(ctx, connections.find(ctx, dialect), there, secrets=True))
    here = pulled(ctx, ours, dialect)
    assert {row.ref: row for row in here.holdings} == {row.ref: row for row in there.holdings}


def test_rows_refer_to_each_other(ctx: Context, provider: Application) -> None:
    jambonz = pulled(ctx, provider, "jambonz")
    carrier = one(jambonz, "trunks", name="carrier")
    ivr = one(jambonz, "applications", name="ivr")
    answer = one(jambonz, "hooks", purpose="call", password="hook-secret")
    assert ivr.members["call_hook"] == answer.ref
    assert carrier.members["application"] == ivr.ref
    assert one(jambonz, "numbers", e164="+12065550101", application=ivr.ref).members["trunk"] == (
        carrier.ref
    )
    sinch = pulled(ctx, provider, "sinch")
    office = one(sinch, "access_lists", name="office")
    assert one(sinch, "endpoints", access_list=office.ref).members["prefix_length"] == 28
    assert one(sinch, "trunk_access_lists", access_list=office.ref).members["trunk"] == (
        one(sinch, "trunks", name="carrier").ref
    )
    flowroute = pulled(ctx, provider, "flowroute")
    desk = one(flowroute, "endpoints", name="desk", value="sip:bob@sbc.example:5070")
    number = one(flowroute, "numbers", primary_endpoint=desk.ref, alias="front desk")
    assert number.members["failover_endpoint"] == Link.to("endpoints", "0")
    callable_ = pulled(ctx, provider, "callable")
    start = one(callable_, "flow_nodes", type="ROUTE_START")
    first = one(callable_, "numbers", e164="+12065550101", flow_node=start.ref)
    assert start.members["config"]["ddis"] == [first.ref]
    pbx = one(callable_, "endpoints", address="192.0.2.9", dials=True)
    assert one(callable_, "flow_nodes", name="gateway").members["config"]["trunks"] == [pbx.ref]


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_connection_is_tested_by_counting(
    ctx: Context, provider: Application, dialect: str
) -> None:
    loop, row = Loop(provider), world.connected(ctx, dialect)
    counts = connections.test(ctx, row, DIALECTS[dialect], loop)
    assert [count.trouble for count in counts] == [""] * len(counts)
    assert sum(count.rows or 0 for count in counts) > 0
    assert {request.method for request in loop.sent} <= {"GET", "POST"}
    posted = [request.target for request in loop.sent if request.method == "POST"]
    assert all("oauth" in target for target in posted)


def test_a_bundle_has_no_secrets_unless_they_are_wanted(
    ctx: Context, provider: Application
) -> None:
    there, row = pulled(ctx, provider, "jambonz"), connections.find(ctx, "jambonz")
    told = repr(connections.bundle(ctx, row, there, secrets=True))
    kept = repr(connections.bundle(ctx, row, there))
    for secret in ("hook-secret", "register-me"):
        assert secret in told
        assert secret not in kept
    assert str(row.uid) in kept
