"""Every way to fail has the dialect's body, media type and headers, and leaks nothing."""

from __future__ import annotations

import gzip
import logging

import pytest

from gateway.domain.problems import Limited, Unavailable
from tests.http.conftest import BASIC
from tests.http.toy import MEDIA

JSON = {**BASIC, "Content-Type": "application/json"}
DEEP = b'{"a":' * 40 + b"1" + b"}" * 40

BODIES = {
    "not json": (b"{", {}, 400, "malformed"),
    "text": (b"hello", {}, 400, "malformed"),
    "no object": (b"[1]", {}, 400, "malformed"),
    "a number": (b"5", {}, 400, "malformed"),
    "not a number": (b'{"name": NaN}', {}, 400, "malformed"),
    "infinity": (b'{"name": 1e999}', {}, 400, "malformed"),
    "bad utf-8": (b'{"name": "\xff"}', {}, 400, "malformed"),
    "lone surrogate": (rb'{"name": "\ud800"}', {}, 400, "malformed"),
    "two values": (b'{"name":"a"}{"name":"b"}', {}, 400, "malformed"),
    "named twice": (b'{"name":"a","name":"b"}', {}, 400, "malformed"),
    "named twice beside a colon": (b'{"name":"a:b","name":"b"}', {}, 400, "malformed"),
    "too deep": (DEEP, {}, 400, "malformed"),
    "far too deep": (b"[" * 1500, {}, 400, "malformed"),
    "refused type": (b"x", {"Content-Type": "image/png"}, 415, "unsupported_media"),
    "refused exact type": (b"x", {"Content-Type": "text/csv; a=b"}, 415, "unsupported_media"),
    "compressed": (
        gzip.compress(b'{"name":"a"}'),
        {"Content-Encoding": "gzip"},
        415,
        "unsupported_media",
    ),
    "too large": (b'{"name":"' + b"a" * 3000 + b'"}', {}, 413, "too_large"),
    "empty": (b"", {}, 422, "invalid"),
    "blank": (b" \n", {}, 422, "invalid"),
    "missing": (b"{}", {}, 422, "invalid"),
}


@pytest.mark.parametrize(("raw", "headers", "status", "kind"), BODIES.values(), ids=BODIES)
def test_bad_bodies(make_site, raw, headers, status, kind):
    site = make_site(max_body_bytes=2048)
    answer = site.client.post("/t1/things", data=raw, headers={**JSON, **headers})
    assert (answer.status_code, answer.json["error"]["kind"]) == (status, kind)
    assert answer.mimetype == MEDIA
    assert site.shelf.rows == {}


LENIENT = {
    "no media type": (b'{"name":"a"}', {"Content-Type": ""}),
    "text/plain": (b'{"name":"a"}', {"Content-Type": "text/plain; charset=utf-8"}),
    "form type": (b'{"name":"a"}', {"Content-Type": "application/x-www-form-urlencoded"}),
    "multipart type": (b'{"name":"a"}', {"Content-Type": "multipart/form-data; boundary=x"}),
    "byte order mark": (b'\xef\xbb\xbf{"name":"a"}', {}),
    "white space": (b' \n{"name":"a"} ', {}),
    "identity encoding": (b'{"name":"a"}', {"Content-Encoding": "identity"}),
    "same name at two levels": (b'{"name":"a","x":{"name":"b"}}', {}),
    "colon in a text": (b'{"name":"a","x":"b:c"}', {}),
}


@pytest.mark.parametrize(("raw", "headers"), LENIENT.values(), ids=LENIENT)
def test_sloppy_bodies_are_read(site, raw, headers):
    answer = site.client.post("/t1/things", data=raw, headers={**JSON, **headers})
    assert (answer.status_code, answer.json["name"]) == (201, "a")


CREDENTIALS = {
    "none": {},
    "wrong": {"Authorization": "Basic a2V5Ondyb25n"},
    "not base64": {"Authorization": "Basic !!!"},
    "not utf-8": {"Authorization": "Basic /////w=="},
    "no colon": {"Authorization": "Basic a2V5"},
    "empty": {"Authorization": ""},
    "another scheme": {"Authorization": "Bearer pa:ss"},
}


