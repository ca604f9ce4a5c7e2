"""Which objects of jambonz stand for the kinds of the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.jambonz.schemas import (
    applications,
    calls,
    carriers,
    gateways,
    hooks,
    numbers,
    recent_calls,
    tenancy,
)
from gateway.domain.calls import TERMINAL
from gateway.domain.words import EndpointKind
from gateway.wire.ledger import Shape


def hidden_gateway(row: Any) -> str:
    if row.kind != EndpointKind.HOST:
        return "gateways are hosts; this endpoint is none"
    if row.home_trunk_uid is None:
        return "gateways belong to a carrier; this range's list is on no trunk"
    return ""


def hidden_hook(row: Any) -> str:
    return "" if row.dialect == "jambonz" else "a hook is shown by the dialect it is called in"


def hidden_call(row: Any) -> str:
    return "the call is over" if row.status in TERMINAL else ""


def hidden_record(row: Any) -> str:
    return "" if row.status in TERMINAL else "the call goes on"


KINDS: Mapping[str, Sequence[Shape]] = {
    "account": [Shape(tenancy.Account, tenancy.NewAccount)],
    "trunk": [Shape(carriers.VoipCarrier, carriers.NewVoipCarrier)],
    "endpoint": [
        Shape(
            gateways.SipGateway,
            gateways.NewSipGateway,
            hidden_gateway,
            implies={"kind": EndpointKind.HOST},
            derived={"home_trunk_uid": ("trunk_uid", "access_list.home_trunk_uid")},
        )
    ],
    "smpp_link": [Shape(gateways.SmppGateway, gateways.NewSmppGateway)],
    "number": [Shape(numbers.PhoneNumber, numbers.NewPhoneNumber)],
    "application": [Shape(applications.Application, applications.NewApplication)],
    "call": [
        Shape(calls.Call, hides=hidden_call),
        Shape(recent_calls.RecentCall, hides=hidden_record),
    ],
    "hook": [Shape(hooks.Webhook, hooks.Webhook, hidden_hook)],
}
