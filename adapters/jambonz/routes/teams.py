"""Microsoft Teams tenants (seed 000)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import check_sid, sids
from adapters.jambonz.schemas.common import SuccessfulAdd
from adapters.jambonz.schemas.teams import MsTeamsTenant, NewMsTeamsTenant
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import domain_tenants
from gateway.wire import MERGE, Change

KIND = "jambonz.ms_teams_tenant"
NEW, CHANGED, MADE = NewMsTeamsTenant(), MsTeamsTenant(partial=True), SuccessfulAdd()
TENANT, TENANTS = MsTeamsTenant(), MsTeamsTenant(many=True)
ONE = sids("TenantSid")
PATH = "/v1/MicrosoftTeamsTenants"

blp = Blueprint("teams", __name__, held=Held.HERE)


@blp.operation("POST", PATH, "createMsTeamsTenant", takes=NEW, returns=MADE, status=201)
def create_tenant(ctx: Context, change: Change) -> Any:
    """Create a tenant, by whose domain name calls reach an account."""
    return domain_tenants.create(ctx, KIND, change)


@blp.operation("GET", PATH, "listMsTeamsTenants", returns=TENANTS)
def list_tenants(ctx: Context) -> Any:
    """Tenants the caller can see."""
    return domain_tenants.search(ctx, KIND)


@blp.operation("GET", f"{PATH}/<TenantSid>", "getTenant", returns=TENANT, path=ONE)
def get_tenant(ctx: Context, tenant_sid: str) -> Any:
    """One tenant."""
    return domain_tenants.get(ctx, KIND, sid(tenant_sid))


@blp.operation(
    "PUT", f"{PATH}/<TenantSid>", "putTenant", takes=CHANGED, mode=MERGE, status=204, path=ONE
)
def put_tenant(ctx: Context, tenant_sid: str, change: Change) -> None:
    """Change a tenant."""
    check_sid("ms_teams_tenant_sid", tenant_sid)
    domain_tenants.update(ctx, KIND, sid(tenant_sid), change)


@blp.operation("DELETE", f"{PATH}/<TenantSid>", "deleteTenant", status=204, path=ONE)
def delete_tenant(ctx: Context, tenant_sid: str) -> None:
    """Delete a tenant."""
    domain_tenants.delete(ctx, KIND, sid(tenant_sid))
