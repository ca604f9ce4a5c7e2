"""The links the database asks for, as the transport wants them.

A change of any member that matters gives an unequal `Connector`, which is how a running link learns
that it has to bind anew.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

from gateway.services import links
from gateway.services.flights import Way
from gateway.services.jobs import link_lane
from gateway.services.links import LinkSettings
from gateway.settings import Settings
from gateway.transports.smpp.link import LinkSpec

log = logging.getLogger("polytrunk.worker")

OWN = frozenset({"host", "port", "system_id", "password", "use_tls"})
PLAIN = {f.name for f in fields(LinkSpec) if f.type in ("str", "int", "float", "bool")}
NULLABLE = {"rate", "tls_ca", "server_name", "source_address"}
SETTABLE = (PLAIN | NULLABLE) - OWN


@dataclass(frozen=True)
class Connector:
    """One link: how to reach it, how messages take it, and whose provider it belongs to."""

    way: Way
    spec: LinkSpec
    service_provider_uid: UUID | None
    account_uid: UUID | None
    name: str = field(default="", compare=False)

    @property
    def uid(self) -> UUID:
        return self.way.uid

    @property
    def ahead(self) -> int:
        """Window slots of all its sessions."""
        return self.spec.window * self.spec.binds


def configured(settings: Settings, known_bad: dict[UUID, str]) -> dict[UUID, Connector]:
    """All links that should be bound, by uid.

    A link whose settings cannot be used is left out and logged once for each reason; `known_bad`
    remembers them between calls.
    """
    found: dict[UUID, Connector] = {}
    for row in links.configured():
        try:
            found[row.uid] = _connector(row, settings)
            known_bad.pop(row.uid, None)
        except (ValueError, TypeError) as problem:
            if known_bad.get(row.uid) != str(problem):
                known_bad[row.uid] = str(problem)
                log.error("link %s cannot be used: %s", row.uid, problem)
    return found


def _connector(row: Any, settings: Settings) -> Connector:
    stored: Mapping[str, Any] = row.settings or {}
    values: dict[str, Any] = {
        "window": settings.smpp_window,
        "enquire_seconds": row.trunk.smpp_enquire_seconds or settings.smpp_enquire_seconds,
        "response_seconds": settings.smpp_response_seconds,
        "init_seconds": settings.smpp_bind_seconds,
        "connect_seconds": min(settings.smpp_bind_seconds, LinkSpec.connect_seconds),
    }
    values |= {name: stored[name] for name in SETTABLE if stored.get(name) is not None}
    spec = LinkSpec(
        host=row.host,
        port=row.port,
        system_id=row.trunk.smpp_system_id or "",
        password=row.trunk.smpp_password or "",
        use_tls=row.use_tls,
        **values,
    )
    way = Way(row.uid, row.trunk_uid, link_lane(row.uid), LinkSettings.read(stored))
    provider_uid = row.trunk.service_provider_uid
    if provider_uid is None and row.trunk.account_uid is not None:
        provider_uid = links.provider_of(row.trunk.account_uid)
    return Connector(way, spec, provider_uid, row.trunk.account_uid, f"{row.trunk.name}")
