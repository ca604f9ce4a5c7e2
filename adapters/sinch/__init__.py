"""Sinch Elastic SIP Trunking: trunks with endpoints and access lists, permissions, calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.sinch.auth import CHALLENGE, authenticate
from adapters.sinch.errors import render_problem
from adapters.sinch.profiles import PROFILES, RULES
from adapters.sinch.schemas.common import Error
from gateway.dialect import BodyRules, Dialect
from gateway.domain.moves import Move
from gateway.wire.ledger import Shape
from gateway.wire.provider import Provider


def blueprints() -> Sequence[Any]:
    from adapters.sinch.routes import BLUEPRINTS

    return BLUEPRINTS


def kinds() -> Mapping[str, Sequence[Shape]]:
    from adapters.sinch.kinds import KINDS

    return KINDS


def moves() -> Sequence[Move]:
    from adapters.sinch.moves import MOVES

    return MOVES


def provider() -> Provider:
    from adapters.sinch.provider import PROVIDER

    return PROVIDER


DIALECT = Dialect(
    name="sinch",
    title="Sinch Elastic SIP Trunking",
    prefixes=("/v1/projects/", "/oauth2/"),
    blueprints=blueprints,
    authenticate=authenticate,
    render_problem=render_problem,
    profiles=PROFILES,
    rules=RULES,
    error_schema=Error,
    error_statuses=(400, 401, 403, 404, 405, 413, 415, 429, 500, 503),
    challenge=CHALLENGE,
    security={
        "basicAuth": {"type": "http", "scheme": "basic"},
        "oAuth2": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": {}}},
        },
    },
    body=BodyRules(refused=frozenset({"image/*", "audio/*", "video/*"}), forms=True),
    plus_is_plus=True,
    kinds=kinds,
    provider=provider,
    moves=moves,
    contract="sinch-est.json",
    server_url="https://elastic-trunking.api.sinch.com",
)
