"""The operations of Callable, one module per area."""

from __future__ import annotations

from adapters.callable.routes import accounts, channels, devices, hooks, oauth, trunks

BLUEPRINTS = (oauth.blp, accounts.blp, channels.blp, trunks.blp, hooks.blp, devices.blp)
