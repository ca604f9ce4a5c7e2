"""Which objects of Callable stand for the kinds of the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.callable.schemas import accounts, channels, devices, hooks, trunks
from gateway.domain.calls import TERMINAL
from gateway.domain.words import EndpointKind
from gateway.services import own_addresses
from gateway.wire.ledger import Shape

ONE_ADDRESS = 32


def hidden_trunk(row: Any) -> str:
    if row.kind != EndpointKind.HOST or not own_addresses.is_shown(row):
        return "a trunk is an IPv4 address"
    single = row.prefix_length in (None, ONE_ADDRESS)
    return "" if single else "a trunk is one address; this is a range of them"


def hidden_hook(row: Any) -> str:
    return "" if row.dialect == "callable" else "a hook is shown by the dialect it is called in"


def hidden_channel(row: Any) -> str:
    return "the call is over" if row.status in TERMINAL else ""


KINDS: Mapping[str, Sequence[Shape]] = {
    "account": [
        Shape(accounts.Account, accounts.Account),
        Shape(accounts.Address, accounts.Address),
    ],
    "endpoint": [
        Shape(trunks.Trunk, trunks.Trunk, hidden_trunk, implies={"kind": EndpointKind.HOST})
    ],
    "number": [Shape(accounts.Ddi, accounts.NewDdi)],
    "call": [Shape(channels.VoiceChannel, hides=hidden_channel)],
    "hook": [Shape(hooks.Hook, hooks.Hook, hidden_hook)],
    "flow_node": [Shape(devices.Device, devices.Device)],
}
