"""What an account of ours holds, in the form in which inventories of providers are compared.

The same form that `settling.settled` gives of what was read at a provider, so that the two can be
held against each other and plans be made of either. Ids and references are our uids as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gateway.domain.settling import Rows, Settled, settled
from gateway.domain.words import NumberStatus
from gateway.models import AccessList, CountryPermission, Endpoint, Number, Trunk, TrunkAccessList
from gateway.models.prepared import P, Prepared

_TRUNKS: tuple[Any, ...] = (
    Trunk.uid, Trunk.name, Trunk.description, Trunk.host_name, Trunk.is_active, Trunk.leading_plus,
    Trunk.tech_prefix, Trunk.caller_name_lookup, Trunk.forward_enabled, Trunk.forward_number,
    Trunk.register_required, Trunk.register_username, Trunk.register_realm,
    Trunk.register_password, Trunk.register_from_user, Trunk.register_from_domain,
    Trunk.register_public_contact, Trunk.is_auto, Trunk.extras,
)  # fmt: skip
_ENDPOINTS: tuple[Any, ...] = (
    Endpoint.uid, Endpoint.trunk, Endpoint.access_list, Endpoint.name, Endpoint.kind,
    Endpoint.address, Endpoint.prefix_length, Endpoint.port, Endpoint.transport, Endpoint.value,
    Endpoint.priority, Endpoint.enabled, Endpoint.dials, Endpoint.admits, Endpoint.route_number,
    Endpoint.is_auto, Endpoint.description, Endpoint.extras,
)  # fmt: skip
_NUMBERS: tuple[Any, ...] = (
    Number.uid, Number.e164, Number.trunk, Number.primary_endpoint, Number.failover_endpoint,
    Number.handling, Number.alias, Number.kind, Number.country, Number.region, Number.rate_center,
    Number.cnam_lookup, Number.connection_uid, Number.extras,
)  # fmt: skip

_TEXTS = (UUID, str)


def _of(model: Any, *columns: Any) -> Prepared:
    return Prepared(
        lambda: model.select(*columns).where(model.account == P("account")).order_by(model.id)
    )


_ATTACHED = Prepared(
    lambda: (
        TrunkAccessList.select(TrunkAccessList.trunk, TrunkAccessList.access_list)
        .join(Trunk, on=(TrunkAccessList.trunk == Trunk.uid))
        .where(Trunk.account == P("account"))
        .order_by(TrunkAccessList.id)
    )
)
_OWNED = Prepared(
    lambda: (
        Number.select(*_NUMBERS)
        .where((Number.account == P("account")) & (Number.status == NumberStatus.OWNED.value))
        .order_by(Number.id)
    )
)
_ROWS: Mapping[str, Prepared] = {
    "trunk": _of(Trunk, *_TRUNKS),
    "access_list": _of(
        AccessList, AccessList.uid, AccessList.name, AccessList.enabled, AccessList.is_auto,
        AccessList.home_trunk,
    ),
    "endpoint": _of(Endpoint, *_ENDPOINTS),
    "country_permission": _of(
        CountryPermission, CountryPermission.uid, CountryPermission.iso_code,
        CountryPermission.enabled,
    ),
    "number": _OWNED,
}  # fmt: skip


def of_account(account_uid: UUID) -> Settled:
    """An account's trunks, lists, addresses, numbers and countries; a constant number of queries.

    Numbers have a `connection_uid` where they are with a connection of their own.
    """
    return settled(rows_of(account_uid))


def rows_of(account_uid: UUID) -> Rows:
    """The same rows as they are stored, without what they imply."""
    rows = {
        kind: [_plain(row) for row in statement.all(account=account_uid)]
        for kind, statement in _ROWS.items()
    }
    rows["trunk_access_list"] = [
        {**_plain(row), "uid": f"{row.trunk_uid}/{row.access_list_uid}"}
        for row in _ATTACHED.all(account=account_uid)
    ]
    return rows


def _plain(row: Any) -> dict[str, Any]:
    """A row as JSON has it; what is not set is left out."""
    told = {}
    for name in row.__slots__:
        value = getattr(row, name)
        if value is not None:
            told[name] = str(value) if isinstance(value, _TEXTS) else value
    return told
