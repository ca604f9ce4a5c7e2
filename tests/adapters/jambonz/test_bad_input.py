"""Bad input of every area: the documented status and body, and a database that did not change."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gateway.universe import Universe
from tests.adapters.jambonz.area import NOTHING, Bad
from tests.adapters.jambonz.areas import AREAS
from tests.support.contract import UNSET, ContractClient
from tests.support.snapshots import changed, snapshot


def send(client: ContractClient, case: Bad, made: Mapping[str, str]) -> Any:
    path = case.path.format(**made)
    body = UNSET
    if case.json is not NOTHING:
        text = json.dumps(case.json)
        for name, value in made.items():
            text = text.replace("{" + name + "}", value)
        body = json.loads(text)
    return client.open(case.method, f"/v1{path}", json=body, data=case.data)


def caller(case: Bad, made: Mapping[str, str]) -> str | dict[str, str]:
    """A credential of the world, or the header of a token that areas prepared."""
    if "{" not in case.who:
        return case.who
    return {"Authorization": f"Bearer {case.who.format(**made)}"}


def faults(case: Bad, answer: Any) -> list[str]:
    """What is wrong with the refusal of a case."""
    if answer.status_code != case.status:
        return [f"{answer.status_code} instead of {case.status}: {answer.text[:200]}"]
    said = answer.json["msg"]
    return [] if said and case.says in said else [f"says {said!r} instead of {case.says!r}"]


@pytest.mark.parametrize("area", sorted(AREAS))
def test_bad_input_is_refused_and_changes_nothing(
    area: str,
    connect: Callable[..., ContractClient],
    universe: Universe,
    made: Mapping[str, str],
) -> None:
    wrong = {}
    before = snapshot()
    for case in AREAS[area].cases:
        found = faults(case, send(connect(caller(case, made)), case, made))
        if tables := changed(before, snapshot()):
            found.append(f"changed {tables}")
            before = snapshot()
        if found:
            wrong[case.name] = found
    assert wrong == {}


@pytest.mark.parametrize("profile", ["observed"])
@pytest.mark.parametrize("area", sorted(AREAS))
def test_the_observed_profile_refuses_too(
    area: str,
    connect: Callable[..., ContractClient],
    universe: Universe,
    made: Mapping[str, str],
    profile: str,
) -> None:
    """Status and shape may be the server's own; nothing wrong is taken, nothing is our fault."""
    wrong = {}
    before = snapshot()
    for case in AREAS[area].cases:
        client = connect(caller(case, made))
        answer = _plain(client.client, client.headers, case, made)
        if not 400 <= answer.status_code < 500:
            wrong[case.name] = f"{answer.status_code}: {answer.text[:200]}"
    assert wrong == {}
    assert changed(before, snapshot()) == []


def _plain(client: Any, headers: Mapping[str, str], case: Bad, made: Mapping[str, str]) -> Any:
    text = case.data
    if case.json is not NOTHING:
        whole = json.dumps(case.json)
        for name, value in made.items():
            whole = whole.replace("{" + name + "}", value)
        text = whole.encode()
    path = f"/v1{case.path.format(**made)}"
    media = "application/json" if text else None
    return client.open(path, method=case.method, data=text, headers=headers, content_type=media)
