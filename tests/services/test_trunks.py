"""Trunks, their addresses and links as the core has them: changes, races, statements."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import gevent
import pytest

from gateway.domain.ids import Ref
from gateway.domain.problems import Conflict, InUse, Invalid, NotFound
from gateway.models import AccessList, CredentialList, Endpoint, Number, Trunk, TrunkCredentialList
from gateway.models.database import Store, connection, spawn, write
from gateway.services import addresses, numbers, provisioning, smpp_links, trunk_removal, trunks
from gateway.wire import KEEP, REPLACE, Flag, SecretText, Text, Wire
from tests.services.tenants import Tenants


class Peer(Wire):
    """A dialect that replaces trunks: what a body lacks is cleared."""

    dialect = "spoken"

    name = Text(required=True)
    description = Text()
    leading_plus = Flag(load_default=False)
    forward_number = Text()
    password = SecretText(attribute="register_password")


def make(tenants: Tenants, **values: Any) -> Any:
    return trunks.create(tenants.mine, {"name": "main", **values})


def stored(uid: Any) -> Any:
    return Trunk.get(Trunk.uid == uid)


def test_a_replacement_clears_its_own_members_and_leaves_those_of_others(tenants: Tenants) -> None:
    row = make(
        tenants,
        description="old",
        forward_number="+12065550199",
        tech_prefix="99",
        register_password="word",
        extras={"other": {"diversion": "x"}},
    )
    change = Peer().change({"name": "new", "password": "***"}, REPLACE)
    trunks.update(tenants.mine, row.uid, change)
    after = stored(row.uid)
    assert (after.name, after.description, after.forward_number) == ("new", None, None)
    assert (after.tech_prefix, after.extras) == ("99", {"other": {"diversion": "x"}})
    assert after.register_password == "word"


def test_a_change_of_nothing_is_not_written(tenants: Tenants) -> None:
    row = make(tenants, credential={"username": "u", "password": "p"})
    same = {"name": "main", "credential": {"username": "u", "password": "p"}}
    trunks.update(tenants.mine, row.uid, same)
    trunks.update(tenants.mine, row.uid, {"register_password": KEEP})
    assert stored(row.uid).updated_at is None
    trunks.update(tenants.mine, row.uid, {"credential": {"username": "v", "password": "p"}})
    assert stored(row.uid).updated_at == tenants.clock.now


def test_a_login_that_other_trunks_use_is_not_changed_from_one(tenants: Tenants) -> None:
    first, second = make(tenants, credential={"username": "u"}), make(tenants)
    made = CredentialList.get()
    with write():
        TrunkCredentialList.create(
            uid=tenants.runtime.new_uid(),
            created_at=tenants.clock.now,
            trunk=second.uid,
            credential_list=made.uid,
        )
    with pytest.raises(InUse):
        trunks.update(tenants.mine, first.uid, {"credential": None})
    trunk_removal.delete(tenants.mine, first.uid)
    assert trunks.get(tenants.mine, second.uid).credential == {"username": "u", "password": None}
    trunk_removal.delete(tenants.mine, second.uid)
    assert CredentialList.select().count() == 0


def test_host_names_are_unique(tenants: Tenants) -> None:
    make(tenants, host_name="one")
    with pytest.raises(Conflict) as refused:
        make(tenants, host_name="one")
    assert refused.value.fields["host_name"][0].text == "one"
    other = make(tenants)
    with pytest.raises(Conflict):
        trunks.update(tenants.mine, other.uid, {"host_name": "one"})


@pytest.mark.parametrize("given", [Ref("uuid", "x"), Ref("ulid", "x"), None])
def test_what_is_no_id_names_nothing(tenants: Tenants, given: Any) -> None:
    for call in (trunks.get, addresses.get, smpp_links.get, provisioning.get):
        with pytest.raises(NotFound):
            call(tenants.mine, given)
    with pytest.raises(Invalid):
        addresses.create(tenants.mine, {"home_trunk_uid": given, "address": "a.example"})


def test_others_see_nothing_of_it(tenants: Tenants) -> None:
    row = make(tenants)
    address = addresses.create(tenants.mine, {"home_trunk_uid": row.uid, "address": "a.example"})
    link = smpp_links.create(tenants.mine, {"trunk_uid": row.uid, "host": "b.example"})
    for call, uid in (
        (trunks.get, row.uid),
        (trunk_removal.delete, row.uid),
        (addresses.get, address.uid),
        (addresses.delete, address.uid),
        (smpp_links.get, link.uid),
        (smpp_links.delete, link.uid),
    ):
        with pytest.raises(NotFound):
            call(tenants.theirs, uid)
    assert trunks.search(tenants.theirs) == []
    assert addresses.search(tenants.theirs, row.uid) == smpp_links.search(tenants.theirs) == []


def test_lists_cost_the_same_whatever_their_length(tenants: Tenants) -> None:
    ctx = tenants.mine
    costs = []
    for _ in range(2):
        for _ in range(3):
            row = make(tenants, credential={"username": "u"})
            for admits in (True, False):
                addresses.create(
                    ctx, {"home_trunk_uid": row.uid, "address": "192.0.2.1", "admits": admits}
                )
            smpp_links.create(ctx, {"trunk_uid": row.uid, "host": "b.example"})
        with tenants.counted() as said:
            trunks.search(ctx)
            addresses.search(ctx, row.uid)
            smpp_links.search(ctx)
            provisioning.search(ctx)
        costs.append(len(said))
    assert costs == [5, 5]


def together(store: Store, *works: Callable[[], Any]) -> list[Any]:
    """Each work at the same time, in a greenlet of its own; what came of each."""

    def run(work: Callable[[], Any]) -> Any:
        with connection():
            try:
                return work()
            except (Conflict, InUse, Invalid, NotFound) as problem:
                return problem

    running = [spawn(run, work) for work in works]
    gevent.joinall(running, timeout=30, raise_error=True)
    return [one.value for one in running]


def test_gateways_made_at_once_share_one_list_and_no_number(tenants: Tenants, store: Store) -> None:
    ctx, row = tenants.mine, make(tenants)

    def work() -> Any:
        change = {"home_trunk_uid": row.uid, "address": "192.0.2.1", "admits": True}
        return addresses.create(ctx, change)

    made = together(store, *[work] * 6)
    assert len({one.uid for one in made}) == 6
    kept = list(Endpoint.select())
    assert len({one.route_number for one in kept}) == len({one.name for one in kept}) == 6
    assert AccessList.select().count() == 1


def test_one_of_many_who_want_a_number_gets_it(tenants: Tenants, store: Store) -> None:
    ctx, row = tenants.mine, make(tenants)
    for e164 in ("+12065551000", "+12065559000"):
        work = partial(provisioning.create, ctx, {"e164": e164, "trunk_uid": row.uid})
        made = together(store, *[work] * 5)
        assert sum(isinstance(one, Conflict) for one in made) == 4
        assert numbers.owned(ctx, e164)


def test_a_trunk_and_a_number_for_it_cannot_miss_each_other(tenants: Tenants, store: Store) -> None:
    ctx = tenants.mine
    for turn in range(4):
        row = make(tenants)
        change = {"e164": f"+1206555910{turn}", "trunk_uid": row.uid}
        remove = partial(trunk_removal.delete, ctx, row.uid)
        provision = partial(provisioning.create, ctx, change)
        if turn % 2:
            gone, made = together(store, remove, provision)
        else:
            made, gone = together(store, provision, remove)
        there = Trunk.get_or_none(Trunk.uid == row.uid) is not None
        has_number = Number.get_or_none(Number.e164 == change["e164"]) is not None
        assert there == has_number
        assert isinstance(gone, InUse) == there
        assert isinstance(made, Invalid) != there
