"""Callbacks: setting them, and who is called for one event."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.domain.events import OF_MESSAGES, EventKind
from gateway.domain.problems import Invalid, NotFound
from gateway.models import Application, Hook, Number
from gateway.services import hook_jobs, hooks
from gateway.services.batch import Batch
from gateway.services.making import fresh
from tests.services.tenants import MINE, PROVIDER, THEIRS, Tenants

OWN = "+12065550100"


def add(tenants: Tenants, url: str, **columns: Any) -> None:
    values = {"dialect": "spoken", "purpose": "sms", "url": url, **columns}
    Hook.insert({**fresh(tenants.nobody), **values}).execute()


def called(
    tenants: Tenants, kind: EventKind = EventKind.SMS, number: str | None = OWN
) -> list[tuple[str, str]]:
    rows = hooks.subscribers(
        tenants.nobody,
        account_uid=MINE,
        service_provider_uid=PROVIDER,
        kind=kind,
        number=number,
    )
    return [(row.dialect, row.url) for row in rows]


def test_put_sets_changes_and_removes(tenants: Tenants) -> None:
    ctx = tenants.mine
    assert hooks.find(ctx, "sms") is None
    hooks.put(ctx, "sms", "http://a.example/")
    hooks.put(ctx, "sms", "https://b.example/x?y=1")
    hooks.put(ctx, "sms", "http://number.example/", number=OWN)
    hooks.put(ctx, "mms", "http://mms.example/")
    assert hooks.find(ctx, "sms").url == "https://b.example/x?y=1"  # type: ignore[union-attr]
    assert hooks.find(ctx, "sms", number=OWN).url == "http://number.example/"  # type: ignore[union-attr]
    assert hooks.find(ctx, "sms", dialect="other") is None
    assert hooks.find(tenants.theirs, "sms") is None
    hooks.put(ctx, "sms", None)
    hooks.put(ctx, "sms", None)
    assert hooks.find(ctx, "sms") is None
    assert hooks.find(ctx, "sms", number=OWN) is not None
    assert Hook.select().count() == 2


@pytest.mark.parametrize("number", ["+12065550200", "+12065551000", "+19995550000"])
def test_numbers_of_others_take_no_callback(tenants: Tenants, number: str) -> None:
    with pytest.raises(NotFound):
        hooks.put(tenants.mine, "sms", "http://a.example/", number=number)
    with pytest.raises(NotFound):
        hooks.find(tenants.mine, "sms", number=number)
    assert Hook.select().count() == 0


@pytest.mark.parametrize(
    "url",
    ["x", "ftp://a.example/", "http://", "http:///path", "//a.example/", "http://a b/",
     "javascript:alert(1)", "http://[::1/", "http://a.example:99999/", "http://a.example:0/",
     "http://a.example/" + "x" * 2048],
)  # fmt: skip
def test_urls_that_cannot_be_called(tenants: Tenants, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        hooks.put(tenants.mine, "sms", url)
    assert list(refused.value.fields) == ["url"]
    assert Hook.select().count() == 0


def told(tenants: Tenants, batch: Batch, number: str) -> list[str]:
    message = SimpleNamespace(
        account_uid=MINE, direction="inbound", to_number=number, callback_url=None
    )
    targets = hook_jobs.targets(tenants.nobody, EventKind.SMS, message, batch)
    return [target.url for target in targets]


def test_a_batch_asks_once_for_an_account_whose_numbers_have_no_hooks(tenants: Tenants) -> None:
    add(tenants, "http://account.example/", account_uid=MINE)
    batch = Batch()
    assert told(tenants, batch, OWN) == ["http://account.example/"]
    with tenants.counted() as asked:
        assert told(tenants, batch, "+12065550101") == ["http://account.example/"]
    assert asked == []


def test_a_batch_asks_for_each_number_where_one_has_a_hook_of_its_own(tenants: Tenants) -> None:
    add(tenants, "http://account.example/", account_uid=MINE)
    hooks.put(tenants.mine, "sms", "http://number.example/", number=OWN, dialect="spoken")
    batch = Batch()
    assert told(tenants, batch, "+12065550101") == ["http://account.example/"]
    assert told(tenants, batch, OWN) == ["http://number.example/"]


def test_nobody_is_called_when_nobody_asked(tenants: Tenants) -> None:
    add(tenants, "http://theirs.example/", account_uid=THEIRS)
    add(tenants, "http://off.example/", account_uid=MINE, enabled=False)
    add(tenants, "http://else.example/", account_uid=MINE, purpose="mms")
    hooks.put(tenants.theirs, "sms", "http://n.example/", number="+12065550200")
    assert called(tenants) == []


def test_the_nearest_level_of_a_dialect_wins(tenants: Tenants) -> None:
    add(tenants, "http://provider.example/", service_provider_uid=PROVIDER)
    assert called(tenants) == [("spoken", "http://provider.example/")]
    add(tenants, "http://account.example/", account_uid=MINE)
    assert called(tenants) == [("spoken", "http://account.example/")]
    hooks.put(tenants.mine, "sms", "http://number.example/", number=OWN)
    assert called(tenants) == [("spoken", "http://number.example/")]
    assert called(tenants, number="+12065559999") == [("spoken", "http://account.example/")]
    assert called(tenants, number=None) == [("spoken", "http://account.example/")]


def test_every_dialect_is_told_and_all_hooks_of_a_level_by_priority(tenants: Tenants) -> None:
    add(tenants, "http://late.example/", account_uid=MINE, priority=2)
    add(tenants, "http://early.example/", account_uid=MINE, priority=1)
    add(tenants, "http://other.example/", account_uid=MINE, dialect="another")
    assert called(tenants) == [
        ("another", "http://other.example/"),
        ("spoken", "http://early.example/"),
        ("spoken", "http://late.example/"),
    ]


@pytest.mark.parametrize("kind", OF_MESSAGES)
def test_receipts_and_arrivals_have_their_own_purposes(tenants: Tenants, kind: EventKind) -> None:
    for purpose in OF_MESSAGES:
        add(tenants, f"http://{purpose}.example/".replace("_", "-"), account_uid=MINE,
            purpose=purpose.value)  # fmt: skip
    add(tenants, "http://message.example/", account_uid=MINE, purpose="message", dialect="b")
    own = [("spoken", f"http://{kind}.example/".replace("_", "-"))]
    arrival = kind in (EventKind.SMS, EventKind.MMS)
    assert called(tenants, kind) == ([("b", "http://message.example/")] if arrival else []) + own


def test_one_query_however_many_subscribe(tenants: Tenants) -> None:
    for n in range(20):
        add(tenants, f"http://h{n}.example/", account_uid=MINE)
    with tenants.counted() as statements:
        assert len(called(tenants)) == 20
    assert len(statements) == 1


def application(tenants: Tenants, number: str, **hooks: str) -> Application:
    """An application of the account with these hooks by column, given to one of its numbers."""
    values: dict[str, Any] = {}
    for place, url in hooks.items():
        row = {**fresh(tenants.nobody), "dialect": "spoken", "url": url, "account_uid": MINE}
        purpose = {"message_hook": "message", "call_hook": "call"}.get(place, "call_status")
        Hook.insert({**row, "purpose": purpose}).execute()
        values[f"{place}_uid"] = row["uid"]
    made = {**fresh(tenants.nobody), "account_uid": MINE, "name": number, **values}
    Application.insert(made).execute()
    Number.update(application=made["uid"]).where(Number.e164 == number).execute()
    found: Application = Application.get(Application.uid == made["uid"])
    return found


OTHERS = "+12065550101"


def test_an_applications_hook_is_called_for_its_numbers_only(tenants: Tenants) -> None:
    mine = application(tenants, OWN, message_hook="http://app.example/", call_hook="http://c.e/")
    rows = hooks.subscribers(
        tenants.nobody,
        account_uid=MINE,
        service_provider_uid=PROVIDER,
        kind=EventKind.SMS,
        number=OWN,
    )
    assert [(row.url, row.application.uid) for row in rows] == [("http://app.example/", mine.uid)]
    assert called(tenants, number=OTHERS) == []
    assert called(tenants, number=None) == []
    assert called(tenants, EventKind.MMS) == [("spoken", "http://app.example/")]
    assert called(tenants, EventKind.SMS_RECEIPT) == []


def test_an_application_is_nearer_than_the_account_and_farther_than_the_number(
    tenants: Tenants,
) -> None:
    add(tenants, "http://account.example/", account_uid=MINE)
    application(tenants, OWN, message_hook="http://app.example/")
    assert called(tenants) == [("spoken", "http://app.example/")]
    assert called(tenants, number=OTHERS) == [("spoken", "http://account.example/")]
    hooks.put(tenants.mine, "sms", "http://number.example/", number=OWN)
    assert called(tenants) == [("spoken", "http://number.example/")]


def test_an_application_without_a_hook_for_messages_leaves_them_to_the_account(
    tenants: Tenants,
) -> None:
    add(tenants, "http://account.example/", account_uid=MINE)
    application(tenants, OWN, call_hook="http://calls.example/", status_hook="http://s.example/")
    assert called(tenants) == [("spoken", "http://account.example/")]


def test_a_hook_switched_off_or_of_an_application_of_others_is_not_called(
    tenants: Tenants,
) -> None:
    own = application(tenants, OWN, message_hook="http://app.example/")
    Hook.update(enabled=False).where(Hook.uid == own.message_hook_uid).execute()
    assert called(tenants) == []
    Hook.update(enabled=True).execute()
    Number.update(application=None).where(Number.e164 == OWN).execute()
    assert called(tenants) == []


def test_a_batch_asks_for_each_number_where_an_application_has_a_hook(tenants: Tenants) -> None:
    application(tenants, OWN, message_hook="http://app.example/")
    add(tenants, "http://account.example/", account_uid=MINE)
    batch = Batch()
    assert told(tenants, batch, OTHERS) == ["http://account.example/"]
    assert told(tenants, batch, OWN) == ["http://app.example/"]
