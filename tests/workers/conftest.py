"""A world with a live clock, an SMSC, and what workers need of both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulators.smsc import Smsc
from gateway.models.database import Store
from gateway.settings import Settings
from tests.support import smpp
from tests.support.pipeline import Live, World

QUICK = Settings(allow_private_hooks=True, lease_seconds=1.0, shutdown_grace=2.0)


@pytest.fixture
def world(store: Store) -> World:
    return World(clock=Live(), settings=QUICK)


@pytest.fixture
def smsc() -> Iterator[Smsc]:
    with smpp.smsc() as centre:
        yield centre


def add_link(world: World, port: int, **more: object) -> object:
    """A link of the account to an SMSC of the test, as demo/demo."""
    if world.trunk_uid is None:
        world.trunk_uid = world.add_trunk(
            world.account_uid, smpp_system_id="demo", smpp_password="demo"
        )
    return world.add_link(port=port, **more)
