"""The operations of Callable, one module per area."""

from __future__ import annotations

from adapters.callable.routes import accounts, oauth

BLUEPRINTS = (oauth.blp, accounts.blp)
