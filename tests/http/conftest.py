"""An app over the toy dialect and an empty store in memory."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from werkzeug.test import Client

from gateway.app import create_app
from gateway.settings import Settings
from gateway.universe import make_universe
from tests.http.toy import Shelf, toy

BASIC = {"Authorization": "Basic a2V5OnBhOnNz"}  # key:pa:ss


@pytest.fixture
def make_site():
    """make_site(settings fields, dialect changes) -> client, shelf, app."""
    made = []

    def make(dialect=None, mounts=(), **fields):
        shelf = Shelf()
        settings = Settings(database_url="sqlite:///:memory:", **fields)
        universe = make_universe(settings)
        made.append(universe)
        found = toy(shelf, **(dialect or {}))
        app = create_app(universe=universe, dialects={"toy": found}, mounts=mounts)
        return SimpleNamespace(client=Client(app), shelf=shelf, app=app, universe=universe)

    yield make
    for universe in made:
        universe.close()


@pytest.fixture
def site(make_site):
    return make_site()
