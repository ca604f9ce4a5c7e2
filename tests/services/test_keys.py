"""Credentials: what opens an account and from when on it does not any more."""

from __future__ import annotations

import time
from datetime import timedelta

import gevent
import pytest

from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Conflict, Invalid, NotFound
from gateway.models import AccessKey, Account, User
from gateway.models.database import Store
from gateway.services import access, keys, passwords, tenancy
from tests.services.tenants import MINE, PROVIDER, THEIRS, Tenants


@pytest.fixture
def made(tenants: Tenants) -> keys.Made:
    return keys.create(tenants.nobody, scope=Scope.ACCOUNT, account_uid=MINE, label="mine")


def opens(tenants: Tenants, made: keys.Made) -> Principal | None:
    return access.by_pair(tenants.nobody, made.row.key_id, made.secret)


def test_a_pair_opens_its_account(tenants: Tenants, made: keys.Made) -> None:
    assert opens(tenants, made) == Principal(
        Scope.ACCOUNT, key_uid=made.row.uid, service_provider_uid=PROVIDER, account_uid=MINE
    )
    assert access.by_secret(tenants.nobody, made.secret) == opens(tenants, made)
    assert access.by_uid(tenants.nobody, made.row.uid) == opens(tenants, made)


def test_generated_credentials_are_long_and_different(tenants: Tenants, made: keys.Made) -> None:
    other = keys.create(tenants.nobody, scope=Scope.ADMIN)
    assert len(made.secret) >= 32
    assert made.secret != other.secret
    assert made.row.key_id != other.row.key_id
    admin = opens(tenants, other)
    assert admin is not None
    assert (admin.scope, admin.account_uid, admin.service_provider_uid) == ("admin", None, None)


def test_provider_keys_know_their_provider(tenants: Tenants) -> None:
    made = keys.create(tenants.nobody, scope=Scope.PROVIDER, service_provider_uid=PROVIDER)
    principal = opens(tenants, made)
    assert principal is not None
    assert (principal.service_provider_uid, principal.account_uid) == (PROVIDER, None)


@pytest.mark.parametrize(
    ("key_id", "secret"),
    [
        ("{id}", "wrong"), ("wrong", "{secret}"), ("", "{secret}"), ("{id}", ""), ("", ""),
        ("{id}\0", "{secret}"), ("{id}", "{secret}\0"), ("{id}", "{secret} "), ("{ID}", "{secret}"),
        ("{secret}", "{id}"), ("{id}' OR 1=1 --", "x"), ("{id}", "\ud800"),
    ],
)  # fmt: skip
def test_nothing_else_opens_it(tenants: Tenants, made: keys.Made, key_id: str, secret: str) -> None:
    names = {"id": made.row.key_id, "ID": made.row.key_id.upper() + "X", "secret": made.secret}
    found = access.by_pair(tenants.nobody, key_id.format(**names), secret.format(**names))
    assert found is None


def test_secrets_alone(tenants: Tenants, made: keys.Made) -> None:
    assert access.by_secret(tenants.nobody, "") is None
    assert access.by_secret(tenants.nobody, made.row.key_id) is None
    twin = keys.create(tenants.nobody, scope=Scope.ACCOUNT, account_uid=THEIRS, secret=made.secret)
    newest = access.by_secret(tenants.nobody, made.secret)
    assert newest is not None
    assert newest.key_uid == twin.row.uid
    keys.revoke(tenants.nobody, twin.row.key_id)
    older = access.by_secret(tenants.nobody, made.secret)
    assert older is not None
    assert older.key_uid == made.row.uid


def test_a_revoked_key_opens_nothing_at_once(tenants: Tenants, made: keys.Made) -> None:
    keys.revoke(tenants.nobody, made.row.key_id)
    keys.revoke(tenants.nobody, made.row.key_id)
    assert opens(tenants, made) is None
    assert access.by_secret(tenants.nobody, made.secret) is None
    assert access.by_uid(tenants.nobody, made.row.uid) is None
    with pytest.raises(NotFound):
        keys.revoke(tenants.nobody, "nobody's")


def test_an_expired_key_opens_nothing(tenants: Tenants) -> None:
    made = keys.create(
        tenants.nobody, scope=Scope.ADMIN, expires_at=tenants.clock.now + timedelta(hours=1)
    )
    tenants.clock.advance(3599)
    assert opens(tenants, made) is not None
    tenants.clock.advance(1)
    assert opens(tenants, made) is None


def test_keys_of_an_account_that_is_switched_off_open_nothing(
    tenants: Tenants, made: keys.Made
) -> None:
    Account.update(is_active=False).where(Account.uid == MINE).execute()
    assert opens(tenants, made) is None


