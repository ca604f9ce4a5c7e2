"""Alerts: their words in both profiles, filters, pages, and who sees which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from adapters.jambonz import alert_words, profiles
from gateway.domain.context import Context
from gateway.domain.words import AlertType
from gateway.models.database import write
from gateway.services import alerts
from tests.adapters.jambonz import document_rows as rows
from tests.adapters.jambonz import world

Connect = Callable[..., Any]
ALPHA, PROVIDER = (f"/v1{rows.SPEECH[who]}/Alerts" for who in ("alpha", "provider"))
PAGE = "page=1&count=25"
observed = pytest.mark.parametrize("profile", ["observed"])


def raw(client: Any, path: str) -> Any:
    """An answer the contract has no words for."""
    answer = client.client.get(path, headers=client.headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def add(ctx: Context, kind: AlertType, account: str | None, provider: str | None) -> None:
    with write():
        alerts.add(
            ctx,
            kind,
            "told",
            account_uid=UUID(account) if account else None,
            service_provider_uid=UUID(provider) if provider else None,
        )


def test_the_newest_comes_first_with_all_its_members(client: Any) -> None:
    page = client.get(f"{ALPHA}?{PAGE}").json
    assert {name: page[name] for name in ("total", "batch", "page", "page_size")} == {
        "total": rows.ALPHAS_ALERTS, "batch": 25, "page": 1, "page_size": 25,
    }  # fmt: skip
    assert page["data"][0] == {
        "time": "2026-02-28T12:15:00.000Z",
        "account_sid": world.ALPHA,
        "service_provider_sid": world.PROVIDER,
        "alert_type": "no-carrier",
        "message": "documents country_blocked",
        "detail": rows.FOUND,
    }
    times = [row["time"] for row in page["data"]]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("kind", list(AlertType))
def test_every_kind_has_its_word(client: Any, kind: AlertType) -> None:
    rest = client.get(f"{ALPHA}?{PAGE}").json["data"]
    (found,) = [row for row in rest if row["message"] == f"documents {kind}"]
    assert found["alert_type"] == alert_words.DOCUMENTED[kind]


FINE = {
    AlertType.WEBHOOK_NOT_FOUND: "webhook-url-notfound",
    AlertType.PAYLOAD_INVALID: "invalid-app-payload",
    AlertType.LIMIT_CALLS: "account-call-limit",
    AlertType.LIMIT_DEVICES: "account-device-limit",
    AlertType.LIMIT_API: "account-api-limit",
    AlertType.ACCOUNT_SUSPENDED: "account is inactive or suspended",
}


@observed
def test_the_server_has_finer_words(connect: Connect, profile: str) -> None:
    page = raw(connect("alpha"), f"{ALPHA}?{PAGE}")
    assert (page["page"], page["page_size"]) == ("1", "25")
    words = {row["message"]: row["alert_type"] for row in page["data"]}
    assert words == {
        f"documents {kind}": FINE.get(kind, alert_words.DOCUMENTED[kind]) for kind in AlertType
    }


@pytest.mark.parametrize("word", alert_words.WORDS)
def test_a_word_selects_what_is_shown_by_it(client: Any, word: str) -> None:
    query = word.replace(" ", "%20")
    page = raw(client, f"{ALPHA}?{PAGE}&alert_type={query}")
    if word in alert_words.DOCUMENTED.values():
        assert page["data"]
        assert {row["alert_type"] for row in page["data"]} == {word}
        everything = client.get(f"{ALPHA}?{PAGE}").json["data"]
        assert page["total"] == sum(row["alert_type"] == word for row in everything)
    elif word.startswith("service-provider-"):
        assert page["data"] == []
    else:
        kinds = alert_words.wanted(word, profiles.OBSERVED)["types"]
        assert {row["message"] for row in page["data"]} == {f"documents {k}" for k in kinds}


@observed
@pytest.mark.parametrize("word", alert_words.WORDS)
def test_a_word_of_the_server_selects_the_same(connect: Connect, profile: str, word: str) -> None:
    query = word.replace(" ", "%20")
    page = raw(connect("alpha"), f"{ALPHA}?{PAGE}&alert_type={query}")
    if word in set(FINE.values()) | (set(alert_words.DOCUMENTED.values()) - PLAIN_LIMITS):
        assert {row["alert_type"] for row in page["data"]} == {word}
    elif word in PLAIN_LIMITS:
        assert {row["alert_type"] for row in page["data"]} == {f"account-{word}"}
    else:
        assert page["data"] == []


PLAIN_LIMITS = {"call-limit", "device-limit", "api-limit"}


@observed
def test_limits_of_a_provider_have_words_of_their_own(
    connect: Connect, context: Callable[[str], Context], profile: str
) -> None:
    add(context("admin"), AlertType.LIMIT_CALLS, None, world.PROVIDER)
    for word, accounts in (
        ("service-provider-call-limit", {None}),
        ("account-call-limit", {world.ALPHA}),
        ("call-limit", {None, world.ALPHA}),
    ):
        page = raw(connect("provider"), f"{PROVIDER}?{PAGE}&alert_type={word}")
        assert {row["account_sid"] for row in page["data"]} == accounts, word
    own = raw(connect("provider"), f"{PROVIDER}?{PAGE}&alert_type=service-provider-call-limit")
    assert own["data"][0]["alert_type"] == "service-provider-call-limit"
    assert own["data"][0]["detail"] is None


def test_a_provider_sees_its_own_and_its_accounts(
    connect: Connect, context: Callable[[str], Context]
) -> None:
    page = connect("provider").get(f"{PROVIDER}?page=1&count=500").json
    assert page["total"] == rows.PROVIDERS_ALERTS
    assert {row["account_sid"] for row in page["data"]} == {world.ALPHA, world.BETA}
    assert page["data"][0]["detail"] == '{"url":"https://x.example","n":1}'
    add(context("admin"), AlertType.TTS_FAILED, world.BETA, None)
    again = connect("provider").get(f"{PROVIDER}?page=1&count=500").json
    assert again["total"] == rows.PROVIDERS_ALERTS + 1
    assert again["data"][0]["account_sid"] == world.BETA
    assert connect("admin").get(f"{PROVIDER}?page=1&count=500").json == again
    assert connect("provider").get(f"{ALPHA}?{PAGE}").json["total"] == rows.ALPHAS_ALERTS


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("days=1", rows.ALPHAS_ALERTS),
        ("start=2026-02-28T12:05:00Z&end=2026-02-28T12:07:00Z", 3),
        ("start=2026-02-28T12:05:00Z", rows.ALPHAS_ALERTS - 5),
        ("end=2026-02-28T12:04:59Z", 5),
        ("days=1&start=2027-01-01T00:00:00Z", rows.ALPHAS_ALERTS),
        ("start=2027-01-01T00:00:00Z", 0),
        ("start=2026-02-28T12:05:00Z&end=2026-02-28T12:07:00Z&alert_type=no-tts", 1),
        ("bogus=1", rows.ALPHAS_ALERTS),
    ],
)
def test_filters(client: Any, query: str, total: int) -> None:
    page = client.get(f"{ALPHA}?{PAGE}&{query}").json
    assert (page["total"], len(page["data"])) == (total, total)


def test_days_count_back_from_now(client: Any, clock: Any) -> None:
    clock.advance(86_400)
    assert client.get(f"{ALPHA}?{PAGE}&days=1").json["total"] == 0
    assert client.get(f"{ALPHA}?{PAGE}&days=2").json["total"] == rows.ALPHAS_ALERTS


def test_pages_hold_each_alert_once(client: Any, context: Callable[[str], Context]) -> None:
    ctx = context("alpha")
    for _ in range(40):
        add(ctx, AlertType.STT_FAILED, world.ALPHA, world.PROVIDER)
    total, seen = rows.ALPHAS_ALERTS + 40, []
    for number in (1, 2, 3, 4):
        page = client.get(f"{ALPHA}?page={number}&count=25").json
        assert (page["total"], page["page"]) == (total, number)
        seen.append([(row["time"], row["message"]) for row in page["data"]])
    assert [len(page) for page in seen] == [25, 25, 6, 0]
    every = [row for page in seen for row in page]
    assert len(every) == total
    assert every == sorted(every, key=lambda row: row[0], reverse=True)


def test_a_page_takes_as_many_statements_whatever_its_length(
    client: Any, context: Callable[[str], Context], counted: Any
) -> None:
    costs = []
    for more in (0, 60):
        for _ in range(more):
            add(context("alpha"), AlertType.STT_FAILED, world.ALPHA, world.PROVIDER)
        client.get(f"{ALPHA}?page=1&count=500")
        with counted() as said:
            client.get(f"{ALPHA}?page=1&count=500")
        costs.append(len([sql for sql in said if '"alert"' in sql]))
    assert costs == [2, 2]
