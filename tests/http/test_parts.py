"""The kit's small parts alone: bodies, paths in another case, windows, rate limits."""

from __future__ import annotations

import pytest

from gateway.dialect import BodyRules
from gateway.domain.problems import Limited, Malformed, UnsupportedMedia
from gateway.http import body, limits
from gateway.http.paging import Page, Window, next_url, self_url
from gateway.http.paths import CaseFolder
from gateway.wire import View

FORMS = BodyRules(forms=True)
FORM_BODIES = {
    "pairs": (b"a=1&b=x+y&c=%2B1", {"a": "1", "b": "x y", "c": "+1"}),
    "repeated": (b"a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
    "blank": (b"a=&b", {"a": "", "b": ""}),
}


@pytest.mark.parametrize(("raw", "value"), FORM_BODIES.values(), ids=FORM_BODIES)
def test_forms_where_the_dialect_reads_them(raw, value):
    assert body.parse(raw, body.FORM, FORMS, 32) == value
    with pytest.raises(Malformed):
        body.parse(raw, body.FORM, BodyRules(), 32)


@pytest.mark.parametrize("raw", [b"a=%ff", b"\xff=1", b"&".join(b"a%d=1" % n for n in range(501))])
def test_bad_forms_are_malformed(raw):
    with pytest.raises(Malformed):
        body.parse(raw, body.FORM, FORMS, 32)


def test_a_dialect_may_take_repeated_members():
    rules = BodyRules(repeated_keys=True)
    assert body.parse(b'{"a":1,"a":2}', "", rules, 32) == {"a": 2}


@pytest.mark.parametrize(("levels", "accepted"), [(4, True), (5, False)])
def test_depth_counts_objects_and_lists(levels, accepted):
    raw = b'{"a":[' * (levels // 2) + b"[" * (levels % 2)
    raw += b"]" * (levels % 2) + b"]}" * (levels // 2)
    if accepted:
        assert body.parse(raw, "", BodyRules(), 4)
    else:
        with pytest.raises(Malformed, match="deeper than 4"):
            body.parse(raw, "", BodyRules(), 4)


def test_brackets_in_texts_are_no_depth():
    assert body.parse(b'{"a":"[[[[[[{{{{{{"}', "", BodyRules(), 4) == {"a": "[[[[[[{{{{{{"}


@pytest.mark.parametrize("media", ["image/png", "text/csv"])
def test_media_types_a_dialect_refuses(media):
    rules = BodyRules(refused=frozenset({"image/*", "text/csv"}))
    with pytest.raises(UnsupportedMedia):
        body.check_media(media, "", rules)
    body.check_media("text/plain", "", rules)
    body.check_media("", "", rules)


FOLDER = CaseFolder(["/v1/Accounts/<sid>/Calls", "/v1/Users/me", "/v1/Users/<sid>", "/v1/<any>"])
FOLDED = {
    "fixed segments": ("/V1/accounts/AbC/CALLS", "/v1/Accounts/AbC/Calls"),
    "a literal wins": ("/v1/users/ME", "/v1/Users/me"),
    "a parameter stays": ("/v1/users/You", "/v1/Users/You"),
    "back to a parameter": ("/v1/Accounts", "/v1/Accounts"),
    "trailing slash": ("/v1/USERS/x/", "/v1/Users/x/"),
    "no route": ("/v1/accounts/x/nothing", "/v1/accounts/x/nothing"),
    "root": ("/", "/"),
    "empty": ("", ""),
    "double slash": ("//v1/users/x", "//v1/users/x"),
}


@pytest.mark.parametrize(("path", "folded"), FOLDED.values(), ids=FOLDED)
def test_folding(path, folded):
    assert FOLDER(path) == folded


def test_window_links_are_quoted_and_keep_their_order():
    window = Window("/v2/a b", 3, 6, {"starts_with": "+44 1", "alias": "a&b"})
    page = Page.of([1, 2, 3, 4], window)
    start = "https://h/x/v2/a%20b?starts_with=%2B44%201&alias=a%26b"
    assert self_url(page, View(base="https://h/x")) == f"{start}&limit=3&offset=6"
    assert next_url(page, View(base="https://h/x")) == f"{start}&limit=3&offset=9"
    assert page.items == [1, 2, 3]


def test_a_page_without_more_has_no_next():
    page = Page.ask(Window("/p", 3), lambda limit, offset: list(range(limit - 1)))
    assert (len(page.items), next_url(page, View())) == (3, None)


def test_a_limiter_counts_each_key_and_refills():
    now = [0.0]
    limiter = limits.RateLimiter(2.0, 2.0, lambda: now[0])
    for key in ("a", "a", "b"):
        limiter.check(key)
    with pytest.raises(Limited) as caught:
        limiter.check("a")
    assert caught.value.retry_after == 1
    now[0] = 0.5
    limiter.check("a")


def test_a_limiter_forgets_the_longest_unused(monkeypatch):
    monkeypatch.setattr(limits, "MOST_KEYS", 2)
    limiter = limits.RateLimiter(1.0, 1.0, lambda: 0.0)
    for key in ("a", "b"):
        limiter.check(key)
    with pytest.raises(Limited):
        limiter.check("a")
    limiter.check("c")
    assert list(limiter.buckets) == ["a", "c"]
