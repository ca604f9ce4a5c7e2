"""Tenants of Microsoft Teams: one owner each, a name nobody else has, an application of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import pytest

from gateway.models.database import connection, spawn
from tests.adapters.jambonz import document_rows as rows
from tests.adapters.jambonz import world

Connect = Callable[..., Any]
PATH = "/v1/MicrosoftTeamsTenants"
NEW = {
    "service_provider_sid": world.PROVIDER,
    "account_sid": world.ALPHA,
    "tenant_fqdn": "Customer.Contoso.example",
}


def listed(client: Any) -> set[str]:
    return {row["ms_teams_tenant_sid"] for row in client.get(PATH).json}


def test_a_tenant_lives_and_dies(client: Any) -> None:
    sid = client.post(PATH, json=NEW).json["sid"]
    one = f"{PATH}/{sid}"
    assert client.get(one).json == {
        "ms_teams_tenant_sid": sid,
        "service_provider_sid": world.PROVIDER,
        "account_sid": world.ALPHA,
        "application_sid": None,
        "tenant_fqdn": "customer.contoso.example",
    }
    assert client.put(one, json={"application_sid": rows.APP}).status_code == 204
    assert client.put(one, json={"tenant_fqdn": "other.example"}).status_code == 204
    read = client.get(one).json
    assert (read["application_sid"], read["tenant_fqdn"]) == (rows.APP, "other.example")
    assert client.put(one, json={**read, "application_sid": None}).status_code == 204
    assert client.get(one).json["application_sid"] is None
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404


def test_each_scope_lists_what_it_sees(connect: Connect) -> None:
    alphas = {rows.TENANT, rows.DOOMED_TENANT}
    assert listed(connect("alpha")) == alphas
    assert listed(connect("beta")) == {rows.BETAS_TENANT}
    assert listed(connect("provider")) == alphas | {rows.BETAS_TENANT}
    assert listed(connect("rival")) == {rows.GAMMAS_TENANT}
    assert listed(connect("admin")) == alphas | {rows.BETAS_TENANT, rows.GAMMAS_TENANT}


def test_a_name_is_taken_on_the_whole_platform(connect: Connect) -> None:
    gammas = {"service_provider_sid": world.RIVAL, "account_sid": world.GAMMA}
    body = {**gammas, "tenant_fqdn": "DOCUMENTS.contoso.example"}
    answer = connect("gamma").post(PATH, json=body)
    said = "Duplicate entry 'documents.contoso.example' for key 'tenant_fqdn'"
    assert answer.json == {"msg": said}
    assert connect("alpha").delete(f"{PATH}/{rows.TENANT}").status_code == 204
    assert connect("gamma").post(PATH, json=body).status_code == 201


def test_of_many_at_once_one_gets_the_name(connect: Connect, app: Any) -> None:
    def make(who: str, account: str, provider: str) -> int:
        body = {**NEW, "account_sid": account, "service_provider_sid": provider}
        with connection():
            return int(connect(who).post(PATH, json=body).status_code)

    jobs = [
        spawn(make, *owner)
        for owner in (
            ("alpha", world.ALPHA, world.PROVIDER),
            ("beta", world.BETA, world.PROVIDER),
            ("gamma", world.GAMMA, world.RIVAL),
        )
        for _ in range(2)
    ]
    gevent.joinall(jobs, timeout=30, raise_error=True)
    assert sorted(job.value for job in jobs) == [201, 422, 422, 422, 422, 422]


def test_a_tenant_moves_with_an_application_of_its_new_account(connect: Connect) -> None:
    provider, one = connect("provider"), f"{PATH}/{rows.TENANT}"
    kept = provider.put(one, json={"account_sid": world.BETA})
    said = "application_sid does not exist for specified account_sid"
    assert (kept.status_code, kept.json["msg"]) == (400, said)
    both = {"account_sid": world.BETA, "application_sid": rows.BETAS_APP}
    assert provider.put(one, json=both).status_code == 204
    assert connect("alpha").get(one).status_code == 404
    assert connect("beta").get(one).json["application_sid"] == rows.BETAS_APP
    assert provider.put(one, json={"account_sid": world.GAMMA}).status_code == 400


def test_an_application_that_goes_is_forgotten(client: Any) -> None:
    assert client.get(f"{PATH}/{rows.TENANT}").json["application_sid"] == rows.APP
    assert client.delete(f"/v1/Applications/{rows.APP}").status_code == 204
    assert client.get(f"{PATH}/{rows.TENANT}").json["application_sid"] is None


@pytest.mark.parametrize("who", ["beta", "gamma", "rival"])
def test_strangers_find_nothing(connect: Connect, who: str) -> None:
    one = f"{PATH}/{rows.TENANT}"
    for method, body in (("GET", None), ("PUT", {"tenant_fqdn": "x.example"}), ("DELETE", None)):
        assert connect(who).open(method, one, json=body).status_code == 404
    assert connect("alpha").get(one).json["tenant_fqdn"] == "documents.contoso.example"
