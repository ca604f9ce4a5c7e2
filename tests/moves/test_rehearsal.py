"""Each operation over inventory that a provider holds does once what it does without one, although
it is rehearsed: its sample request, with and without a provider of the same dialect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.ids import CODECS
from gateway.domain.principal import Principal, Scope
from gateway.domain.words import ConnectionMode
from gateway.http.kit import LOSS, Held, Operation
from gateway.models.database import Store, connection, using
from gateway.services import connections, pairing
from gateway.wire.upstream import Request, Response
from tests.adapters.callable.samples import LOGIN
from tests.moves.forwarding import Reach
from tests.moves.providers import Wire
from tests.support import worlds
from tests.support.snapshots import snapshot
from tests.support.worlds import World

pytestmark = pytest.mark.long

Opened = Callable[[str], Store]
ABOUT_FORWARDING = {"connection", "sync_run", "sync_item", "alias", "lease"}
WRITES = [row for row in worlds.ROWS if row.values[1].method != "GET"]
SHARED = [row for row in WRITES if row.values[1].held is Held.SHARED]
HERE = [row for row in WRITES if row.values[1].held is Held.HERE]


class Owner:
    """A wire on which the owner of the sample world speaks, whoever logged in."""

    def __init__(self, world: World) -> None:
        self.wire, self.headers = Wire(world.app), world.samples.owner

    def send(self, request: Request) -> Response:
        return self.wire.send(replace(request, headers={**request.headers, **self.headers}))


class There:
    """A provider that is reached over a wire."""

    def __init__(self, wire: Owner) -> None:
        self.wire = wire


@contextmanager
def alone(store: Store, dialect: str) -> Iterator[World]:
    with using(store), connection():
        yield World(worlds.application(store), dialect)


@contextmanager
def connected(store: Store, dialect: str, there: World) -> Iterator[World]:
    """The same world, with its changes let through to a twin of it."""
    reach = Reach()
    reach.providers["there"] = There(Owner(there))  # type: ignore[assignment]
    with using(store), connection():
        universe = replace(worlds.universe(store), reach=reach)
        world = World(worlds.apps.over(universe), dialect)
        account = world.samples.bundle()["accounts"][0]["uid"]
        named = CODECS["hex24"].encode(UUID(account)) if dialect == "callable" else account
        ctx, spoken = (
            universe.context(Principal(Scope.ADMIN, key_uid=universe.runtime.new_uid())),
            worlds.DIALECTS[dialect],
        )
        row = connections.add(
            ctx, UUID(account), spoken, name="there", secret=LOGIN["password"],
            base_url="http://provider.example",
            settings={"key": LOGIN["username"], "account": named, "spend": True},
        )  # fmt: skip
        connections.set_mode(ctx, row.uid, ConnectionMode.FORWARD)
        pairing.match(ctx, reach.end(connections.find(ctx, "there")))
        yield world


Difference = dict[str, tuple[int, int]]


def carried_out(world: World, operation: Operation) -> tuple[Any, Difference]:
    """The answer to a sample, and how many rows of each table came and went, changed ones both."""
    before = snapshot()
    answer = world.send(operation)
    after = snapshot()
    rows = {
        table: (Counter(map(repr, before[table])), Counter(map(repr, after[table])))
        for table in before if table not in ABOUT_FORWARDING
    }  # fmt: skip
    differing = {
        table: ((new - old).total(), (old - new).total()) for table, (old, new) in rows.items()
    }
    return answer, {table: counts for table, counts in differing.items() if any(counts)}


def both_ways(
    opened: Opened, dialect: str, operation: Operation
) -> tuple[tuple[Any, Difference], tuple[Any, Difference]]:
    """What a sample does without a provider and with one."""
    with alone(opened("alone"), dialect) as world:
        usual = carried_out(world, operation)
    with alone(opened("there"), dialect) as there:
        pass
    with connected(opened("ours"), dialect, there) as world:
        return usual, carried_out(world, operation)


@pytest.mark.parametrize(("dialect", "operation"), SHARED)
def test_what_is_rehearsed_happens_once(opened: Opened, dialect: str, operation: Operation) -> None:
    (usual, once), (answer, done) = both_ways(opened, dialect, operation)
    assert usual.status_code == operation.status
    assert (answer.status_code, answer.text if answer.status_code >= 400 else "") == (
        usual.status_code, "",
    )  # fmt: skip
    assert done == once


@pytest.mark.parametrize(("dialect", "operation"), HERE)
def test_what_no_provider_is_told_of_is_done_here_and_said(
    opened: Opened, dialect: str, operation: Operation
) -> None:
    (usual, once), (answer, done) = both_ways(opened, dialect, operation)
    assert (answer.status_code, done) == (usual.status_code, once)
    assert f'member="{operation.id}"' in answer.headers[LOSS]
