"""Which objects of Sinch stand for the kinds of the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.sinch.schemas import access, calls, credentials, endpoints, numbers, trunks
from gateway.domain.calls import TERMINAL
from gateway.domain.words import EndpointKind
from gateway.wire.ledger import Shape


def hidden_endpoint(row: Any) -> str:
    if not row.dials:
        return "no calls are sent to the address"
    if row.kind == EndpointKind.NUMBER:
        return "a telephone number is no endpoint; calls go there by the trunk's call forwarding"
    if row.kind == EndpointKind.URI and "@" in row.value:
        return "an endpoint is a host; this URI has a user"
    if row.kind == EndpointKind.REGISTRATION and row.value is None:
        return "the built-in registration has no user"
    return ""


def hidden_range(row: Any) -> str:
    return "" if row.admits else "no calls are taken from the address"


def hidden_call(row: Any) -> str:
    return "" if row.status in TERMINAL else "calls are listed once they are over"


KINDS: Mapping[str, Sequence[Shape]] = {
    "trunk": [Shape(trunks.SipTrunk, trunks.SipTrunk)],
    "endpoint": [
        Shape(
            endpoints.SipEndpoint, endpoints.SipEndpoint, hidden_endpoint, implies={"dials": True}
        ),
        Shape(access.IpRange, access.IpRange, hidden_range, implies={"admits": True}),
    ],
    "access_list": [Shape(access.AccessControlList, access.AccessControlList)],
    "credential_list": [Shape(credentials.CredentialList, credentials.NewCredentialList)],
    "call": [Shape(calls.Call, hides=hidden_call)],
    "number": [Shape(numbers.Number, numbers.AddPhoneNumberRequest)],
}
