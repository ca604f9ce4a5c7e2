"""Our account and one at a provider, for tests of what keeps them in step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.words import ConnectionMode
from gateway.models.database import connection, using, write
from gateway.services import bundles, connections, own_inventory
from gateway.services.move_plans import End
from gateway.services.sync_plans import Wish
from gateway.services.syncing import Report, Syncer
from tests.moves.forwarding import told
from tests.moves.providers import ACCOUNT, OWN, Provider

BOTH = Wish(deletions=True, spend=True)
CLEAN = ([], [], [])
A, B = {"address": "192.0.2.10"}, {"address": "192.0.2.11"}


class Side:
    """An account on one side, changed behind the back of the other one."""

    def __init__(self, load: Callable[[Any], Any], exported: Callable[[], Any], store: Any) -> None:
        self.load, self.exported, self.store = load, exported, store

    def row(self, kind: str, /, **where: Any) -> dict[str, Any]:
        (found,) = [
            row for row in self.exported()[kind]
            if all(row.get(name) == value for name, value in where.items())
        ]  # fmt: skip
        return dict(found)

    def change(self, kind: str, where: Mapping[str, Any], /, **values: Any) -> None:
        self.load({"polytrunk": 1, kind: [{"uid": self.row(kind, **where)["uid"], **values}]})

    def add(self, kind: str, /, **values: Any) -> None:
        self.load({"polytrunk": 1, kind: [{**OWN, **values}]})

    def drop(self, model: Any, **where: Any) -> None:
        with self.store(), write():
            rows = [model._meta.fields[name] == value for name, value in where.items()]
            assert model.delete().where(*rows).execute() == 1


class Pair:
    """Our account and one at a provider, with a connection between them."""

    def __init__(self, ctx: Context, there: Provider) -> None:
        self.ctx, self.there = ctx, there
        self.end: End = there.end(ctx, "there")
        row = connections.set_mode(ctx, self.end.connection.uid, ConnectionMode.SYNC)
        self.end = End(row, self.end.dialect, there.wire)
        self.here = Side(
            lambda bundle: bundles.load(ctx, bundle),
            lambda: bundles.export(ctx, UUID(ACCOUNT), secrets=True), connection,
        )  # fmt: skip
        self.away = Side(there.load, there.exported, lambda: using(there.store))

    def sync(self, wish: Wish = BOTH) -> Report:
        return Syncer(self.ctx, self.end).sync(wish)

    def drift(self, wish: Wish = BOTH) -> Report:
        return Syncer(self.ctx, self.end).dry_run(wish)

    def ours(self) -> dict[str, dict[str, Any]]:
        moves = tuple(self.end.dialect.moves())
        return told(own_inventory.of_account(UUID(ACCOUNT)), moves)

    def theirs(self) -> dict[str, dict[str, Any]]:
        return told(self.end.read(self.ctx)[0], tuple(self.end.dialect.moves()))


def said(report: Report) -> tuple[list[str], list[str], list[str]]:
    """What was taken, sent and left, as `key member`."""
    lists = (report.pull, report.push, report.conflicts)
    return tuple([f"{one.key} {one.member}".rstrip() for one in found] for found in lists)  # type: ignore[return-value]
