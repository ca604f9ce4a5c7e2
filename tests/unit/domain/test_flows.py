"""Configs of flow nodes: where they refer to others, and what is left when those go."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.flows import CALL_EXITS, HANGUP, TYPES, FlowType, references, rewritten

HUNT = {"devices": ["a", "b", "a"], "onBusy": "a", "onFail": HANGUP, "ringTime": 30}
ROUTER = {"options": [{"option": "1", "connectTo": "a"}, {"option": "2"}], "connectTo": "b"}


def places(type_: FlowType, config: dict[str, Any]) -> dict[str, str]:
    return {found.path: found.value for found in references(type_, config)}


def hung_up(type_: FlowType, config: dict[str, Any], gone: str) -> dict[str, Any]:
    return rewritten(type_, config, lambda found: HANGUP if found.value == gone else found.value)


def test_every_type_has_a_row_and_a_body_of_its_own() -> None:
    assert set(TYPES) == set(FlowType)
    assert len({shape.body for shape in TYPES.values()}) == 22


def test_every_type_lets_calls_go_on() -> None:
    for shape in TYPES.values():
        ways = {place.path for place in shape.places}
        assert "connectTo" in ways or ways >= set(CALL_EXITS)


def test_references_are_found_where_the_table_says() -> None:
    assert places(FlowType.HUNT_GROUP, HUNT) == {
        "devices.0": "a", "devices.1": "b", "devices.2": "a", "onBusy": "a",
    }  # fmt: skip
    assert places(FlowType.ZONE_ROUTER, ROUTER) == {"options.0.connectTo": "a", "connectTo": "b"}
    assert places(FlowType.SAY, {"text": "x", "connectTo": HANGUP}) == {}
    assert places(FlowType.SAY, {}) == {}


def test_what_goes_leaves_lists_and_is_hung_up_elsewhere() -> None:
    assert hung_up(FlowType.HUNT_GROUP, HUNT, "a") == {**HUNT, "devices": ["b"], "onBusy": HANGUP}
    assert hung_up(FlowType.ZONE_ROUTER, ROUTER, "a") == {
        "options": [{"option": "1", "connectTo": HANGUP}, {"option": "2"}], "connectTo": "b",
    }  # fmt: skip
    assert HUNT["devices"] == ["a", "b", "a"], "the config itself is left alone"
    for type_, config in ((FlowType.HUNT_GROUP, HUNT), (FlowType.ZONE_ROUTER, ROUTER)):
        assert hung_up(type_, config, "c") == config


@pytest.mark.parametrize(
    ("type_", "config"),
    [
        (FlowType.HUNT_GROUP, {"devices": "a"}),
        (FlowType.HUNT_GROUP, {"devices": {"a": 1}}),
        (FlowType.ZONE_ROUTER, {"options": ["a"]}),
    ],
)
def test_configs_of_another_shape_are_refused(type_: FlowType, config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        list(references(type_, config))
