"""Scripts of far ends: who plays which, what JSON may say, what they come to."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain import call_scripts
from gateway.domain.call_scripts import ANSWER, MAGIC, CallScript, Step
from gateway.domain.calls import TERMINAL, TRANSITIONS, CallStatus, advance


@pytest.mark.parametrize(
    ("destination", "name"),
    [
        ("+12065550100", "answer"),
        ("+12065558486", "status 486"),
        ("sip:12065558486@pbx.example", "status 486"),
        ("sip:12065558486@pbx.example;transport=tls", "status 486"),
        ("5559003", "hangs up"),
        ("joe5559010@alpha.example", "rings on"),
        ("+12065559999", "answer"),
        ("+12065558200", "answer"),
        ("+12065558700", "answer"),
        ("+12065558299", "answer"),
        ("+12065558300", "status 300"),
        ("+12065558699", "status 699"),
        ("+120655584860", "answer"),
        ("sip:joe@5558486.example", "answer"),
        ("", "answer"),
    ],
)
def test_who_plays_which_script(destination: str, name: str) -> None:
    assert call_scripts.by_destination(destination).name == name


@pytest.mark.parametrize(
    ("sip_status", "status"),
    [
        (486, "busy"),
        (600, "busy"),
        (603, "busy"),
        (408, "no_answer"),
        (480, "no_answer"),
        (487, "cancelled"),
        (404, "failed"),
        (503, "failed"),
    ],
)
def test_what_a_refusal_comes_to(sip_status: int, status: str) -> None:
    assert call_scripts.outcome(sip_status) == status
    assert call_scripts.refused(sip_status).steps[-1].sip_status == sip_status


@pytest.mark.parametrize("script", [*MAGIC.values(), call_scripts.refused(486)], ids=str)
def test_every_step_of_a_script_moves_the_call(script: CallScript) -> None:
    state = CallStatus.QUEUED
    for step in script.steps:
        assert advance(state, step.status) is step.status
        state = step.status
    assert script.summary


@pytest.mark.parametrize("script", [*MAGIC.values(), call_scripts.refused(404)], ids=str)
def test_a_shown_script_is_read_as_the_same(script: CallScript) -> None:
    assert call_scripts.script_of(call_scripts.shown(script)) == script


def test_every_state_has_a_sip_status() -> None:
    assert set(call_scripts.SIP_STATUS) == set(TRANSITIONS)


def test_which_scripts_end_and_answer() -> None:
    assert not call_scripts.ends(ANSWER)
    assert ANSWER.answers
    assert call_scripts.ends(MAGIC[3])
    assert call_scripts.ends(call_scripts.refused(486))
    assert not call_scripts.refused(486).answers
    assert {step.status for step in MAGIC[10].steps} & TERMINAL == set()


STEP = {"status": "trying"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "steps must be a list"),
        ({"steps": {}}, "steps must be a list"),
        ({"steps": []}, "1 to 50 steps"),
        ({"steps": [STEP] * 51}, "1 to 50 steps"),
        ({"steps": ["trying"]}, "a step must be an object"),
        ({"steps": [{}]}, "wrong type"),
        ({"steps": [{"status": "loud"}]}, "loud"),
        ({"steps": [{**STEP, "after": -1}]}, "after is from 0"),
        ({"steps": [{**STEP, "after": 43_201}]}, "after is from 0"),
        ({"steps": [{**STEP, "after": "1"}]}, "wrong type"),
        ({"steps": [{**STEP, "sip_status": 700}]}, "sip_status is from 100"),
        ({"steps": [{**STEP, "tone": 1}]}, "a step has no tone"),
        ({"steps": [STEP], "tone": 1}, "a script has no tone"),
        ({"steps": [STEP], "talks": -1}, "talks is from 0"),
        ({"steps": [STEP], "digits": [1]}, "digits must be texts"),
        ({"steps": [STEP], "speech": [None]}, "speech must be texts"),
    ],
)
def test_what_is_wrong_with_a_script(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call_scripts.script_of(given)


def test_a_single_text_is_one_answer() -> None:
    script = call_scripts.script_of({"steps": [STEP], "digits": "12"})
    assert script.digits == ("12",)
    assert script.steps == (Step(status=CallStatus.TRYING),)
