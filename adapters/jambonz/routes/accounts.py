"""Accounts (seed 000)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import check_sid, sids
from adapters.jambonz.schemas import tenancy as wire
from adapters.jambonz.schemas.common import SuccessfulAdd
from gateway.domain.context import Context
from gateway.http.kit import Blueprint
from gateway.services import accounts, keys
from gateway.services.scoping import inside_account
from gateway.wire import MERGE, Change

blp = Blueprint("accounts", __name__)

NEW, CHANGED, MADE = wire.NewAccount(), wire.Account(partial=True), SuccessfulAdd()
ACCOUNT, ACCOUNTS, KEYS = wire.Account(), wire.Account(many=True), wire.ApiKey(many=True)
SECRET, SECRET_QUERY = wire.WebhookSecret(), wire.SecretQuery()
ALL = "/v1/Accounts"
ONE = ALL + "/<AccountSid>"
PATH = sids("AccountSid")


@blp.operation("POST", ALL, "createAccount", takes=NEW, returns=MADE, status=201)
def create_account(ctx: Context, change: Change) -> Any:
    """Create an account."""
    return accounts.create(ctx, change)


@blp.operation("GET", ALL, "listAccounts", returns=ACCOUNTS)
def list_accounts(ctx: Context) -> Any:
    """Accounts the caller can see."""
    return accounts.search(ctx)


@blp.operation("GET", ONE, "getAccount", returns=ACCOUNT, path=PATH)
def get_account(ctx: Context, account_sid: str) -> Any:
    """One account."""
    return accounts.get(ctx, sid(account_sid))


@blp.operation(
    "PUT", ONE, "updateAccount", takes=CHANGED, mode=MERGE, status=204, body_required=False,
    path=PATH,
)  # fmt: skip
def update_account(ctx: Context, account_sid: str, change: Change) -> None:
    """Change an account."""
    check_sid("account_sid", account_sid)
    accounts.update(ctx, sid(account_sid), change)


@blp.operation("DELETE", ONE, "deleteAccount", status=204, path=PATH)
def delete_account(ctx: Context, account_sid: str) -> None:
    """Delete an account with everything it has."""
    accounts.delete(ctx, sid(account_sid))


@blp.operation(
    "GET", ONE + "/WebhookSecret", "getWebhookSecret", query=SECRET_QUERY, returns=SECRET, path=PATH
)
def get_webhook_secret(ctx: Context, account_sid: str, query: Change) -> Any:
    """The secret that webhooks are signed with, a new one if asked for."""
    again = (query.get("regenerate") or "").lower() not in ("", "false", "0")
    return accounts.webhook_secret(ctx, sid(account_sid), regenerate=again)


@blp.operation("GET", ONE + "/ApiKeys", "getAccountApiKeys", returns=KEYS, path=PATH)
def get_account_api_keys(ctx: Context, account_sid: str) -> Any:
    """Keys of an account."""
    return keys.of_owner(inside_account(ctx, sid(account_sid)))


@blp.operation(
    "POST", ONE + "/SipRealms/<SipRealm>", "createSipRealm", status=204,
    path={**PATH, "SipRealm": {"type": "string"}},
)  # fmt: skip
def create_sip_realm(ctx: Context, account_sid: str, sip_realm: str) -> None:
    """Give an account another SIP realm."""
    accounts.set_realm(ctx, sid(account_sid), sip_realm)
