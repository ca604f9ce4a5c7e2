"""What expires goes with the next sweep and not before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.domain import instants
from gateway.domain.context import Context
from gateway.models import Document, RevokedToken
from gateway.models.database import Store
from gateway.services import codes, documents, password_rules, retention, tokens
from gateway.settings import Settings
from tests.support.pipeline import World

HOUR = timedelta(hours=1)


@pytest.fixture
def world(store: Store) -> World:
    return World(settings=Settings(retention_days=0))


def swept(ctx: Context) -> int:
    return sum(retention.sweep(ctx))


def given_back(world: World, name: str, lasts: timedelta) -> None:
    expires = instants.micros(world.clock.now + lasts) // 1_000_000
    tokens.revoke(world.ctx(), {"jti": name, "exp": expires})


def names_of(rows: Any) -> list[str]:
    return sorted(row.jti for row in rows)


def test_tokens_that_were_given_back_are_kept_while_they_would_open(world: World) -> None:
    given_back(world, "short", HOUR)
    given_back(world, "long", 3 * HOUR)
    world.clock.now += HOUR
    swept(world.ctx())
    assert names_of(RevokedToken.select()) == ["long", "short"]
    world.clock.now += timedelta(seconds=1)
    assert swept(world.ctx()) == 1
    assert names_of(RevokedToken.select()) == ["long"]


def test_codes_go_when_they_expire_and_other_documents_stay(world: World) -> None:
    codes.issue(world.ctx(), codes.RESET, owner=None, body={"user": "x"}, minutes=60)
    lasting = codes.issue(world.ctx(), codes.INVITE, owner=None, body={}, minutes=None)
    documents.create(world.ctx(), "note", {"text": "kept"}, owner=password_rules.PLATFORM)
    world.clock.now += HOUR
    swept(world.ctx())
    assert Document.select().count() == 3
    world.clock.now += timedelta(seconds=1)
    assert swept(world.ctx()) == 1
    assert sorted(row.kind for row in Document.select()) == [codes.INVITE, "note"]
    assert codes.find(world.ctx(), codes.INVITE, lasting) is not None