def test_authentication_is_one_query(tenants: Tenants, made: keys.Made) -> None:
    with tenants.counted() as statements:
        assert opens(tenants, made) is not None
    assert len(statements) == 1


def used(made: keys.Made) -> object:
    return AccessKey.get(AccessKey.uid == made.row.uid).last_used_at


def test_use_is_recorded_once_a_minute_beside_the_request(
    tenants: Tenants, made: keys.Made
) -> None:
    first = tenants.clock.now
    assert opens(tenants, made) is not None
    assert used(made) is None
    _until(lambda: used(made) == first)
    tenants.clock.advance(59)
    opens(tenants, made)
    gevent.sleep(0)
    assert used(made) == first
    tenants.clock.advance(1)
    opens(tenants, made)
    _until(lambda: used(made) == tenants.clock.now)


def _until(condition: object) -> None:
    deadline = time.monotonic() + 10
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        gevent.sleep(0.005)


def test_secrets_are_not_stored_in_clear(tenants: Tenants, made: keys.Made, store: Store) -> None:
    row = store.database.execute_sql("SELECT secret, secret_hash FROM access_key").fetchone()
    assert made.secret not in str(tuple(row))
    assert made.secret not in repr(made.row)


@pytest.mark.parametrize(
    "owner",
    [
        {"scope": Scope.ACCOUNT},
        {"scope": Scope.ACCOUNT, "account_uid": MINE, "service_provider_uid": PROVIDER},
        {"scope": Scope.PROVIDER, "account_uid": MINE},
        {"scope": Scope.ADMIN, "account_uid": MINE},
    ],
)
def test_the_owner_fits_the_scope(tenants: Tenants, owner: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        keys.create(tenants.nobody, **owner)  # type: ignore[arg-type]


def test_key_ids_are_unique(tenants: Tenants, made: keys.Made) -> None:
    with pytest.raises(Conflict):
        keys.create(tenants.nobody, scope=Scope.ADMIN, key_id=made.row.key_id)
    assert [row.key_id for row in keys.search(tenants.nobody)] == [made.row.key_id]
    assert keys.search(tenants.nobody, account_uid=THEIRS) == []


def test_users_sign_in_with_their_password(tenants: Tenants) -> None:
    user = tenancy.create_user(
        tenants.nobody, "ann", "correct horse", account_uid=MINE, roles=["VoiceChannel"]
    )
    principal = access.by_password(tenants.nobody, "ann", "correct horse")
    assert principal == Principal(
        Scope.ACCOUNT,
        user_uid=user.uid,
        service_provider_uid=PROVIDER,
        account_uid=MINE,
        roles=frozenset({"VoiceChannel"}),
    )
    assert access.by_uid(tenants.nobody, user.uid) == principal
    for login, password in (("ann", "wrong"), ("bob", "correct horse"), ("ann", ""), ("a\0", "x")):
        assert access.by_password(tenants.nobody, login, password) is None
    tenancy.set_password(tenants.nobody, user.uid, "battery staple")
    assert access.by_password(tenants.nobody, "ann", "correct horse") is None
    assert access.by_password(tenants.nobody, "ann", "battery staple") == principal
    User.update(is_active=False).execute()
    assert access.by_password(tenants.nobody, "ann", "battery staple") is None
    assert access.by_uid(tenants.nobody, user.uid) is None


def test_password_hashes_are_argon2id_and_salted(tenants: Tenants) -> None:
    one, two = passwords.hashed("same"), passwords.hashed("same")
    assert one != two
    assert one.startswith("$argon2id$")
    assert passwords.matches(one, "same")
    assert not passwords.matches(None, "same")
    assert not passwords.matches("not a hash", "same")


def test_tenancy_conflicts_and_look_ups(tenants: Tenants) -> None:
    ctx = tenants.nobody
    with pytest.raises(Conflict):
        tenancy.create_service_provider(ctx, "provider")
    with pytest.raises(NotFound):
        tenancy.create_account(ctx, MINE, "orphan")
    tenancy.create_user(ctx, "ann", "longer than 8", account_uid=MINE)
    with pytest.raises(Conflict):
        tenancy.create_user(ctx, "ann", "longer than 8", account_uid=MINE)
    with pytest.raises(Invalid):
        tenancy.create_user(ctx, "", "longer than 8", account_uid=MINE)
    assert tenancy.find_account(ctx, "mine").uid == tenancy.find_account(ctx, str(MINE)).uid == MINE
    assert tenancy.find_service_provider(ctx, "provider").uid == PROVIDER
    with pytest.raises(NotFound):
        tenancy.find_account(ctx, "nobody")
    tenancy.create_account(ctx, PROVIDER, "mine")
    with pytest.raises(Conflict):
        tenancy.find_account(ctx, "mine")
