"""Which way a message is given, and what routes may and may not name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Conflict, Invalid, NotFound, Problem
from gateway.models import Connection, Job, MessageRoute, SmppLink, Trunk
from gateway.models.database import Store, write
from gateway.services import bundles, connections, failover, message_routes, messages, routing
from gateway.settings import Settings
from tests.support.pipeline import OTHER, OWN, World, message, parts
from tests.support.upstreams import Abroad, open_way
from tests.support.worlds import DIALECTS

LONDON, TORONTO = "+442071838750", "+14165550123"
MEDIA = ["https://example.org/a.png"]


@pytest.fixture
def world(store: Store) -> World:
    return World()


@pytest.fixture
def abroad(world: World, store: Store) -> Abroad:
    return Abroad(world, store)


def lane() -> str:
    return str(Job.select().order_by(Job.id.desc()).first().lane)


def lanes(*uids: UUID) -> list[str]:
    return [f"link:{uid}" for uid in uids]


@pytest.mark.parametrize(
    ("sender", "to", "way"),
    [
        (OWN, "+14155550123", "else"),
        (OWN, TORONTO, "canada"),
        (OWN, LONDON, "london"),
        (OWN, "+447700900123", "britain"),
        (OTHER, LONDON, "other"),
        (OTHER, "+14155550123", "other"),
    ],
)
def test_the_route_that_knows_best_is_taken(abroad: Abroad, sender: str, to: str, way: str) -> None:
    world = abroad.world
    world.add_number(OTHER, world.account_uid)
    found = {name: world.add_link() for name in ("else", "canada", "britain", "london", "other")}
    said: dict[str, dict[str, Any]] = {
        "else": {"priority": 0}, "canada": {"country": "ca"}, "britain": {"prefix": "44"},
        "london": {"prefix": "+4420", "priority": 9}, "other": {"from_number": OTHER},
    }  # fmt: skip
    for name, values in said.items():
        abroad.route(name, link_uid=found[name], **values)
    world.send(from_number=sender, to_number=to)
    assert lane() == f"link:{found[way]}"


def test_priority_cost_and_weight_choose_among_equals(abroad: Abroad) -> None:
    first, dear, cheap, never = (abroad.world.add_link() for _ in range(4))
    abroad.route("never", link_uid=never, priority=2, cost_nano=5, weight=0)
    abroad.route("cheap", link_uid=cheap, priority=2, cost_nano=5)
    abroad.route("dear", link_uid=dear, priority=2, cost_nano=6)
    abroad.route("first", link_uid=first, priority=1, cost_nano=100)
    expected = [first, cheap, never, dear]
    for place, uid in enumerate(expected):
        abroad.world.send()
        assert lane() == f"link:{uid}"
        message_routes.remove(
            abroad.world.ctx(), abroad.world.account_uid, ("first", "cheap", "never", "dear")[place]
        )
    abroad.world.send()
    assert lane() in lanes(first, dear, cheap, never)


def test_an_open_way_goes_before_one_that_knows_better(abroad: Abroad) -> None:
    shut, other = abroad.world.add_link(), abroad.world.add_link()
    abroad.route("sender", link_uid=shut, from_number=OWN)
    abroad.route("else", link_uid=other)
    abroad.world.send()
    assert lane() == f"link:{shut}"
    open_way(other)
    abroad.world.send()
    assert lane() == f"link:{other}"


def test_a_message_no_route_is_for_takes_the_links_as_ever(abroad: Abroad) -> None:
    primary = abroad.world.add_link()
    other = abroad.world.add_link(is_primary=False)
    abroad.route("london", link_uid=other, prefix="4420")
    abroad.world.send()
    assert lane() == f"link:{primary}"
    abroad.world.send(to_number=LONDON)
    assert lane() == f"link:{other}"


Spoil = Callable[[UUID], Any]


def _update(model: Any, **values: Any) -> Spoil:
    return lambda uid: model.update(**values).where(model.uid == uid).execute()


@pytest.mark.parametrize(
    ("of", "spoil"),
    [
        ("link", _update(SmppLink, enabled=False)),
        ("link", lambda uid: Trunk.update(is_active=False).execute()),
        ("link", lambda uid: SmppLink.delete().where(SmppLink.uid == uid).execute()),
        ("connection", _update(Connection, is_active=False)),
        ("connection", _update(Connection, settings={})),
        ("connection", lambda uid: Connection.delete().where(Connection.uid == uid).execute()),
    ],
    ids=["link off", "trunk off", "no link", "inactive", "may not send", "no connection"],
)
def test_a_message_whose_routes_lead_nowhere_waits(abroad: Abroad, of: str, spoil: Spoil) -> None:
    abroad.world.add_link(trunk_uid=abroad.world.add_trunk())  # the provider's
    uid = abroad.world.add_link() if of == "link" else abroad.connect("flowroute")
    abroad.route(**{f"{of}_uid": uid})
    spoil(uid)
    sent = abroad.world.send()
    assert (lane(), message(sent.uid).status) == ("unrouted", "accepted")


def test_a_trunk_the_message_names_wins(abroad: Abroad) -> None:
    uid, named = abroad.world.add_link(), abroad.world.add_link()
    Trunk.update(name="mine").execute()
    abroad.route("all", connection_uid=abroad.connect("flowroute"))
    abroad.world.send(trunk_name="mine")
    assert lane() in lanes(uid, named)


@pytest.mark.parametrize("mms", ["refuse", "simulate", "links"])
def test_media_go_where_they_can(abroad: Abroad, mms: str) -> None:
    abroad.world.settings = Settings(mms=mms)
    link, uid = abroad.world.add_link(), abroad.connect("flowroute")
    abroad.route("first", link_uid=link)
    abroad.route("second", connection_uid=uid, priority=2)
    sent = abroad.world.send(media=MEDIA)
    expected = (f"link:{link}", "smpp") if mms == "links" else (f"http:{uid}", "http")
    assert (lane(), message(sent.uid).transport) == expected
    if mms == "refuse":
        message_routes.remove(abroad.world.ctx(), abroad.world.account_uid, "second")
        with pytest.raises(Invalid):
            abroad.world.send(media=MEDIA)


def test_media_are_sent_as_media(abroad: Abroad) -> None:
    abroad.routed("flowroute")
    abroad.world.send("look", media=MEDIA)
    abroad.upstreams().drain(100)
    (request,) = abroad.far["flowroute"].seen
    assert b'"media_urls":["https://example.org/a.png"]' in request.body
    assert b'"body":"look"' in request.body


def test_accounts_without_routes_pay_nothing_for_them(
    abroad: Abroad, counted: Callable[[], Any]
) -> None:
    world = abroad.world
    other = world.add_account()
    with write():
        message_routes.add(world.ctx(), other, "theirs", {"link_uid": _link_of(world, other)})
    world.add_link()
    world.send()
    with counted() as said:
        world.send()
    asked = [sql for sql in said if "message_route" in sql]
    assert len(asked) == 1
    assert "EXISTS" in asked[0]
    assert 'FROM "number"' in asked[0]


def _link_of(world: World, account_uid: UUID) -> UUID:
    return world.add_link(trunk_uid=world.add_trunk(account_uid))


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({}, "link_uid"),
        ({"link_uid": uuid4(), "connection_uid": uuid4()}, "link_uid"),
        ({"link_uid": uuid4()}, "link_uid"),
        ({"connection_uid": uuid4()}, "connection_uid"),
        ({"link_uid": uuid4(), "prefix": "x"}, "prefix"),
        ({"link_uid": uuid4(), "country": "x"}, "country"),
        ({"link_uid": uuid4(), "from_number": "x"}, "from_number"),
        ({"link_uid": uuid4(), "cost_nano": -1}, "cost_nano"),
    ],
    ids=["no way", "two ways", "no link", "no connection", "prefix", "country", "from", "cost"],
)
def test_a_route_that_makes_no_sense_is_refused(
    abroad: Abroad, values: dict[str, Any], where: str
) -> None:
    with pytest.raises(Invalid) as raised:
        abroad.route(**values)
    assert list(raised.value.fields) == [where]
    assert MessageRoute.select().count() == 0


def test_a_route_spends_only_where_the_connection_may(abroad: Abroad) -> None:
    uid = abroad.connect("flowroute", messages=False)
    with pytest.raises(Invalid, match="costs money"):
        abroad.route(connection_uid=uid)


@pytest.mark.parametrize(
    ("dialect", "settings", "why"),
    [
        ("sinch", {"account": "a"}, "has no messages"),
        ("callable", {"account": "a"}, "has no messages"),
        ("jambonz", {}, "name of the account"),
    ],
)
def test_connections_that_cannot_send_may_not(
    world: World, dialect: str, settings: dict[str, str], why: str
) -> None:
    with pytest.raises(Invalid, match=why):
        connections.add(
            world.ctx(), world.account_uid, DIALECTS[dialect], name="x", base_url="http://x",
            secret="s", settings={**settings, "messages": True},
        )  # fmt: skip


def test_others_links_and_connections_are_no_ways(abroad: Abroad) -> None:
    world = abroad.world
    stranger = world.add_account()
    theirs = _link_of(world, stranger)
    uid = abroad.connect("flowroute")
    for account, values in ((world.account_uid, {"link_uid": theirs}),
                            (stranger, {"connection_uid": uid})):  # fmt: skip
        with pytest.raises(Invalid):
            message_routes.add(world.ctx(), account, "x", values)
    shared = world.add_link(trunk_uid=world.add_trunk())
    assert message_routes.add(world.ctx(), stranger, "x", {"link_uid": shared}).link_uid == shared


def test_names_are_taken_once_and_forgotten(abroad: Abroad) -> None:
    link = abroad.world.add_link()
    abroad.route("a", link_uid=link)
    with pytest.raises(Conflict):
        abroad.route("a", link_uid=link)
    message_routes.remove(abroad.world.ctx(), abroad.world.account_uid, "a")
    with pytest.raises(NotFound):
        message_routes.remove(abroad.world.ctx(), abroad.world.account_uid, "a")


def test_a_link_is_found_by_what_people_call_it(world: World) -> None:
    one, two = world.add_link(host="a.example"), world.add_link(host="b.example")
    Trunk.update(name="carrier").execute()
    for text, found in (("a.example:2775", one), (str(two), two)):
        assert message_routes.find_link(world.account_uid, text) == found
    problems: dict[str, type[Problem]] = {"carrier": Conflict, "c.example:2775": NotFound}
    for text, problem in problems.items():
        with pytest.raises(problem):
            message_routes.find_link(world.account_uid, text)


def test_each_waiting_message_leaves_by_the_best_of_its_own_ways(abroad: Abroad) -> None:
    world = abroad.world
    down, first, second = (world.add_link() for _ in range(3))
    abroad.route("down", link_uid=down, priority=0)
    abroad.route("first", link_uid=first)
    abroad.route("second", link_uid=second, prefix="44")
    MessageRoute.update(priority=1).where(MessageRoute.name == "down").execute()
    here, there = world.send(), world.send(to_number=LONDON)
    Job.update(lane=f"link:{down}").execute()
    for uid in (first, second):
        open_way(uid)
    with write():
        assert routing.fail_over(world.ctx(), down, "it is down") == 2
    found = {row.key: row.lane for row in Job.select()}
    assert found[f"submit:{here.uid}"] == f"link:{first}"
    assert found[f"submit:{there.uid}"] == f"link:{second}"
    told = failover.trace(there.uid)
    assert (told.way, [one["why"] for one in told.left]) == (second, ["it is down"])


def test_routes_come_back_from_a_bundle(abroad: Abroad) -> None:
    world = abroad.world
    link, uid = world.add_link(), abroad.connect("flowroute")
    abroad.route("a", link_uid=link, prefix="44", cost_nano=7, weight=0)
    abroad.route("b", connection_uid=uid, from_number=OWN, country="us")
    admin = world.ctx()
    admin.principal = Principal(Scope.ADMIN)
    bundle = bundles.export(admin, world.account_uid)
    rows = bundle["message_routes"]
    assert [row["name"] for row in rows] == ["a", "b"]
    assert rows[0]["link"] == str(link)
    assert bundles.load(admin, bundle)[:2] == (0, 0)
    before = [dict(row.__data__) for row in MessageRoute.select().order_by(MessageRoute.name)]
    MessageRoute.delete().execute()
    assert bundles.load(admin, bundle).created == 2
    after = [dict(row.__data__) for row in MessageRoute.select().order_by(MessageRoute.name)]
    for row in (*before, *after):
        row.pop("id")
        row.pop("created_at")
    assert before == after
    bundle["message_routes"][0]["prefix"] = "0"
    with pytest.raises(Invalid, match="prefix"):
        bundles.load(admin, bundle)


def test_parts_follow_the_way(abroad: Abroad) -> None:
    uid = abroad.routed("flowroute")
    sent = messages.send(abroad.world.ctx(), {"from_number": OWN, "to_number": LONDON,
                                              "text": "a" * 400})  # fmt: skip
    assert [(p.link_uid, p.total) for p in parts(sent.uid)] == [(uid, 1)]
    assert message(sent.uid).segments == 3
