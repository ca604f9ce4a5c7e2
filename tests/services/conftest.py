"""Fixtures of the service tests."""

from __future__ import annotations

import pytest

from gateway.models.database import Store
from tests.services import tenants as worlds
from tests.services.tenants import Tenants


@pytest.fixture
def tenants(store: Store) -> Tenants:
    return worlds.make(store)
