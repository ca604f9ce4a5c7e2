"""Commands about what is stored: migrations, bundles, webhooks to be told again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from gateway.commands.opening import opened, ready
from gateway.models import migrate
from gateway.models.database import write
from gateway.services import bundles, hook_jobs, tenancy

STDIO = "-"


def upgrade(options: argparse.Namespace) -> None:
    with opened() as universe:
        applied = migrate.upgrade(universe.store)
    print("\n".join(f"applied {name}" for name in applied) or "up to date")


def status(options: argparse.Namespace) -> None:
    with opened() as universe:
        for one in migrate.status(universe.store):
            print(f"{one.name}  {one.applied or 'pending'}")


def seed(options: argparse.Namespace) -> None:
    """Load a bundle into the database of the settings."""
    bundle = _read(options.file)
    with ready() as ctx:
        loaded = bundles.load(ctx, bundle)
    print(f"{loaded.created} created, {loaded.updated} updated, {loaded.unchanged} unchanged")


def export(options: argparse.Namespace) -> None:
    """Write one account's inventory as a bundle."""
    with ready() as ctx:
        account = tenancy.find_account(ctx, options.account)
        bundle = bundles.export(ctx, account.uid, secrets=options.secrets)
    write_bundle(bundle, options.output, private=options.secrets)


def write_bundle(bundle: Any, output: str, *, private: bool) -> None:
    """A bundle to a file or, for `-`, to stdout; with secrets the file is its owner's alone."""
    text = orjson.dumps(bundle, option=orjson.OPT_INDENT_2) + b"\n"
    if output == STDIO:
        sys.stdout.write(text.decode())
    else:
        _write(Path(output), text, private=private)


def _write(path: Path, text: bytes, *, private: bool) -> None:
    """A file with secrets is made for its owner alone before anything is in it."""
    if private:
        path.touch(mode=0o600)
        path.chmod(0o600)
    path.write_bytes(text)


def _read(file: str) -> Any:
    raw = sys.stdin.buffer.read() if file == STDIO else Path(file).read_bytes()
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{file} is not JSON: {error}") from None


def resend(options: argparse.Namespace) -> None:
    """Queue the webhooks of one event again; a running worker sends them."""
    try:
        event = UUID(options.event)
    except ValueError:
        raise ValueError(f"{options.event} is not the uid of an event") from None
    with ready() as ctx, write():
        count = hook_jobs.resend(ctx, event)
    print(f"{count} webhooks queued")
