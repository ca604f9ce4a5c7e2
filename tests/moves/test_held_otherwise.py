"""What a provider holds otherwise than it was told: the move is done once for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.domain.context import Context
from gateway.models.database import Store
from gateway.services import move_plans
from tests.moves.accounts_at_random import Maker
from tests.moves.conftest import Make
from tests.moves.providers import NUMBERS, Provider
from tests.moves.test_moves_at_random import moved_and_back

Moved = Callable[..., tuple[dict[str, Any], list[str]]]


@pytest.fixture
def moved(ours: Context, opened: Callable[[str], Store], empty: Make) -> Moved:
    """Move what is made to a provider and back: the report, and the keys of all items."""

    def move(source: str, target: str, make: Callable[[Maker], None], only: Any = ()) -> Any:
        account = Maker.of(source, 0)
        make(account)
        there, here = Provider(source, opened("there"), account.bundle()), empty(target)
        here.warm(ours)
        ends = (there.end(ours, "a"), here.end(ours, "b"))
        made = move_plans.plan(ours, *ends, numbers=only)
        keys = [f"{item.action} {item.key}" for item in made.items if item.kind != "number"]
        return moved_and_back(ours, here, ends, only), keys

    return move


def route(make: Maker, number: int, **values: Any) -> str:
    home = make.rows["trunks"][0]["uid"] if make.rows else make.default()
    return make.add(
        "endpoints", **{"name": str(number), "trunk": home, "dials": True, **values},
        route_number=number,
    )  # fmt: skip


def uri(text: str) -> Callable[[Maker], None]:
    def make(maker: Maker) -> None:
        route(maker, 1, kind="uri", value=text)

    return make


@pytest.mark.parametrize(
    ("target", "text", "key"),
    [
        ("callable", "sip:192.0.2.10;transport=tcp", "create endpoint/192.0.2.10"),
        ("jambonz", "sip:192.0.2.10;transport=tcp", "create endpoint/default/192.0.2.10"),
        ("sinch", "sip:192.0.2.10;weight=9", "create endpoint/default/192.0.2.10"),
        ("sinch", "sips:192.0.2.10", "create endpoint/default/192.0.2.10:5061;tls"),
    ],
)
def test_a_route_is_found_where_less_of_it_is_held(
    moved: Moved, target: str, text: str, key: str
) -> None:
    told, keys = moved("flowroute", target, uri(text))
    assert (key in keys, told["verdict"]) == (True, "equal but for known losses")


def test_a_user_nobody_knows_there_is_made_by_hand(moved: Moved) -> None:
    _, keys = moved("flowroute", "sinch", lambda make: route(
        make, 1, kind="registration", value="alice") and None)  # fmt: skip
    assert "blocked endpoint/default/alice" in keys


def test_a_failover_to_who_is_registered_is_a_loss(moved: Moved) -> None:
    def make(account: Maker) -> None:
        first = route(account, 1, kind="host", address="192.0.2.10")
        last = route(account, 0, kind="registration", is_auto=True)
        account.number(NUMBERS[0], primary_endpoint=first, failover_endpoint=last)

    told, _ = moved("flowroute", "sinch", make)
    assert told["numbers"][0]["verdict"] == "explained"


def test_two_routes_to_one_place_are_one(moved: Moved) -> None:
    def make(account: Maker) -> None:
        trunk = account.trunk(name="office")
        for priority in (1, 2):
            account.host(
                name=str(priority), trunk=trunk, dials=True, priority=priority,
                address="192.0.2.10", port=None,
            )  # fmt: skip
        account.number(NUMBERS[0], trunk=trunk)

    moved("sinch", "flowroute", make)


def test_names_of_many_are_told_apart_and_cut(moved: Moved) -> None:
    """Trunks of one name stay two; routes may not share an alias; carriers have short names."""

    def make(account: Maker) -> None:
        for last, name in enumerate(["a#b", "a#b", "x" * 200, "x" * 199]):
            trunk = account.trunk(name=name)
            account.host(
                name="gw", trunk=trunk, dials=True, address=f"192.0.2.{10 + last}", port=None
            )

    _, keys = moved("sinch", "jambonz", make)
    made = [key for key in keys if key.startswith("create trunk/")]
    assert {"create trunk/a%23b", "create trunk/a%23b 2"} <= set(made)
    assert (len(made), max(map(len, made))) == (4, len("create trunk/") + 64)


def test_routes_have_aliases_of_their_own(moved: Moved) -> None:
    def make(account: Maker) -> None:
        trunk = account.trunk(name="office")
        for last in (10, 11):
            account.host(name="gw", trunk=trunk, dials=True, address=f"192.0.2.{last}", port=None)

    _, keys = moved("sinch", "flowroute", make)
    assert len([key for key in keys if key.startswith("create endpoint/")]) == 2


def test_a_name_is_no_range(moved: Moved) -> None:
    def make(account: Maker) -> None:
        account.host(
            trunk=account.trunk(name="office"), dials=True, admits=True, address="sip.example.com",
            port=None,
        )  # fmt: skip

    _, keys = moved("jambonz", "sinch", make)
    assert "blocked access_list/office (auto)" in keys


@pytest.mark.parametrize("number", NUMBERS[:2])
def test_one_number_takes_a_shared_list_along(moved: Moved, number: str) -> None:
    def make(account: Maker) -> None:
        trunks = [account.trunk(name=name) for name in ("first", "second")]
        known = account.add("access_lists", name="staff")
        account.host(access_list=known, admits=True, address="192.0.2.10", port=None)
        for trunk in trunks:
            account.add("trunk_access_lists", trunk=trunk, access_list=known)
        for number, trunk in zip(NUMBERS, trunks, strict=False):
            account.number(number, trunk=trunk)

    _, keys = moved("sinch", "jambonz", make, (number,))
    assert len([key for key in keys if key.startswith("create endpoint/")]) == 1
