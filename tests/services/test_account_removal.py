"""An account, or a provider, goes with all that is its own and with nothing else.

The rows are made from the tables themselves, so a table that is added later is filled and looked at
here without being named.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import peewee as pw
import pytest

from gateway.domain.context import Context
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import InUse, NotFound
from gateway.models import (
    TABLES,
    AccessList,
    Account,
    Alias,
    Application,
    Baseline,
    Call,
    CallEvent,
    Connection,
    Endpoint,
    FlowReference,
    Hook,
    InboundPart,
    Lease,
    Message,
    MessagePart,
    Number,
    Receipt,
    RevokedToken,
    SeenEvent,
    ServiceProvider,
    SmppLink,
    SyncItem,
    Trunk,
    User,
)
from gateway.models.database import write
from gateway.models.fields import EnumField, InstantField, JsonField, UidField
from gateway.models.rows import attribute
from gateway.services import account_removal, accounts, providers
from tests.services.tenants import MINE, PROVIDER, THEIRS, Tenants
from tests.support.snapshots import changed, snapshot

AT = datetime(2026, 3, 1, tzinfo=UTC)
# Rows of the installation itself.
NOBODYS = {ServiceProvider, Account, RevokedToken, Lease}
OWNERS = {"account_uid", "owner_uid", "scope_uid"}
PLAIN = {
    "trunk_uid": Trunk,
    "application_uid": Application,
    "link_uid": SmppLink,
    "message_uid": Message,
    "hook_uid": Hook,
    "call_uid": Call,
    "object_uid": Application,
    "target_uid": Endpoint,
    "connection_uid": Connection,
}


class Filler:
    """One row in every table for an account, or, without one, for its provider."""

    def __init__(self, number: int, provider: UUID, account: UUID | None) -> None:
        self.number, self.provider, self.account = number, provider, account
        self.made: dict[Any, UUID] = {}

    def fill(self) -> dict[Any, UUID]:
        with write():
            for model in TABLES:
                if model not in NOBODYS and not self._needs_account(model):
                    self._insert(model)
            if self.account is not None:
                self._close_circles()
        return self.made

    def _needs_account(self, model: Any) -> bool:
        """Tables whose rows always are an account's, or part of such a row."""
        if self.account is not None:
            return False
        fields = {attribute(field): field for field in model._meta.sorted_fields}
        account = fields.get("account_uid")
        parts = (
            CallEvent, FlowReference, MessagePart, Receipt, SyncItem, Baseline, SeenEvent,
        )  # fmt: skip
        return model in parts or (account is not None and not account.null)

    def _insert(self, model: Any, **given: Any) -> UUID:
        place = (TABLES.index(model) << 8) + len(self.made)
        uid = UUID(int=(self.number << 96) + (place << 40) + 1)
        values = {"uid": uid, "created_at": AT}
        for field in model._meta.sorted_fields:
            if field.name not in ("id", "uid", "created_at"):
                values[field.name] = self._value(model, field)
        model.insert({**values, **given}).execute()
        self.made.setdefault(model, uid)
        return uid

    def _value(self, model: Any, field: Any) -> Any:
        name = attribute(field)
        if isinstance(field, pw.ForeignKeyField | UidField):
            return self._reference(name, getattr(field, "rel_model", PLAIN.get(name)), field.null)
        if isinstance(field, EnumField):
            return list(field.words)[-1]
        for kind, value in ((InstantField, AT), (JsonField, {}), (pw.BooleanField, False)):
            if isinstance(field, kind):
                return value
        if isinstance(field, pw.IntegerField):
            return 1
        return f"{model.__name__}-{name}-{self.number}"

    def _reference(self, name: str, target: Any, null: bool) -> UUID | None:
        if name in OWNERS:
            owner = self.account or (None if name == "account_uid" else self.provider)
            return owner
        if name == "service_provider_uid":
            return self.provider
        if target in self.made:
            return self.made[target]
        return None if null else UUID(int=self.number)

    def _close_circles(self) -> None:
        """What rows refer to that are made after them, and a number of the inventory."""
        made = self.made
        Account.update(
            device_application_uid=made[Application],
            webhook_secret=f"secret-{self.number}",
            realm=f"realm-{self.number}.sip.example",
        ).where(Account.uid == self.account).execute()
        Hook.update(number_uid=made[Number]).where(Hook.uid == made[Hook]).execute()
        self._insert(Number, e164=f"+1415555080{self.number}", from_inventory=True, alias="mine")


@pytest.fixture
def filled(tenants: Tenants) -> dict[UUID, dict[Any, UUID]]:
    return {
        MINE: Filler(1, PROVIDER, MINE).fill(),
        THEIRS: Filler(2, PROVIDER, THEIRS).fill(),
    }


@pytest.fixture
def admin(tenants: Tenants) -> Context:
    return Context(
        tenants.runtime,
        tenants.settings,
        Principal(Scope.ADMIN, key_uid=PROVIDER),
        dialect="spoken",
    )


def rows_with(uid: UUID) -> dict[str, int]:
    """How many rows of each table have a uid anywhere."""
    found = {}
    for table, rows in snapshot().items():
        count = sum(any(uid.hex in str(cell).replace("-", "") for cell in row) for row in rows)
        if count:
            found[table] = count
    return found


