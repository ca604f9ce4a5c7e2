"""Who may bind to the gateway's listener."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.models import Account, SmppLink, Trunk
from gateway.models.database import Store
from gateway.services import inbound_binds
from gateway.services.inbound_binds import Bind, Refusal, inside
from tests.support.pipeline import World


@pytest.fixture
def world(store: Store) -> World:
    return World()


@pytest.mark.parametrize(
    ("address", "host", "length", "answer"),
    [
        ("192.0.2.1", "192.0.2.1", 32, True),
        ("192.0.2.2", "192.0.2.1", 32, False),
        ("192.0.2.2", "192.0.2.1", None, False),
        ("192.0.2.200", "192.0.2.1", 24, True),
        ("192.0.3.1", "192.0.2.1", 24, False),
        ("198.51.100.1", "0.0.0.0", 0, True),
        ("::ffff:192.0.2.1", "192.0.2.1", 32, True),
        ("[2001:db8::1]", "2001:db8::1", 32, True),
        ("2001:db8::2", "2001:db8::1", 32, False),
        ("2001:db8::2", "2001:db8::1", 64, True),
        ("fe80::1%eth0", "fe80::1", 32, True),
        ("2001:db8::1", "0.0.0.0", 0, False),
        ("192.0.2.1", "localhost", 0, False),
        ("nowhere", "0.0.0.0", 0, False),
        ("", "0.0.0.0", 0, False),
    ],
)
def test_addresses_and_networks(address: str, host: str, length: Any, answer: bool) -> None:
    assert inside(address, host, length) is answer


def trunk(world: World, password: str | None = "word", host: str = "192.0.2.1", **more: Any) -> Any:
    owner = more.pop("account_uid", world.account_uid)
    uid = world.add_trunk(
        owner, smpp_inbound_system_id="peer", smpp_inbound_password=password, **more
    )
    world.add_link(trunk_uid=uid, admits=True, dials=False, host=host)
    return uid


def test_trunks_that_share_a_login_are_told_apart_by_password_and_address(world: World) -> None:
    first, second = trunk(world), trunk(world, host="192.0.2.2")
    third = trunk(world, "other", host="192.0.2.2")
    found = [
        inbound_binds.admit("peer", password, address)
        for password, address in (
            ("word", "192.0.2.1"), ("word", "192.0.2.2"), ("other", "192.0.2.2")
        )
    ]  # fmt: skip
    assert [bind.way.trunk_uid for bind in found if isinstance(bind, Bind)] == [
        first, second, third
    ]  # fmt: skip
    assert inbound_binds.admit("peer", "other", "192.0.2.1") is Refusal.ADDRESS
    assert inbound_binds.admit("peer", "neither", "192.0.2.1") is Refusal.PASSWORD
    assert inbound_binds.admit("Peer", "word", "192.0.2.1") is Refusal.UNKNOWN


def test_receipts_look_at_the_links_that_are_dialled_first(world: World) -> None:
    uid = trunk(world)
    off = world.add_link(trunk_uid=uid, dials=True, enabled=False)
    out = world.add_link(trunk_uid=uid, dials=True, settings={"id_form": "hex"})
    bind = inbound_binds.admit("peer", "word", "192.0.2.1")
    assert isinstance(bind, Bind)
    assert [way.uid for way in bind.ways] == [out, off, bind.way.uid]
    assert (bind.service_provider_uid, bind.account_uid) == (world.provider_uid, world.account_uid)


def test_an_account_that_sleeps_and_a_trunk_without_links_let_nobody_in(world: World) -> None:
    trunk(world)
    Account.update(is_active=False).execute()
    assert inbound_binds.admit("peer", "word", "192.0.2.1") is Refusal.UNKNOWN
    Account.update(is_active=True).execute()
    SmppLink.delete().execute()
    assert inbound_binds.admit("peer", "word", "192.0.2.1") is Refusal.ADDRESS
    Trunk.update(is_active=False).execute()
    assert inbound_binds.admit("peer", "word", "192.0.2.1") is Refusal.UNKNOWN


@pytest.mark.parametrize("password", [None, ""])
def test_no_password_opens_nothing(world: World, password: str | None) -> None:
    trunk(world, password)
    assert inbound_binds.admit("peer", "", "192.0.2.1") is Refusal.PASSWORD
