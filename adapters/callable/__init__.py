"""Callable: voice flows of an organisation's accounts, their numbers, trunks, hooks and calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.callable.auth import CHALLENGE, authenticate
from adapters.callable.errors import render_problem
from adapters.callable.events import HOOK_POLICY, render_event
from adapters.callable.profiles import PROFILES, RULES
from adapters.callable.schemas.common import Error
from adapters.callable.verbs import read_verbs
from gateway.dialect import BodyRules, Dialect
from gateway.domain.moves import Move
from gateway.wire.ledger import Shape
from gateway.wire.provider import Provider


def blueprints() -> Sequence[Any]:
    from adapters.callable.routes import BLUEPRINTS

    return BLUEPRINTS


def kinds() -> Mapping[str, Sequence[Shape]]:
    from adapters.callable.kinds import KINDS

    return KINDS


def moves() -> Sequence[Move]:
    from adapters.callable.moves import MOVES

    return MOVES


def provider() -> Provider:
    from adapters.callable.provider import PROVIDER

    return PROVIDER


DIALECT = Dialect(
    name="callable",
    title="Callable",
    prefixes=("/api/v1/",),
    blueprints=blueprints,
    authenticate=authenticate,
    render_problem=render_problem,
    profiles=PROFILES,
    default_profile="extended",
    rules=RULES,
    error_schema=Error,
    error_statuses=(400, 401, 403, 404, 405, 413, 415, 429, 500, 503),
    challenge=CHALLENGE,
    security={
        "bearerAuth": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "x-token-url": "/api/v1/oauth/authorize",
        }
    },
    events=render_event,
    hook_policy=HOOK_POLICY,
    read_verbs=read_verbs,
    body=BodyRules(accepted=("application/json",)),
    kinds=kinds,
    provider=provider,
    moves=moves,
    contract="callable.json",
    server_url="https://api.callable.io",
)