def released(uid: UUID) -> Any:
    return Number.get(Number.uid == uid)


def test_every_table_has_rows_of_both(filled: dict[UUID, dict[Any, UUID]]) -> None:
    for account, made in filled.items():
        assert set(made) == set(TABLES) - NOBODYS
        assert len(rows_with(account)) > 15


def test_nothing_of_an_account_is_left_and_nothing_of_others_is_touched(
    filled: dict[UUID, dict[Any, UUID]], admin: Context
) -> None:
    before = snapshot()
    accounts.delete(admin, MINE)
    after = snapshot()
    assert rows_with(MINE) == {}
    for model, uid in filled[MINE].items():
        assert rows_with(uid) == {}, model.__name__
    for table, rows in after.items():
        extra = [row for row in rows if row not in before[table]]
        assert len(extra) == (table == "number"), table  # the one that went back to the inventory
    with pytest.raises(NotFound):
        accounts.get(admin, MINE)
    for model, uid in filled[THEIRS].items():
        assert model.get_or_none(model.uid == uid) is not None, model.__name__


def test_numbers_of_the_inventory_go_back_there_clean(
    filled: dict[UUID, dict[Any, UUID]], admin: Context
) -> None:
    held = Number.get(Number.e164 == "+14155550801")
    accounts.delete(admin, MINE)
    row = released(held.uid)
    assert (row.status, row.account_uid, row.handling) == ("available", None, "none")
    references = (row.trunk_uid, row.application_uid, row.primary_endpoint_uid)
    assert references == (None, None, None)
    assert (row.alias, row.assigned_at, row.extras) == (None, None, {})
    assert row.setup_cost_nano == held.setup_cost_nano


def test_what_belongs_to_others_lets_go_of_the_account(
    filled: dict[UUID, dict[Any, UUID]], admin: Context
) -> None:
    """Only bundles can make such references; the account goes nevertheless."""
    mine, theirs = filled[MINE], filled[THEIRS]
    with write():
        Number.update(
            trunk=mine[Trunk], application=mine[Application], primary_endpoint=mine[Endpoint],
            failover_endpoint=mine[Endpoint], handling="application",
        ).where(Number.uid == theirs[Number]).execute()  # fmt: skip
        Trunk.update(application=mine[Application]).where(Trunk.uid == theirs[Trunk]).execute()
        Application.update(call_hook=mine[Hook]).where(
            Application.uid == theirs[Application]
        ).execute()
        AccessList.update(home_trunk=mine[Trunk]).where(
            AccessList.uid == theirs[AccessList]
        ).execute()
        Account.update(parent=MINE).where(Account.uid == THEIRS).execute()
        Alias.update(object_uid=mine[Trunk]).where(Alias.uid == theirs[Alias]).execute()
    accounts.delete(admin, MINE)
    assert [rows_with(uid) for uid in (MINE, *mine.values())] == [{}] * (1 + len(mine))
    number = released(theirs[Number])
    assert (number.account_uid, number.handling, number.trunk_uid) == (THEIRS, "none", None)
    assert Account.get(Account.uid == THEIRS).parent_uid is None


def test_segments_and_early_receipts_of_its_links_go_too(
    filled: dict[UUID, dict[Any, UUID]], admin: Context
) -> None:
    link = filled[MINE][SmppLink]
    with write():
        Receipt.update(message_uid=None).where(Receipt.link_uid == link).execute()
    assert InboundPart.select().where(InboundPart.link_uid == link).count() == 1
    accounts.delete(admin, MINE)
    assert rows_with(link) == {}


def test_a_provider_goes_with_what_is_its_own(tenants: Tenants, admin: Context) -> None:
    other = providers.create(admin, {"name": "other"})
    kept = Filler(3, PROVIDER, None).fill()
    before = snapshot()
    made = Filler(4, other.uid, None).fill()
    assert {Trunk, Endpoint, Hook, Number, User, SmppLink} <= made.keys()
    providers.delete(admin, other.uid)
    assert rows_with(other.uid) == {}
    assert [rows_with(uid) for uid in made.values()] == [{}] * len(made)
    assert changed(before, snapshot()) == ["service_provider"]
    assert all(rows_with(uid) for uid in kept.values())


def test_a_provider_with_accounts_stays(tenants: Tenants, admin: Context) -> None:
    before = snapshot()
    with pytest.raises(InUse):
        providers.delete(admin, PROVIDER)
    assert changed(before, snapshot()) == []


def test_half_of_it_never_happens(
    filled: dict[UUID, dict[Any, UUID]], admin: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All in one transaction: trouble at the end leaves everything."""
    before = snapshot()

    def trouble(uid: UUID) -> None:
        remove(uid)
        raise RuntimeError("the disk is full")

    remove = account_removal.remove_account
    monkeypatch.setattr(account_removal, "remove_account", trouble)
    with pytest.raises(RuntimeError):
        accounts.delete(admin, MINE)
    assert changed(before, snapshot()) == []


def test_an_account_removes_itself_and_no_other(tenants: Tenants) -> None:
    with pytest.raises(NotFound):
        accounts.delete(tenants.mine, THEIRS)
    accounts.delete(tenants.mine, MINE)
    with pytest.raises(NotFound):
        accounts.delete(tenants.mine, MINE)
