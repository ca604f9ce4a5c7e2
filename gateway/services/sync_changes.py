"""Changing and removing rows of our account as a provider did, by the rules that hold for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from gateway.domain import routes
from gateway.domain.context import Context
from gateway.domain.migration import REFERENCES
from gateway.domain.moves import Row
from gateway.domain.problems import InUse
from gateway.domain.settling import ONE_ADDRESS, USUAL
from gateway.domain.sides import Sides, Thing
from gateway.domain.words import NumberHandling
from gateway.models import Endpoint, Number, SmppLink, Trunk
from gateway.models.prepared import P, Prepared
from gateway.services import (
    access_control,
    access_lists,
    addresses,
    flow_references,
    numbers,
    trunk_removal,
    trunks,
)
from gateway.services.making import differing

PLACE = ("kind", "address", "port", "prefix_length", "transport", "value")
_ENDPOINT = Prepared(
    lambda: Endpoint.select().where((Endpoint.account == P("account")) & (Endpoint.uid == P("uid")))
)
_NUMBER = Prepared(
    lambda: Number.select().where((Number.account == P("account")) & (Number.uid == P("uid")))
)
_HAS_LINKS = Prepared(
    lambda: SmppLink.select(SmppLink.uid).where(SmppLink.trunk == P("trunk")).limit(1)
)
_STOP_DIALLING = Prepared(
    lambda: Endpoint.update(dials=P("no"), route_number=None).where(Endpoint.uid == P("uid"))
)
_DELETE = Prepared(lambda: Endpoint.delete().where(Endpoint.uid == P("uid")))


class Changes:
    """Writes in the caller's transaction. `uids` are our rows by the names of their things."""

    def __init__(self, own: Context, sides: Sides, uids: Mapping[str, UUID]) -> None:
        self.own, self.sides, self.uids = own, sides, uids

    def change(self, thing: Thing, values: Mapping[str, Any]) -> None:
        """Have our row say these values, references by the names of things."""
        uid = self.uids[thing.key]
        resolved = {
            name: self.uids[value] if name in REFERENCES and value is not None else value
            for name, value in values.items()
        }
        match thing.kind:
            case "trunk":
                trunks.update(self.own, uid, _whole(Trunk, resolved))
            case "access_list":
                self._list(thing, uid, resolved)
            case "endpoint":
                self._endpoint(thing, uid, resolved)
            case "number":
                self._number(uid, resolved)
            case _:
                raise InUse(f"what is said of a {thing.kind} is not changed")

    def remove(self, thing: Thing) -> None:
        """Take our row away; InUse while something that is not compared leads to it."""
        assert thing.ours is not None
        match thing.kind:
            case "trunk":
                if _HAS_LINKS.one(trunk=self.uids[thing.key]) is not None:
                    raise InUse("the trunk has SMPP links")
                trunk_removal.delete(self.own, self.uids[thing.key])
            case "access_list":
                access_control.delete(self.own, self.uids[thing.key])
            case "trunk_access_list":
                ends = (UUID(thing.ours[name]) for name in ("trunk_uid", "access_list_uid"))
                access_control.remove(self.own, *ends)
            case "endpoint":
                self._remove_endpoint(thing)
            case _:
                flow_references.check_unused(self.uids[thing.key])
                numbers.release(self.own, thing.ours["e164"])

    # Lists

    def _list(self, thing: Thing, uid: UUID, values: dict[str, Any]) -> None:
        ranges = values.pop("ranges", None)
        if values:
            access_control.update(self.own, uid, values)
        if ranges is None:
            return
        wanted = {_range(one) for one in ranges}
        there = {_range(row): row["uid"] for row in self._ranges(thing)}
        for address, prefix in sorted(wanted - there.keys()):
            one = {"address": address, "prefix_length": prefix}
            access_control.add_range(self.own, uid, one)
        for place in sorted(there.keys() - wanted):
            access_control.delete_range(self.own, uid, UUID(there[place]))

    def _ranges(self, thing: Thing) -> Iterator[Mapping[str, Any]]:
        assert thing.ours is not None
        for row in self.sides.ours["endpoint"]:
            if row.get("admits") and row.get("access_list_uid") == thing.ours["uid"]:
                yield row

    # Endpoints

    def _endpoint(self, thing: Thing, uid: UUID, values: dict[str, Any]) -> None:
        """In place. Where the dialect tells only that calls are sent there, they go on to be taken
        from where they were."""
        row = _ENDPOINT.one(account=self.own.account_uid, uid=uid)
        if "admits" in self.sides.told_of("endpoint"):
            home = {"home_trunk_uid": values.pop("trunk_uid")} if "trunk_uid" in values else {}
            addresses.update(self.own, uid, {**_whole(Endpoint, values), **home})
            return
        if values.keys() & set(PLACE):
            values |= self._placed(thing, values)
            if row.admits and self._is_half(thing):
                access_lists.split(self.own, row)
        values = differing(row, addresses.without_implied(row, _whole(Endpoint, values)))
        if values:
            values["updated_at"] = self.own.runtime.now()
            Endpoint.update(values).where(Endpoint.uid == uid).execute()

    def _placed(self, thing: Thing, values: Mapping[str, Any]) -> dict[str, Any]:
        """All that says where it is: a URI that is a host is written down as one."""
        after = {**(thing.ours or {}), **values}
        told = {name: after.get(name) for name in PLACE}
        if told["address"]:
            told["address"] = routes.bare_host(told["address"])
        return {name: None if value == USUAL.get(name) else value for name, value in told.items()}

    def _is_half(self, thing: Thing) -> bool:
        """Whether the dialect would not tell our row if calls were only taken from it."""
        half = {**(thing.ours or {}), "dials": False}
        hides = self.sides.main[thing.kind].hides
        return self.sides.is_aside(thing.kind, half) or bool(hides(Row(half)))

    def _remove_endpoint(self, thing: Thing) -> None:
        uid = self.uids[thing.key]
        row = _ENDPOINT.one(account=self.own.account_uid, uid=uid)
        flow_references.check_unused(uid)
        trunk_removal.forget_endpoints(self.own, [uid])
        if row.admits and row.dials and self._is_half(thing):
            _STOP_DIALLING.run(uid=uid, no=False)
            return
        _DELETE.run(uid=uid)
        mine = (one for one in self.sides.ours["access_list"] if one.get("is_auto"))
        if str(row.access_list_uid) in {one["uid"] for one in mine}:
            access_lists.drop_if_empty(row.access_list_uid)

    # Numbers

    def _number(self, uid: UUID, values: Mapping[str, Any]) -> None:
        """Where its calls go follows what changed: an address, else the trunk, else nowhere."""
        row = _NUMBER.one(account=self.own.account_uid, uid=uid)
        changed = {**values, **self._handled(row, values)}
        changed = differing(row, changed)
        if changed:
            changed["updated_at"] = self.own.runtime.now()
            Number.update(changed).where(Number.uid == uid).execute()

    def _handled(self, row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """No address of its own is the built-in registration: without any it would be the best
        one of its trunk."""
        if "primary_endpoint_uid" in values:
            built_in = trunks.default_trunk(self.own, self.own.account_uid).built_in_uid
            chosen = values["primary_endpoint_uid"] or built_in
            home = _ENDPOINT.one(account=self.own.account_uid, uid=chosen)
            on = {"trunk_uid": home.trunk_uid} if home is not None and home.trunk_uid else {}
            return {"primary_endpoint_uid": chosen, "handling": NumberHandling.ENDPOINT, **on}
        bare = row.trunk_uid is None and row.handling == NumberHandling.NONE
        if "trunk_uid" in values and (bare or row.handling == NumberHandling.TRUNK):
            gone = values["trunk_uid"] is None
            return {"handling": NumberHandling.NONE if gone else NumberHandling.TRUNK}
        return {}


def _range(row: Mapping[str, Any]) -> tuple[str, int]:
    return str(row["address"]), row.get("prefix_length") or ONE_ADDRESS


def _whole(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with defaults for what is not said and cannot be empty."""
    found = dict(values)
    for name, value in values.items():
        column = model._meta.fields.get(name.removesuffix("_uid"), None)
        column = column or model._meta.fields.get(name)
        if value is None and column is not None and not column.null:
            default = column.default
            found[name] = default() if callable(default) else default
    return found
