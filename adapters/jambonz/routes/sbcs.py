"""Addresses of the platform: SBCs and SMPP listeners (seed 000; facts/jambonz, section 4.7).

Any caller reads them. Ours: those without a service provider are everybody's, so only an
administrator may write them, and a service provider only its own.
"""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import BEYOND_SERVER, sids
from adapters.jambonz.schemas import sbcs as wire
from adapters.jambonz.schemas.common import SuccessfulAdd
from gateway.domain.context import Context
from gateway.http.kit import Blueprint
from gateway.services import platform_addresses
from gateway.wire import Change, apply

SBC, SMPP = "jambonz.sbc", "jambonz.smpp_address"
NEW_SBC, SBCS = wire.NewSbc(), wire.Sbc(many=True)
NEW_SMPP, SMPPS = wire.NewSmpp(), wire.Smpp(many=True)
QUERY, MADE = wire.AddressQuery(), SuccessfulAdd()

blp = Blueprint("sbcs", __name__)


def make(ctx: Context, kind: str, change: Change) -> Any:
    values = apply(None, change)
    return platform_addresses.create(ctx, kind, values["body"], values.get("service_provider_uid"))


@blp.operation("POST", "/v1/Sbcs", "createSbc", takes=NEW_SBC, returns=MADE, status=201)
def create_sbc(ctx: Context, change: Change) -> Any:
    """Add the address of an SBC."""
    return make(ctx, SBC, change)


@blp.operation("GET", "/v1/Sbcs", "listSbcs", query=QUERY, returns=SBCS)
def list_sbcs(ctx: Context, query: Change) -> Any:
    """SBCs of a service provider, else those of everybody."""
    return platform_addresses.search(ctx, SBC, query.get("provider"))


@blp.operation(
    "DELETE", "/v1/Sbcs/<SbcSid>", "deleteSbcAddress", also={204: None}, path=sids("SbcSid")
)
def delete_sbc(ctx: Context, sbc_sid: str) -> None:
    """Remove the address of an SBC."""
    platform_addresses.delete(ctx, SBC, sid(sbc_sid))


@blp.operation(
    "POST", "/v1/Smpps", "createSmpp", takes=NEW_SMPP, returns=MADE, status=201,
    provenance=BEYOND_SERVER,
)  # fmt: skip
def create_smpp(ctx: Context, change: Change) -> Any:
    """Add the address of an SMPP listener."""
    return make(ctx, SMPP, change)


@blp.operation("GET", "/v1/Smpps", "listSmpps", query=QUERY, returns=SMPPS)
def list_smpps(ctx: Context, query: Change) -> Any:
    """SMPP listeners of a service provider, else those of everybody."""
    return platform_addresses.smpp_listeners(ctx, SMPP, query.get("provider"))


@blp.operation(
    "DELETE", "/v1/Smpps/<SmppSid>", "deleteSmppAddress", status=204, path=sids("SmppSid"),
    provenance=BEYOND_SERVER,
)  # fmt: skip
def delete_smpp(ctx: Context, smpp_sid: str) -> None:
    """Remove the address of an SMPP listener."""
    platform_addresses.delete(ctx, SMPP, sid(smpp_sid))
