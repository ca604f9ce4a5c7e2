"""Peers that bind to the gateway's own SMPP listener: who is let in, and as which link.

A peer proves to be a trunk by the trunk's inbound login, and must come from an address that a link
of the trunk admits. What it sends then counts as that link's: one row says how the peer wants to be
spoken to, whichever side connects. Names are not looked up: a link admits an IP address or network.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain.context import Context
from gateway.models import Account, InboundPart, SmppLink, Trunk
from gateway.models.prepared import P, Prepared
from gateway.services.flights import Way
from gateway.services.jobs import link_lane
from gateway.services.links import LinkSettings


class Refusal(StrEnum):
    """Why a peer may not bind."""

    UNKNOWN = "unknown system_id"
    PASSWORD = "wrong password"
    ADDRESS = "address not admitted"


@dataclass(frozen=True)
class Bind:
    """A peer that was let in: by the link `way`, for the numbers of an account or, without one, of
    all accounts of the provider. `ways` are all links of the trunk, for receipts; `way` is last."""

    way: Way
    ways: tuple[Way, ...]
    service_provider_uid: UUID | None
    account_uid: UUID | None


def _of_system_id() -> Any:
    """Active trunks with this login, each with its links and its account."""
    return (
        Trunk.select(
            Trunk.uid,
            Trunk.service_provider,
            Trunk.account,
            Trunk.smpp_inbound_password,
            SmppLink.uid,
            SmppLink.host,
            SmppLink.prefix_length,
            SmppLink.admits,
            SmppLink.dials,
            SmppLink.enabled,
            SmppLink.settings,
            Account.uid,
            Account.service_provider,
            Account.is_active,
        )
        .join_from(Trunk, SmppLink, pw.JOIN.LEFT_OUTER, on=(SmppLink.trunk == Trunk.uid))
        .join_from(Trunk, Account, pw.JOIN.LEFT_OUTER, on=(Trunk.account == Account.uid))
        .where(
            Trunk.smpp_inbound_system_id == P("system_id"),
            Trunk.is_active == True,  # noqa: E712
        )
        .order_by(Trunk.id, SmppLink.id)
    )


_NEST = {SmppLink: "link", Account: "account"}
_TRUNKS = Prepared(_of_system_id, nest=_NEST)


def admit(system_id: str, password: str, address: str) -> Bind | Refusal:
    """Let a peer in by its login and IP address, or say why not; one query.

    Logins need not be unique among trunks: every trunk of that name is tried.
    """
    rows = _TRUNKS.all(system_id=system_id) if system_id else []
    told = Refusal.UNKNOWN
    for _, links in groupby(rows, key=lambda row: row.uid):
        of_trunk = list(links)
        if of_trunk[0].account is not None and not of_trunk[0].account.is_active:
            continue
        if not _is_password(of_trunk[0].smpp_inbound_password, password):
            told = Refusal.PASSWORD if told is Refusal.UNKNOWN else told
            continue
        found = [row for row in of_trunk if _lets_in(row.link, address)]
        if found:
            return _bind(found[0], of_trunk)
        told = Refusal.ADDRESS
    return told


def _is_password(stored: str | None, given: str) -> bool:
    """A trunk without a password lets nobody in."""
    return bool(stored) and hmac.compare_digest(str(stored).encode(), given.encode())


def _lets_in(link: Any, address: str) -> bool:
    usable = link is not None and link.enabled and link.admits
    return usable and inside(address, link.host, link.prefix_length)


def inside(address: str, host: str, prefix_length: int | None) -> bool:
    """Whether an IP address is a host's or lies in its network; False where either is none."""
    try:
        ip = ipaddress.ip_address(address.strip("[]").partition("%")[0])
        base = ipaddress.ip_address(host.strip().strip("[]"))
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.version != base.version:
        return False
    # a length up to 32 is kept for every row; on an IPv6 host the usual one stands for the host
    usual = prefix_length is None or (base.version == 6 and prefix_length == 32)
    length = base.max_prefixlen if usual else min(prefix_length or 0, base.max_prefixlen)
    return ip in ipaddress.ip_network(f"{base}/{length}", strict=False)


def _bind(row: Any, of_trunk: Sequence[Any]) -> Bind:
    own = _way(row.link, row.uid)
    dialled = [r.link for r in of_trunk if r.link is not None and r.link.uid != row.link.uid]
    dialled.sort(key=lambda link: not (link.dials and link.enabled))
    provider_uid = row.service_provider_uid
    if row.account is not None:
        provider_uid = row.account.service_provider_uid
    others = tuple(_way(link, row.uid) for link in dialled)
    return Bind(own, (*others, own), provider_uid, row.account_uid)


def _way(link: Any, trunk_uid: UUID) -> Way:
    return Way(link.uid, trunk_uid, link_lane(link.uid), LinkSettings.read(link.settings))


def _unattended() -> Any:
    """Links that are not dialled, whose parts of messages have waited long enough."""
    dialled = (SmppLink.enabled == P("yes")) & (SmppLink.dials == P("yes"))
    overdue = InboundPart.select(InboundPart.link_uid).where(InboundPart.received_at <= P("before"))
    return (
        SmppLink.select(
            SmppLink.uid,
            SmppLink.settings,
            Trunk.uid,
            Trunk.service_provider,
            Account.service_provider,
        )
        .join_from(SmppLink, Trunk, on=(SmppLink.trunk == Trunk.uid))
        .join_from(Trunk, Account, pw.JOIN.LEFT_OUTER, on=(Trunk.account == Account.uid))
        .where(SmppLink.uid.in_(overdue), ~(dialled & (Trunk.is_active == P("yes"))))
        .order_by(SmppLink.id)
    )


_UNATTENDED = Prepared(_unattended, nest={Trunk: "trunk", Account: "account"})


def unattended(ctx: Context) -> list[tuple[Way, UUID | None]]:
    """Links no worker owns that hold parts of messages overdue; each with its provider."""
    before = ctx.runtime.now() - timedelta(seconds=ctx.settings.reassembly_seconds)
    return [
        (
            _way(row, row.trunk.uid),
            row.account.service_provider_uid if row.account else row.trunk.service_provider_uid,
        )
        for row in _UNATTENDED.all(yes=True, before=before)
    ]
