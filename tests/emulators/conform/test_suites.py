"""The suites are green against the emulator and red as soon as it answers something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from emulators.conform import differing
from emulators.conform.contract import Document, read_contract
from emulators.conform.plan import READ, WRITE, all_steps, dialects, read_plan
from emulators.conform.run import FAILED, PASSED, SKIPPED, Result
from emulators.conform.sending import Answer, Request
from gateway.dialect import discover
from tests.emulators.conform.conftest import VALUES, Conform, altered

DIALECTS = dialects()


def failed(results: list[Result]) -> dict[str, list[str]]:
    return {result.step.does: result.faults for result in results if result.outcome == FAILED}


def skipped(results: list[Result]) -> dict[str, list[str]]:
    return {result.step.does: result.notes for result in results if result.outcome == SKIPPED}


def test_every_dialect_has_a_suite() -> None:
    assert sorted(discover()) == DIALECTS


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_suite_names_every_operation(dialect: str) -> None:
    document = Document(read_contract(discover()[dialect].contract.removesuffix(".json")))
    plan = read_plan(dialect)
    steps = list(all_steps(plan, document))
    called = {step.call for step in steps if step.call}
    declared = {operation.name for operation in document.operations}
    assert called <= declared
    assert declared - called == plan.left_out.keys()
    assert len({step.does for step in steps}) == len(steps)


NEW_WORLD = {"flowroute": {"get a message", "get a message, with wrong credentials"}}
"""The demo world begins without messages."""


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_emulator_is_as_the_contract_says(suite: Conform, dialect: str) -> None:
    results = suite(dialect)
    assert failed(results) == {}
    assert skipped(results).keys() == NEW_WORLD.get(dialect, set())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_is_changed_unasked(suite: Conform, dialect: str) -> None:
    sent: list[Request] = []

    def watch(request: Request, answer: Answer) -> Answer:
        sent.append(request)
        return answer

    suite(dialect, spoil=watch, allowed=frozenset({READ}))
    changing = {f"{request.method} {request.target}" for request in sent if request.method != "GET"}
    assert changing <= {
        "POST /api/v1/oauth/authorize",
        "POST /v1/signin",
        "POST /v1/logout",
        "POST /v1/InviteCodes",
    }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_costs_money_is_not_part_of_writing(suite: Conform, dialect: str) -> None:
    results = suite(dialect, allowed=frozenset({READ, WRITE}))
    assert failed(results) == {}
    spending = [result for result in results if result.step.needs == "spend"]
    assert {(result.outcome, *result.notes) for result in spending} <= {(SKIPPED, "needs --spend")}


def renamed(old: str, new: str) -> Callable[[Any], Any]:
    """A member under another name, at any depth."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {new if name == old else name: change(inner) for name, inner in value.items()}
        return [change(item) for item in value] if isinstance(value, list) else value

    return change


FAULTS = [
    pytest.param("callable", "/api/v1/account", renamed("name", "title"), "list accounts",
                 id="callable-a-member-renamed"),
    pytest.param("flowroute", "/v2/numbers/12065550100", renamed("type", "kind"), "get a number",
                 id="flowroute-a-member-renamed"),
    pytest.param("jambonz", "/v1/PredefinedCarriers",
                 lambda rows: [{**row, "requires_register": "no"} for row in rows],
                 "list predefined carriers", id="jambonz-another-type"),
    pytest.param("sinch", "/countryPermissions/US", lambda one: {**one, "isoCode": "CA"},
                 "get a country permission", id="sinch-another-value"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "end", "change", "does"), FAULTS)
def test_a_planted_fault_is_found(
    suite: Conform, dialect: str, end: str, change: Callable[[Any], Any], does: str
) -> None:
    def spoil(request: Request, answer: Answer) -> Answer:
        hit = request.method == "GET" and request.target.endswith(end) and answer.status == 200
        return altered(answer, change) if hit else answer

    results = suite(dialect, spoil=spoil, allowed=frozenset({READ}))
    assert failed(results).keys() == {does}
    assert all(failed(results)[does])


KINDS = [
    pytest.param(lambda a: replace(a, status=500), "status: 200 expected, 500 found", id="status"),
    pytest.param(lambda a: replace(a, media="text/html"), "media type:", id="media"),
    pytest.param(lambda a: replace(a, data=a.data[:-9]), "body: JSON expected", id="truncated"),
    pytest.param(
        lambda a: altered(a, lambda v: {**v, "surprise": 1}), "surprise: not in the", id="more"
    ),
]


