"""Bundles: loading twice, references in any order, faults at their paths, export and import."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.problems import Invalid, NotFound
from gateway.models import TABLES, AccessKey, Account, Alias, Endpoint, Hook, Number, Trunk, User
from gateway.models.database import Store, connection, using
from gateway.services import access, bundles, numbers, passwords
from gateway.services.bundle_kinds import KINDS
from tests.services.tenants import MINE, PROVIDER, Tenants

DEMO = Path(__file__).parents[2] / "fixtures" / "universes" / "demo.json"


def demo() -> dict[str, Any]:
    bundle: dict[str, Any] = json.loads(DEMO.read_text(encoding="utf-8"))
    return bundle


def base(**kinds: Any) -> dict[str, Any]:
    """A bundle with a provider and an account that rows may refer to as p and a."""
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "p", "name": "new provider"}],
        "accounts": [{"ref": "a", "service_provider": "p", "name": "new account"}],
        **kinds,
    }


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {
        model.__name__: sorted(map(tuple, store.database.execute_sql(
            f'SELECT * FROM "{model._meta.table_name}"'
        ).fetchall()), key=str)
        for model in TABLES
    }  # fmt: skip


def test_the_demo_world_holds_what_examples_rely_on(tenants: Tenants) -> None:
    ctx = tenants.nobody
    loaded = bundles.load(ctx, demo())
    assert loaded.created > 600
    account = UUID("11111111-1111-4111-8111-111111111111")
    principal = access.by_pair(ctx, "demo-key", "demo-secret-0123456789abcdef")
    assert principal is not None
    assert principal.account_uid == account
    admin = access.by_secret(ctx, "38700987-c7a4-4685-a5bb-af378f9734de")
    assert admin is not None
    assert admin.scope == "admin"
    user = access.by_password(ctx, "demo", "1234")
    assert user is not None
    assert user.roles == {"OrganisationAdmin", "VoiceChannel"}
    assert (user.account_uid, user.service_provider_uid) == (None, principal.service_provider_uid)
    ctx.principal = principal
    own = [row.e164 for row in numbers.search(ctx, limit=50)]
    assert own == [f"+120655501{n:02}" for n in range(10)]
    assert numbers.get(ctx, own[0]).primary_endpoint.route_number == 0
    for_sale = Number.select().where(
        (Number.status == "available") & (Number.service_provider == principal.service_provider_uid)
    )
    rows = list(for_sale)
    assert len(rows) >= 500
    assert len({row.area_code for row in rows}) >= 10
    assert any(row.kind == "toll_free" for row in rows)
    assert all(row.monthly_cost_nano and row.setup_cost_nano is not None for row in rows)
    assert all(row.rate_center and row.region for row in rows if row.kind == "standard")
    carrier = Trunk.get(Trunk.name == "demo-carrier")
    assert (carrier.smpp_system_id, carrier.smpp_password) == ("demo", "demo")


def test_loading_again_changes_nothing(tenants: Tenants, store: Store) -> None:
    bundles.load(tenants.nobody, demo())
    before = contents(store)
    tenants.clock.advance(60)
    again = bundles.load(tenants.nobody, demo())
    assert (again.created, again.updated) == (0, 0)
    assert contents(store) == before


def test_seeding_again_keeps_what_was_bought(tenants: Tenants) -> None:
    from gateway.services import inventory

    bundles.load(tenants.nobody, demo())
    ctx = tenants.nobody
    ctx.principal = access.by_pair(ctx, "demo-key", "demo-secret-0123456789abcdef")
    bought = inventory.available(ctx, limit=1)[0].e164
    inventory.purchase(ctx, bought)
    assert bundles.load(tenants.nobody, demo()).created == 0
    assert numbers.get(ctx, bought).account_uid == ctx.account_uid


def test_rows_without_uid_are_recognised_by_their_natural_keys(tenants: Tenants) -> None:
    bundle = base(
        users=[{"account": "a", "login": "ann", "scope": "account", "password": "secret word"}],
        access_keys=[{"account": "a", "scope": "account", "key_id": "k", "secret": "s" * 32}],
        trunks=[{"ref": "t", "account": "a", "name": "carrier"}],
        endpoints=[{"account": "a", "trunk": "t", "kind": "host", "address": "a.b", "dials": True}],
        smpp_links=[{"trunk": "t", "host": "127.0.0.1"}],
        access_lists=[{"ref": "l", "account": "a", "name": "office"}],
        trunk_access_lists=[{"trunk": "t", "access_list": "l"}],
        hooks=[{"ref": "h", "account": "a", "dialect": "d", "purpose": "sms", "url": "http://u/"}],
        applications=[{"account": "a", "name": "app", "message_hook": "h"}],
        documents=[{"account": "a", "kind": "d.thing", "key": "1", "body": {"x": 1}}],
        numbers=[{"account": "a", "e164": "+12065550300", "trunk": "t"}],
        aliases=[{"dialect": "d", "kind": "trunk", "foreign_id": "T1", "object": "t"}],
    )
    loaded = bundles.load(tenants.nobody, bundle)
    assert (loaded.created, loaded.updated, loaded.unchanged) == (14, 0, 0)
    again = bundles.load(tenants.nobody, bundle)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 14)
    changed = copy.deepcopy(bundle)
    changed["numbers"][0]["alias"] = "desk"
    changed["documents"][0]["body"] = {"x": 2}
    assert bundles.load(tenants.nobody, changed)[:2] == (0, 2)


def test_what_follows_from_other_members_is_filled_in(tenants: Tenants) -> None:
    bundles.load(
        tenants.nobody,
        base(
            trunks=[{"ref": "t", "account": "a", "name": "My Carrier!"}],
            endpoints=[
                {"account": "a", "trunk": "t", "kind": "host", "address": "x", "port": 5070,
                 "dials": True, "route_number": 7},
                {"ref": "e", "account": "a", "trunk": "t", "kind": "host", "address": "y",
                 "dials": True},
            ],
            numbers=[
                {"account": "a", "e164": "1 206 555 0301", "primary_endpoint": "e"},
                {"service_provider": "p", "e164": "+18005550302"},
            ],
        ),
    )  # fmt: skip
    trunk = Trunk.get(Trunk.name == "My Carrier!")
    assert trunk.host_name.startswith("my-carrier-")
    assert trunk.service_provider_uid is not None
    assert [(e.name, e.route_number) for e in Endpoint.select().order_by(Endpoint.id)] == [
        ("x:5070", 7), ("y", 8),
    ]  # fmt: skip
    own = Number.get(Number.e164 == "+12065550301")
    assert (own.status, own.handling, own.area_code, own.exchange, own.country) == (
        "owned", "endpoint", "206", "206555", "US",
    )  # fmt: skip
    assert (own.from_inventory, own.service_provider_uid) == (False, trunk.service_provider_uid)
    free = Number.get(Number.e164 == "+18005550302")
    assert (free.status, free.kind, free.from_inventory) == ("available", "toll_free", True)


def test_references_may_point_forward_and_back(tenants: Tenants) -> None:
    bundle = {
        "polytrunk": 1,
        "hooks": [
            {"account": "sub", "number": "n", "dialect": "d", "purpose": "sms", "url": "http://u/"}
        ],
        "numbers": [{"ref": "n", "account": "sub", "e164": "+12065550303"}],
        "applications": [{"ref": "app", "account": "sub", "name": "device"}],
        "accounts": [
            {"ref": "sub", "service_provider": "p", "name": "sub", "parent": "main",
             "device_application": "app"},
            {"ref": "main", "service_provider": "p", "name": "main"},
        ],
        "service_providers": [{"ref": "p", "name": "forward"}],
    }  # fmt: skip
    assert bundles.load(tenants.nobody, bundle).created == 6
    sub, main = Account.get(Account.name == "sub"), Account.get(Account.name == "main")
    assert sub.parent_uid == main.uid
    assert sub.device_application_uid is not None
    assert Hook.get().number_uid == Number.get(Number.e164 == "+12065550303").uid
    assert bundles.load(tenants.nobody, bundle)[:2] == (0, 0)


def test_ids_that_are_no_uuids_become_aliases(tenants: Tenants) -> None:
    bundle = base(
        dialect="spoken",
        numbers=[{"uid": "5554872eb0731b38efa4d444", "account": "a", "e164": "+12065550304"}],
    )
    assert bundles.load(tenants.nobody, bundle).created == 4
    assert bundles.load(tenants.nobody, bundle)[:2] == (0, 0)
    alias, number = Alias.get(), Number.get(Number.e164 == "+12065550304")
    assert (alias.dialect, alias.kind, alias.foreign_id) == (
        "spoken", "number", "5554872eb0731b38efa4d444",
    )  # fmt: skip
    assert (alias.object_uid, alias.scope_uid) == (number.uid, number.account_uid)
    assert Account.get(Account.uid == number.account_uid).has_aliases
    bundle["numbers"][0]["e164"] = "+12065550305"
    assert bundles.load(tenants.nobody, bundle)[:2] == (0, 1)
    assert Number.get(Number.uid == number.uid).e164 == "+12065550305"


def test_secrets_are_given_in_clear_and_kept_encrypted(tenants: Tenants, store: Store) -> None:
    secret = "clear-secret-0123456789"
    bundle = base(
        users=[{"account": "a", "login": "ann", "scope": "account", "password": secret}],
        access_keys=[{"account": "a", "scope": "account", "key_id": "k", "secret": secret}],
        trunks=[{"account": "a", "name": "t", "smpp_password": secret}],
    )
    bundles.load(tenants.nobody, bundle)
    assert secret not in str(contents(store))
    assert access.by_pair(tenants.nobody, "k", secret) is not None
    assert Trunk.get(Trunk.name == "t").smpp_password == secret
    assert passwords.matches(User.get(User.login == "ann").password_hash, secret)
    bundle["access_keys"][0]["secret"] = "other-secret-0123456789"
    assert bundles.load(tenants.nobody, bundle)[:2] == (0, 1)
    assert access.by_pair(tenants.nobody, "k", secret) is None
    assert access.by_pair(tenants.nobody, "k", "other-secret-0123456789") is not None
    assert AccessKey.get(AccessKey.key_id == "k").secret == "other-secret-0123456789"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2024-10-19T01:21:21.980000Z", "2024-10-19 01:21:21.980000+00:00"),
        ("2024-10-19T03:21:21+02:00", "2024-10-19 01:21:21+00:00"),
        (1729300881000001, "2024-10-19 01:21:21.000001+00:00"),
    ],
)
def test_times(tenants: Tenants, value: Any, read: str) -> None:
    bundles.load(
        tenants.nobody,
        base(numbers=[{"account": "a", "e164": "+12065550306", "assigned_at": value}]),
    )
    assert str(Number.get(Number.e164 == "+12065550306").assigned_at) == read


UUID_A = "b0000000-0000-4000-8000-000000000001"
UUID_B = "b0000000-0000-4000-8000-000000000002"


@pytest.mark.parametrize(
    ("bundle", "path"),
    [
        ([], ""),
        ({}, "polytrunk"),
        ({"polytrunk": 2}, "polytrunk"),
        ({"polytrunk": 1, "pets": []}, "pets"),
        ({"polytrunk": 1, "jobs": []}, "jobs"),
        ({"polytrunk": 1, "accounts": {}}, "accounts"),
        ({"polytrunk": 1, "accounts": [1]}, "accounts[0]"),
        (base(numbers=[{"account": "a", "e164": "+12065550307", "hue": 1}]), "numbers[0].hue"),
        (base(numbers=[{"account": "a", "e164": "+12065550307", "id": 1}]), "numbers[0].id"),
        (base(numbers=[{"account": "a", "e164": 5}]), "numbers[0].e164"),
        (base(numbers=[{"account": "a", "e164": "12"}]), "numbers[0]"),
        (base(numbers=[{"account": "a"}]), "numbers[0].e164"),
        (base(numbers=[{"e164": "+12065550307"}]), "numbers[0].service_provider"),
        (base(numbers=[{"account": "b", "e164": "+12065550307"}]), "numbers[0].account"),
        (base(numbers=[{"account": 5, "e164": "+12065550307"}]), "numbers[0].account"),
        (base(numbers=[{"account": "a", "account_uid": "a", "e164": "+12065550307"}]),
         "numbers[0].account_uid"),
        (base(numbers=[{"account": "a", "e164": "+12065550307", "status": "lost"}]),
         "numbers[0].status"),
        (base(numbers=[{"account": "a", "e164": "+12065550307", "cnam_lookup": 1}]),
         "numbers[0].cnam_lookup"),
        (base(numbers=[{"account": "a", "e164": "+12065550307", "extras": "x"}]),
         "numbers[0].extras"),
        (base(numbers=[{"account": "a", "e164": "+12065550307", "assigned_at": "yesterday"}]),
         "numbers[0].assigned_at"),
        (base(numbers=[{"account": "a", "e164": "+12065550307", "assigned_at": 10**30}]),
         "numbers[0].assigned_at"),
        (base(numbers=[{"account": "a", "e164": "+12065550307", "monthly_cost_nano": 2**63}]),
         "numbers[0].monthly_cost_nano"),
        (base(numbers=[{"account": "a", "e164": "+12065550307", "kind": None}]),
         "numbers[0].kind"),
        (base(numbers=[{"account": "a", "e164": "+12065550307"}] * 2), "numbers[1]"),
        (base(numbers=[{"uid": "5554872eb0731b38efa4d444", "account": "a",
                        "e164": "+12065550307"}]), "numbers[0].uid"),
        (base(trunks=[{"ref": "t", "account": "a", "name": "1"},
                      {"ref": "t", "account": "a", "name": "2"}]), "trunks[1]"),
        (base(trunks=[{"uid": UUID_A, "account": "a", "name": "1"},
                      {"uid": UUID_B, "account": "a", "name": "2"}]), "trunks[1].uid"),
        (base(access_keys=[{"scope": "account", "account": "a", "key_id": "k"}]),
         "access_keys[0].secret"),
        (base(access_keys=[{"scope": "king", "key_id": "k", "secret": "s"}]),
         "access_keys[0].scope"),
        (base(inventory=[{"service_provider": "p", "count": 10, "area_codes": ["999"]}]),
         "inventory[0]"),
        (base(inventory=[{"service_provider": "q", "count": 10}]), "inventory[0].service_provider"),
        (base(inventory=[{"service_provider": "p", "count": 0}]), "inventory[0]"),
        (base(inventory=[{"service_provider": "p", "size": 1}]), "inventory[0]"),
        ({"polytrunk": 1, "service_providers": [{"ref": "p", "name": "x"}],
          "accounts": [{"ref": "a", "service_provider": "p", "name": "a", "parent": "b"},
                       {"ref": "b", "service_provider": "p", "name": "b", "parent": "a"}]},
         "accounts[0]"),
        (base(smpp_links=[{"trunk": UUID_A, "host": "h"}]), "smpp_links"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_faults_are_named_and_nothing_is_stored(
    tenants: Tenants, store: Store, bundle: Any, path: str
) -> None:
    before = contents(store)
    with pytest.raises(Invalid) as refused:
        bundles.load(tenants.nobody, bundle)
    assert list(refused.value.fields) == [path]
    assert contents(store) == before


def test_all_faults_of_a_file_are_told_at_once(tenants: Tenants) -> None:
    rows = [{"account": "a", "e164": n} for n in range(5)]
    with pytest.raises(Invalid) as refused:
        bundles.load(tenants.nobody, {**base(numbers=rows), "pets": []})
    assert len(refused.value.fields) == 6


def test_five_thousand_rows_take_few_statements(tenants: Tenants) -> None:
    rows = [{"account": "a", "e164": f"+1312222{n:04}"} for n in range(5000)]
    with tenants.counted() as statements:
        assert bundles.load(tenants.nobody, base(numbers=rows)).created == 5002
    assert len(statements) < 40
    with tenants.counted() as statements:
        assert bundles.load(tenants.nobody, base(numbers=rows)).unchanged == 5002
    assert len(statements) < 40


def test_export_is_a_bundle_that_makes_the_same_account_elsewhere(
    tenants: Tenants, store: Store, sqlite_template: Path, tmp_path: Path
) -> None:
    from tests.support import stores

    bundles.load(tenants.nobody, demo())
    account = UUID("11111111-1111-4111-8111-111111111111")
    exported = bundles.export(tenants.nobody, account, secrets=True)
    assert bundles.load(tenants.nobody, exported)[:2] == (0, 0)
    elsewhere = stores.open_copy(sqlite_template, tmp_path / "elsewhere.db")
    with using(elsewhere), connection():
        made = bundles.load(tenants.nobody, json.loads(json.dumps(exported)))
        assert made.created == sum(len(exported[kind]) for kind in KINDS if kind in exported)
        assert bundles.export(tenants.nobody, account, secrets=True) == exported
        ctx = tenants.nobody
        assert access.by_pair(ctx, "demo-key", "demo-secret-0123456789abcdef") is not None
    elsewhere.close()


def test_export_leaves_secrets_and_other_accounts_out(tenants: Tenants) -> None:
    bundles.load(tenants.nobody, demo())
    account = UUID("11111111-1111-4111-8111-111111111111")
    exported = bundles.export(tenants.nobody, account)
    text = json.dumps(exported)
    assert "access_keys" not in exported
    assert "users" not in exported
    assert "demo-secret" not in text
    assert "webhook_secret" not in text
    assert "smpp_password" not in text
    assert str(MINE) not in text
    assert str(PROVIDER) not in text
    assert len(exported["numbers"]) == 10
    assert bundles.load(tenants.nobody, exported)[:2] == (0, 0)
    with pytest.raises(NotFound):
        bundles.export(tenants.nobody, UUID(int=5))
