"""SIP and SMPP gateways (seed 000: SipGateway, SmppGateway)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.schemas.common import Jambonz, Sent, Sid
from gateway.services.addresses import in_force
from gateway.wire import MERGE, Change, Computed, Flag, Int, Profile, Range, Text, View
from gateway.wire.reading import Reader

PORT = Range(1, 65_535)
NETMASK = Range(0, 32)
SIP_PORT, SMPP_PORT, ONE_ADDRESS = 5060, 2775, 32
OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
HOST = (
    rf"^(({OCTET}\.){{3}}{OCTET}|({LABEL}\.){{0,3}}[A-Za-z_]([A-Za-z0-9_-]{{0,61}}[A-Za-z0-9_])?)$"
)


class Host(Text):
    """An IPv4 address or host name; the service reads what the pattern is too narrow for."""

    def describe(self, profile: Profile) -> dict[str, Any]:
        return {**super().describe(profile), "pattern": HOST}


class CarrierSid(Sid):
    """The carrier of a gateway to be made, said to be missing in the server's words."""

    def take_missing(self, change: Change, reader: Reader, path: str) -> None:
        if reader.mode is not MERGE:
            reader.fault(path, "said", f"missing {path}")


class Whole(Int):
    """A whole number, `default` where none is kept."""

    def __init__(self, *, default: int, **options: Any) -> None:
        super().__init__(**options)
        self.default = default


def inbound(row: Any, view: View) -> bool:
    return in_force(row)


class NewSipGateway(Sent):
    """A gateway to be made: calls go to it and are not taken from it, unless it says otherwise."""

    passes = (*Sent.passes, "sip_gateway_sid")

    voip_carrier_sid = CarrierSid(attribute="home_trunk_uid", required=True)
    ipv4 = Host(attribute="address", required=True)
    port = Int(null=False, validate=PORT, doc={"default": SIP_PORT})
    netmask = Int(
        attribute="prefix_length", null=False, validate=NETMASK, doc={"default": ONE_ADDRESS}
    )
    is_active = Flag(attribute="enabled", load_default=True, null=False)
    inbound = Flag(attribute="admits", load_default=False, null=False)
    outbound = Flag(attribute="dials", load_default=True, null=False)


class SipGateway(Sent):
    sip_gateway_sid = Sid(attribute="uid", dump_only=True, null=False, required=True)
    voip_carrier_sid = Sid(attribute="home_trunk_uid", required=True)
    ipv4 = Host(attribute="address", required=True)
    port = Whole(default=SIP_PORT, required=True, validate=PORT)
    netmask = Whole(default=ONE_ADDRESS, attribute="prefix_length", required=True, validate=NETMASK)
    inbound = Computed(
        out=inbound,
        into=bool,
        attribute="admits",
        of=Flag(),
        reads=("access_list",),
        required=True,
    )
    outbound = Flag(attribute="dials", required=True)
    is_active = Flag(attribute="enabled", required=True)


class NewSmppGateway(Sent):
    """A gateway to be made: primary, for messages from us, unless it says otherwise."""

    passes = (*Sent.passes, "smpp_gateway_sid")

    voip_carrier_sid = CarrierSid(attribute="trunk_uid", required=True)
    ipv4 = Host(attribute="host", required=True)
    port = Int(load_default=SMPP_PORT, null=False, validate=PORT)
    netmask = Int(attribute="prefix_length", load_default=ONE_ADDRESS, null=False, validate=NETMASK)
    inbound = Flag(attribute="admits", load_default=False, null=False)
    outbound = Flag(attribute="dials", load_default=True, null=False)
    is_primary = Flag(load_default=True, null=False)
    use_tls = Flag(load_default=False, null=False)


class SmppGateway(Sent):
    smpp_gateway_sid = Sid(attribute="uid", dump_only=True, null=False, required=True)
    voip_carrier_sid = Sid(attribute="trunk_uid", required=True)
    ipv4 = Host(attribute="host", required=True)
    port = Int(required=True, validate=PORT)
    netmask = Int(attribute="prefix_length", required=True, validate=NETMASK)
    is_primary = Flag(required=True)
    use_tls = Flag(required=True)
    inbound = Flag(attribute="admits", required=True)
    outbound = Flag(attribute="dials", required=True)


class SipGatewayQuery(Jambonz):
    """Whose gateways; there is no list of all."""

    voip_carrier_sid = Sid(attribute="trunk", required=True)


class SmppGatewayQuery(Jambonz):
    """Whose gateways; without it all that the caller can see."""

    voip_carrier_sid = Sid(attribute="trunk")
