"""Addresses of the platform itself: where carriers and customers reach its SBCs and its SMPP side.

They are documents without an account. Those without a provider are everybody's and made by
administrators; a provider has its own, which its accounts can read. Where nobody stored the address
of the SMPP side it is the one our own listener is bound to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.policy import Owner
from gateway.domain.principal import Scope
from gateway.services import aliases, documents, owning
from gateway.services.owning import Named

WILDCARDS = ("", "0.0.0.0", "::", "*")
SMPP_PORT = 2775


@dataclass(frozen=True)
class Listener:
    """Our own SMPP listener, as if it were a document."""

    body: Mapping[str, Any]
    uid: UUID | None = None
    service_provider_uid: UUID | None = None


def create(ctx: Context, kind: str, body: Mapping[str, Any], provider: Named = None) -> Any:
    """An address of a provider, or the platform's; Invalid at `service_provider_uid`."""
    policy.require(ctx, "address.write")
    owner = owning.owner_of_new(ctx, None, provider)
    return documents.create(ctx, kind, body, owner=owner)


def search(ctx: Context, kind: str, provider: Named = None) -> list[Any]:
    """The addresses of a provider, none where the caller cannot see it; else the platform's."""
    caller = policy.require(ctx, "address.read")
    if provider is None:
        return documents.of_owner(kind, Owner(None))
    uid = aliases.uid_of(ctx, provider, "service_provider")
    if uid is None or (caller.scope is not Scope.ADMIN and uid != caller.service_provider_uid):
        return []
    return documents.of_owner(kind, Owner(uid))


def smpp_listeners(ctx: Context, kind: str, provider: Named = None) -> list[Any]:
    """Addresses customers' SMPP clients bind to: those stored, else our listener's."""
    stored = search(ctx, kind, provider)
    bound = getattr(ctx.settings, "smpp_bind", "") or ""
    if stored or provider is not None or not bound:
        return stored
    return [Listener(_listening(str(bound), ctx.base_url))]


def _listening(bound: str, base_url: str) -> dict[str, Any]:
    """Where it listens; bound to every address, it is reached at the host this request was."""
    host, _, port = bound.rpartition(":")
    host = host.strip("[]")
    if host in WILDCARDS:
        host = urlsplit(base_url).hostname or host
    number = int(port) if port.isascii() and port.isdigit() else SMPP_PORT
    return {"ipv4": host, "port": number, "use_tls": False, "is_primary": True}


def delete(ctx: Context, kind: str, given: UUID | Ref) -> None:
    """Remove an address; Forbidden for accounts, NotFound for what is not the caller's to remove.

    A provider reads the platform's addresses but does not own them.
    """
    policy.require(ctx, "address.write")
    documents.remove(documents.find(ctx, kind, given))
