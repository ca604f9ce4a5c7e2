"""Documents and aliases: an owner, a natural key, and ids that others gave."""

from __future__ import annotations

from dataclasses import replace

import gevent
import pytest

from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.policy import Owner
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Conflict, NotFound, Why
from gateway.models import Account
from gateway.models.database import Store, connection, spawn
from gateway.models.fields import ZERO_UID
from gateway.services import aliases, documents
from tests.services.tenants import MINE, PROVIDER, THEIRS, Tenants

KIND = "spoken.address"


def test_a_document_lives_and_dies(tenants: Tenants) -> None:
    ctx = tenants.mine
    made = documents.create(ctx, KIND, {"zip": "98101"}, name="home")
    assert (made.account_uid, made.service_provider_uid, made.scope_uid) == (MINE, PROVIDER, MINE)
    assert documents.get(ctx, KIND, made.uid).body == {"zip": "98101"}
    tenants.clock.advance(5)
    changed = documents.update(ctx, KIND, made.uid, {"zip": "1"}, name="away")
    assert (changed.body, changed.name) == ({"zip": "1"}, "away")
    assert changed.updated_at == tenants.clock.now
    documents.delete(ctx, KIND, made.uid)
    for call in (documents.get, documents.delete):
        with pytest.raises(NotFound):
            call(ctx, KIND, made.uid)
    with pytest.raises(NotFound):
        documents.update(ctx, KIND, made.uid, {})


def test_documents_of_others_and_of_other_kinds_are_not_there(tenants: Tenants) -> None:
    made = documents.create(tenants.mine, KIND, {}, key="k")
    for ctx, kind in ((tenants.theirs, KIND), (tenants.mine, "spoken.name")):
        with pytest.raises(NotFound):
            documents.get(ctx, kind, made.uid)
        with pytest.raises(NotFound):
            documents.by_key(ctx, kind, "k")
        with pytest.raises(NotFound):
            documents.update(ctx, kind, made.uid, {"stolen": True})
        with pytest.raises(NotFound):
            documents.delete(ctx, kind, made.uid)
        assert documents.search(ctx, kind) == []
    assert documents.by_key(tenants.mine, KIND, "k").body == {}


def test_scopes_do_not_mix(tenants: Tenants) -> None:
    provider = tenants.mine
    provider.principal = Principal(Scope.PROVIDER, key_uid=MINE, service_provider_uid=PROVIDER)
    for ctx in (tenants.mine, provider, tenants.ctx(None)):
        documents.create(ctx, KIND, {"of": str(ctx.caller.scope)}, key="same")
    for ctx in (tenants.mine, provider, tenants.ctx(None)):
        (row,) = documents.search(ctx, KIND)
        assert row.body == {"of": str(ctx.caller.scope)}


def test_natural_keys_are_unique(tenants: Tenants) -> None:
    documents.create(tenants.mine, KIND, {}, key="k")
    with pytest.raises(Conflict):
        documents.create(tenants.mine, KIND, {}, key="k")
    documents.create(tenants.theirs, KIND, {}, key="k")
    documents.create(tenants.mine, "another", {}, key="k")


def provider_of(tenants: Tenants) -> Context:
    principal = Principal(Scope.PROVIDER, key_uid=MINE, service_provider_uid=PROVIDER)
    return replace(tenants.mine, principal=principal)


def test_a_key_may_be_unique_everywhere(tenants: Tenants) -> None:
    made = documents.create(tenants.mine, KIND, {}, key="k", unique_everywhere=True)
    assert (made.account_uid, made.scope_uid) == (MINE, ZERO_UID)
    with pytest.raises(Conflict) as refused:
        documents.create(tenants.theirs, KIND, {}, key="k", unique_everywhere=True)
    assert refused.value.fields == {"key": [Why("taken", "k")]}


def test_an_owner_may_be_given(tenants: Tenants) -> None:
    provider = provider_of(tenants)
    made = documents.create(provider, KIND, {}, key="k", owner=Owner(PROVIDER, THEIRS))
    assert (made.account_uid, made.scope_uid) == (THEIRS, THEIRS)
    assert documents.by_key(tenants.theirs, KIND, "k").uid == made.uid
    assert [row.uid for row in documents.of_owner(KIND, Owner(PROVIDER, THEIRS))] == [made.uid]
    assert documents.of_owner(KIND, Owner(PROVIDER)) == []


