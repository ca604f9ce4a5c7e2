"""Every request of the published guide, its slips of the pen mended, in both profiles."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.adapters.callable import device_rows, world
from tests.support.contract import UNSET, ContractClient

SAMPLES = json.loads(Path("fixtures/samples/callable.json").read_text())
PIZZAS, TAXIS = "5554872e-b073-1b38-efa4-d44400000001", "5564872e-b073-1b38-efa4-d55500000001"
FIRST, SECOND = "7774872e-b999-1b38-efa4-d88800000001", "8884872e-b999-1b38-efa4-d99900000001"
TRUNK = "66aa8915-834a-3004-8363-9c73690d8fe1"
PLUGIN, EVENTS = "2ad34a16-dc17-42da-b67a-4d68d0046832", "3ab34a16-dc17-42da-b67a-4d68d0046822"
GATEWAY, START = "7aa48c2a-aa01-488b-abfb-4eabce3ce9f8", "4db61df1-f214-4037-9a89-1276bc83a83a"


@pytest.fixture(params=["extended", "strict"])
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def guide() -> dict[str, Any]:
    """The world that the guide's answers show. Its organisation's id has a letter that no
    hexadecimal number has, so that it is an alias."""
    organisation = {"service_provider": "organisation"}
    mine = {**organisation, "account": "pizzas"}
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "organisation", "name": "Demo Organisation"}],
        "accounts": [
            {
                "ref": "pizzas", "uid": PIZZAS, **organisation, "name": "Darren's Pizzas",
                "billing_number": "+441234567890", "domain": "darrenspizzas",
            },
            {"ref": "taxis", "uid": TAXIS, **organisation, "name": "Dean's Taxis"},
        ],
        "users": [world.user(world.BOTH_USER, "demo", "OrganisationAdmin", "VoiceChannel")],
        "trunks": [
            {**mine, "ref": "default", "name": "default", "host_name": "d", "is_auto": True}
        ],
        "access_lists": [
            {**mine, "ref": "list", "name": "default (auto)", "is_auto": True,
             "home_trunk": "default"}
        ],
        "trunk_access_lists": [{"trunk": "default", "access_list": "list"}],
        "endpoints": [
            {
                **mine, "ref": TRUNK, "uid": TRUNK, "name": "1.1.1.1", "kind": "host",
                "address": "1.1.1.1", "port": 5060, "trunk": "default", "access_list": "list",
                "admits": True, "dials": True, "description": "Primary IP Address",
            }
        ],
        "numbers": [
            {**mine, "uid": FIRST, "e164": "+441234567890"},
            {**mine, "uid": SECOND, "e164": "+441234567891"},
        ],
        "hooks": [
            world.hook("pizzas", PLUGIN, "flow", "myplugin"),
            world.hook("pizzas", EVENTS, "event", "myevent"),
        ],
        "flow_nodes": [
            {
                "uid": GATEWAY, "account": "pizzas", "type": "SIP_GATEWAY", "name": "Primary GW",
                "extension": "601",
                "config": {
                    "ringTime": 180, "maxCallTime": 14400, "record": False, "trunks": [TRUNK],
                    "present": "pass-through", "countryCode": "GB", **device_rows.EXITS,
                },
            },
            {
                "uid": START, "account": "pizzas", "type": "ROUTE_START", "name": "Start of Flow",
                "extension": "600", "config": {"ddis": [FIRST], "connectTo": GATEWAY},
            },
        ],
        "aliases": [
            {
                "dialect": "callable", "kind": "service_provider", "object": "organisation",
                "foreign_id": "3h74872eb0731b38efa4d556",
            }
        ],
    }  # fmt: skip


@pytest.fixture
def rows() -> dict[str, Any]:
    return guide()


def send(client: ContractClient, sample: dict[str, Any], tokens: dict[str, str]) -> Any:
    form = {name: text.format(**tokens) for name, text in sample.get("form", {}).items()}
    return client.open(
        sample["method"],
        sample["path"],
        json=sample.get("body", UNSET),
        data=urlencode(form) if form else None,
        content_type="application/x-www-form-urlencoded" if form else sample.get("media", UNSET),
        headers={"Authorization": f"Bearer {tokens['access_token']}"} if tokens else {},
    )


def test_every_request_of_the_guide(connect: Callable[..., ContractClient]) -> None:
    """In order: the tokens of the first are used by all others."""
    client, tokens, wrong = connect(None), {}, {}
    for sample in SAMPLES:
        answer = send(client, sample, tokens)
        if answer.status_code != sample["status"]:
            wrong[sample["does"]] = f"{answer.status_code}: {answer.text}"
        elif "answer" in sample and answer.json != sample["answer"]:
            wrong[sample["does"]] = answer.json
        elif "form" in sample:
            tokens = answer.json
            assert (tokens["expires_in"], tokens["refresh_expires_in"]) == (3600, 36_000)
    assert wrong == {}
