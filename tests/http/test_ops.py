"""The gateway's own paths, and the 404 of paths nobody serves."""

from __future__ import annotations

import pytest

from gateway.domain.principal import Scope
from gateway.http.lifecycle import in_store
from gateway.models.migrate import upgrade
from gateway.services import keys, tenancy
from tests.http.conftest import BASIC
from tests.http.toy import toy


def test_health_and_readiness(site):
    assert site.client.get("/_gateway/health").json == {"status": "ok"}
    assert site.client.get("/_gateway/ready").json == {"status": "ok", "database": "ok"}


def test_not_ready_without_a_database(make_site, tmp_path):
    site = make_site()
    broken = make_site()
    broken.universe.store.database.execute_sql = None
    assert broken.client.get("/_gateway/ready").status_code == 503
    assert broken.client.get("/_gateway/health").status_code == 200
    assert site.client.get("/_gateway/ready").status_code == 200


def test_capabilities(site):
    found = site.client.get("/_gateway/capabilities").json
    assert found["dialects"]["toy"] == {
        "title": "Toy things",
        "version": "1",
        "base_url": "http://localhost/toy",
        "native_prefixes": ["/t1/"],
        "profile": "documented",
        "profiles": ["documented", "observed"],
        "openapi": "http://localhost/_gateway/openapi/toy.json",
        "docs": "http://localhost/_gateway/docs/toy",
    }


def test_documents_and_pages(site):
    document = site.client.get("/_gateway/openapi/toy.json")
    assert document.json["info"]["title"] == "Toy things"
    assert document.json["servers"] == [{"url": "http://localhost"}]
    page = site.client.get("/_gateway/docs/toy")
    assert page.mimetype == "text/html"
    assert "/t1/things/{id}" in page.text
    assert "beyond the seed" in page.text
    assert "<script" not in page.text
    assert "http" not in page.text.replace("../openapi", "")
    assert 'href="docs/toy"' in site.client.get("/_gateway/docs").text


def test_titles_are_escaped(make_site):
    site = make_site({"title": "<b>Toys & co</b>"})
    assert "&lt;b&gt;Toys &amp; co&lt;/b&gt;" in site.client.get("/_gateway/docs/toy").text


UNKNOWN = ["/_gateway/docs/nobody", "/_gateway/openapi/nobody.json", "/_gateway/x", "/nowhere", "/"]


@pytest.mark.parametrize("path", UNKNOWN)
def test_unknown_paths_name_the_served_ones(site, path):
    answer = site.client.get(path)
    assert answer.status_code == 404
    assert answer.json["error"]["prefixes"] == {"toy": ["/t1/"]}
    assert answer.json["error"]["text"] == f"nothing is served at {path}"


def test_a_wrong_method_keeps_allow(site):
    answer = site.client.post("/_gateway/health")
    assert (answer.status_code, answer.json["error"]["kind"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}


def test_metrics_count_requests_by_operation(site):
    site.client.get("/t1/all", headers=BASIC)
    site.client.get("/t1/all")
    site.client.get("/t1/nowhere")
    lines = site.client.get("/_gateway/metrics").text.splitlines()
    name = "polytrunk_http_requests_total"
    assert f'{name}{{dialect="toy",operation="allThings",status="200"}} 1.0' in lines
    assert f'{name}{{dialect="toy",operation="allThings",status="401"}} 1.0' in lines
    assert f'{name}{{dialect="toy",operation="none",status="404"}} 1.0' in lines


@pytest.mark.parametrize(
    "headers", [{}, BASIC, {"Authorization": "Bearer x"}, {"Authorization": "Digest x"}]
)
def test_metrics_are_closed_off_loopback(make_site, headers):
    site = make_site(bind="0.0.0.0:8080")
    upgrade(site.universe.store)
    answer = site.client.get("/_gateway/metrics", headers=headers)
    assert (answer.status_code, answer.json["error"]["kind"]) == (401, "unauthenticated")
    assert "WWW-Authenticate" in answer.headers


def test_a_dialect_without_error_schema_is_documented_too(make_site):
    site = make_site({"error_schema": None})
    document = site.app.document("toy")
    assert "content" not in document["components"]["responses"]["Error404"]
    assert toy().error_schema is not None


@pytest.mark.parametrize(("scope", "status"), [(Scope.ADMIN, 200), (Scope.ACCOUNT, 401)])
def test_metrics_open_for_an_admin_key(make_site, scope, status):
    site = make_site(bind="0.0.0.0:8080")
    upgrade(site.universe.store)
    with in_store(site.universe):
        ctx = site.universe.context()
        owner = None
        if scope is Scope.ACCOUNT:
            provider = tenancy.create_service_provider(ctx, name="p")
            owner = tenancy.create_account(ctx, service_provider_uid=provider.uid, name="a").uid
        made = keys.create(ctx, scope=scope, account_uid=owner)
    headers = {"Authorization": f"Bearer {made.secret}"}
    assert site.client.get("/_gateway/metrics", headers=headers).status_code == status
