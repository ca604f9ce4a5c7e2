"""Which SMPP links an account's messages may take, and how each link wants to be spoken to.

An account's own trunks come first; an account without an enabled dialling link of its own uses its
service provider's. Within the choice, priority and weight decide (`domain/links.py`). Routes of an
account may say otherwise for some of its messages (`message_routes`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import peewee as pw

from gateway.domain import links as order
from gateway.domain.command_status import Treatment, read_overrides
from gateway.domain.context import Context
from gateway.domain.problems import Invalid
from gateway.domain.segments import Method
from gateway.domain.words import (
    Alphabet,
    IdForm,
    MessageTransport,
    NumberStatus,
    OnAmbiguous,
    ReceiptRequest,
)
from gateway.models import Account, MessageRoute, Number, SmppLink, Trunk
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import P, Prepared
from gateway.services import leases

PRIMARY_PRIORITY = 1
SECONDARY_PRIORITY = 2


@dataclass(frozen=True)
class LinkSettings:
    """The members of `SmppLink.settings` that messages depend on; unknown members are others'.

    `priority` null: 1 for a primary link, else 2; the smaller goes first. `weight` shares traffic
    among links of one priority. A link that is down or stuck for `failover_seconds` hands what
    waits to other links. `statuses` overrides how a command_status is treated, by number in any
    base (`"0x45": "permanent"`).
    """

    segmentation: Method = Method.UDH8
    alphabet: Alphabet = Alphabet.GSM
    id_form: IdForm = IdForm.ANY
    on_ambiguous: OnAmbiguous = OnAmbiguous.RESEND
    receipts: ReceiptRequest = ReceiptRequest.ALL
    priority: int | None = None
    weight: int = 1
    service_type: str = ""
    failover_seconds: float = 10.0
    statuses: Mapping[int, Treatment] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> LinkSettings:
        """From the stored JSON; a value that cannot be used takes its default."""
        given = stored or {}
        values: dict[str, Any] = {}
        for name, read in READERS.items():
            value = given.get(name)
            if value is not None:
                with suppress(ValueError, TypeError, AttributeError):
                    values[name] = read(value)
        return cls(**values)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "segmentation": Method,
    "alphabet": Alphabet,
    "id_form": IdForm,
    "on_ambiguous": OnAmbiguous,
    "receipts": ReceiptRequest,
    "priority": int,
    "weight": int,
    "service_type": str,
    "failover_seconds": float,
    "statuses": read_overrides,
}


_COLUMNS = (SmppLink.uid, SmppLink.trunk, SmppLink.is_primary, SmppLink.settings)
_HAS_LOGIN = Trunk.smpp_system_id.is_null(False) & (Trunk.smpp_system_id != "")
DIALS = (SmppLink.enabled == True) & (SmppLink.dials == True) & _HAS_LOGIN  # noqa: E712
"""A carrier gives a login with the account; until then a template's link has nothing to bind as."""
ACTIVE = Trunk.is_active == True  # noqa: E712


def _dialling() -> Any:
    return (
        SmppLink.select(*_COLUMNS)
        .join(Trunk, on=(SmppLink.trunk == Trunk.uid))
        .where(DIALS, ACTIVE)
        .order_by(SmppLink.id)
    )


def _has_routes() -> Any:
    """Whether the account has routes at all: asked with the sender, so that without any no message
    costs a statement more."""
    own = (MessageRoute.account == P("account_uid")) & (MessageRoute.enabled == True)  # noqa: E712
    return pw.fn.EXISTS(MessageRoute.select(MessageRoute.id).where(own)).alias("has_routes")


def _of_number() -> Any:
    trunk = (Trunk.account == Number.account) & ACTIVE
    link = (SmppLink.trunk == Trunk.uid) & DIALS
    return (
        Number.select(Number.kind, _has_routes(), *_COLUMNS)
        .join_from(Number, Trunk, pw.JOIN.LEFT_OUTER, on=trunk)
        .join_from(Trunk, SmppLink, pw.JOIN.LEFT_OUTER, on=link)
        .where(
            Number.service_provider == P("service_provider_uid"),
            Number.e164 == P("e164"),
            Number.account == P("account_uid"),
            Number.status == P("status"),
        )
        .order_by(SmppLink.id)
    )


_own = Prepared(lambda: _dialling().where(Trunk.account == P("account_uid")))
_sender = Prepared(_of_number, nest={SmppLink: "link"})
_provider = Prepared(
    lambda: _dialling().where(
        Trunk.account.is_null(), Trunk.service_provider == P("service_provider_uid")
    )
)


