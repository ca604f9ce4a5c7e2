"""Flowroute's REST API: numbers, routes and messages as JSON:API, callbacks to the customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.flowroute.auth import CHALLENGE, authenticate
from adapters.flowroute.errors import render_problem
from adapters.flowroute.events import HOOK_POLICY, render_event
from adapters.flowroute.profiles import PROFILES, RULES
from adapters.flowroute.schemas.common import Error
from adapters.flowroute.words import MEDIA_TYPE
from gateway.dialect import BodyRules, Dialect
from gateway.domain.moves import Move
from gateway.wire.ledger import Shape
from gateway.wire.provider import Provider

# What cannot carry JSON; everything else is read as JSON, since the vendor's own clients send
# application/json, text/plain and nothing at all. One of them sends caller names as a form.
NO_JSON = frozenset(
    {"multipart/form-data", "application/xml", "text/xml", "image/*", "audio/*", "video/*"}
)


def blueprints() -> Sequence[Any]:
    from adapters.flowroute.routes import BLUEPRINTS

    return BLUEPRINTS


def kinds() -> Mapping[str, Sequence[Shape]]:
    from adapters.flowroute.kinds import KINDS

    return KINDS


def moves() -> Sequence[Move]:
    from adapters.flowroute.moves import MOVES

    return MOVES


def provider() -> Provider:
    from adapters.flowroute.provider import PROVIDER

    return PROVIDER


DIALECT = Dialect(
    name="flowroute",
    title="Flowroute",
    version="0.1.1",
    prefixes=("/v2/", "/v2.1/", "/v2.2/"),
    blueprints=blueprints,
    authenticate=authenticate,
    render_problem=render_problem,
    profiles=PROFILES,
    rules=RULES,
    media_type=MEDIA_TYPE,
    error_media=MEDIA_TYPE,
    error_schema=Error,
    error_statuses=(400, 401, 404, 405, 413, 415, 422, 429, 500, 503),
    challenge=CHALLENGE,
    security={"basicAuth": {"type": "http", "scheme": "basic"}},
    body=BodyRules(refused=NO_JSON, forms=True),
    events=render_event,
    hook_policy=HOOK_POLICY,
    kinds=kinds,
    provider=provider,
    moves=moves,
    contract="flowroute.json",
    server_url="https://api.flowroute.com",
)
