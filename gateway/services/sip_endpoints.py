"""The addresses of a trunk that calls are sent to, as dialects that keep them per trunk see them.

A host, a registered user, or a SIP URI without a user part, which is a host with a transport. The
accepting half of a row belongs to access lists: changing where calls are sent does not move where
they are accepted from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gateway.domain import policy, routes
from gateway.domain.context import Context
from gateway.domain.problems import Invalid, NotFound
from gateway.domain.words import EndpointKind
from gateway.models import Endpoint
from gateway.models.database import commit_group, write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import access_lists, aliases, credential_lists, endpoints, trunks
from gateway.services.making import differing, fresh, lock_account
from gateway.services.owning import Named
from gateway.services.pages import Page, Paged
from gateway.services.trunk_removal import forget_endpoints
from gateway.wire.reading import apply

PLACE = ("kind", "address", "port", "value")

_INSERT = Insert(Endpoint)


def _is_shown() -> Any:
    user = (Endpoint.kind == P("registration")) & Endpoint.value.is_null(False)
    bare = (Endpoint.kind == P("uri")) & ~(Endpoint.value ** P("with_user"))
    return (
        (Endpoint.trunk == P("trunk"))
        & (Endpoint.dials == P("yes"))
        & ((Endpoint.kind == P("host")) | user | bare)
    )


KINDS: Mapping[str, Any] = {
    "host": EndpointKind.HOST,
    "registration": EndpointKind.REGISTRATION,
    "uri": EndpointKind.URI,
    "with_user": "%@%",
    "yes": True,
}
_PAGE = Paged(
    lambda *columns: Endpoint.select(*columns).where(_is_shown()), Endpoint, (Endpoint.id,)
)
_ONE = Prepared(lambda: Endpoint.select().where(_is_shown() & (Endpoint.uid == P("uid"))))
_STOP_DIALLING = Prepared(
    lambda: Endpoint.update(dials=P("no"), route_number=None).where(Endpoint.uid == P("uid"))
)
_DELETE = Prepared(lambda: Endpoint.delete().where(Endpoint.uid == P("uid")))


def search(ctx: Context, trunk: Named, *, limit: int, offset: int) -> Page:
    """A page of a trunk's endpoints, oldest first. Raises NotFound for the trunk."""
    policy.require(ctx, "endpoint.read")
    return _PAGE.ask(limit, offset, trunk=trunks.find(ctx, trunk).uid, **KINDS)


def get(ctx: Context, trunk: Named, endpoint: Named) -> Any:
    """An endpoint of the trunk; NotFound."""
    policy.require(ctx, "endpoint.read")
    return _found(ctx, trunks.find(ctx, trunk).uid, endpoint)


def _found(ctx: Context, trunk_uid: UUID, endpoint: Named) -> Any:
    uid = aliases.uid_of(ctx, endpoint, "endpoint") if endpoint is not None else None
    row = _ONE.one(trunk=trunk_uid, uid=uid, **KINDS) if uid is not None else None
    if row is None:
        raise NotFound("there is no such endpoint on the trunk")
    return row


def create(ctx: Context, trunk: Named, change: Mapping[str, Any]) -> Any:
    """An endpoint calls are sent to. Raises NotFound for the trunk and for a registered user that
    no credential list has, Invalid at `address`."""
    policy.require(ctx, "endpoint.write")
    values = _placed(apply(None, change))

    def work() -> Any:
        home = trunks.find(ctx, trunk, lock=True)
        _check_user(home, values)
        made = {
            **fresh(ctx),
            "service_provider_uid": home.service_provider_uid,
            "account_uid": home.account_uid,
            "trunk_uid": home.uid,
            "dials": True,
            **values,
        }
        if home.account_uid is not None:
            lock_account(home.account_uid)
            made["route_number"] = endpoints.next_number(home.account_uid)
        return _INSERT.add(made)

    return commit_group(work)


def update(ctx: Context, trunk: Named, endpoint: Named, change: Mapping[str, Any]) -> Any:
    """The endpoint after the change; errors as `create`."""
    policy.require(ctx, "endpoint.write")
    with write():
        home = trunks.find(ctx, trunk, lock=True)
        row = _found(ctx, home.uid, endpoint)
        values = differing(row, _placed(apply(row, change), row))
        _check_user(home, values)
        if row.admits and any(name in values for name in PLACE):
            access_lists.split(ctx, row)
        if values:
            values["updated_at"] = ctx.runtime.now()
            Endpoint.update(values).where(Endpoint.uid == row.uid).execute()
        return _found(ctx, home.uid, row.uid)


def delete(ctx: Context, trunk: Named, endpoint: Named) -> None:
    """Send no more calls there; the row stays while calls are accepted from it. NotFound."""
    policy.require(ctx, "endpoint.write")
    with write():
        home = trunks.find(ctx, trunk, lock=True)
        row = _found(ctx, home.uid, endpoint)
        forget_endpoints(ctx, [row.uid])
        if row.admits:
            _STOP_DIALLING.run(uid=row.uid, no=False)
        else:
            _DELETE.run(uid=row.uid)


def _placed(values: dict[str, Any], row: Any = None) -> dict[str, Any]:
    """The change with a host in the form it is kept in, its kind said.

    A URI that is sent back with the host and transport it was shown with stays the URI it is.
    """
    if row is not None and row.kind == EndpointKind.URI and _same_place(row, values):
        kept = ("kind", "address", "port", "value", "transport")
        return {name: value for name, value in values.items() if name not in kept}
    if not values.get("address"):
        return values
    try:
        return {**values, "address": routes.bare_host(values["address"])}
    except ValueError as why:
        raise Invalid.one("address", "format", str(why)) from None


def _same_place(row: Any, values: Mapping[str, Any]) -> bool:
    host, port, transport = place(row)
    given = (values.get("address"), values.get("port") or routes.SIP_PORT, values.get("transport"))
    return given == (host, port or routes.SIP_PORT, transport)


def place(row: Any) -> tuple[str | None, int | None, str | None]:
    """Host, port and transport of an endpoint row, a URI taken apart."""
    if row.kind != EndpointKind.URI:
        return row.address, row.port, row.transport
    uri = routes.parse_sip_uri(row.value)
    return uri.host, uri.port, uri.transport


def _check_user(trunk: Any, values: Mapping[str, Any]) -> None:
    user = values.get("value") if values.get("kind") == EndpointKind.REGISTRATION else None
    if user is not None and not credential_lists.has_user(trunk.account_uid, user):
        raise NotFound(f"no credential list has a user {user}")