def _of_named() -> Any:
    """Links of the active trunks of a name, the account's own and older trunks first."""
    mine = Trunk.account == P("account_uid")
    provided = Trunk.account.is_null() & (Trunk.service_provider == P("service_provider_uid"))
    link = (SmppLink.trunk == Trunk.uid) & DIALS
    return (
        Trunk.select(Trunk.uid, Trunk.account, *_COLUMNS)
        .join(SmppLink, pw.JOIN.LEFT_OUTER, on=link)
        .where((Trunk.name == P("name")) & ACTIVE & (mine | provided))
        .order_by(Trunk.account.is_null(), Trunk.id, SmppLink.id)
    )


_named = Prepared(_of_named, nest={SmppLink: "link"})
_configured = Prepared(
    lambda: (
        SmppLink.select(
            SmppLink.uid,
            SmppLink.trunk,
            SmppLink.host,
            SmppLink.port,
            SmppLink.use_tls,
            SmppLink.settings,
            Trunk.uid,
            Trunk.name,
            Trunk.account,
            Trunk.service_provider,
            Trunk.smpp_system_id,
            Trunk.smpp_password,
            Trunk.smpp_enquire_seconds,
        )
        .join(Trunk, on=(SmppLink.trunk == Trunk.uid))
        .where(DIALS, ACTIVE)
        .order_by(SmppLink.id)
    ),
    nest={Trunk: "trunk"},
)
_account = Prepared(
    lambda: Account.select(Account.uid, Account.service_provider).where(Account.uid == P("uid"))
)


def candidates(account_uid: UUID, service_provider_uid: UUID | None) -> list[Any]:
    """Enabled dialling links of the account, else of its provider: uid, trunk_uid, settings."""
    return _own.all(account_uid=account_uid) or _provided(service_provider_uid)


def _provided(service_provider_uid: UUID | None) -> list[Any]:
    if service_provider_uid is None:
        return []
    return _provider.all(service_provider_uid=service_provider_uid)


class Sender(NamedTuple):
    """A number a message may come from, the candidates for its way, and whether the account has
    routes that may name others."""

    kind: str
    links: list[Any]
    has_routes: bool


def of_sender(account_uid: UUID, service_provider_uid: UUID | None, e164: str) -> Sender | None:
    """The number with the links its account's messages may take; None unless it is its own."""
    rows = _sender.all(
        account_uid=account_uid,
        service_provider_uid=service_provider_uid,
        e164=e164,
        status=NumberStatus.OWNED,
    )
    if not rows:
        return None
    own = [row.link for row in rows if row.link is not None]
    found = own or _provided(service_provider_uid)
    return Sender(str(rows[0].kind), found, bool(rows[0].has_routes))


def of_trunk(account_uid: UUID, service_provider_uid: UUID | None, name: str) -> list[Any]:
    """The enabled dialling links of the active trunk of a name: the account's oldest, else its
    provider's. Invalid at `trunk_name` when there is no such trunk."""
    rows = _named.all(
        account_uid=account_uid, service_provider_uid=service_provider_uid or ZERO_UID, name=name
    )
    if not rows:
        raise Invalid.one("trunk_name", "unknown_trunk", "does not name an active trunk")
    chosen = rows[0].uid
    return [row.link for row in rows if row.uid == chosen and row.link is not None]


def configured() -> list[Any]:
    """Every link that should be bound, of all accounts and providers, with its trunk's login."""
    found: list[Any] = _configured.all()
    return found


def provider_of(account_uid: UUID) -> UUID | None:
    """The account's service provider."""
    row = _account.one(uid=account_uid)
    return None if row is None else row.service_provider_uid


@dataclass(frozen=True, slots=True)
class Routed:
    """A way that a route names, as a candidate beside links: `rank` says how well the route knows
    the message, priority, weight and cost are the route's. `trunk_uid` is None for a connection."""

    uid: UUID
    trunk_uid: UUID | None
    settings: Mapping[str, Any]
    transport: MessageTransport
    rank: tuple[int, ...]
    priority: int
    weight: int
    cost_nano: int


def ordered(ctx: Context, found: list[Any], machine_now: datetime) -> list[Any]:
    """The candidates in the order they should be tried; those that nobody holds open come last."""
    if len(found) < 2:
        return found
    bound = leases.bound([row.uid for row in found], machine_now)
    choices = [_choice(row, row.uid in bound) for row in found]
    by_uid = {row.uid: row for row in found}
    return [by_uid[choice.uid] for choice in order.order(choices, ctx.runtime.rng)]


def _choice(row: Any, is_bound: bool) -> order.LinkChoice:
    if isinstance(row, Routed):
        weight = max(row.weight, 0)
        return order.LinkChoice(
            row.uid, row.priority, weight, is_bound, rank=row.rank, cost=row.cost_nano
        )
    stored = LinkSettings.read(row.settings)
    usual = PRIMARY_PRIORITY if row.is_primary else SECONDARY_PRIORITY
    priority = usual if stored.priority is None else stored.priority
    return order.LinkChoice(
        uid=row.uid, priority=priority, weight=max(stored.weight, 1), bound=is_bound
    )
