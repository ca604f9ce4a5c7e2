"""The organisation, its accounts, and what an account has of its own (seed 004: C2 to C7)."""

from __future__ import annotations

from typing import Any

from adapters.callable.ids import hex24
from adapters.callable.routes.common import ACCOUNT, ACCOUNTS, ROOT, SDK, TEXT, created, path
from adapters.callable.schemas import accounts as wire
from adapters.callable.schemas.common import Named
from gateway.domain.context import Context
from gateway.domain.ids import CODECS
from gateway.http.kit import Answer, Blueprint, Held
from gateway.services import accounts, providers, provisioning
from gateway.wire import REPLACE, Change

blp = Blueprint("accounts", __name__)

ORGANISATION, NAMES = Named(), Named(many=True)
ONE, ADDRESS = wire.Account(), wire.Address()
DDI, DDIS, NEW_DDIS = wire.Ddi(), wire.Ddi(many=True), wire.NewDdis()
MADE = wire.CreatedAccount()


@blp.operation("GET", ROOT + "/userAccounts/me", "getOrganisation", returns=ORGANISATION)
def get_organisation(ctx: Context) -> Any:
    """The organisation of the caller."""
    return providers.own(ctx)


@blp.operation("GET", ACCOUNTS, "listAccounts", returns=NAMES)
def list_accounts(ctx: Context) -> Any:
    """Accounts of the organisation."""
    return accounts.search(ctx)


@blp.operation(
    "POST", ACCOUNTS, "createAccount", takes=ONE, returns=MADE, status=201, provenance=SDK
)
def create_account(ctx: Context, change: Change) -> Answer:
    """Create an account."""
    row = accounts.create(ctx, change)
    return created(ctx, "/account", row, CODECS["hex24"].encode(row.uid))


@blp.operation("GET", ACCOUNT, "getAccount", returns=ONE, path=path())
def get_account(ctx: Context, account_id: str) -> Any:
    """One account."""
    return accounts.get(ctx, ctx.account_uid)


@blp.operation(
    "PUT", ACCOUNT, "updateAccount", takes=ONE, mode=REPLACE, status=204, path=path(),
    provenance=SDK,
)  # fmt: skip
def update_account(ctx: Context, account_id: str, change: Change) -> None:
    """Replace an account's name, main billing number and domain."""
    accounts.update(ctx, ctx.account_uid, change)


@blp.operation("DELETE", ACCOUNT, "deleteAccount", status=204, path=path(), provenance=SDK)
def delete_account(ctx: Context, account_id: str) -> None:
    """Delete an account with everything it has."""
    accounts.delete(ctx, ctx.account_uid)


@blp.operation("GET", ACCOUNT + "/address", "getAccountAddress", returns=ADDRESS, path=path())
def get_account_address(ctx: Context, account_id: str) -> Any:
    """The address of an account."""
    return accounts.get(ctx, ctx.account_uid)


@blp.operation(
    "PUT", ACCOUNT + "/address", "updateAccountAddress", takes=ADDRESS, mode=REPLACE, status=204,
    path=path(),
)  # fmt: skip
def update_account_address(ctx: Context, account_id: str, change: Change) -> None:
    """Replace the address of an account."""
    accounts.update(ctx, ctx.account_uid, change)


@blp.operation("GET", ACCOUNT + "/ddi", "listDdis", returns=DDIS, path=path())
def list_ddis(ctx: Context, account_id: str) -> Any:
    """Numbers of an account."""
    return provisioning.search(ctx)


@blp.operation(
    "POST", ACCOUNT + "/ddi", "createDdis", takes=NEW_DDIS, returns=DDIS, status=201, path=path(),
    provenance=SDK, held=Held.SHARED,
)  # fmt: skip
def create_ddis(ctx: Context, account_id: str, change: Change) -> Any:
    """Put numbers in, all or none."""
    return provisioning.create_all(ctx, [one["e164"] for one in change["ddis"]], "ddis")


@blp.operation(
    "GET", ACCOUNT + "/ddi/<ddiId>", "getDdi", returns=DDI, path=path(ddiId=TEXT), provenance=SDK
)
def get_ddi(ctx: Context, account_id: str, ddi_id: str) -> Any:
    """One number."""
    return provisioning.get(ctx, hex24(ddi_id))
