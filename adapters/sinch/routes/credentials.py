"""Credential lists (seed 001: S27; the rest as the vendor's client calls it)."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapters.sinch.ids import ulid
from adapters.sinch.routes.common import CLIENTS, PROJECT, ids, paged
from adapters.sinch.schemas import credentials as wire
from adapters.sinch.schemas.common import PageQuery
from adapters.sinch.schemas.trunks import SipTrunks
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import credential_lists
from gateway.wire import Change

blp = Blueprint("credential lists", __name__, held=Held.HERE)

LIST, LISTS, NEW = wire.CredentialList(), wire.CredentialLists(), wire.NewCredentialList()
RENAMED, ONE_USER = wire.CredentialListChange(), wire.Credential()
PASSWORD, TRUNKS, QUERY = wire.CredentialChange(), SipTrunks(), PageQuery()
ALL = PROJECT + "/credentialLists"
ONE = ALL + "/<id>"
USER = ONE + "/credentials/<username>"
IN_USER = {**ids("id"), "username": {"type": "string", "maxLength": 128}}


@blp.operation(
    "POST", ALL, "createCredentialList", takes=NEW, returns=LIST, status=201, path=ids(),
    provenance=CLIENTS,
)  # fmt: skip
def create_credential_list(ctx: Context, project_id: str, change: Change) -> Any:
    """Create a list with its users."""
    return credential_lists.create(ctx, change)


@blp.operation(
    "GET", ALL, "getCredentialLists", query=QUERY, returns=LISTS, path=ids(), provenance=CLIENTS
)
def get_credential_lists(ctx: Context, project_id: str, query: Change) -> Any:
    """Credential lists of the project."""
    return paged(query, partial(credential_lists.search, ctx))


@blp.operation("GET", ONE, "getCredentialList", returns=LIST, path=ids("id"), provenance=CLIENTS)
def get_credential_list(ctx: Context, project_id: str, id: str) -> Any:
    """One list."""
    return credential_lists.get(ctx, ulid(id))


@blp.operation(
    "PUT", ONE, "updateCredentialList", takes=RENAMED, returns=LIST, path=ids("id"),
    provenance=CLIENTS,
)  # fmt: skip
def update_credential_list(ctx: Context, project_id: str, id: str, change: Change) -> Any:
    """Rename a list."""
    return credential_lists.update(ctx, ulid(id), change["name"])


@blp.operation(
    "DELETE", ONE, "deleteCredentialList", status=204, path=ids("id"), provenance=CLIENTS
)
def delete_credential_list(ctx: Context, project_id: str, id: str) -> None:
    """Delete a list that nothing uses."""
    credential_lists.delete(ctx, ulid(id))


@blp.operation(
    "PUT", USER, "putCredential", takes=PASSWORD, returns=ONE_USER, path=IN_USER,
    provenance=CLIENTS,
)  # fmt: skip
def put_credential(ctx: Context, project_id: str, id: str, username: str, change: Change) -> Any:
    """Set the password of a user, or add the user."""
    wire.check_username(username)
    return credential_lists.put_user(ctx, ulid(id), username, change["password"])


@blp.operation("DELETE", USER, "deleteCredential", status=204, path=IN_USER, provenance=CLIENTS)
def delete_credential(ctx: Context, project_id: str, id: str, username: str) -> None:
    """Remove a user."""
    credential_lists.remove_user(ctx, ulid(id), username)


@blp.operation(
    "GET", ONE + "/trunks", "trunksByCredentialList", query=QUERY, returns=TRUNKS, path=ids("id")
)
def trunks_by_credential_list(ctx: Context, project_id: str, id: str, query: Change) -> Any:
    """Trunks that use a list."""
    return paged(query, partial(credential_lists.trunks_of, ctx, ulid(id)))
