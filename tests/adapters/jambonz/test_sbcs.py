"""Addresses of the platform: who reads which, who writes which, our own SMPP listener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.context import Context
from gateway.services import platform_addresses
from tests.adapters.jambonz import document_rows as rows
from tests.adapters.jambonz import world

Connect = Callable[..., Any]
OF_PROVIDER = f"/v1/Sbcs?service_provider_sid={world.PROVIDER}"
OF_RIVAL = f"/v1/Sbcs?service_provider_sid={world.RIVAL}"


def sids(answer: Any) -> set[str]:
    return {row["sbc_address_sid"] for row in answer.json}


def test_a_list_without_a_filter_has_the_platforms_addresses(connect: Connect) -> None:
    for who in ("admin", "provider", "rival", "alpha", "gamma"):
        assert connect(who).get("/v1/Sbcs").json == [
            {
                "sbc_address_sid": rows.PLATFORM_SBC,
                "ipv4": "192.0.2.10",
                "port": 5061,
                "service_provider_sid": None,
            }
        ]


@pytest.mark.parametrize(
    ("who", "query", "seen"),
    [
        ("admin", OF_PROVIDER, {rows.OWN_SBC, rows.DOOMED_SBC}),
        ("admin", OF_RIVAL, {rows.RIVALS_SBC}),
        ("provider", OF_PROVIDER, {rows.OWN_SBC, rows.DOOMED_SBC}),
        ("provider", OF_RIVAL, set()),
        ("alpha", OF_PROVIDER, {rows.OWN_SBC, rows.DOOMED_SBC}),
        ("gamma", OF_PROVIDER, set()),
        ("gamma", OF_RIVAL, {rows.RIVALS_SBC}),
        ("admin", "/v1/Sbcs?service_provider_sid=x", set()),
        ("admin", f"/v1/Sbcs?service_provider_sid={world.NOBODY}", set()),
    ],
)
def test_a_filter_shows_whom_the_caller_belongs_to(
    connect: Connect, who: str, query: str, seen: set[str]
) -> None:
    assert sids(connect(who).get(query)) == seen


def test_an_administrator_makes_addresses_for_all(connect: Connect) -> None:
    sid = connect("admin").post("/v1/Sbcs", json={"ipv4": "sbc.example"}).json["sid"]
    made = next(r for r in connect("alpha").get("/v1/Sbcs").json if r["sbc_address_sid"] == sid)
    assert (made["ipv4"], made["port"], made["service_provider_sid"]) == ("sbc.example", 5060, None)
    assert connect("admin").delete(f"/v1/Sbcs/{sid}").status_code == 200
    assert connect("admin").delete(f"/v1/Sbcs/{sid}").status_code == 404


def test_a_provider_makes_its_own(connect: Connect) -> None:
    sid = connect("provider").post("/v1/Sbcs", json={"ipv4": "192.0.2.77"}).json["sid"]
    assert sid in sids(connect("alpha").get(OF_PROVIDER))
    assert sid not in sids(connect("alpha").get("/v1/Sbcs"))
    assert connect("rival").delete(f"/v1/Sbcs/{sid}").status_code == 404
    assert connect("provider").delete(f"/v1/Sbcs/{sid}").status_code == 200


@pytest.mark.parametrize("profile", ["observed"])
def test_the_server_deletes_without_a_body(connect: Connect, profile: str) -> None:
    client = connect("admin")
    path = f"/v1/Sbcs/{rows.OWN_SBC}"
    answer = client.client.delete(path, headers=client.headers)
    assert (answer.status_code, answer.data) == (204, b"")


def test_smpp_addresses_have_the_same_life(connect: Connect) -> None:
    body = {"ipv4": "smpp.example", "port": 2776, "use_tls": "true", "is_primary": 0}
    sid = connect("admin").post("/v1/Smpps", json=body).json["sid"]
    assert connect("alpha").get("/v1/Smpps").json == [
        {
            "smpp_address_sid": sid,
            "ipv4": "smpp.example",
            "port": 2776,
            "use_tls": True,
            "is_primary": False,
            "service_provider_sid": None,
        }
    ]
    own = connect("alpha").get(f"/v1/Smpps?service_provider_sid={world.PROVIDER}").json
    assert {row["smpp_address_sid"] for row in own} == {rows.OWN_SMPP, rows.DOOMED_SMPP}
    assert connect("provider").delete(f"/v1/Smpps/{sid}").status_code == 404
    assert connect("admin").delete(f"/v1/Smpps/{sid}").status_code == 204


@pytest.mark.parametrize(
    ("bound", "host", "port"),
    [
        ("192.0.2.99:2775", "192.0.2.99", 2775),
        ("0.0.0.0:2780", "gateway.example", 2780),
        ("[::]:2780", "gateway.example", 2780),
    ],
)
def test_without_stored_addresses_our_own_listener_is_shown(
    context: Callable[[str], Context], bound: str, host: str, port: int
) -> None:
    ctx = context("alpha")
    settings = replace(ctx.settings, smpp_bind=bound)
    ctx = replace(ctx, settings=settings, base_url="https://gateway.example:8443")
    (row,) = platform_addresses.smpp_listeners(ctx, "jambonz.smpp_address")
    assert (row.uid, row.body["ipv4"], row.body["port"]) == (None, host, port)
    provider = ctx.caller.service_provider_uid
    assert provider is not None
    stored = platform_addresses.smpp_listeners(ctx, "jambonz.smpp_address", provider)
    assert {str(row.uid) for row in stored} == {rows.OWN_SMPP, rows.DOOMED_SMPP}


def test_without_a_listener_there_is_none(connect: Connect, settings: Any) -> None:
    assert not settings.smpp_bind
    assert connect("alpha").get("/v1/Smpps").json == []