@pytest.mark.parametrize(("spoil", "says"), KINDS)
def test_faults_of_every_kind(suite: Conform, spoil: Callable[[Answer], Answer], says: str) -> None:
    def once(request: Request, answer: Answer) -> Answer:
        return spoil(answer) if "areacodes" in request.target else answer

    found = failed(suite("flowroute", spoil=once, allowed=frozenset({READ})))
    assert says in found["list area codes"][0]


def test_a_member_beyond_the_contract_is_a_note_unless_strict(suite: Conform) -> None:
    def spoil(request: Request, answer: Answer) -> Answer:
        if "areacodes" not in request.target:
            return answer
        return altered(answer, lambda value: {**value, "surprise": 1})

    results = suite("flowroute", spoil=spoil, allowed=frozenset({READ}), strict=False)
    assert failed(results) == {}
    notes = [result.notes for result in results if result.step.does == "list area codes"]
    assert notes == [["AvailableCodes.surprise: not in the contract"]]


def test_an_error_in_another_shape_is_a_fault(suite: Conform) -> None:
    def spoil(request: Request, answer: Answer) -> Answer:
        return altered(answer, lambda _: {"errors": "no"}) if answer.status == 401 else answer

    found = failed(suite("flowroute", spoil=spoil, allowed=frozenset({READ})))
    assert found
    assert all(does.endswith("with wrong credentials") for does in found)


def test_who_does_not_answer_fails_every_step(suite: Conform) -> None:
    def spoil(request: Request, answer: Answer) -> Answer:
        raise ConnectionRefusedError("nobody there")

    results = suite("sinch", spoil=spoil)
    assert {result.outcome for result in results} == {FAILED, SKIPPED}
    assert set(map(tuple, failed(results).values())) == {("no answer: nobody there",)}


def test_optional_variables_may_be_missing(suite: Conform) -> None:
    values = {"KEY": VALUES["jambonz"]["KEY"]}
    results = suite("jambonz", values=values, allowed=frozenset({READ}))
    assert failed(results) == {}
    assert skipped(results)["list providers"] == ["there is no ADMIN_KEY"]
    assert skipped(results)["sign in"] == ["there is no LOGIN"]


def test_two_servers_are_compared_field_by_field(suite: Conform) -> None:
    plan = read_plan("callable")
    first = suite("callable", allowed=frozenset({READ, WRITE}))
    before = differing.saved(first, plan.volatile)
    for result in first:
        differing.compare(before, result, plan.volatile)
    assert {result.outcome for result in first} == {PASSED, SKIPPED}

    def spoil(request: Request, answer: Answer) -> Answer:
        made = request.method == "GET" and "/trunk/" in request.target and answer.status == 200
        return altered(answer, lambda one: {**one, "vendor": "other"}) if made else answer

    again = suite("callable", spoil=spoil, allowed=frozenset({READ, WRITE}))
    for result in again:
        differing.compare(before, result, plan.volatile)
    assert failed(again)["get the trunk"] == ['body.vendor: "generic" before, "other" now']


@pytest.mark.parametrize(
    ("before", "now", "values", "says"),
    [
        ({"a": 1}, {"a": 2}, False, []),
        ({"a": 1}, {"a": "x"}, False, ['body.a: "<number>" before, "<text>" now']),
        ({"a": 1}, {"a": None}, False, []),
        ({"a": 1}, {}, False, ['body.a: "<number>" before, missing now']),
        ({"a": [1, 2]}, {"a": []}, False, []),
        ({"a": 1}, {"a": 2}, True, ["body.a: 1 before, 2 now"]),
        ({"id": 1, "a": [1]}, {"id": 2, "a": [1]}, True, []),
        ({"a": [1]}, {"a": [1, 2]}, True, ["body.a: [1] before, [1,2] now"]),
        ({"a": "2026-01-01T00:00:00Z"}, {"a": "2027-02-02T00:00:00Z"}, True, []),
    ],
)  # fmt: skip
def test_differences(before: Any, now: Any, values: bool, says: list[str]) -> None:
    step = replace(read_plan("sinch").steps[0], needs=WRITE if values else READ)
    volatile = frozenset({"id"})
    kept = differing.saved([Result(step=step, status=200, body=before)], volatile)
    result = Result(step=step, status=200, body=now)
    differing.compare(kept, result, volatile)
    assert result.faults == says
