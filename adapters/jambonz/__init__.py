"""jambonz's REST API: a platform's seat. Tenants, carriers with their gateways, numbers,
applications, calls, messages and the people who sign in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.jambonz.auth import CHALLENGE, authenticate
from adapters.jambonz.errors import error_content, render_problem
from adapters.jambonz.events import HOOK_POLICY, read_status, render_event
from adapters.jambonz.profiles import PROFILES, RULES
from adapters.jambonz.schemas.common import GeneralError
from gateway.dialect import BodyRules, Dialect
from gateway.domain.moves import Move
from gateway.wire.ledger import Shape
from gateway.wire.provider import Provider


def blueprints() -> Sequence[Any]:
    from adapters.jambonz.routes import BLUEPRINTS

    return BLUEPRINTS


def kinds() -> Mapping[str, Sequence[Shape]]:
    from adapters.jambonz.kinds import KINDS

    return KINDS


def moves() -> Sequence[Move]:
    from adapters.jambonz.moves import MOVES

    return MOVES


def provider() -> Provider:
    from adapters.jambonz.provider import PROVIDER

    return PROVIDER


DIALECT = Dialect(
    name="jambonz",
    title="jambonz",
    prefixes=("/v1/",),
    blueprints=blueprints,
    authenticate=authenticate,
    render_problem=render_problem,
    profiles=PROFILES,
    rules=RULES,
    error_schema=GeneralError,
    error_content=error_content,
    error_statuses=(400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503),
    challenge=CHALLENGE,
    security={"bearerAuth": {"type": "http", "scheme": "bearer"}},
    body=BodyRules(
        refused=frozenset({"image/*", "audio/*", "video/*"}), forms=True, nested_forms=True
    ),
    folds_path_case=True,
    cors=True,
    events=render_event,
    replies=True,
    hook_policy=HOOK_POLICY,
    engine_status=read_status,
    kinds=kinds,
    provider=provider,
    moves=moves,
    contract="jambonz.json",
    server_url="https://api.jambonz.cloud",
)
