"""Service providers and what is listed below them (seed 000)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import BEYOND_SERVER, check_sid, hooks_cleared, sids
from adapters.jambonz.schemas import tenancy as wire
from adapters.jambonz.schemas.applications import Application
from adapters.jambonz.schemas.common import SuccessfulAdd
from gateway.domain.context import Context
from gateway.http.kit import Blueprint
from gateway.services import accounts, applications, keys, providers
from gateway.services.scoping import inside_provider
from gateway.wire import MERGE, Change

blp = Blueprint("service providers", __name__)

NEW, CHANGED = wire.NewServiceProvider(), wire.ServiceProvider(partial=True)
PROVIDER, PROVIDERS = wire.ServiceProvider(), wire.ServiceProvider(many=True)
ACCOUNTS, KEYS, APPLICATIONS = (
    wire.Account(many=True),
    wire.ApiKey(many=True),
    Application(many=True),
)
MADE = SuccessfulAdd()
ALL = "/v1/ServiceProviders"
ONE = ALL + "/<ServiceProviderSid>"
PATH = sids("ServiceProviderSid")


@blp.operation("POST", ALL, "createServiceProvider", takes=NEW, returns=MADE, status=201)
def create_service_provider(ctx: Context, change: Change) -> Any:
    """Create a service provider."""
    return providers.create(ctx, change)


@blp.operation("GET", ALL, "listServiceProviders", returns=PROVIDERS)
def list_service_providers(ctx: Context) -> Any:
    """Service providers the caller can see."""
    return providers.search(ctx)


@blp.operation("GET", ONE, "getServiceProvider", returns=PROVIDER, path=PATH)
def get_service_provider(ctx: Context, service_provider_sid: str) -> Any:
    """One service provider."""
    return providers.get(ctx, sid(service_provider_sid))


@blp.operation(
    "PUT", ONE, "updateServiceProvider", takes=CHANGED, mode=MERGE, status=204,
    body_required=False, path=PATH,
)  # fmt: skip
def update_service_provider(ctx: Context, service_provider_sid: str, change: Change) -> None:
    """Change a service provider."""
    check_sid("service_provider_sid", service_provider_sid)
    providers.update(ctx, sid(service_provider_sid), hooks_cleared(change, "registration_hook"))


@blp.operation("DELETE", ONE, "deleteServiceProvider", status=204, path=PATH)
def delete_service_provider(ctx: Context, service_provider_sid: str) -> None:
    """Delete a service provider that has no accounts."""
    providers.delete(ctx, sid(service_provider_sid))


@blp.operation("GET", ONE + "/Accounts", "getServiceProviderAccounts", returns=ACCOUNTS, path=PATH)
def get_accounts(ctx: Context, service_provider_sid: str) -> Any:
    """Accounts of a service provider."""
    return accounts.search(inside_provider(ctx, sid(service_provider_sid)))


@blp.operation(
    "GET", ONE + "/Applications", "getServiceProviderApplications", returns=APPLICATIONS,
    path=PATH, provenance=BEYOND_SERVER,
)  # fmt: skip
def get_applications(ctx: Context, service_provider_sid: str) -> Any:
    """Applications of the accounts of a service provider."""
    return applications.search(inside_provider(ctx, sid(service_provider_sid)))


@blp.operation(
    "GET", ONE + "/ApiKeys", "getServiceProviderApiKeys", returns=KEYS, path=PATH,
    provenance=BEYOND_SERVER,
)  # fmt: skip
def get_api_keys(ctx: Context, service_provider_sid: str) -> Any:
    """Keys of a service provider."""
    return keys.of_owner(inside_provider(ctx, sid(service_provider_sid)))
