"""Messages that a carrier hands in over HTTP, at an address that anybody can reach.

Nothing in such a request proves who sends it but where it comes from. So a message is taken only
from an address that the trunk admits, as calls and SMPP binds of that carrier are, by an SMPP link
or by an access list, and only for a number whose application wants messages. Whatever is not so is
NotFound, all alike: a stranger learns neither which trunks there are nor which numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import numbers
from gateway.domain.context import Context
from gateway.domain.messages import Status
from gateway.domain.problems import NotFound
from gateway.domain.words import Direction, EndpointKind, MessageTransport, NumberStatus
from gateway.models import (
    AccessList,
    Account,
    Application,
    Endpoint,
    Message,
    Number,
    SmppLink,
    Trunk,
    TrunkAccessList,
)
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import hook_jobs
from gateway.services.inbound_binds import inside
from gateway.services.messages import CURRENCY, Accepted
from gateway.services.receive import LONGEST_ADDRESS

_COLUMNS = (Trunk.uid, Trunk.account, Trunk.service_provider)
_NAMED = (Trunk.name == P("name")) & (Trunk.is_active == P("yes"))
_LINKS = Prepared(
    lambda: (
        Trunk.select(
            *_COLUMNS,
            SmppLink.host,
            SmppLink.prefix_length,
            Account.service_provider,
            Account.is_active,
        )
        .join_from(Trunk, SmppLink, on=(SmppLink.trunk == Trunk.uid))
        .join_from(Trunk, Account, pw.JOIN.LEFT_OUTER, on=(Trunk.account == Account.uid))
        .where(_NAMED & (SmppLink.admits == P("yes")) & (SmppLink.enabled == P("yes")))
        .order_by(Trunk.id)
    ),
    nest={SmppLink: "place", Account: "account"},
)


def _listed() -> Any:
    """Trunks of a name with each host or network of their access lists."""
    lists = (AccessList.uid == TrunkAccessList.access_list) & (AccessList.enabled == P("yes"))
    return (
        Trunk.select(
            *_COLUMNS,
            Endpoint.address.alias("host"),
            Endpoint.prefix_length,
            Account.service_provider,
            Account.is_active,
        )
        .join_from(Trunk, TrunkAccessList, on=(TrunkAccessList.trunk == Trunk.uid))
        .join_from(TrunkAccessList, AccessList, on=lists)
        .join_from(AccessList, Endpoint, on=(Endpoint.access_list == AccessList.uid))
        .join_from(Trunk, Account, pw.JOIN.LEFT_OUTER, on=(Trunk.account == Account.uid))
        .where(
            _NAMED
            & (Endpoint.admits == P("yes"))
            & (Endpoint.enabled == P("yes"))
            & (Endpoint.kind == EndpointKind.HOST)
        )
        .order_by(Trunk.id)
    )


_LISTED = Prepared(_listed, nest={Endpoint: "place", Account: "account"})
_NUMBERS = Prepared(
    lambda: (
        Number.select(Number.account, Number.service_provider, Number.kind)
        .join(Application, on=(Number.application == Application.uid))
        .where(
            Number.e164 == P("e164"),
            Number.status == NumberStatus.OWNED,
            Number.account.is_null(False),
            Application.message_hook.is_null(False),
        )
        .order_by(Number.id)
    )
)
_insert = Insert(Message)


def arrive(ctx: Context, trunk_name: str, address: str, change: Mapping[str, Any]) -> Accepted:
    """Store a message from a carrier's address and tell the application of its number.

    `change`: from_number (any text), to_number (a number as people write it), text, media (URLs).
    NotFound for everything that is not to be taken.
    """
    trunks, e164 = _admitting(trunk_name, address), _e164(change["to_number"])
    served = [
        (trunk, number)
        for number in (_NUMBERS.all(e164=e164) if trunks and e164 else ())
        for trunk in trunks
        if _serves(trunk, number)
    ]
    if not served:
        raise NotFound("no trunk of this name takes this message")
    trunk, number = served[0]
    values = _values(ctx, trunk.uid, number, {**change, "to_number": e164})
    with write():
        _insert.run(values)
        message = Accepted({**values, "callback_url": None})
        told = hook_jobs.announce(ctx, message)
        if not told and ctx.settings.mask_text:
            hook_jobs.mask(values["uid"])
    return message


def _e164(text: str) -> str | None:
    """The number in the core's form; None for a text that no account can have as a number."""
    try:
        return numbers.parse_e164(text)
    except ValueError:
        return None


def _admitting(name: str, address: str) -> list[Any]:
    """Active trunks of a name that take what comes from an address; two queries."""
    rows = _LINKS.all(name=name, yes=True) + _LISTED.all(name=name, yes=True)
    return [
        row
        for row in rows
        if (row.account is None or row.account.is_active)
        and inside(address, row.place.host or "", row.place.prefix_length)
    ]


def _serves(trunk: Any, number: Any) -> bool:
    """A trunk of an account serves its numbers, one of a provider those of all its accounts."""
    if trunk.account_uid is not None:
        return bool(trunk.account_uid == number.account_uid)
    return bool(trunk.service_provider_uid == number.service_provider_uid)


def _values(
    ctx: Context, trunk_uid: UUID, number: Any, change: Mapping[str, Any]
) -> dict[str, Any]:
    now = ctx.runtime.now()
    media = [{"url": url} for url in change.get("media") or ()]
    settings = ctx.settings
    return {
        "uid": ctx.runtime.new_uid(),
        "created_at": now,
        "account_uid": number.account_uid,
        "direction": Direction.INBOUND,
        "from_number": numbers.from_smpp(0, change["from_number"][:LONGEST_ADDRESS]).value,
        "to_number": change["to_number"],
        "text": change.get("text") or "",
        "coding": 0,
        "segments": 1,
        "is_mms": bool(media),
        "media": media,
        "status": Status.RECEIVED,
        "trunk_uid": trunk_uid,
        "transport": MessageTransport.HTTP,
        "number_kind": number.kind,
        "price_nano": settings.mms_price_nano if media else settings.sms_inbound_price_nano,
        "currency": CURRENCY,
        "queued_at": now,
        "done_at": now,
        "extras": {},
    }
