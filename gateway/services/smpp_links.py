"""The SMPP addresses of trunks, made, changed and removed.

Which of them messages take is chosen in `gateway.services.links`. Workers look at all links once a
second (`workers/keeper.py`), so a change here reaches the wire without being announced: a link that
is new gets bound, one that changed is bound anew, one that is gone lets go of its messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.domain import policy, routes
from gateway.domain.context import Context
from gateway.domain.problems import Invalid, NotFound
from gateway.models import SmppLink, Trunk
from gateway.models.database import commit_group, write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import aliases, trunks
from gateway.services.making import differing, fresh
from gateway.services.owning import Named, elsewhere, unknown
from gateway.services.scoping import Scoped
from gateway.wire.reading import apply

SETTINGS = {"long_credentials": True}
"""Of a link made here: peers give out logins that are longer than the standard has room for."""

_INSERT = Insert(SmppLink)


def _links(where: Any) -> Any:
    return (
        SmppLink.select(SmppLink)
        .join(Trunk, on=(SmppLink.trunk == Trunk.uid))
        .where(where)
        .order_by(SmppLink.id)
    )


_OWNER = (Trunk.service_provider, Trunk.account)
_ALL = Scoped(lambda visible: _links(visible), *_OWNER)
_OF_TRUNK = Scoped(lambda visible: _links(visible & (SmppLink.trunk == P("trunk"))), *_OWNER)
_BY_UID = Scoped(lambda visible: _links(visible & (SmppLink.uid == P("uid"))), *_OWNER)
_DELETE = Prepared(lambda: SmppLink.delete().where(SmppLink.uid == P("uid")))


def search(ctx: Context, trunk: Named = None) -> list[Any]:
    """The links of a trunk, or all that the caller can see, oldest first; one query. Invalid at
    `trunk` for what cannot be an id."""
    policy.require(ctx, "link.read")
    if trunk is None:
        return _ALL.all(ctx)
    uid = aliases.uid_of(ctx, trunk, "trunk")
    if uid is None:
        raise unknown("trunk", trunk)
    return _OF_TRUNK.all(ctx, trunk=uid)


def get(ctx: Context, link: Named) -> Any:
    """A link; NotFound."""
    policy.require(ctx, "link.read")
    uid = aliases.uid_of(ctx, link, "link") if link is not None else None
    row = _BY_UID.one(ctx, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound()
    return row


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """A link of the trunk named by `trunk_uid`; Invalid there or at `host`."""
    policy.require(ctx, "link.write")
    values = _read(apply(None, change))

    def work() -> Any:
        trunk = trunks.named(ctx, values.get("trunk_uid"), "trunk_uid", lock=True)
        made = {**fresh(ctx), "settings": SETTINGS, **values, "trunk_uid": trunk.uid}
        return _INSERT.add(made)

    return commit_group(work)


def update(ctx: Context, link: Named, change: Mapping[str, Any]) -> None:
    """Change a link; it can go to another trunk of the same owner."""
    policy.require(ctx, "link.write")
    with write():
        row = get(ctx, link)
        values = _read(apply(row, change))
        if "trunk_uid" in values:
            values["trunk_uid"] = _moved(ctx, row, values["trunk_uid"])
        values = differing(row, values)
        if values:
            values["updated_at"] = ctx.runtime.now()
            SmppLink.update(values).where(SmppLink.uid == row.uid).execute()


def _moved(ctx: Context, row: Any, given: Named) -> Any:
    new = trunks.named(ctx, given, "trunk_uid", lock=True)
    old = trunks.find(ctx, row.trunk_uid)
    if (new.service_provider_uid, new.account_uid) != (old.service_provider_uid, old.account_uid):
        raise elsewhere("trunk_uid")
    return new.uid


def _read(values: dict[str, Any]) -> dict[str, Any]:
    if "host" not in values:
        return values
    try:
        return {**values, "host": routes.bare_host(values["host"])}
    except ValueError as why:
        raise Invalid.one("host", "format", str(why)) from None


def delete(ctx: Context, link: Named) -> None:
    """Remove a link; what waited for it looks for another. NotFound."""
    policy.require(ctx, "link.write")
    with write():
        _DELETE.run(uid=get(ctx, link).uid)
