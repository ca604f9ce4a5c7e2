"""Commands about credentials. Secrets are printed when they are made, and never again."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from gateway.commands.opening import ready
from gateway.domain.context import Context
from gateway.domain.principal import Scope
from gateway.services import keys, tenancy

LEAST_PASSWORD = 8


def create(options: argparse.Namespace) -> None:
    """Make a key, or with --user a user whose password is asked for or read from stdin."""
    with ready() as ctx:
        scope, owner = _owner(ctx, options)
        if options.user:
            _create_user(ctx, options, scope, owner)
            return
        made = keys.create(ctx, scope=scope, label=options.label, **owner)
    print(f"key id  {made.row.key_id}")
    print(f"secret  {made.secret}")


def _create_user(
    ctx: Context, options: argparse.Namespace, scope: Scope, owner: dict[str, Any]
) -> None:
    if sys.stdin.isatty():
        password = getpass.getpass("password: ")
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < LEAST_PASSWORD:
        raise ValueError(f"a password has at least {LEAST_PASSWORD} characters")
    tenancy.create_user(ctx, options.user, password, scope=scope, roles=options.role, **owner)
    print(f"user    {options.user}")


def _owner(ctx: Context, options: argparse.Namespace) -> tuple[Scope, dict[str, Any]]:
    if options.account:
        return Scope.ACCOUNT, {"account_uid": tenancy.find_account(ctx, options.account).uid}
    if options.provider:
        found = tenancy.find_service_provider(ctx, options.provider)
        return Scope.PROVIDER, {"service_provider_uid": found.uid}
    return Scope.ADMIN, {}


def listing(options: argparse.Namespace) -> None:
    with ready() as ctx:
        account = tenancy.find_account(ctx, options.account).uid if options.account else None
        rows = keys.search(ctx, account_uid=account)
    for row in rows:
        print("  ".join((row.key_id, str(row.scope), _state(row), row.label or "")).rstrip())


def _state(row: Any) -> str:
    if row.revoked_at is not None:
        return f"revoked {row.revoked_at:%Y-%m-%d}"
    return f"used {row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"


def revoke(options: argparse.Namespace) -> None:
    with ready() as ctx:
        keys.revoke(ctx, options.key_id)
    print(f"revoked {options.key_id}")
