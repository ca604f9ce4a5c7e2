"""Carriers, also below accounts and service providers, and their templates (seed 000)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import BEYOND_CLIENTS, BEYOND_SERVER, check_sid, sids
from adapters.jambonz.schemas import carriers as wire
from adapters.jambonz.schemas.common import SuccessfulAdd
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import trunk_removal, trunk_templates, trunks
from gateway.services.scoping import inside_account, inside_provider
from gateway.wire import MERGE, Change

blp = Blueprint("carriers", __name__, held=Held.SHARED)

NEW, CHANGED = wire.NewVoipCarrier(), wire.VoipCarrier(partial=True)
CARRIER, CARRIERS, MADE = wire.VoipCarrier(), wire.VoipCarrier(many=True), SuccessfulAdd()
TEMPLATES = wire.PredefinedCarrier(many=True)
ONE = sids("VoipCarrierSid")
ACCOUNT, PROVIDER = sids("AccountSid"), sids("ServiceProviderSid")
TEMPLATE = sids("PredefinedCarrierSid")


@blp.operation(
    "GET", "/v1/PredefinedCarriers", "listPredefinedCarriers", returns=TEMPLATES, public=True
)
def list_predefined_carriers(ctx: Context) -> Any:
    """Templates of well-known carriers."""
    return trunk_templates.search()


@blp.operation(
    "POST", "/v1/Accounts/<AccountSid>/PredefinedCarriers/<PredefinedCarrierSid>",
    "createVoipCarrierFromTemplate", returns=MADE, status=201, path={**ACCOUNT, **TEMPLATE},
)  # fmt: skip
def create_from_template(ctx: Context, account_sid: str, predefined_carrier_sid: str) -> Any:
    """Create a carrier of an account from a template."""
    owner = inside_account(ctx, sid(account_sid))
    return trunk_templates.copy(owner, sid(predefined_carrier_sid))


@blp.operation(
    "POST", "/v1/ServiceProviders/<ServiceProviderSid>/PredefinedCarriers/<PredefinedCarrierSid>",
    "createVoipCarrierFromTemplateBySP", returns=MADE, status=201, path={**PROVIDER, **TEMPLATE},
)  # fmt: skip
def create_from_template_by_provider(
    ctx: Context, service_provider_sid: str, predefined_carrier_sid: str
) -> Any:
    """Create a carrier of a service provider from a template."""
    owner = inside_provider(ctx, sid(service_provider_sid))
    return trunk_templates.copy(owner, sid(predefined_carrier_sid))


@blp.operation("POST", "/v1/VoipCarriers", "createVoipCarrier", takes=NEW, returns=MADE, status=201)
def create_carrier(ctx: Context, change: Change) -> Any:
    """Create a carrier."""
    return trunks.create(ctx, change)


@blp.operation("GET", "/v1/VoipCarriers", "listVoipCarriers", returns=CARRIERS)
def list_carriers(ctx: Context) -> Any:
    """Carriers the caller can see."""
    return trunks.search(ctx)


@blp.operation(
    "GET", "/v1/VoipCarriers/<VoipCarrierSid>", "getVoipCarrier", returns=CARRIER, path=ONE
)
def get_carrier(ctx: Context, voip_carrier_sid: str) -> Any:
    """One carrier."""
    return trunks.get(ctx, sid(voip_carrier_sid))


@blp.operation(
    "PUT", "/v1/VoipCarriers/<VoipCarrierSid>", "updateVoipCarrier", takes=CHANGED, mode=MERGE,
    status=204, body_required=False, path=ONE,
)  # fmt: skip
def update_carrier(ctx: Context, voip_carrier_sid: str, change: Change) -> None:
    """Change a carrier."""
    check_sid("voip_carrier_sid", voip_carrier_sid)
    trunks.update(ctx, sid(voip_carrier_sid), change)


@blp.operation(
    "DELETE", "/v1/VoipCarriers/<VoipCarrierSid>", "deleteVoipCarrier", status=204, path=ONE
)
def delete_carrier(ctx: Context, voip_carrier_sid: str) -> None:
    """Delete a carrier that no number uses, with its gateways."""
    trunk_removal.delete(ctx, sid(voip_carrier_sid))


@blp.operation(
    "GET", "/v1/ServiceProviders/<ServiceProviderSid>/VoipCarriers", "getServiceProviderCarriers",
    returns=CARRIERS, path=PROVIDER,
)  # fmt: skip
def list_carriers_of_provider(ctx: Context, service_provider_sid: str) -> Any:
    """Carriers of a service provider and its accounts."""
    return trunks.search(inside_provider(ctx, sid(service_provider_sid)))


@blp.operation(
    "POST", "/v1/ServiceProviders/<ServiceProviderSid>/VoipCarriers",
    "createCarrierForServiceProvider", takes=NEW, returns=MADE, status=201, path=PROVIDER,
)  # fmt: skip
def create_carrier_for_provider(ctx: Context, service_provider_sid: str, change: Change) -> Any:
    """Create a carrier of a service provider."""
    return trunks.create(inside_provider(ctx, sid(service_provider_sid)), change)


@blp.operation(
    "PUT", "/v1/ServiceProviders/<ServiceProviderSid>/VoipCarriers/<VoipCarrierSid>",
    "updateServiceProviderCarrier", takes=CHANGED, mode=MERGE, status=204,
    body_required=False,
    path={**PROVIDER, **ONE}, provenance=BEYOND_SERVER,
)  # fmt: skip
def update_carrier_of_provider(
    ctx: Context, service_provider_sid: str, voip_carrier_sid: str, change: Change
) -> None:
    """Change a carrier of a service provider."""
    check_sid("voip_carrier_sid", voip_carrier_sid)
    owner = inside_provider(ctx, sid(service_provider_sid))
    trunks.update(owner, sid(voip_carrier_sid), change)


@blp.operation(
    "GET", "/v1/Accounts/<AccountSid>/VoipCarriers", "listAccountCarriers", returns=CARRIERS,
    path=ACCOUNT, provenance=BEYOND_CLIENTS,
)  # fmt: skip
def list_carriers_of_account(ctx: Context, account_sid: str) -> Any:
    """Carriers of an account."""
    return trunks.search(inside_account(ctx, sid(account_sid)))


@blp.operation(
    "POST", "/v1/Accounts/<AccountSid>/VoipCarriers", "createAccountCarrier", takes=NEW,
    returns=MADE, status=201, path=ACCOUNT, provenance=BEYOND_CLIENTS,
)  # fmt: skip
def create_carrier_for_account(ctx: Context, account_sid: str, change: Change) -> Any:
    """Create a carrier of an account."""
    return trunks.create(inside_account(ctx, sid(account_sid)), change)
