"""SIP endpoints (seed 001: SipEndpoint, StaticEndpoint, RegisteredEndpoint)."""

from __future__ import annotations

from typing import Any

from adapters.sinch.schemas.common import (
    MAX_NAME,
    Id,
    Paged,
    Sent,
    TrueFlag,
    create_time,
    own_id,
    update_time,
)
from adapters.sinch.words import TRANSPORTS
from gateway.domain import routes
from gateway.domain.problems import Invalid
from gateway.domain.words import EndpointKind, Transport
from gateway.services import sip_endpoints
from gateway.wire import (
    Change,
    Computed,
    Int,
    Length,
    Listed,
    Part,
    Pattern,
    Range,
    Text,
    View,
    Word,
)

PORT = Range(1, 65_535)
LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
HOST_FORM = rf"^((?![0-9.]+$)({LABEL}\.){{0,3}}{LABEL}|({OCTET}\.){{3}}{OCTET})$"
USER_FORM = Pattern(r"[A-Za-z0-9_.!~*'+-]{1,128}", "must be a SIP user name")


def is_registered(row: Any, view: View) -> bool:
    return bool(row.kind == EndpointKind.REGISTRATION)


def address(row: Any, view: View) -> str | None:
    host: str | None = sip_endpoints.place(row)[0]
    return host


def port(row: Any, view: View) -> int | None:
    if row.kind == EndpointKind.REGISTRATION:
        return None
    return sip_endpoints.place(row)[1] or routes.SIP_PORT


def transport(row: Any, view: View) -> str:
    return sip_endpoints.place(row)[2] or Transport.UDP


def user(row: Any, view: View) -> str | None:
    return row.value if row.kind == EndpointKind.REGISTRATION else None


PLACE = ("kind", "address", "port", "transport", "value")


NONE: dict[str, Any] = {"type": "null"}
STATIC = {
    "required": ["address"],
    "properties": {
        "address": {"type": "string", "pattern": HOST_FORM},
        "isRegistered": {"enum": [False, None]},
        "credentialUserName": NONE,
    },
}
REGISTERED = {
    "required": ["isRegistered", "credentialUserName"],
    "properties": {
        "isRegistered": {"const": True},
        "credentialUserName": {"type": "string"},
        "address": NONE,
        "port": NONE,
    },
}


class SipEndpoint(Sent):
    """Where calls of a trunk are sent: a host, or wherever a user of a credential list registered.

    Exactly one of the two: `address` (and `port`), or `isRegistered` with the user's name.
    """

    defaults = {"enabled": True, "transport": Transport.UDP}
    openapi = {"oneOf": [STATIC, REGISTERED]}

    id = own_id()
    sipTrunkId = Id(attribute="trunk_uid", dump_only=True)
    name = Text(required=True, validate=Length(1, MAX_NAME))
    address = Computed(out=address, into=str, attribute="address", reads=PLACE, of=Text())
    port = Computed(
        out=port, into=int, attribute="port", reads=PLACE, of=Int(validate=PORT), validate=PORT
    )
    transport = Computed(
        out=transport,
        into=lambda word: word,
        attribute="transport",
        reads=PLACE,
        of=Word(words=TRANSPORTS, fold=True),
        load_default=Transport.UDP,
    )
    priority = Int(required=True, validate=Range(1, 2**31 - 1))
    enabled = TrueFlag(load_default=True)
    isRegistered = Computed(
        out=is_registered, into=bool, attribute="registered", reads=PLACE, of=TrueFlag()
    )
    credentialUserName = Computed(
        out=user,
        into=str,
        attribute="value",
        reads=PLACE,
        also=("credentialUsername",),
        of=Text(validate=USER_FORM),
    )
    credentialUsername = Computed(out=user, reads=PLACE, of=Text())
    createTime = create_time()
    updateTime = update_time()

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        super().settle(change, row)
        if self.side == "client":
            return change
        registered = change.pop("registered", None)
        by_user = bool(registered) or change.get("value") is not None
        if by_user and change.get("address") is not None:
            text = "an endpoint is static or registered, not both"
            raise Invalid.one("address", "kind", text)
        if not by_user:
            if change.get("address") is None:
                raise Invalid.one("address", "required", "is required for a static endpoint")
            return Change({**change, "kind": EndpointKind.HOST, "value": None})
        if not registered:
            raise Invalid.one("isRegistered", "required", "must be true with a credential user")
        if change.get("value") is None:
            raise Invalid.one("credentialUserName", "required", "is required when registered")
        if change.get("port") is not None:
            raise Invalid.one("port", "kind", "is for static endpoints")
        return Change({**change, "kind": EndpointKind.REGISTRATION, "address": None, "port": None})


class SipEndpoints(Paged):
    endpoints = Listed(Part(SipEndpoint), attribute="items")
