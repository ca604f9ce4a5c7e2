"""The ways a message may leave by: its account's SMPP links, or what the account's routes name.

Where routes of the account match a message, exactly the links and connections they name are its
ways; where none does, it takes the links as ever. A way that cannot be used (a link switched off, a
connection that may not send) is none, so a message whose routes all lead nowhere waits, and never
goes by a way that nobody named for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.segments import Method
from gateway.domain.words import Alphabet, IdForm, MessageTransport, OnAmbiguous, ReceiptRequest
from gateway.services import jobs, leases, links, message_routes
from gateway.services.flights import Way
from gateway.services.links import LinkSettings, Routed

MEDIA_AS_LINKS = "links"


def of_message(ctx: Context, message: Any, *, has_routes: bool = True) -> list[Any]:
    """The candidates for a stored message (account_uid, from_number, to_number, is_mms)."""
    account_uid = message.account_uid
    found = None
    if has_routes:
        found = message_routes.matching(account_uid, message.from_number, message.to_number)
    if found is None:
        found = links.candidates(account_uid, links.provider_of(account_uid))
    return [one for one in found if carries(ctx, one, message.is_mms)]


def carries(ctx: Context, candidate: Any, is_mms: bool) -> bool:
    """SMPP carries media as links in the text only, where the settings want that."""
    return not is_mms or is_http(candidate) or ctx.settings.mms == MEDIA_AS_LINKS


def is_http(candidate: Any) -> bool:
    return isinstance(candidate, Routed) and candidate.transport is MessageTransport.HTTP


def best(ctx: Context, candidates: list[Any]) -> Way | None:
    """The way to try first; it may be one that nobody holds open now."""
    found = links.ordered(ctx, candidates, datetime.now(UTC))
    return way(found[0]) if found else None


def best_open(ctx: Context, candidates: list[Any]) -> Way | None:
    """The way to try first among those that somebody holds open."""
    up = leases.bound([one.uid for one in candidates], datetime.now(UTC))
    return best(ctx, [one for one in candidates if one.uid in up])


def way(candidate: Any) -> Way:
    """A candidate as the pipeline sees it."""
    if is_http(candidate):
        return of_connection(candidate.uid, candidate.settings)
    wants = LinkSettings.read(candidate.settings)
    return Way(candidate.uid, candidate.trunk_uid, jobs.link_lane(candidate.uid), wants)


def of_connection(uid: UUID, settings: Mapping[str, Any]) -> Way:
    """A connection as a way: a provider cuts texts itself, and writes its ids in one form only.

    Where it is trusted to tell repetitions by their key (`idempotency`) nothing need be held.
    """
    wants = replace(
        LinkSettings.read(settings),
        segmentation=Method.PAYLOAD,
        alphabet=Alphabet.GSM,
        id_form=IdForm.EXACT,
        receipts=ReceiptRequest.ALL,
    )
    if settings.get("idempotency"):
        wants = replace(wants, on_ambiguous=OnAmbiguous.RESEND)
    return Way(uid, None, jobs.http_lane(uid), wants, MessageTransport.HTTP)
