"""Calls that come in follow their route: what is done at each step, which exit is taken, and that
what is explained before a call is what the call then does."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
import pytest

from gateway.domain import call_routing, call_scripts
from gateway.domain.call_routing import Step
from gateway.domain.call_scripts import CallScript
from gateway.domain.calls import CallStatus
from gateway.domain.problems import Invalid, NotFound
from gateway.domain.route_stops import Action
from gateway.models import (
    Application,
    Call,
    CallEvent,
    Endpoint,
    FlowNode,
    Hook,
    Job,
    Number,
    Trunk,
)
from gateway.models.database import Store, write
from gateway.services import call_arrivals, call_routes, call_steps, call_verbs, jobs
from gateway.universe import Universe
from gateway.workers.runner import Tools, run_due
from tests.support.pipeline import World, plain_dialect

CALLER = "+442079460000"
ANSWERS, BUSY, SILENT, BROKEN = "+12065550100", "+12065558486", "+12065558480", "+12065558503"
DESK, DESK_BUSY = "+442079460001", "+442075558486"
COMES_IN = CallScript(name="inbound", steps=(call_scripts.TRYING,))
CASES = {"sqlite": 200, "postgres": 32}
OUTCOMES = {
    CallStatus.BUSY: "busy",
    CallStatus.NO_ANSWER: "no_answer",
    CallStatus.FAILED: "fail",
}


@dataclass
class Answers:
    """A courier whose hooks answer by their address; what was asked stays in `asked`."""

    asked: list[str] = field(default_factory=list)

    def deliver(self, request: Any, url: str, **_: Any) -> Any:
        self.asked.append(url)
        verbs: list[Any] = [{"verb": "say", "text": "hello"}]
        if "hangs-up" in url:
            verbs = [{"verb": "hangup"}]
        if "dials" in url:
            number = BUSY if "busy" in url else SILENT
            verbs = [{"verb": "dial", "target": [{"type": "phone", "number": number}]}]
        body = b"{}" if "bad" in url else orjson.dumps(verbs)
        status = 500 if "broken" in url else 200
        return SimpleNamespace(
            status=status, error=None, milliseconds=1, excerpt="", body=body, whole=True
        )


class Switchboard(World):
    """An account with a trunk, flows a test makes, and calls that come in."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.courier = Answers()
        self.universe = Universe(store, self.runtime, self.settings)
        self.trunk_uid = self.add_trunk(self.account_uid)
        self.peer = self.endpoint(address="192.0.2.1")

    def endpoint(self, **values: Any) -> UUID:
        values.setdefault("trunk_uid", self.trunk_uid)
        given = {"account_uid": self.account_uid, "kind": "host", "dials": True, **values}
        return self._add(Endpoint, name=str(values.get("address") or values.get("value")), **given)

    def node(self, type_: str, extension: str, **config: Any) -> str:
        uid = self._add(
            FlowNode,
            account_uid=self.account_uid,
            type=type_,
            name=f"{type_.lower()} {extension}",
            extension=extension,
            config=config,
        )
        return str(uid)

    def leads(self, number: str, **values: Any) -> None:
        """What a number's calls do."""
        found = Number.get_or_none(Number.e164 == number)
        if found is None:
            self.add_number(number, self.account_uid, **values)
        else:
            Number.update(values).where(Number.e164 == number).execute()

    def into(self, number: str, node: str) -> None:
        start = self.node("ROUTE_START", f"1{number[-7:]}", connectTo=node)
        self.leads(number, handling="flow", flow_node_uid=UUID(start))

    def plugin(self, extension: str, path: str, **config: Any) -> str:
        hook = self.add_hook("flow", f"http://app.example/{path}")
        return self.node("PLUGIN", extension, plugin=str(hook), **config)

    def arrive(self, number: str, caller: str = CALLER, script: CallScript = COMES_IN) -> UUID:
        change = {"from_number": caller, "to_number": number}
        return call_arrivals.arrive(self.universe.context(), change, script)

    def run(self, **more: Any) -> None:
        """Let everything happen that is planned, as its time comes."""
        while True:
            run_due(
                self.universe,
                self.clock.now,
                dialects={"plain": plain_dialect()},
                courier=self.courier,
                **more,
            )
            waiting = Job.select(Job.run_at).where(Job.done_at.is_null(), Job.topic == jobs.CALL)
            moments = [job.run_at for job in waiting]
            if not moments:
                return
            self.clock.now = max(self.clock.now, min(moments))

    def walked(self, call: UUID) -> list[dict[str, Any]]:
        return [event.data for event in self.noted(call) if event.type == call_routes.ROUTE]

    def noted(self, call: UUID) -> list[Any]:
        return list(CallEvent.select().where(CallEvent.call_uid == call).order_by(CallEvent.id))

    def types(self, call: UUID) -> list[str]:
        return [step["type"] for step in self.walked(call)]

    def explained(self, number: str, caller: str = CALLER) -> list[dict[str, Any]]:
        """The path the table of far ends and the hooks' addresses let one expect."""
        facts = call_routes.routing(self.ctx(), self.account_uid, number, caller, at=self.clock.now)
        path = call_routing.path(facts, self.expected)
        return [call_routes.shown(walked.step) for walked in path]

    def expected(self, step: Step) -> str:
        if step.action is Action.DIAL:
            assert step.target is not None
            end = call_scripts.by_destination(step.target.value).steps[-1].status
            return OUTCOMES.get(end, "complete")
        if step.action is Action.ASK:
            url = Hook.get(Hook.uid == UUID(step.data["hook"])).url
            return "fail" if "broken" in url or "bad" in url else "complete"
        return step.outcomes[0]


