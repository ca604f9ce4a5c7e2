"""What becomes of changes when a connection ends while they are under way, and what it costs an
account to have none."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.words import ConnectionMode
from gateway.models import Account, Alert, Connection, Lease, Number, SyncItem, SyncRun
from gateway.models.database import Store, connection, using, write
from gateway.models.fields import EPOCH
from gateway.services import account_removal, connections
from gateway.wire.upstream import Request, Response
from tests.moves import providers
from tests.moves.breaking import Breaking, Killed
from tests.moves.forwarding import OFFICE, TRUNKS, House, carrier, differing, gateway
from tests.moves.providers import ACCOUNT, NUMBERS, Provider

Open, Opened = Callable[[], Store], Callable[[str], Store]
ROUTE = {"data": {"type": "route", "attributes": {"route_type": "host", "value": "192.0.2.10",
                                                       "alias": "a"}}}  # fmt: skip


def broken_off(house: House, there: Provider) -> None:
    """A process dies while one request stands for several at the provider."""
    there.wire.broken = Breaking(2, answered=False, kill=True)
    with pytest.raises(Killed):
        gateway(house, carrier(house))
    there.wire.broken = None


def test_what_is_gone_there_is_in_nobodys_way(house: House, there: Provider) -> None:
    """Somebody else takes a trunk away whose new name was to be taken back."""
    gateway(house, sid := carrier(house))
    there.wire.broken = Breaking(2, answered=False, kill=True)
    with pytest.raises(Killed):
        house.ask("jambonz", "PUT", f"/v1/VoipCarriers/{sid}", {"name": "main"})
    there.wire.broken = None
    wire = there.wire
    there.wire = Gone(wire)  # type: ignore[assignment]
    assert house.ask("sinch", "POST", TRUNKS, OFFICE).status_code == 201
    with using(house.store), connection():
        items = [row for row in SyncItem.select() if row.error == "it is gone there"]
    assert {str(one.state) for one in items} == {"kept"}


class Gone:
    """A wire to a provider that knows no trunk any more that is to be changed."""

    def __init__(self, wire: Any) -> None:
        self.wire = wire

    def send(self, request: Request) -> Response:
        return Response(404, {}, b"{}") if request.method == "PUT" else self.wire.send(request)


def remove(house: House) -> None:
    connections.remove(house.ctx, connections.find(house.ctx, "there").uid)


def make_local(house: House) -> None:
    row = connections.find(house.ctx, "there")
    connections.set_mode(house.ctx, row.uid, ConnectionMode.LOCAL)


def deactivate(house: House) -> None:
    with write():
        Connection.update(is_active=False).execute()


def remove_account(house: House) -> None:
    with write():
        account_removal.remove_account(UUID(ACCOUNT))


@pytest.mark.parametrize("end", [make_local, deactivate], ids=["local", "inactive"])
def test_what_was_broken_off_waits_until_changes_go_through_again(
    house: House, there: Provider, end: Callable[[House], None]
) -> None:
    broken_off(house, there)
    with using(house.store), connection():
        end(house)
    asked = len(there.wire.seen)
    assert house.ask("sinch", "POST", TRUNKS, OFFICE).status_code == 201
    assert len(there.wire.seen) == asked
    with using(house.store), connection(), write():
        Connection.update(is_active=True).execute()
    house.let_through("there")
    assert house.ask("sinch", "POST", TRUNKS, {"name": "b", "hostName": "b"}).status_code == 201
    assert {key: both for key, both in differing(house, "there").items() if both[0] is None} == {}


def test_a_connection_that_is_removed_leaves_an_alert_of_what_was_broken_off(
    house: House, there: Provider
) -> None:
    broken_off(house, there)
    with using(house.store), connection():
        with write():
            row = connections.find(house.ctx, "there")
            Number.update(connection_uid=row.uid).execute()
        remove(house)
        assert [row for row in Alert.select() if "there was removed" in row.message]
        assert SyncRun.select().count() == SyncItem.select().count() == 0
        assert {row.connection_uid for row in Number.select()} == {None}
    assert house.ask("sinch", "POST", TRUNKS, OFFICE).status_code == 201
    assert house.ask("flowroute", "GET", f"/v2/numbers/{NUMBERS[0][1:]}").status_code == 200


@pytest.mark.parametrize(
    ("end", "status"), [(remove, 503), (remove_account, 400), (make_local, 201), (deactivate, 201)],
    ids=["removed", "account removed", "local", "inactive"],
)  # fmt: skip
def test_a_connection_that_ends_while_a_change_is_under_way(
    house: House, there: Provider, end: Callable[[House], None], status: int
) -> None:
    """Either both sides change, or none does."""
    before = there.exported().get("trunks")

    def in_between(request: Request) -> bool:
        if request.method != "GET":
            there.wire.broken = None
            with using(house.store), connection():
                end(house)
        return False

    there.wire.broken = in_between
    answer = house.ask("sinch", "POST", TRUNKS, OFFICE)
    assert answer.status_code == status, answer.text
    assert (there.exported().get("trunks") == before) is (status != 201)
    with using(house.store), connection():
        assert {row.until for row in Lease.select()} == {EPOCH}
        assert Account.select().count() == (0 if end is remove_account else 1)


OURS = re.compile(r'"(connection|sync_run|sync_item|lease)"')


@pytest.mark.parametrize(
    ("dialect", "path", "body"), [("flowroute", "/v2/routes", ROUTE), ("sinch", TRUNKS, OFFICE)],
    ids=["flowroute", "sinch"],
)  # fmt: skip
def test_without_a_connection_a_change_costs_one_statement_and_a_look_none(
    store: Store, counted: Any, dialect: str, path: str, body: Any
) -> None:
    house = House(store, providers.account(numbers="owned"))
    asked = {}
    for method, sent in (("GET", None), ("POST", body)):
        with counted() as said:
            assert house.ask(dialect, method, path, sent).status_code < 300
        asked[method] = len([sql for sql in said if OURS.search(sql)])
    assert asked == {"GET": 0, "POST": 1}
