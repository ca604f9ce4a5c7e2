"""The operations of Sinch Elastic SIP Trunking, one module per area."""

from __future__ import annotations

from adapters.sinch.routes import (
    access,
    blocking,
    calls,
    countries,
    credentials,
    endpoints,
    links,
    numbers,
    oauth,
    trunks,
)

BLUEPRINTS = (
    oauth.blp,
    trunks.blp,
    endpoints.blp,
    access.blp,
    links.blp,
    credentials.blp,
    numbers.blp,
    countries.blp,
    calls.blp,
    blocking.blp,
)
