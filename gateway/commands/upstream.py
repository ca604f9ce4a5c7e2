"""Commands about connections to real providers. Secrets are read, and never printed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gateway.commands.data import write_bundle
from gateway.commands.opening import ready
from gateway.dialect import Dialect, discover
from gateway.domain.context import Context
from gateway.domain.seats import address
from gateway.domain.words import ConnectionMode
from gateway.reach import line_of
from gateway.services import connections, tenancy
from gateway.transports.upstream import Line

SETTINGS = (
    "key", "account", "oauth", "rate", "timeout", "ca_file", "signalling", "sbcs", "messages",
    "at_once", "on_ambiguous", "idempotency",
)  # fmt: skip
"""What a connection is told beside its secret."""


def add(options: argparse.Namespace) -> None:
    """Keep a connection. Without --secret and --secret-env the secret is read from stdin."""
    with ready() as ctx:
        spoken = _dialect(options.dialect)
        account = tenancy.find_account(ctx, options.account).uid
        row = connections.add(
            ctx,
            account,
            spoken,
            name=options.name or spoken.name,
            base_url=options.url or connections.provider_of(spoken).base_url,
            secret=_secret(options),
            kinds=options.kind,
            settings=_settings(options),
        )
        connections.set_mode(ctx, row.uid, ConnectionMode(options.mode))
        print(f"added {row.name} ({row.uid})")


def change(options: argparse.Namespace) -> None:
    """Have a provider reached in another way; what is not named stays as it is."""
    if unknown := set(options.without) - set(SETTINGS):
        raise ValueError(f"{min(unknown)} is none of {', '.join(SETTINGS)}")
    with ready() as ctx:
        row = connections.find(ctx, options.name)
        kept = {name: value for name, value in row.settings.items() if name not in options.without}
        told = options.secret or options.secret_env
        connections.change(
            ctx,
            row.uid,
            base_url=options.url or row.base_url,
            secret=_secret(options) if told else row.secret,
            settings={**kept, **_settings(options)},
        )
    print(f"changed {row.name}")


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """What is told beside the secret; ValueError for an address that is none."""
    found = {name: getattr(options, f"at_{name}") for name in SETTINGS}
    for text in (*(found["signalling"] or ()), *(found["sbcs"] or ())):
        address(text)
    return {name: value for name, value in found.items() if value}


def _secret(options: argparse.Namespace) -> str:
    if options.secret_env:
        if not os.environ.get(options.secret_env):
            print(f"polytrunk: {options.secret_env} is not set yet", file=sys.stderr)
        return f"{connections.ELSEWHERE}{options.secret_env}"
    return str(options.secret or sys.stdin.readline().rstrip("\n"))


def listing(options: argparse.Namespace) -> None:
    with ready() as ctx:
        for row in connections.search(ctx):
            secret = row.secret if connections.is_elsewhere(row) else "secret kept"
            print("  ".join((row.name, row.dialect, str(row.mode), row.base_url, secret)))


def remove(options: argparse.Namespace) -> None:
    with ready() as ctx:
        row = connections.find(ctx, options.name)
        connections.remove(ctx, row.uid)
    print(f"removed {row.name}")


def test(options: argparse.Namespace) -> int:
    """Ask for each kind once; 1 when one of them could not be read."""
    with ready() as ctx:
        row = connections.find(ctx, options.name)
        with reached(ctx, row) as line:
            counts = connections.test(ctx, row, _dialect(row.dialect), line)
    for count in counts:
        print(f"{count.kind:<18}{count.trouble or count.rows}")
    return int(any(count.trouble for count in counts))


def pull(options: argparse.Namespace) -> None:
    """Write what the provider holds as a bundle; what people should know of it goes to stderr."""
    with ready() as ctx:
        row = connections.find(ctx, options.name)
        with reached(ctx, row) as line:
            found = connections.pull(ctx, row, _dialect(row.dialect), line)
        bundle = connections.bundle(ctx, row, found, secrets=options.secrets)
    for note in (*found.notes, *found.oddities()):
        print(f"polytrunk: {note}", file=sys.stderr)
    write_bundle(bundle, options.output, private=options.secrets)


@contextmanager
def reached(ctx: Context, row: Any) -> Iterator[Line]:
    """What carries the requests of a connection, with its settings; closed at the end."""
    line = line_of(row, _dialect(row.dialect))
    try:
        yield line
    finally:
        line.close()


def _dialect(name: str) -> Dialect:
    found = discover()
    if name not in found:
        raise ValueError(f"there is no dialect {name!r}, only {', '.join(sorted(found))}")
    return found[name]
