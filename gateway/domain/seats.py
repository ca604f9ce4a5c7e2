"""The other end of a wire: a provider's trunk as the platform that connects to it must hold it.

A trunk is told from the seat of the platform whose API is asked. Moving from one provider to
another keeps the seat: both look at the same customer. Connecting a platform of one's own *to* a
provider swaps it: what the provider calls, the platform is called from, and the addresses are the
provider's. Nothing else swaps seats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gateway.domain.words import EndpointKind

Plain = Mapping[str, Any]


class Mirrored(NamedTuple):
    """`trunk` and `endpoints` are what our platform holds of the provider; `theirs` what the
    provider holds of us."""

    trunk: dict[str, Any]
    endpoints: list[dict[str, Any]]
    theirs: list[dict[str, Any]]


def mirror(
    trunk: Plain, endpoints: Iterable[Plain], our_addresses: Iterable[Plain],
    signalling: Iterable[Plain],
) -> Mirrored:  # fmt: skip
    """A provider's trunk from our seat.

    `endpoints` are the provider's rows of the trunk, `our_addresses` those of our border (address,
    and port where it is not 5060), `signalling` the addresses that the provider publishes. Whether
    the wire carries calls to us, from us or both is told by the provider's rows: where it dials we
    admit, and the other way round; a trunk without rows carries both.
    """
    rows = list(endpoints)
    dials = any(row.get("dials") for row in rows)
    admits = any(row.get("admits") for row in rows)
    if not dials and not admits:
        dials = admits = True
    ours = {name: trunk.get(name) for name in ("name", "description", "leading_plus")}
    held = [_host(one, dials=admits, admits=dials) for one in signalling]
    theirs = [_host(one, dials=dials, admits=admits) for one in our_addresses]
    return Mirrored({k: v for k, v in ours.items() if v is not None}, held, theirs)


def _host(one: Plain, *, dials: bool, admits: bool) -> dict[str, Any]:
    kept = ("address", "port", "transport", "prefix_length", "priority")
    told = {name: one[name] for name in kept if one.get(name) is not None}
    return {
        "kind": EndpointKind.HOST.value,
        **told,
        "enabled": True,
        "dials": dials,
        "admits": admits,
    }
