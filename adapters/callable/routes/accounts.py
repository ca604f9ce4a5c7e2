"""The organisation and its accounts."""

from __future__ import annotations

from typing import Any

from adapters.callable.routes.common import ACCOUNTS
from adapters.callable.schemas.common import Named
from gateway.domain.context import Context
from gateway.http.kit import Blueprint
from gateway.services import accounts

blp = Blueprint("accounts", __name__)

NAMED = Named(many=True)


@blp.operation("GET", ACCOUNTS, "listAccounts", returns=NAMED)
def list_accounts(ctx: Context) -> Any:
    """Accounts of the organisation."""
    return accounts.search(ctx)
