"""Flowroute's operations, one module per area."""

from __future__ import annotations

from adapters.flowroute.routes import cnams, e911s, inventory, messages, numbers, routes

BLUEPRINTS = (
    messages.blp,
    inventory.blp,
    numbers.blp,
    routes.blp,
    e911s.blp,
    cnams.blp,
)