def test_each_scope_finds_what_it_sees(tenants: Tenants) -> None:
    provider, admin = provider_of(tenants), tenants.ctx(None)
    made = [documents.create(ctx, KIND, {}) for ctx in (tenants.mine, tenants.theirs, provider)]
    everybodys = documents.create(admin, KIND, {})
    uids = [row.uid for row in made]
    for ctx, seen in (
        (tenants.mine, uids[:1]),
        (tenants.theirs, uids[1:2]),
        (provider, uids),
        (admin, [*uids, everybodys.uid]),
    ):
        assert [row.uid for row in documents.visible(ctx, KIND)] == seen
        for uid in [*uids, everybodys.uid]:
            if uid in seen:
                assert documents.find(ctx, KIND, Ref("uuid", str(uid))).uid == uid
            else:
                with pytest.raises(NotFound):
                    documents.find(ctx, KIND, uid)
    for ref in (Ref("uuid", "x"), Ref("uuid", str(MINE))):
        for call in (documents.find, documents.get, documents.delete):
            with pytest.raises(NotFound):
                call(admin, KIND, ref)


def test_what_stays_is_not_written_and_a_taken_key_is_refused(tenants: Tenants) -> None:
    ctx = tenants.mine
    documents.create(ctx, KIND, {}, key="taken")
    made = documents.create(ctx, KIND, {"a": 1}, key="k")
    tenants.clock.advance(5)
    documents.store(ctx, made, {"body": {"a": 1}, "key": "k"})
    assert documents.get(ctx, KIND, made.uid).updated_at is None
    with pytest.raises(Conflict) as refused:
        documents.store(ctx, made, {"key": "taken"})
    assert refused.value.fields == {"key": [Why("taken", "taken")]}
    documents.store(ctx, made, {"key": "free"})
    assert documents.by_key(ctx, KIND, "free").updated_at == tenants.clock.now
    documents.remove(made)
    with pytest.raises(NotFound):
        documents.remove(made)


def test_numbered_documents_count_up(tenants: Tenants, store: Store) -> None:
    for n in range(1, 12):
        assert documents.create(tenants.mine, KIND, {}, numbered=True).key == str(n)
    assert documents.create(tenants.theirs, KIND, {}, numbered=True).key == "1"

    def create() -> str:
        with connection():
            return str(documents.create(tenants.mine, KIND, {}, numbered=True).key)

    jobs = [spawn(create) for _ in range(5)]
    gevent.joinall(jobs, timeout=20, raise_error=True)
    assert sorted(int(job.value) for job in jobs) == [12, 13, 14, 15, 16]


def test_pages_and_conditions(tenants: Tenants) -> None:
    for n in range(6):
        documents.create(tenants.mine, KIND, {"n": n})
    bodies = [row.body["n"] for row in documents.search(tenants.mine, KIND, limit=2, offset=3)]
    assert bodies == [3, 4]
    even = documents.search(
        tenants.mine, KIND, limit=2, offset=1, where=lambda body: body["n"] % 2 == 0
    )
    assert [row.body["n"] for row in even] == [2, 4]


def with_aliases(tenants: Tenants, dialect: str = "spoken") -> object:
    ctx = tenants.ctx(dialect=dialect)
    ctx.principal = Principal(
        Scope.ACCOUNT, key_uid=MINE, service_provider_uid=PROVIDER, account_uid=MINE,
        has_aliases=True,
    )  # fmt: skip
    return ctx


def test_aliases_come_before_codecs(tenants: Tenants) -> None:
    one, two = tenants.runtime.new_uid(), tenants.runtime.new_uid()
    key = {"scope": MINE, "dialect": "spoken", "kind": "thing", "foreign_id": str(one)}
    aliases.put(tenants.nobody, **key, object_uid=two)  # type: ignore[arg-type]
    assert Account.get(Account.uid == MINE).has_aliases
    assert not Account.get(Account.uid == THEIRS).has_aliases
    ref = Ref("uuid", str(one))
    ctx = with_aliases(tenants)
    assert aliases.resolve(ctx, ref, "thing") == two  # type: ignore[arg-type]
    assert aliases.resolve(ctx, ref, "other") == one  # type: ignore[arg-type]
    assert aliases.resolve(with_aliases(tenants, "another"), ref, "thing") == one  # type: ignore[arg-type]
    assert aliases.resolve(tenants.mine, ref, "thing") == one, "an account without asks nothing"
    assert aliases.of_objects(ctx, [one, two]) == {two: str(one)}  # type: ignore[arg-type]
    assert aliases.of_objects(tenants.mine, [two]) == {}
    aliases.put(tenants.nobody, **key, object_uid=one)  # type: ignore[arg-type]
    assert aliases.resolve(ctx, ref, "thing") == one  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "nope", "x\0y", "123"])
def test_text_that_names_nothing(tenants: Tenants, text: str) -> None:
    assert aliases.resolve(with_aliases(tenants), Ref("uuid", text), "thing") is None  # type: ignore[arg-type]
