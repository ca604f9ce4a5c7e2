"""Tenants of a foreign platform that reach an account by a domain name of their own.

They are documents whose natural key, the name, is unique on the whole platform, since calls come in
by it. The application that takes the calls is of the same account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.policy import Owner
from gateway.models.database import write
from gateway.services import documents, owning
from gateway.services.making import lock_account

APPLICATION = "application_uid"


class Tenant:
    """A tenant as it is shown: the document's columns, and its application as a uid."""

    __slots__ = (APPLICATION, "account_uid", "key", "service_provider_uid", "uid")

    def __init__(self, row: Any) -> None:
        self.uid: UUID = row.uid
        self.key: str = row.key
        self.account_uid: UUID | None = row.account_uid
        self.service_provider_uid: UUID | None = row.service_provider_uid
        application = row.body.get(APPLICATION)
        self.application_uid = UUID(application) if application else None


def create(ctx: Context, kind: str, change: Mapping[str, Any]) -> Any:
    """A tenant of an account; Invalid at a reference, Conflict at `key`."""
    owner = owning.owner_of_new(ctx, change["account_uid"], change.get("service_provider_uid"))
    with write():
        body = _body(ctx, owner, change.get(APPLICATION))
        row = documents.create(
            ctx, kind, body, key=change["key"].lower(), owner=owner, unique_everywhere=True
        )
    return Tenant(row)


def _body(ctx: Context, owner: Owner, application: owning.Named) -> dict[str, Any]:
    if owner.account_uid is not None:
        lock_account(owner.account_uid)
    uid = owning.application_for(ctx, owner.account_uid, application)
    return {APPLICATION: str(uid)} if uid is not None else {}


def search(ctx: Context, kind: str) -> list[Tenant]:
    """The tenants the caller can see."""
    return [Tenant(row) for row in documents.visible(ctx, kind)]


def get(ctx: Context, kind: str, given: UUID | Ref) -> Tenant:
    """One tenant; NotFound."""
    return Tenant(documents.find(ctx, kind, given))


def update(ctx: Context, kind: str, given: UUID | Ref, change: Mapping[str, Any]) -> None:
    """Change what is named; with another account the application must be that account's.

    The provider follows the account: one that is named must be the account's.
    """
    with write():
        row = documents.find(ctx, kind, given)
        tenant = Tenant(row)
        account = change.get("account_uid", tenant.account_uid)
        owner = owning.owner_of_new(ctx, account, change.get("service_provider_uid"))
        values = owning.columns(owner)
        if APPLICATION in change or owner.account_uid != tenant.account_uid:
            named = change.get(APPLICATION, tenant.application_uid)
            values["body"] = _body(ctx, owner, named)
        if "key" in change:
            values["key"] = change["key"].lower()
        documents.store(ctx, row, values)


def delete(ctx: Context, kind: str, given: UUID | Ref) -> None:
    """Remove a tenant; NotFound."""
    documents.remove(documents.find(ctx, kind, given))
