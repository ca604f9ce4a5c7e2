"""Trunks (seed 001: SipTrunk) and the lists on them."""

from __future__ import annotations

from typing import Any

from adapters.sinch.schemas.common import (
    MAX_NAME,
    Id,
    Paged,
    PageQuery,
    Sent,
    Sinch,
    TrueFlag,
    create_time,
    own_id,
    project_id,
    update_time,
)
from adapters.sinch.words import TOP_LEVEL_DOMAIN
from gateway.domain.ids import Ref
from gateway.domain.problems import Invalid
from gateway.wire import (
    E164,
    Change,
    Computed,
    Int,
    Length,
    Listed,
    Part,
    Pattern,
    Text,
    View,
)

LABEL = Pattern(
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", "must be a host label: letters, digits, -"
)


def domain(row: Any, view: View) -> str:
    return f"{row.host_name}.{TOP_LEVEL_DOMAIN}"


class ForwardNumber(E164):
    """A number in E.164; the empty text stands for none."""

    def parse(self, value: Any) -> Any:
        return None if value == "" else super().parse(value)

    def describe(self, profile: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^(\+[1-9][0-9]{6,14})?$"}


class SipTrunk(Sent):
    """A trunk. What the customer does not send in a change becomes its default, or null."""

    defaults = {"caller_name_lookup": False, "forward_enabled": False}

    id = own_id()
    hostName = Text(attribute="host_name", required=True, validate=LABEL)
    topLevelDomain = Computed(out=lambda row, view: TOP_LEVEL_DOMAIN, of=Text())
    domain = Computed(out=domain, reads=("host_name",), of=Text())
    name = Text(required=True, validate=Length(1, MAX_NAME))
    callsPerSecond = Int(attribute="calls_per_second", dump_only=True)
    enableCallerName = TrueFlag(attribute="caller_name_lookup", load_default=False)
    enableCallForward = TrueFlag(attribute="forward_enabled", load_default=False)
    callForwardNumber = ForwardNumber(attribute="forward_number")
    createTime = create_time()
    updateTime = update_time()
    projectId = project_id()

    openapi = {
        "if": {
            "properties": {"enableCallForward": {"const": True}},
            "required": ["enableCallForward"],
        },
        "then": {
            "required": ["callForwardNumber"],
            "properties": {"callForwardNumber": {"type": "string", "minLength": 8}},
        },
    }

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        super().settle(change, row)
        if self.side == "client":
            return change
        if isinstance(change.get("host_name"), str):
            change["host_name"] = change["host_name"].lower()
        if change.get("forward_enabled") and not change.get("forward_number"):
            text = "is required when enableCallForward is true"
            raise Invalid.one("callForwardNumber", "required", text)
        return change


class SipTrunks(Paged):
    trunks = Listed(Part(SipTrunk), attribute="items")


class TrunkQuery(PageQuery):
    domain = Text(validate=Length(1, MAX_NAME))


class AccessControlListIds(Sent):
    """The lists that are put on a trunk."""

    accessControlListIds = Listed(Id(null=False), attribute="uids", required=True)


class LinkedAccessControlLists(Sinch):
    accessControlListIds = Listed(Id(null=False), attribute="uids")


class TrunkAccessControlLists(Paged):
    accessControlListIds = Listed(
        Id(null=False), source=lambda page: [r.access_list_uid for r in page.items]
    )


class CredentialListIds(Sent):
    credentialListIds = Listed(Id(null=False), attribute="uids", required=True)


class LinkedCredentialLists(Sinch):
    credentialListIds = Listed(Id(null=False), attribute="uids")


def host_of(domain: str | None) -> str | None:
    """The host label of a trunk's full domain name; one that is not ours matches nothing."""
    if domain is None:
        return None
    label, _, rest = domain.strip().lower().partition(".")
    return label if rest == TOP_LEVEL_DOMAIN else ""


class _Bulk(Sinch):
    """A bare list of ids as documented, or the object that the vendor's client sends."""

    ids: str = ""

    def path_of(self, attribute: str, body: Any) -> str:
        return self.ids if attribute == "uids" else ""

    @classmethod
    def described(cls) -> dict[str, Any]:
        one = {"type": "array", "items": {"type": "string", "minLength": 1}}
        named = {
            "type": "object",
            "required": [cls.ids],
            "properties": {cls.ids: one},
            "additionalProperties": False,
        }
        return {"anyOf": [one, named]}


class BulkAccessControlLists(_Bulk):
    ids = "accessControlListIds"


class BulkCredentialLists(_Bulk):
    ids = "credentialListIds"


BulkAccessControlLists.openapi = BulkAccessControlLists.described()
BulkCredentialLists.openapi = BulkCredentialLists.described()


def listed(member: str, body: Any) -> list[Ref]:
    """The ids of a bulk update in either form. Raises Invalid at the member."""
    given = body.get(member) if isinstance(body, dict) else body
    if isinstance(body, dict) and body.keys() - {member}:
        raise Invalid.one(min(body.keys() - {member}), "unknown", "is not known")
    if not isinstance(given, list) or not all(isinstance(one, str) and one for one in given):
        raise Invalid.one(member, "type", "must be a list of ids")
    return [Ref("ulid", one) for one in given]
