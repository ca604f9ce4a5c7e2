"""SIP and SMPP gateways of carriers (seed 000)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import check_sid, sids
from adapters.jambonz.schemas import gateways as wire
from adapters.jambonz.schemas.common import SuccessfulAdd
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import addresses, smpp_links
from gateway.wire import MERGE, Change

blp = Blueprint("gateways", __name__, held=Held.SHARED)

MADE = SuccessfulAdd()
NEW_SIP, SIP_CHANGE = wire.NewSipGateway(), wire.SipGateway(partial=True)
SIP_GATEWAY, SIP_GATEWAYS = wire.SipGateway(), wire.SipGateway(many=True)
NEW_SMPP, SMPP_CHANGE = wire.NewSmppGateway(), wire.SmppGateway(partial=True)
SMPP_GATEWAY, SMPP_GATEWAYS = wire.SmppGateway(), wire.SmppGateway(many=True)
SIP_QUERY, SMPP_QUERY = wire.SipGatewayQuery(), wire.SmppGatewayQuery()
SIP, SMPP = sids("SipGatewaySid"), sids("SmppGatewaySid")


@blp.operation(
    "POST", "/v1/SipGateways", "createSipGateway", takes=NEW_SIP, returns=MADE, status=201
)
def create_sip_gateway(ctx: Context, change: Change) -> Any:
    """Create a SIP gateway of a carrier."""
    return addresses.create(ctx, change)


@blp.operation("GET", "/v1/SipGateways", "listSipGateways", query=SIP_QUERY, returns=SIP_GATEWAYS)
def list_sip_gateways(ctx: Context, query: Change) -> Any:
    """SIP gateways of a carrier."""
    return addresses.search(ctx, query["trunk"])


@blp.operation(
    "GET", "/v1/SipGateways/<SipGatewaySid>", "getSipGateway", returns=SIP_GATEWAY, path=SIP
)
def get_sip_gateway(ctx: Context, sip_gateway_sid: str) -> Any:
    """One SIP gateway."""
    return addresses.get(ctx, sid(sip_gateway_sid))


@blp.operation(
    "PUT", "/v1/SipGateways/<SipGatewaySid>", "updateSipGateway", takes=SIP_CHANGE, mode=MERGE,
    status=204, body_required=False, path=SIP,
)  # fmt: skip
def update_sip_gateway(ctx: Context, sip_gateway_sid: str, change: Change) -> None:
    """Change a SIP gateway."""
    check_sid("sip_gateway_sid", sip_gateway_sid)
    addresses.update(ctx, sid(sip_gateway_sid), change)


@blp.operation(
    "DELETE", "/v1/SipGateways/<SipGatewaySid>", "deleteSipGateway", status=204, path=SIP
)
def delete_sip_gateway(ctx: Context, sip_gateway_sid: str) -> None:
    """Delete a SIP gateway."""
    addresses.delete(ctx, sid(sip_gateway_sid))


@blp.operation(
    "POST",
    "/v1/SmppGateways",
    "createSmppGateway",
    held=Held.HERE,
    takes=NEW_SMPP,
    returns=MADE,
    status=201,
)
def create_smpp_gateway(ctx: Context, change: Change) -> Any:
    """Create an SMPP gateway of a carrier."""
    return smpp_links.create(ctx, change)


@blp.operation(
    "GET", "/v1/SmppGateways", "listSmppGateways", query=SMPP_QUERY, returns=SMPP_GATEWAYS
)
def list_smpp_gateways(ctx: Context, query: Change) -> Any:
    """SMPP gateways of a carrier, or all."""
    return smpp_links.search(ctx, query.get("trunk"))


@blp.operation(
    "GET", "/v1/SmppGateways/<SmppGatewaySid>", "getSmppGateway", returns=SMPP_GATEWAY, path=SMPP
)
def get_smpp_gateway(ctx: Context, smpp_gateway_sid: str) -> Any:
    """One SMPP gateway."""
    return smpp_links.get(ctx, sid(smpp_gateway_sid))


@blp.operation(
    "PUT", "/v1/SmppGateways/<SmppGatewaySid>", "updateSmppGateway", takes=SMPP_CHANGE, mode=MERGE,
    held=Held.HERE, status=204, body_required=False, path=SMPP,
)  # fmt: skip
def update_smpp_gateway(ctx: Context, smpp_gateway_sid: str, change: Change) -> None:
    """Change an SMPP gateway; it is bound anew."""
    check_sid("smpp_gateway_sid", smpp_gateway_sid)
    smpp_links.update(ctx, sid(smpp_gateway_sid), change)


@blp.operation(
    "DELETE",
    "/v1/SmppGateways/<SmppGatewaySid>",
    "deleteSmppGateway",
    held=Held.HERE,
    status=204,
    path=SMPP,
)
def delete_smpp_gateway(ctx: Context, smpp_gateway_sid: str) -> None:
    """Delete an SMPP gateway; what waits for it takes another way."""
    smpp_links.delete(ctx, sid(smpp_gateway_sid))
