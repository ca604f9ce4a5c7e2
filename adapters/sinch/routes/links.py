"""Lists on trunks (seed 001: S28 to S32, and beyond)."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

from adapters.sinch.ids import ulid
from adapters.sinch.routes.common import CLIENTS, PROJECT, ids, paged
from adapters.sinch.schemas import credentials, trunks
from adapters.sinch.schemas.common import PageQuery
from gateway.domain.context import Context
from gateway.http import kit
from gateway.http.kit import Blueprint, Held
from gateway.services import access_control, credential_lists
from gateway.wire import Change

blp = Blueprint("lists of trunks", __name__, held=Held.SHARED)

QUERY = PageQuery()
ACL_IDS, LINKED_ACLS = trunks.AccessControlListIds(), trunks.LinkedAccessControlLists()
BULK_ACLS, BULK_LISTS = trunks.BulkAccessControlLists(), trunks.BulkCredentialLists()
LIST_IDS, LINKED_LISTS = trunks.CredentialListIds(), trunks.LinkedCredentialLists()
TRUNK_ACLS, TRUNK_LISTS = trunks.TrunkAccessControlLists(), credentials.TrunkCredentialLists()
ACLS = PROJECT + "/trunks/<trunkId>/accessControlLists"
LISTS = PROJECT + "/trunks/<trunkId>/credentialLists"
IN_TRUNK = ids("trunkId")


@blp.operation(
    "POST", ACLS, "addAccessControlListToTrunk", takes=ACL_IDS, returns=LINKED_ACLS, path=IN_TRUNK
)
def add_access_control_list(ctx: Context, project_id: str, trunk_id: str, change: Change) -> Any:
    """Put access control lists on a trunk."""
    return SimpleNamespace(uids=access_control.add(ctx, ulid(trunk_id), change["uids"]))


@blp.operation(
    "GET", ACLS, "getAccessControlListsForTrunk", query=QUERY, returns=TRUNK_ACLS, path=IN_TRUNK
)
def get_access_control_lists(ctx: Context, project_id: str, trunk_id: str, query: Change) -> Any:
    """Access control lists of a trunk."""
    return paged(query, partial(access_control.of_trunk, ctx, ulid(trunk_id)))


@blp.operation(
    "PUT", ACLS, "bulkUpdateACLsForTrunk", takes=BULK_ACLS, mode=None, returns=LINKED_ACLS,
    path=IN_TRUNK,
)  # fmt: skip
def bulk_update_acls(ctx: Context, project_id: str, trunk_id: str) -> Any:
    """Have exactly these access control lists on a trunk."""
    wanted = trunks.listed("accessControlListIds", kit.body())
    return SimpleNamespace(uids=access_control.replace(ctx, ulid(trunk_id), wanted))


@blp.operation(
    "DELETE", ACLS + "/<accessControlListId>", "deleteAccessControlListFromTrunk", status=204,
    path=ids("trunkId", "accessControlListId"),
)  # fmt: skip
def delete_access_control_list(
    ctx: Context, project_id: str, trunk_id: str, access_control_list_id: str
) -> None:
    """Take an access control list off a trunk."""
    access_control.remove(ctx, ulid(trunk_id), ulid(access_control_list_id))


@blp.operation(
    "POST", LISTS, "addCredentialListToTrunk", takes=LIST_IDS, returns=LINKED_LISTS, path=IN_TRUNK,
    provenance=CLIENTS,
)  # fmt: skip
def add_credential_list(ctx: Context, project_id: str, trunk_id: str, change: Change) -> Any:
    """Put credential lists on a trunk."""
    return SimpleNamespace(uids=credential_lists.add(ctx, ulid(trunk_id), change["uids"]))


@blp.operation(
    "GET", LISTS, "getCredentialListsForTrunk", query=QUERY, returns=TRUNK_LISTS, path=IN_TRUNK,
    provenance=CLIENTS,
)  # fmt: skip
def get_credential_lists(ctx: Context, project_id: str, trunk_id: str, query: Change) -> Any:
    """Credential lists of a trunk."""
    return paged(query, partial(credential_lists.of_trunk, ctx, ulid(trunk_id)))


@blp.operation(
    "PUT", LISTS, "bulkUpdateCredentialListsForTrunk", takes=BULK_LISTS, mode=None,
    returns=LINKED_LISTS, path=IN_TRUNK,
)  # fmt: skip
def bulk_update_credential_lists(ctx: Context, project_id: str, trunk_id: str) -> Any:
    """Have exactly these credential lists on a trunk."""
    wanted = trunks.listed("credentialListIds", kit.body())
    return SimpleNamespace(uids=credential_lists.replace(ctx, ulid(trunk_id), wanted))


@blp.operation(
    "DELETE", LISTS + "/<credentialListId>", "deleteCredentialListFromTrunk", status=204,
    path=ids("trunkId", "credentialListId"), provenance=CLIENTS,
)  # fmt: skip
def delete_credential_list(
    ctx: Context, project_id: str, trunk_id: str, credential_list_id: str
) -> None:
    """Take a credential list off a trunk."""
    credential_lists.remove(ctx, ulid(trunk_id), ulid(credential_list_id))
