"""Addresses of the platform: SBCs and SMPP listeners (seed 000: createSbc, listSbcs, listSmpps)."""

from __future__ import annotations

from typing import Any, ClassVar

from adapters.jambonz.schemas.common import Jambonz, Sent, Sid
from adapters.jambonz.schemas.gateways import HOST, PORT, SIP_PORT, SMPP_PORT
from gateway.wire import Flag, Int, Length, Pattern, Text


class Address(Text):
    """An IPv4 address or host name."""

    def __init__(self) -> None:
        form = HOST.removeprefix("^").removesuffix("$")
        is_host = Pattern(form, "must be an IPv4 address or a host name")
        super().__init__(attribute="body.ipv4", required=True, validate=[Length(1, 253), is_host])


class NewSbc(Sent):
    """The address of an SBC; without a service provider it is everybody's."""

    passes = (*Sent.passes, "sbc_address_sid")

    ipv4 = Address()
    port = Int(attribute="body.port", load_default=SIP_PORT, null=False, validate=PORT)
    service_provider_sid = Sid(attribute="service_provider_uid")


class Sbc(Jambonz):
    sbc_address_sid = Sid(attribute="uid", required=True)
    ipv4 = Text(attribute="body.ipv4", required=True)
    port = Int(attribute="body.port")
    service_provider_sid = Sid(attribute="service_provider_uid")


class NewSmpp(Sent):
    """The address of an SMPP listener; without a service provider it is everybody's."""

    passes = (*Sent.passes, "smpp_address_sid")

    ipv4 = Address()
    port = Int(attribute="body.port", load_default=SMPP_PORT, null=False, validate=PORT)
    use_tls = Flag(attribute="body.use_tls", load_default=False, null=False)
    is_primary = Flag(attribute="body.is_primary", load_default=True, null=False)
    service_provider_sid = Sid(attribute="service_provider_uid")


class Smpp(Jambonz):
    """`smpp_address_sid` is null for our own listener, which nobody stored."""

    smpp_address_sid = Sid(attribute="uid")
    ipv4 = Text(attribute="body.ipv4", required=True)
    port = Int(attribute="body.port", required=True)
    use_tls = Flag(attribute="body.use_tls", required=True)
    is_primary = Flag(attribute="body.is_primary", required=True)
    service_provider_sid = Sid(attribute="service_provider_uid")


class AnySid(Sid):
    """A sid to look for; text of another form is nobody's."""

    schema_type: ClassVar[dict[str, Any]] = {"type": "string", "minLength": 1}


class AddressQuery(Jambonz):
    """Whose addresses; text that names no service provider finds none."""

    service_provider_sid = AnySid(attribute="provider", null=False)
