"""Operations over the toy dialect: reading, presenting, statuses, profiles, links."""

from __future__ import annotations

import pytest

from tests.http.conftest import BASIC
from tests.http.toy import ACCOUNT, MEDIA


def create(site, **values):
    answer = site.client.post("/t1/things", json={"name": "a", **values}, headers=BASIC)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_create_get_and_list(site):
    made = create(site, color="RED", active="true")
    assert made == {
        "id": made["id"],
        "type": "thing",
        "name": "a",
        "size": 1,
        "active": True,
        "color": "red",
        "self": f"http://localhost/t1/things/{made['id']}",
    }
    answer = site.client.get(f"/t1/things/{made['id']}", headers=BASIC)
    assert (answer.status_code, answer.json, answer.mimetype) == (200, made, MEDIA)
    assert site.client.get("/t1/all", headers=BASIC).json == [made]


def test_the_service_gets_the_context_of_the_request(site):
    site.client.post(
        "/t1/things",
        json={"name": "a"},
        headers={**BASIC, "X-Request-ID": "r-1", "Idempotency-Key": " k "},
    )
    (ctx,) = site.shelf.seen
    assert ctx.account_uid == ACCOUNT
    assert (ctx.dialect, ctx.profile) == ("toy", "documented")
    assert (ctx.request_id, ctx.idempotency_key) == ("r-1", "k")
    assert ctx.base_url == "http://localhost"
    assert ctx.runtime is site.universe.runtime


def test_merge_keeps_what_the_body_does_not_name(site):
    made = create(site, size=7)
    answer = site.client.patch(f"/t1/things/{made['id']}", json={"name": "b"}, headers=BASIC)
    assert answer.json == {**made, "name": "b"}


def test_a_services_refusal_is_told_in_the_members_of_the_client(site):
    answer = site.client.post("/t1/things", json={"name": "taken"}, headers=BASIC)
    assert (answer.status_code, answer.json["error"]["fields"]) == (422, {"active": ["taken"]})


def test_delete_has_no_body(site):
    made = create(site)
    answer = site.client.delete(f"/t1/things/{made['id']}", headers=BASIC)
    assert (answer.status_code, answer.data) == (204, b"")
    assert "Content-Type" not in answer.headers


def test_an_answer_may_choose_status_and_headers(site):
    answer = site.client.post("/t1/echo", json={"a": 1})
    assert (answer.status_code, answer.headers["X-Echo"], answer.data) == (202, "1", b"")


def test_a_profile_changes_status_and_rendering(make_site):
    site = make_site(profiles={"toy": "observed"})
    answer = site.client.post("/t1/things", json={"name": "a", "active": True}, headers=BASIC)
    assert (answer.status_code, answer.json["active"]) == (200, 1)


def test_links_echo_filters_and_next_only_when_more(site):
    for name in ("a", "b", "a", "a"):
        create(site, name=name)
    first = site.client.get("/t1/things?name=a", headers=BASIC).json
    assert len(first["items"]) == 2
    root = "http://localhost/t1/things?name=a"
    assert first["links"] == {
        "self": f"{root}&limit=2&offset=0",
        "next": f"{root}&limit=2&offset=2",
    }
    second = site.client.get(first["links"]["next"], headers=BASIC).json
    assert len(second["items"]) == 1
    assert second["links"] == {"self": f"{root}&limit=2&offset=2"}


def test_exactly_full_last_page_has_no_next(site):
    for _ in range(4):
        create(site)
    last = site.client.get("/t1/things?offset=2", headers=BASIC).json
    assert len(last["items"]) == 2
    assert "next" not in last["links"]


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("limit=0", {"limit": ["range"]}),
        ("limit=11", {"limit": ["range"]}),
        ("limit=x&offset=-1", {"limit": ["type"], "offset": ["range"]}),
        ("limit=", {"limit": ["type"]}),
        ("limit=1&limit=2", {"limit": ["type"]}),
    ],
)
def test_bad_windows_are_refused(site, query, paths):
    answer = site.client.get(f"/t1/things?{query}", headers=BASIC)
    assert (answer.status_code, answer.json["error"]["fields"]) == (422, paths)


PREFIXED = {
    "native": ("/t1/things", "http://localhost"),
    "named": ("/toy/t1/things", "http://localhost/toy"),
    "named in capitals": ("/TOY/t1/things", "http://localhost/TOY"),
}


@pytest.mark.parametrize(("path", "base"), PREFIXED.values(), ids=PREFIXED)
def test_links_stay_below_the_path_the_client_used(site, path, base):
    answer = site.client.post(path, json={"name": "a"}, headers=BASIC)
    assert answer.json["self"].startswith(f"{base}/t1/things/")


def test_public_url_is_the_root_of_links(make_site):
    site = make_site(public_url="https://api.example/")
    answer = site.client.post("/toy/t1/things", json={"name": "a"}, headers=BASIC)
    assert answer.json["self"].startswith("https://api.example/toy/t1/things/")


def test_trailing_slashes_are_accepted_without_redirect(site):
    assert site.client.get("/t1/things/", headers=BASIC).status_code == 200


def test_head_has_the_headers_of_get(site):
    answer = site.client.head("/t1/things", headers=BASIC)
    assert (answer.status_code, answer.data) == (200, b"")


def test_case_of_paths_is_folded_only_where_the_dialect_says_so(make_site):
    strict, folding = make_site(), make_site({"folds_path_case": True})
    assert strict.client.get("/t1/mixed/Ab/case").status_code == 404
    assert folding.client.get("/T1/mIxed/Ab/CASE").status_code == 204
    assert folding.client.get("/t1/mixed/Ab/case/").status_code == 204
    assert folding.shelf.seen == ["Ab", "Ab"]
    assert folding.client.get("/t1/mixed/nowhere").status_code == 404


def test_plus_in_a_query_is_a_space_unless_the_dialect_says_otherwise(make_site):
    spaced, plain = make_site(), make_site({"plus_is_plus": True})
    for site, name in ((spaced, "a b"), (plain, "a+b")):
        create(site, name=name)
        found = site.client.get("/t1/things?name=a+b", headers=BASIC).json
        assert [item["name"] for item in found["items"]] == [name]


def test_every_answer_names_its_request(site):
    given = site.client.get("/t1/all", headers={**BASIC, "X-Request-ID": "abc-1"})
    assert given.headers["X-Request-ID"] == "abc-1"
    odd = site.client.get("/t1/all", headers={**BASIC, "X-Request-ID": "a b\u00e9"})
    assert len(odd.headers["X-Request-ID"]) == 36