@pytest.fixture
def board(store: Store) -> Switchboard:
    with write():
        return Switchboard(store)


def row(call: UUID) -> Any:
    return Call.get(Call.uid == call)


def steps_of(walked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events without what only the driver needs."""
    private = {"position", "turn", "zone"}
    return [{k: v for k, v in step.items() if k not in private} for step in walked]


def office(board: Switchboard) -> str:
    """Open hours ring a group, then the gateway; then a machine or a program takes the call."""
    machine = board.node("VOICEMAIL", "300", text="please leave a message", maxLength=5)
    after = board.plugin("301", "good", onComplete=machine)
    broken = board.plugin("302", "broken", onFail=after)
    gateway = board.node(
        "SIP_GATEWAY",
        "303",
        trunks=[str(board.peer)],
        ringTime=20,
        onBusy=machine,
        onNoAnswer=after,
        onFail=broken,
    )
    desks = [
        board.node("REMOTE", "304", destination=DESK_BUSY),
        board.node("SIP", "5558486", gateway=gateway),
    ]
    group = board.node(
        "HUNT_GROUP",
        "306",
        devices=desks,
        ringTime=10,
        onBusy=gateway,
        onNoAnswer=machine,
        onFail=gateway,
    )
    by_caller = board.node(
        "ANI_ROUTER", "307", options=[{"option": "4420", "connectTo": group}], connectTo=gateway
    )
    hours = {"timeFrom": "09:00", "timeTo": "17:00", "days": [1, 2, 3, 4, 5]}
    return board.node(
        "TIME_ROUTER",
        "308",
        timeOfDayRoutes=[{"id": "office", **hours, "connectTo": by_caller}],
        connectTo=machine,
    )


def test_a_flow_is_followed_from_the_start_to_the_machine(board: Switchboard) -> None:
    board.into(BUSY, office(board))
    board.clock.now = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    call = board.arrive(BUSY)
    board.run()
    assert board.types(call) == [
        "number",
        "ROUTE_START",
        "TIME_ROUTER",
        "ANI_ROUTER",
        "HUNT_GROUP",
        "HUNT_GROUP",
        "SIP_GATEWAY",
        "VOICEMAIL",
        "end",
    ]
    ended = row(call)
    assert (ended.status, ended.ended_by, ended.reason) == (
        "completed",
        "system",
        "the exit is HANGUP",
    )
    assert ended.billed_seconds == 7
    legs = list(Call.select().where(Call.parent_uid == call).order_by(Call.id))
    assert [(leg.status, leg.trunk_uid, leg.remote_host) for leg in legs] == [
        ("busy", board.trunk_uid, "192.0.2.1"),  # a number, by the only way out
        ("busy", None, "192.0.2.1"),
        ("busy", None, "192.0.2.1"),
    ]
    kinds = [event.type for event in board.noted(call)]
    assert kinds.index("recorded") > kinds.index("dial")


def moments(chance: random.Random, count: int) -> list[int]:
    """Seconds since Monday: any, and as many in office hours."""
    day, hour = 86_400, 3_600
    open_ = [
        chance.randrange(5) * day + chance.randrange(9 * hour, 17 * hour) for _ in range(count)
    ]
    return sorted(chance.choice([one, chance.randrange(7 * day)]) for one in open_)


def test_what_is_explained_is_what_happens(board: Switchboard) -> None:
    """Any number, any caller, any hour of a week; eight calls at a time."""
    router = office(board)
    chance = random.Random(11)
    for number in (ANSWERS, BUSY, SILENT, BROKEN):
        board.into(number, router)
    routes = {
        "primary_endpoint_uid": board.peer,
        "failover_endpoint_uid": board.endpoint(kind="number", value=DESK),
    }
    board.leads("+13125558503", handling="endpoint", **routes)
    board.leads("+13125550100", handling="endpoint", **routes)
    board.endpoint(address="192.0.2.2")
    board.leads("+14155558480", handling="trunk", trunk_uid=board.trunk_uid)
    numbers = [ANSWERS, BUSY, SILENT, BROKEN, "+13125558503", "+13125550100", "+14155558480"]
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    seen: Counter[str] = Counter()
    for seconds in moments(chance, CASES[board.universe.store.kind] // 8):
        board.clock.now = max(board.clock.now, monday + timedelta(seconds=seconds))
        wanted = {}
        for _ in range(8):
            number, caller = chance.choice(numbers), chance.choice([CALLER, "+12125550123"])
            path = board.explained(number, caller)
            wanted[board.arrive(number, caller)] = path
            seen.update({step["type"] for step in path})
        board.run()
        for call, path in wanted.items():
            assert steps_of(board.walked(call)) == path
            assert row(call).ended_at is not None
    assert {
        "ROUTE_START",
        "TIME_ROUTER",
        "HUNT_GROUP",
        "SIP_GATEWAY",
        "VOICEMAIL",
        "PLUGIN",
        "endpoint",
        "trunk",
    } <= set(seen)


def test_a_trunks_endpoints_take_turns_and_a_forward_comes_last(board: Switchboard) -> None:
    board.endpoint(address="192.0.2.2")
    Trunk.update(forward_enabled=True, forward_number=DESK).execute()
    board.leads(BROKEN, handling="trunk", trunk_uid=board.trunk_uid)
    rung = []
    for _ in range(3):
        call = board.arrive(BROKEN)
        board.run()
        rung.append([step["target"]["value"] for step in board.walked(call) if "target" in step])
        assert row(call).status == "completed"
    first, second = (f"sip:{BROKEN}@192.0.2.{place}" for place in (1, 2))
    assert rung == [[first, second, DESK], [second, first, DESK], [first, second, DESK]]


def test_a_number_with_an_application_asks_it_and_one_with_nothing_is_refused(
    board: Switchboard,
) -> None:
    hook = board.add_hook("call", "http://app.example/call")
    application = board._add(
        Application, account_uid=board.account_uid, name="ivr", call_hook_uid=hook
    )
    board.leads(ANSWERS, handling="application", application_uid=application)
    call = board.arrive(ANSWERS)
    board.run()
    assert board.courier.asked == ["http://app.example/call"]
    assert (board.types(call), row(call).application_uid) == (
        ["number", "application"],
        application,
    )
    board.leads(ANSWERS, handling="none")
    refused = row(board.arrive(ANSWERS))
    assert (refused.status, refused.sip_status, refused.application_uid) == ("failed", 404, None)
    assert refused.reason == "no destination"


@pytest.mark.parametrize(
    ("path", "exit_"),
    [
        ("good", "onComplete"),
        ("broken", "onFail"),
        ("bad", "onFail"),
        ("dials/busy", "onBusy"),
        ("dials/silent", "onNoAnswer"),
        ("hangs-up", None),
    ],
)
def test_a_plugin_leaves_by_what_came_of_it(
    board: Switchboard, path: str, exit_: str | None
) -> None:
    names = ("onComplete", "onFail", "onBusy", "onNoAnswer")
    led = {name: board.node("SAY", f"50{place}", text=name) for place, name in enumerate(names)}
    board.into(ANSWERS, board.plugin("400", path, **led))
    call = board.arrive(ANSWERS)
    board.run()
    last = board.walked(call)[-1]
    if exit_ is None:
        assert (last["type"], row(call).ended_by) == ("PLUGIN", "application")
    else:
        assert board.walked(call)[-2]["uid"] == led[exit_]
        assert last["type"] == "end"


def test_a_plugin_without_its_hook_fails(board: Switchboard) -> None:
    after = board.node("SAY", "500", text="sorry")
    board.into(ANSWERS, board.plugin("400", "good", onFail=after))
    Hook.update(enabled=False).execute()
    call = board.arrive(ANSWERS)
    board.run()
    assert board.types(call)[2:] == ["PLUGIN", "SAY", "end"]


@pytest.mark.parametrize(("digits", "said"), [("1", "one"), ("7", "other"), ("", "other")])
def test_a_menu_leads_by_what_the_caller_enters(board: Switchboard, digits: str, said: str) -> None:
    one, other = (board.node("SAY", f"50{n}", text=n) for n in ("one", "other"))
    menu = board.node(
        "NUMBER_PLAN", "400", options=[{"option": "1", "connectTo": one}], connectTo=other
    )
    board.into(ANSWERS, menu)
    call = board.arrive(ANSWERS, script=CallScript(steps=COMES_IN.steps, digits=(digits,)))
    board.run()
    assert board.walked(call)[-2]["name"] == f"say 50{said}"


def test_a_zone_is_that_of_the_address_a_call_comes_from(board: Switchboard) -> None:
    east, west = (board.node("SAY", name, text=name) for name in ("500", "501"))
    options = [{"option": "eu-west-1", "connectTo": west}]
    board.into(ANSWERS, board.node("ZONE_ROUTER", "400", options=options, connectTo=east))
    board.endpoint(address="192.0.2.9", admits=True, extras={"spoken": {"zone": "eu-west-1"}})
    for origin, zone, led in (
        ("192.0.2.9", "", west),
        ("192.0.2.9", "us-east-1", east),
        ("192.0.2.8", "", east),
        ("", "eu-west-1", west),
    ):
        change = {"from_number": CALLER, "to_number": ANSWERS, "zone": zone}
        change["origin_address"] = origin
        call = call_arrivals.arrive(board.universe.context(), change, COMES_IN)
        assert board.walked(call)[-1]["uid"] == led, (origin, zone)


def test_who_is_dialled_is_bridged_and_the_caller_can_hang_up(board: Switchboard) -> None:
    board.into(ANSWERS, board.node("REMOTE", "400", destination=DESK))
    call = board.arrive(ANSWERS, script=CallScript(steps=COMES_IN.steps, talks=2.0))
    board.run()
    ended = row(call)
    assert (ended.status, ended.ended_by, ended.billed_seconds) == ("completed", "peer", 2)
    (leg,) = Call.select().where(Call.parent_uid == call)
    assert (leg.status, leg.to_number) == ("completed", DESK)
    assert board.types(call) == ["number", "ROUTE_START", "REMOTE"]


def test_a_device_rings_and_talks_as_long_as_it_may(board: Switchboard) -> None:
    talks = board.node("REMOTE", "401", destination=DESK, maxCallTime=60)
    rings = {"destination": "+442075559010", "ringTime": 5, "onNoAnswer": talks}
    board.into(ANSWERS, board.node("REMOTE", "400", **rings))
    call = board.arrive(ANSWERS)
    board.run()
    first, second = Call.select().where(Call.parent_uid == call).order_by(Call.id)
    assert (first.status, first.ended_at - first.started_at) == ("cancelled", timedelta(seconds=5))
    assert (second.status, second.billed_seconds) == ("completed", 10)  # as long as its script
    script = CallScript(steps=call_scripts.ANSWER.steps, talks=300.0)
    call = board.arrive(ANSWERS)
    board.run(
        scripts=lambda row: script if row.to_number == DESK else call_steps.by_destination(row)
    )
    assert row(call).billed_seconds == 60


def test_a_caller_who_is_not_answered_learns_why(board: Switchboard) -> None:
    board.into(BUSY, board.node("SIP_GATEWAY", "400", trunks=[str(board.peer)]))
    call = board.arrive(BUSY)
    board.run()
    ended = row(call)
    assert (ended.status, ended.sip_status, ended.answered_at) == ("busy", 486, None)


def test_a_circle_of_devices_ends(board: Switchboard) -> None:
    first = board.node("SAY", "400", text="a")
    second = board.node("SAY", "401", text="b", connectTo=first)
    FlowNode.update(config={"text": "a", "connectTo": second}).where(
        FlowNode.uid == UUID(first)
    ).execute()
    board.into(ANSWERS, first)
    call = board.arrive(ANSWERS)
    board.run()
    last = board.walked(call)[-1]
    assert (last["sip_status"], last["reason"]) == (482, "the call has passed 50 devices")
    assert len(board.walked(call)) == 52
    assert row(call).status == "completed"


def test_a_route_that_changes_under_a_call_ends_it(board: Switchboard) -> None:
    device = board.node("SAY", "400", text="a long story")
    board.into(ANSWERS, device)
    call = board.arrive(ANSWERS)
    FlowNode.update(type="REMOTE", config={"destination": DESK}).where(
        FlowNode.uid == UUID(device)
    ).execute()
    board.run()
    assert row(call).reason == "the route was changed under the call"


def test_a_call_stays_in_its_flow_when_its_number_is_put_elsewhere(board: Switchboard) -> None:
    more = board.node("SAY", "401", text="and more")
    board.into(ANSWERS, board.node("SAY", "400", text="a long story", connectTo=more))
    call = board.arrive(ANSWERS)
    board.leads(ANSWERS, handling="application", flow_node_uid=None)
    board.run()
    assert board.types(call) == ["number", "ROUTE_START", "SAY", "SAY", "end"]


def test_a_late_outcome_does_nothing(board: Switchboard) -> None:
    board.into(ANSWERS, board.node("SAY", "400", text="a long story"))
    call = board.arrive(ANSWERS)
    tools = Tools.of(board.universe, {}, board.courier)
    event = board.noted(call)[0].uid.hex
    payload = {"call": call.hex, "step": call_verbs.FLOW, "event": event, "outcome": "done"}
    with write():
        call_steps.run(tools.ctx, payload)
    assert board.types(call) == ["number", "ROUTE_START", "SAY"]


# explaining


@pytest.fixture
def counted(store: Store) -> Iterator[list[str]]:
    statements: list[str] = []
    run = store.database.execute_sql

    def counting(sql: str, *given: Any, **options: Any) -> Any:
        statements.append(sql)
        return run(sql, *given, **options)

    store.database.execute_sql = counting  # type: ignore[method-assign]
    yield statements
    store.database.execute_sql = run  # type: ignore[method-assign]


def test_a_path_is_explained_with_its_branches(board: Switchboard, counted: list[str]) -> None:
    board.into(BUSY, office(board))
    at = "2026-03-02T10:00:00Z"
    counted.clear()
    told = call_routes.explain(
        board.ctx(), BUSY, caller=CALLER, at=at, outcomes=["busy", "busy", "fail"]
    )
    few = len(counted)
    assert (told["number"], told["from"], told["turn"]) == (BUSY, CALLER, 0)
    assert [step["name"] for step in told["path"]][4:] == [
        "hunt_group 306",
        "hunt_group 306",
        "sip_gateway 303",
        "plugin 302",
        "hangup",
    ]
    group = told["path"][4]
    assert group["exits"] == {
        "complete": {"action": "hangup", "name": "hangup"},
        "fail": {"action": "dial", "name": "192.0.2.1"},
        "no_answer": {"action": "dial", "name": "192.0.2.1"},
        "busy": {"action": "dial", "name": "192.0.2.1"},
    }
    assert "office" in told["path"][2]["reason"]
    for place in range(40):
        peer = board.endpoint(address=f"198.51.100.{place}")
        board.node("SIP_GATEWAY", f"9{place}", trunks=[str(peer)])
    counted.clear()
    call_routes.explain(board.ctx(), BUSY, caller=CALLER, at=at)
    assert len(counted) == few


def test_devices_are_read_where_they_have_a_say(board: Switchboard, counted: list[str]) -> None:
    """Of a number that nothing was chosen for only expressions, until one of them fits."""
    board.leads(ANSWERS, handling="none")
    board.leads(SILENT, handling="none")
    said = board.node("SAY", "400", text="hello")
    board.node("MATCH_START", "401", regExp=f"[+]?{ANSWERS[1:]}", connectTo=said)
    for number, types in ((ANSWERS, ["number", "MATCH_START", "SAY", "end"]), (SILENT, ["number"])):
        counted.clear()
        path = call_routes.explain(board.ctx(), number)["path"]
        assert [step["type"] for step in path][: len(types)] == types
        read = [sql for sql in counted if '"extension"' in sql]
        assert len(read) == (number == ANSWERS)


def test_what_cannot_be_explained(board: Switchboard) -> None:
    ctx = board.ctx()
    other = board.ctx(board.add_account())
    for asker, number in ((other, ANSWERS), (ctx, "+12065550999")):
        with pytest.raises(NotFound):
            call_routes.explain(asker, number)
    bad: list[tuple[str, dict[str, Any]]] = [
        ("number", {"number": "joe"}),
        ("from", {"caller": "x" * 99}),
        ("at", {"at": "9999-12-31"}),
        ("at", {"at": "noon"}),
        ("outcome", {"outcomes": ["explodes"]}),
    ]
    board.into(ANSWERS, board.node("REMOTE", "400", destination=DESK))
    for path, asked in bad:
        with pytest.raises(Invalid) as found:
            call_routes.explain(ctx, **{"number": ANSWERS, **asked})
        assert list(found.value.fields) == [path]
    assert call_routes.explain_any(other, ANSWERS)["path"][-1]["reason"] == "the call was carried"