@pytest.mark.parametrize("headers", CREDENTIALS.values(), ids=CREDENTIALS)
def test_credentials_come_before_the_body(site, headers):
    answer = site.client.post("/t1/things", data=b"{", headers=headers)
    assert (answer.status_code, answer.json["error"]["kind"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="toy"'
    assert site.shelf.seen == []


@pytest.mark.parametrize("path", ["/t1/nowhere", "/t1/", "/t1", "/toy", "/toy/", "/t1//things"])
def test_unknown_paths_are_the_dialects_404(site, path):
    answer = site.client.get(path)
    assert (answer.status_code, answer.mimetype) == (404, MEDIA)
    assert answer.json["error"]["kind"] == "not_found"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_a_wrong_method_names_the_right_ones(site, method):
    answer = site.client.open("/t1/things", method=method)
    assert (answer.status_code, answer.mimetype) == (405, MEDIA)
    assert answer.headers["Allow"] == "GET, HEAD, POST"


def test_a_profile_may_answer_a_wrong_method_as_404_without_allow(make_site):
    site = make_site(profiles={"toy": "observed"})
    answer = site.client.put("/t1/things")
    assert answer.status_code == 404
    assert "Allow" not in answer.headers


def test_unknown_ids_and_refused_deletes(site):
    assert site.client.get("/t1/things/x", headers=BASIC).json["error"]["text"] == "no such thing"
    row = site.shelf.add(name="used")
    answer = site.client.delete(f"/t1/things/{row.uid}", headers=BASIC)
    assert (answer.status_code, answer.json["error"]["kind"]) == (403, "in_use")


def test_a_fault_of_ours_says_nothing_and_is_logged(site, caplog):
    with caplog.at_level(logging.ERROR):
        answer = site.client.get("/t1/fail", headers={**BASIC, "X-Request-ID": "r-9"})
    assert (answer.status_code, answer.mimetype) == (500, MEDIA)
    assert "secret detail" not in answer.text
    (record,) = [r for r in caplog.records if r.name == "gateway.http.errors"]
    assert record.request_id == "r-9"
    assert "secret detail" in str(record.exc_info[1])


def failing(problem):
    def authenticate(ctx, credentials):
        raise problem

    return authenticate


@pytest.mark.parametrize(
    ("problem", "status"), [(Limited(retry_after=7), 429), (Unavailable(retry_after=3), 503)]
)
def test_retry_after_is_kept(make_site, problem, status):
    site = make_site({"authenticate": failing(problem)})
    answer = site.client.get("/t1/all")
    assert (answer.status_code, answer.mimetype) == (status, MEDIA)
    assert answer.headers["Retry-After"] == str(problem.retry_after)


def test_a_renderer_that_fails_is_a_bare_500(make_site, caplog):
    def render(problem, view):
        raise KeyError("no text")

    site = make_site({"render_problem": render})
    answer = site.client.get("/t1/nowhere")
    assert (answer.status_code, answer.json) == (500, {"error": "internal error"})


def test_an_overlong_idempotency_key_is_refused(site):
    answer = site.client.get("/t1/all", headers={**BASIC, "Idempotency-Key": "k" * 256})
    assert answer.json["error"]["fields"] == {"Idempotency-Key": ["length"]}


def test_a_rate_limit_counts_per_credential(make_site):
    site = make_site(rate_limit=0.001, rate_burst=2)
    statuses = [site.client.get("/t1/all", headers=BASIC).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = site.client.get("/t1/all", headers=BASIC)
    assert int(answer.headers["Retry-After"]) > 1
    assert site.client.post("/t1/echo", json={}).status_code == 202
    assert site.client.get("/t1/all").status_code == 401
    assert site.client.get("/t1/all").status_code == 429


def test_no_id_has_a_zero_character(site):
    answer = site.client.get("/t1/things/a%00b", headers=BASIC)
    assert (answer.status_code, answer.json["error"]["kind"]) == (404, "not_found")
    assert answer.json["error"]["text"] != "no such thing"


def test_no_rate_limit_by_default(site):
    statuses = {site.client.get("/t1/all", headers=BASIC).status_code for _ in range(300)}
    assert statuses == {200}
