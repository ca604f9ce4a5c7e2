"""The other end of a wire: a provider's trunk as the platform that connects to it must hold it.

A trunk is told from the seat of the platform whose API is asked. Moving from one provider to
another keeps the seat: both look at the same customer. Connecting a platform of one's own *to* a
provider swaps it: what the provider calls, the platform is called from, and the addresses are the
provider's. Nothing else swaps seats.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gateway.domain import routes
from gateway.domain.settling import ONE_ADDRESS
from gateway.domain.words import EndpointKind, Transport

Plain = Mapping[str, Any]
DIALS, ADMITS = "dials", "admits"


class Mirrored(NamedTuple):
    """`trunk` and `endpoints` are what our platform holds of the provider; `theirs` what the
    provider holds of us. `dials` and `admits` are the provider's: whether it calls us, and whether
    it takes calls from us."""

    trunk: dict[str, Any]
    endpoints: list[dict[str, Any]]
    theirs: list[dict[str, Any]]
    dials: bool
    admits: bool


def mirror(
    trunk: Plain, endpoints: Iterable[Plain], our_addresses: Iterable[Plain],
    signalling: Iterable[Plain], presumed: Iterable[str] = (),
) -> Mirrored:  # fmt: skip
    """A provider's trunk from our seat.

    `endpoints` are the provider's rows of the trunk, `our_addresses` those of our border (address,
    and port where it is not 5060), `signalling` the addresses that the provider publishes. Whether
    the wire carries calls to us, from us or both is told by the provider's rows: where it dials we
    admit, and the other way round; a trunk without rows carries both. What is `presumed` (`dials`,
    `admits`) is so whatever the rows say. A name is only called, a range only let in.
    """
    rows = list(endpoints)
    dials = DIALS in presumed or any(row.get(DIALS) for row in rows)
    admits = ADMITS in presumed or any(row.get(ADMITS) for row in rows)
    if not dials and not admits:
        dials = admits = True
    ours = {name: trunk.get(name) for name in ("name", "description", "leading_plus")}
    held = [_host(one, dials=admits, admits=dials) for one in signalling]
    theirs = [_host(one, dials=dials, admits=admits) for one in our_addresses]
    told = {name: value for name, value in ours.items() if value is not None}
    return Mirrored(told, _used(held), _used(theirs), dials, admits)


def _host(one: Plain, *, dials: bool, admits: bool) -> dict[str, Any]:
    kept = ("address", "port", "transport", "prefix_length", "priority")
    told = {name: one[name] for name in kept if one.get(name) is not None}
    single = one.get("prefix_length") in (None, ONE_ADDRESS)
    return {
        "kind": EndpointKind.HOST.value,
        **told,
        "enabled": True,
        DIALS: dials and single,
        ADMITS: admits and is_number(str(one["address"])),
    }


def _used(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row[DIALS] or row[ADMITS]]


def is_number(address: str) -> bool:
    """Whether it is an IPv4 address, and no name."""
    try:
        ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return True


def address(text: str) -> dict[str, Any]:
    """The columns of a SIP address as people write it: `HOST[:PORT][;TRANSPORT][/PREFIX]`.

    ValueError with the reason.
    """
    rest, slash, prefix = text.strip().partition("/")
    host, semicolon, transport = rest.partition(";")
    try:
        found = routes.columns(EndpointKind.HOST, host)
    except ValueError as why:
        raise ValueError(f"{text}: {why}") from None
    made = {name: found[name] for name in ("address", "port") if found.get(name) is not None}
    if semicolon:
        if transport not in list(Transport):
            raise ValueError(f"{text}: {transport or 'nothing'} is none of {', '.join(Transport)}")
        made["transport"] = transport
    if slash:
        number = int(prefix) if prefix.isascii() and prefix.isdigit() else -1
        if not 0 <= number <= ONE_ADDRESS or not is_number(str(made["address"])):
            raise ValueError(f"{text}: a range is an IPv4 address with 0 to {ONE_ADDRESS}")
        made["prefix_length"] = number
    return made
