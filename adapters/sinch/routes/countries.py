"""Countries a project may reach (seed 001: S14 to S17)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from adapters.sinch.routes.common import PROJECT, ids
from adapters.sinch.schemas import countries as wire
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import countries
from gateway.wire import Change

blp = Blueprint("country permissions", __name__, held=Held.HERE)

BASE = PROJECT + "/countryPermissions"
ONE, ALL, BULK = wire.CountryPermission(), wire.CountryPermissions(), wire.BulkCountryPermissions()
CODE = {**ids(), "isoCode": {"type": "string", "maxLength": 2}}


@blp.operation("GET", BASE, "getCountryPermissions", returns=ALL, path=ids())
def get_country_permissions(ctx: Context, project_id: str) -> Any:
    """All countries with their permissions."""
    return SimpleNamespace(items=countries.search(ctx))


@blp.operation("PUT", BASE, "bulkUpdateCountryPermissions", takes=BULK, returns=ALL, path=ids())
def bulk_update_country_permissions(ctx: Context, project_id: str, change: Change) -> Any:
    """Enable exactly the listed countries."""
    wanted = {item["iso_code"]: item["enabled"] for item in change["items"]}
    return SimpleNamespace(items=countries.replace(ctx, wanted))


@blp.operation("GET", BASE + "/<isoCode>", "getCountryPermission", returns=ONE, path=CODE)
def get_country_permission(ctx: Context, project_id: str, iso_code: str) -> Any:
    """One country."""
    return countries.get(ctx, iso_code)


@blp.operation(
    "PUT", BASE + "/<isoCode>", "updateCountryPermission", takes=ONE, returns=ONE, path=CODE
)
def update_country_permission(ctx: Context, project_id: str, iso_code: str, change: Change) -> Any:
    """Enable or disable a country."""
    return countries.update(ctx, iso_code, change["enabled"])
