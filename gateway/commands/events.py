"""The command that says where a provider is to tell of events. The address is a secret: whoever has
it can tell."""

from __future__ import annotations

import argparse
import os
import sys

from gateway.commands.opening import ready
from gateway.dialect import discover
from gateway.services import connections, event_addresses


def address(options: argparse.Namespace) -> None:
    """Print the address of a connection, and keep what the provider will prove itself with."""
    with ready() as ctx:
        row = connections.find(ctx, options.name)
        dialect = discover()[row.dialect]
        event_addresses.reader(dialect)
        if (secret := _secret(options)) is not None:
            event_addresses.prove(ctx, row, dialect, secret)
        print(event_addresses.address(ctx, row, dialect, renew=options.renew))


def _secret(options: argparse.Namespace) -> str | None:
    if not options.secret_env:
        return None if options.secret is None else str(options.secret)
    if not os.environ.get(options.secret_env):
        print(f"polytrunk: {options.secret_env} is not set yet", file=sys.stderr)
    return f"{connections.ELSEWHERE}{options.secret_env}"
