"""The operations of jambonz, one module per area."""

from __future__ import annotations

from adapters.jambonz.routes import (
    accounts,
    alerts,
    applications,
    billing,
    calls,
    carriers,
    gateways,
    keys,
    limits,
    messages,
    numbers,
    providers,
    recent_calls,
    sbcs,
    sessions,
    signup,
    speech,
    teams,
    users,
    webhooks,
)

BLUEPRINTS = (
    carriers.blp,
    gateways.blp,
    numbers.blp,
    providers.blp,
    accounts.blp,
    keys.blp,
    limits.blp,
    webhooks.blp,
    applications.blp,
    sessions.blp,
    signup.blp,
    users.blp,
    billing.blp,
    sbcs.blp,
    teams.blp,
    speech.blp,
    alerts.blp,
    calls.blp,
    recent_calls.blp,
    messages.blp,
)
