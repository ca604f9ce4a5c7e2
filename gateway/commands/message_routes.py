"""Commands about the ways messages take: routes are added, listed and removed, and a message's own
way is told."""

from __future__ import annotations

import argparse
from decimal import Decimal
from typing import Any
from uuid import UUID

from gateway.commands.opening import ready
from gateway.domain import ids
from gateway.services import connections, failover, message_routes, tenancy

NANO = 10**9
EVERYTHING = "everything"


def add(options: argparse.Namespace) -> None:
    with ready() as ctx:
        account = tenancy.find_account(ctx, options.account).uid
        given = ("from_number", "prefix", "country", "priority", "weight")
        values = {name: getattr(options, name) for name in given}
        if options.link:
            values["link_uid"] = message_routes.find_link(account, options.link)
        else:
            values["connection_uid"] = connections.find(ctx, options.connection).uid
        values["cost_nano"] = options.cost
        row = message_routes.add(ctx, account, options.name, values)
        print(f"added {row.name}: {_shown(row)}")


def listing(options: argparse.Namespace) -> None:
    with ready() as ctx:
        account = tenancy.find_account(ctx, options.account).uid
        for row in message_routes.search(ctx, account):
            print(f"{row.name}: {_shown(row)}")


def remove(options: argparse.Namespace) -> None:
    with ready() as ctx:
        account = tenancy.find_account(ctx, options.account).uid
        message_routes.remove(ctx, account, options.name)
    print(f"removed {options.name}")


def trace(options: argparse.Namespace) -> None:
    """Print every way a message left, when and why, and the one it has now."""
    with ready():
        told = failover.trace(_uid(options.message))
        for left in told.left:
            print(f"{left['at']}  left {failover.name_of(UUID(left['way']))}: {left['why']}")
        way = "no way yet" if told.way is None else failover.name_of(told.way)
        print(f"{told.status}: {way}")


def _uid(text: str) -> UUID:
    """A message's id as any dialect spells it."""
    found = ids.CODECS[ids.reference(text).codec].decode(text)
    if found is None:
        raise ValueError(f"{text} is no id of a message")
    return found


def _shown(row: Any) -> str:
    """What a route takes, and where to."""
    said = {"from": row.from_number, "to": row.prefix, "in": row.country}
    match = " ".join(f"{word} {value}" for word, value in said.items() if value) or EVERYTHING
    cost = f", cost {Decimal(row.cost_nano) / NANO:f}" if row.cost_nano else ""
    way = failover.name_of(row.link_uid or row.connection_uid)
    off = "" if row.enabled else ", off"
    return f"{match} -> {way}, priority {row.priority}, weight {row.weight}{cost}{off}"
