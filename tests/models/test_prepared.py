"""Compiled statements: values converted by their columns, rows without surprises, on both
databases."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import peewee as pw
import pytest

from gateway.domain.messages import Status
from gateway.domain.words import EndpointKind, NumberHandling, NumberStatus
from gateway.models import Account, Application, Endpoint, Hook, Lease, Message, Number, Trunk
from gateway.models.database import Store, db, write
from gateway.models.prepared import Insert, P, Prepared, among
from tests.models import builders
from tests.models.builders import NOW, uid

insert_endpoint, insert_number, insert_trunk = Insert(Endpoint), Insert(Number), Insert(Trunk)
message_by_uid = Prepared(lambda: Message.select().where(Message.uid == P("uid")))


def endpoint(name: str) -> UUID:
    return insert_endpoint.add(
        {"uid": uid(), "created_at": NOW, "name": name, "kind": EndpointKind.HOST}
    ).uid


def number(e164: str, **values: object) -> None:
    insert_number.run(
        {
            "uid": uid(),
            "created_at": NOW,
            "service_provider_uid": builders.provider().uid,
            "e164": e164,
            "status": NumberStatus.OWNED,
            **values,
        }
    )


def test_every_kind_of_column_comes_back_as_it_went_in(store: Store) -> None:
    with write():
        stored = builders.message(
            text="h€llo \N{GRINNING FACE}",
            media=[{"url": "http://x", "size": 1}],
            is_mms=True,
            price_nano=4_000_000_000_000,
            sent_at=NOW + timedelta(microseconds=1),
            trunk_uid=uid(),
            extras={"flowroute": {"a": None, "b": [1.5, "x"]}},
        )
    row = message_by_uid.one(uid=stored.uid)
    for name in stored.__slots__:
        assert getattr(row, name) == getattr(stored, name), name
        assert type(getattr(row, name)) is type(getattr(stored, name)), name
    assert row.status is Status.ACCEPTED
    assert row.sent_at.tzinfo is not None


def test_one_is_none_where_nothing_matches(store: Store) -> None:
    assert message_by_uid.one(uid=uid()) is None
    assert message_by_uid.all(uid=uid()) == []
    assert Prepared(lambda: Message.select(Message.id)).scalar() is None


@pytest.mark.parametrize("text", ["", "nonsense", "x" * 32, "1' OR '1'='1"])
def test_text_that_is_no_uuid_never_reaches_the_database(store: Store, text: str) -> None:
    with pytest.raises(ValueError, match=r"badly formed|invalid literal"):
        message_by_uid.one(uid=text)


def test_a_word_outside_of_the_list_is_refused(store: Store) -> None:
    by_status = Prepared(lambda: Message.select(Message.uid).where(Message.status == P("status")))
    assert by_status.all(status="accepted") == []
    with pytest.raises(ValueError, match="nearly"):
        by_status.all(status="nearly")


def test_missing_and_unknown_values_are_type_errors(store: Store) -> None:
    with pytest.raises(TypeError, match="uid"):
        message_by_uid.one()
    with pytest.raises(TypeError, match="other"):
        message_by_uid.one(uid=uid(), other=1)


def test_a_column_that_was_not_selected_is_an_attribute_error(store: Store) -> None:
    with write():
        builders.message()
    row = Prepared(lambda: Message.select(Message.uid)).one()
    with pytest.raises(AttributeError):
        _ = row.text
    assert not hasattr(row, "__dict__")


def test_related_rows_nest_and_are_none_when_absent(store: Store) -> None:
    primary, failover = pw.ModelAlias(Endpoint), pw.ModelAlias(Endpoint)
    by_e164 = Prepared(
        lambda: (
            Number.select(Number.e164, primary.uid, primary.name, failover.uid, failover.name)
            .join(primary, pw.JOIN.LEFT_OUTER, on=(Number.primary_endpoint == primary.uid))
            .switch(Number)
            .join(failover, pw.JOIN.LEFT_OUTER, on=(Number.failover_endpoint == failover.uid))
            .where(Number.e164 == P("e164"))
        ),
        nest={primary: "primary_endpoint", failover: "failover_endpoint"},
        attach=("note",),
    )
    with write():
        number("+12065550100", primary_endpoint_uid=endpoint("one"))
        number("+12065550101", failover_endpoint_uid=endpoint("two"))
    row = by_e164.one(e164="+12065550100")
    assert (row.e164, row.primary_endpoint.name, row.failover_endpoint) == (
        "+12065550100",
        "one",
        None,
    )
    row.note = "mine"
    assert row.note == "mine"
    other = by_e164.one(e164="+12065550101")
    assert other.primary_endpoint is None
    assert other.failover_endpoint.name == "two"
    assert not hasattr(other, "note")


def test_the_same_name_twice_must_be_nested(store: Store) -> None:
    careless = Prepared(
        lambda: Number.select(Number.uid, Endpoint.uid).join(
            Endpoint, on=(Number.primary_endpoint == Endpoint.uid)
        )
    )
    with pytest.raises(ValueError, match="uid"):
        careless.all()


def test_values_in_limit_offset_between_and_in(store: Store) -> None:
    with write():
        rows = [builders.message(queued_at=NOW + timedelta(hours=hour)) for hour in range(6)]
    window = Prepared(
        lambda: (
            Message.select(Message.uid)
            .where(Message.queued_at.between(P("start"), P("end")))
            .order_by(Message.queued_at.desc())
            .limit(P("limit"))
            .offset(P("offset"))
        )
    )
    got = window.all(start=NOW, end=NOW + timedelta(hours=4), limit=2, offset=1)
    assert [row.uid for row in got] == [rows[3].uid, rows[2].uid]
    either = Prepared(
        lambda: (
            Message.select(Message.uid)
            .where(Message.uid.in_([P("a"), P("b")]))
            .order_by(Message.id)
        )
    )
    got = either.all(a=rows[0].uid, b=str(rows[5].uid))
    assert [row.uid for row in got] == [rows[0].uid, rows[5].uid]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_among_takes_lists_of_any_length(store: Store, count: int) -> None:
    with write():
        rows = [builders.message(coding=place) for place in range(4)]
    wanted = rows[:count]
    for field, name in [
        (Message.uid, "uid"),
        (Message.queued_at, "queued_at"),
        (Message.coding, "coding"),
        (Message.status, "status"),
    ]:
        statement = Prepared(
            lambda field=field: (
                Message.select(Message.uid)
                .where(among(field, "values") & (Message.coding < P("most")))
                .order_by(Message.id)
            )
        )
        got = statement.all(values=[getattr(row, name) for row in wanted], most=count)
        assert [row.uid for row in got] == [row.uid for row in wanted]


def test_among_of_a_foreign_key(store: Store) -> None:
    with write():
        one, two = builders.account(), builders.account()
    statement = Prepared(
        lambda: Account.select(Account.uid).where(among(Account.service_provider, "providers"))
    )
    assert [row.uid for row in statement.all(providers=[two.service_provider_uid])] == [two.uid]
    assert len(statement.all(providers=[one.service_provider_uid, two.service_provider_uid])) == 2


def test_update_converts_what_it_stores_and_counts(store: Store) -> None:
    change = Prepared(
        lambda: Message.update(
            status=P("status"),
            sent_at=P("at"),
            media=P("media"),
            trunk_uid=P("trunk"),
            segments=Message.segments + P("more"),
            is_mms=True,
        ).where((Message.uid == P("uid")) & (Message.status == P("was")))
    )
    values = {"status": Status.SENT, "at": NOW, "media": [{"a": 1}], "trunk": uid(), "more": 2}
    with write():
        stored = builders.message()
        assert change.run(**values, uid=stored.uid, was=Status.ACCEPTED) == 1
        assert change.run(**values, uid=stored.uid, was=Status.ACCEPTED) == 0
    row = message_by_uid.one(uid=stored.uid)
    assert (row.status, row.sent_at, row.media) == (Status.SENT, NOW, [{"a": 1}])
    assert (row.trunk_uid, row.segments, row.is_mms) == (values["trunk"], 3, True)


def test_null_can_be_bound(store: Store) -> None:
    clear = Prepared(
        lambda: Message.update(sent_at=P("at"), media=P("media"), trunk_uid=P("trunk")).where(
            Message.uid == P("uid")
        )
    )
    with write():
        stored = builders.message(sent_at=NOW, trunk_uid=uid())
        clear.run(at=None, media=[], trunk=None, uid=stored.uid)
    row = message_by_uid.one(uid=stored.uid)
    assert (row.sent_at, row.media, row.trunk_uid) == (None, [], None)


def test_delete_counts(store: Store) -> None:
    delete = Prepared(lambda: Message.delete().where(Message.queued_at < P("before")))
    with write():
        builders.message(queued_at=NOW)
        builders.message(queued_at=NOW + timedelta(hours=1))
        assert delete.run(before=NOW + timedelta(seconds=1)) == 1
        assert delete.run(before=NOW + timedelta(seconds=1)) == 0


def test_update_returning_gives_rows(store: Store) -> None:
    claim = Prepared(
        lambda: (
            Message.update(status=P("status"))
            .where(Message.status == P("was"))
            .returning(Message.uid, Message.status, Message.queued_at)
        )
    )
    with write():
        stored = builders.message()
        rows = claim.all(status=Status.QUEUED, was=Status.ACCEPTED)
    assert [(row.uid, row.status, row.queued_at) for row in rows] == [
        (stored.uid, Status.QUEUED, stored.queued_at)
    ]


def test_upsert_takes_over_only_what_has_ended(store: Store) -> None:
    take = Prepared(
        lambda: Lease.insert(
            uid=P("uid"), created_at=P("now"), name=P("name"), holder=P("holder"), until=P("until")
        ).on_conflict(
            conflict_target=[Lease.name],
            update={Lease.holder: P("holder"), Lease.until: P("until")},
            where=(Lease.until < P("now")),
        )
    )

    def taken_by(holder: str, now: object) -> int:
        until = now + timedelta(seconds=5)  # type: ignore[operator]
        return take.run(uid=uid(), now=now, name="link", holder=holder, until=until)

    with write():
        assert taken_by("one", NOW) == 1
        assert taken_by("two", NOW + timedelta(seconds=1)) == 0
        assert taken_by("two", NOW + timedelta(seconds=6)) == 1
    row = Prepared(lambda: Lease.select()).one()
    assert (row.holder, row.until) == ("two", NOW + timedelta(seconds=11))


def test_expressions_are_named_and_min_and_max_are_read_like_their_column(store: Store) -> None:
    with write():
        first = builders.message()
        builders.message()
    row = Prepared(
        lambda: Message.select(
            pw.fn.MIN(Message.queued_at).alias("first"), pw.fn.COUNT(Message.id).alias("count")
        )
    ).one()
    assert (row.first, row.count) == (first.queued_at, 2)
    with pytest.raises(ValueError, match="alias"):
        Prepared(lambda: Message.select(pw.fn.COUNT(Message.id))).one()


def test_insert_fills_defaults_and_gives_the_row_back(store: Store) -> None:
    with write():
        row = builders.account(name="acme")
    assert (row.is_active, row.extras, row.realm) == (True, {}, None)
    stored = Prepared(lambda: Account.select().where(Account.uid == P("uid"))).one(uid=row.uid)
    assert (stored.name, stored.is_active, stored.extras) == ("acme", True, {})
    row.extras["x"] = 1
    with write():
        assert builders.account().extras == {}


def test_insert_many_keeps_the_order(store: Store) -> None:
    values = [
        {"uid": uid(), "created_at": NOW, "name": name, "kind": "host", "extras": {"n": name}}
        for name in "cab"
    ]
    with write():
        assert insert_endpoint.many(values) == 3
        assert insert_endpoint.many([]) == 0
    rows = Prepared(lambda: Endpoint.select(Endpoint.name, Endpoint.extras).order_by(Endpoint.id))
    assert [(row.name, row.extras) for row in rows.all()] == [(n, {"n": n}) for n in "cab"]


def test_insert_can_leave_out_what_is_there(store: Store) -> None:
    quiet = Insert(Lease, ignore=True)
    values = {"created_at": NOW, "name": "link", "holder": "one", "until": NOW}
    with write():
        assert quiet.run({**values, "uid": uid()}) == 1
        assert quiet.run({**values, "uid": uid(), "holder": "two"}) == 0
    assert Lease.get().holder == "one"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"nmae": "x"}, "no .*nmae"),
        ({"trunk": "x"}, "no .*trunk"),
        ({"name": "x"}, "needs uid"),
    ],
    ids=["misspelt", "foreign key without _uid", "missing"],
)
def test_insert_refuses_wrong_columns(store: Store, values: dict[str, object], text: str) -> None:
    with write(), pytest.raises(TypeError, match=text):
        insert_endpoint.run(values)


def test_secrets_are_encrypted_at_rest_and_hidden_in_print(store: Store) -> None:
    with write():
        account = builders.account(webhook_secret="whsec-1")
    raw = db.execute_sql("SELECT webhook_secret FROM account").fetchone()[0]
    assert raw.startswith("f1:")
    assert "whsec-1" not in raw
    row = Prepared(lambda: Account.select().where(Account.uid == P("uid"))).one(uid=account.uid)
    assert row.webhook_secret == "whsec-1"
    assert "whsec-1" not in repr(row)
    assert "acme" in repr(row)


def test_the_count_of_statements_is_the_count_of_calls(store: Store) -> None:
    with write():
        for _ in range(5):
            builders.message()
    seen: list[object] = []
    db.query_hooks.append(seen.append)
    try:
        rows = Prepared(lambda: Message.select()).all()
        assert [row.account_uid for row in rows] == [UUID(int=7)] * 5
    finally:
        db.query_hooks.clear()
    assert len(seen) == 1


def test_handling_of_a_number_defaults_to_none_and_reads_as_a_word(store: Store) -> None:
    with write():
        number("+12065550100")
    row = Prepared(lambda: Number.select()).one()
    assert row.handling is NumberHandling.NONE


def test_models_with_names_of_peewee_methods_still_work() -> None:
    """`Number.alias` and `MessagePart.index` are columns and hide methods of that name."""
    assert isinstance(Number.alias, pw.TextField)
    assert Hook.alias() is not None
    assert Application.index(Application.name) is not None
