"""Limits of accounts and service providers (seed 000)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import BEYOND_SERVER, sids
from adapters.jambonz.schemas import tenancy as wire
from adapters.jambonz.schemas.common import SuccessfulAdd
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import limits
from gateway.services.scoping import inside_account, inside_provider
from gateway.wire import Change

blp = Blueprint("limits", __name__, held=Held.HERE)

LIMIT, LIMITS, QUERY, MADE = (
    wire.Limits(),
    wire.Limits(many=True),
    wire.LimitQuery(),
    SuccessfulAdd(),
)
OF_ACCOUNT = "/v1/Accounts/<AccountSid>/Limits"
OF_PROVIDER = "/v1/ServiceProviders/<ServiceProviderSid>/Limits"
ACCOUNT, PROVIDER = sids("AccountSid"), sids("ServiceProviderSid")


@blp.operation(
    "POST", OF_PROVIDER, "addLimitForServiceProvider", takes=LIMIT, returns=MADE, status=201,
    path=PROVIDER,
)  # fmt: skip
def add_provider_limit(ctx: Context, service_provider_sid: str, change: Change) -> Any:
    """Set a limit of a service provider."""
    owner = inside_provider(ctx, sid(service_provider_sid))
    return limits.put(owner, change["category"], change["quantity"])


@blp.operation(
    "GET", OF_PROVIDER, "getServiceProviderLimits", query=QUERY, returns=LIMITS, path=PROVIDER
)
def get_provider_limits(ctx: Context, service_provider_sid: str, query: Change) -> Any:
    """Limits of a service provider."""
    return limits.search(inside_provider(ctx, sid(service_provider_sid)), query.get("category"))


@blp.operation(
    "DELETE", OF_PROVIDER, "deleteServiceProviderLimits", query=QUERY, status=204, path=PROVIDER,
    provenance=BEYOND_SERVER,
)  # fmt: skip
def delete_provider_limits(ctx: Context, service_provider_sid: str, query: Change) -> None:
    """Take limits of a service provider away."""
    limits.remove(inside_provider(ctx, sid(service_provider_sid)), query.get("category"))


@blp.operation(
    "POST", OF_ACCOUNT, "addLimitForAccount", takes=LIMIT, returns=MADE, status=201, path=ACCOUNT
)
def add_account_limit(ctx: Context, account_sid: str, change: Change) -> Any:
    """Set a limit of an account."""
    owner = inside_account(ctx, sid(account_sid))
    return limits.put(owner, change["category"], change["quantity"])


@blp.operation("GET", OF_ACCOUNT, "getAccountLimits", query=QUERY, returns=LIMITS, path=ACCOUNT)
def get_account_limits(ctx: Context, account_sid: str, query: Change) -> Any:
    """Limits of an account."""
    return limits.search(inside_account(ctx, sid(account_sid)), query.get("category"))


@blp.operation(
    "DELETE", OF_ACCOUNT, "deleteAccountLimits", query=QUERY, status=204, path=ACCOUNT,
    provenance=BEYOND_SERVER,
)  # fmt: skip
def delete_account_limits(ctx: Context, account_sid: str, query: Change) -> None:
    """Take limits of an account away."""
    limits.remove(inside_account(ctx, sid(account_sid)), query.get("category"))
