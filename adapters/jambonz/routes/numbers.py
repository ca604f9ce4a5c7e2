"""Phone numbers (seed 000)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import BEYOND_SERVER, check_sid, sids
from adapters.jambonz.schemas import numbers as wire
from adapters.jambonz.schemas.common import SuccessfulAdd
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import provisioning
from gateway.services.scoping import inside_provider
from gateway.wire import MERGE, Change

blp = Blueprint("numbers", __name__, held=Held.SHARED)

NEW, CHANGED, MADE = wire.NewPhoneNumber(), wire.PhoneNumber(partial=True), SuccessfulAdd()
NUMBER, NUMBERS = wire.PhoneNumber(), wire.PhoneNumber(many=True)
ONE, PROVIDER = sids("PhoneNumberSid"), sids("ServiceProviderSid")


@blp.operation(
    "POST", "/v1/PhoneNumbers", "provisionPhoneNumber", takes=NEW, returns=MADE, status=201
)
def provision_number(ctx: Context, change: Change) -> Any:
    """Keep a number of a carrier, for an account or in the provider's pool."""
    return provisioning.create(ctx, change)


@blp.operation("GET", "/v1/PhoneNumbers", "listProvisionedPhoneNumbers", returns=NUMBERS)
def list_numbers(ctx: Context) -> Any:
    """Numbers the caller can see."""
    return provisioning.search(ctx)


@blp.operation(
    "GET", "/v1/PhoneNumbers/<PhoneNumberSid>", "getPhoneNumber", returns=NUMBER, path=ONE
)
def get_number(ctx: Context, phone_number_sid: str) -> Any:
    """One number."""
    return provisioning.get(ctx, sid(phone_number_sid))


@blp.operation(
    "PUT", "/v1/PhoneNumbers/<PhoneNumberSid>", "updatePhoneNumber", takes=CHANGED, mode=MERGE,
    status=204, body_required=False, path=ONE,
)  # fmt: skip
def update_number(ctx: Context, phone_number_sid: str, change: Change) -> None:
    """Assign a number to an account or an application."""
    check_sid("phone_number_sid", phone_number_sid)
    provisioning.update(ctx, sid(phone_number_sid), change)


@blp.operation(
    "DELETE", "/v1/PhoneNumbers/<PhoneNumberSid>", "deletePhoneNumber", status=204, path=ONE
)
def delete_number(ctx: Context, phone_number_sid: str) -> None:
    """Give a number up."""
    provisioning.delete(ctx, sid(phone_number_sid))


@blp.operation(
    "GET", "/v1/ServiceProviders/<ServiceProviderSid>/PhoneNumbers",
    "getServiceProviderPhoneNumbers", returns=NUMBERS, path=PROVIDER, provenance=BEYOND_SERVER,
)  # fmt: skip
def list_numbers_of_provider(ctx: Context, service_provider_sid: str) -> Any:
    """Numbers of a service provider and its accounts."""
    return provisioning.search(inside_provider(ctx, sid(service_provider_sid)))
