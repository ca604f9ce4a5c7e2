"""Applications, also below accounts as clients call them (seed 000)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import BEYOND_CLIENTS, check_sid, hooks_cleared, sids
from adapters.jambonz.schemas import applications as wire
from adapters.jambonz.schemas.common import SuccessfulAdd
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import applications
from gateway.services.scoping import inside_account
from gateway.wire import MERGE, Change

blp = Blueprint("applications", __name__, held=Held.HERE)

NEW, CHANGED, MADE = wire.NewApplication(), wire.Application(partial=True), SuccessfulAdd()
APPLICATION, APPLICATIONS = wire.Application(), wire.Application(many=True)
ALL, ONE = "/v1/Applications", "/v1/Applications/<ApplicationSid>"
BELOW = "/v1/Accounts/<AccountSid>/Applications"
ONE_BELOW = BELOW + "/<ApplicationSid>"
PATH, IN_ACCOUNT = sids("ApplicationSid"), sids("AccountSid")
IN_BOTH = {**PATH, **IN_ACCOUNT}


@blp.operation("POST", ALL, "createApplication", takes=NEW, returns=MADE, status=201)
def create_application(ctx: Context, change: Change) -> Any:
    """Create an application."""
    return applications.create(ctx, change)


@blp.operation("GET", ALL, "listApplications", returns=APPLICATIONS)
def list_applications(ctx: Context) -> Any:
    """Applications the caller can see."""
    return applications.search(ctx)


@blp.operation("GET", ONE, "getApplication", returns=APPLICATION, path=PATH)
def get_application(ctx: Context, application_sid: str) -> Any:
    """One application."""
    return applications.get(ctx, sid(application_sid))


@blp.operation(
    "PUT", ONE, "updateApplication", takes=CHANGED, mode=MERGE, status=204, body_required=False,
    path=PATH,
)  # fmt: skip
def update_application(ctx: Context, application_sid: str, change: Change) -> None:
    """Change an application."""
    check_sid("application_sid", application_sid)
    applications.update(ctx, sid(application_sid), hooks_cleared(change, *wire.HOOKS))


@blp.operation("DELETE", ONE, "deleteApplication", status=204, path=PATH)
def delete_application(ctx: Context, application_sid: str) -> None:
    """Delete an application that no number uses."""
    applications.delete(ctx, sid(application_sid))


@blp.operation(
    "POST", BELOW, "createAccountApplication", takes=NEW, returns=MADE, status=201,
    path=IN_ACCOUNT, provenance=BEYOND_CLIENTS,
)  # fmt: skip
def create_account_application(ctx: Context, account_sid: str, change: Change) -> Any:
    """Create an application of an account."""
    return applications.create(inside_account(ctx, sid(account_sid)), change)


@blp.operation(
    "GET", BELOW, "listAccountApplications", returns=APPLICATIONS, path=IN_ACCOUNT,
    provenance=BEYOND_CLIENTS,
)  # fmt: skip
def list_account_applications(ctx: Context, account_sid: str) -> Any:
    """Applications of an account."""
    return applications.search(inside_account(ctx, sid(account_sid)))


@blp.operation(
    "GET", ONE_BELOW, "getAccountApplication", returns=APPLICATION, path=IN_BOTH,
    provenance=BEYOND_CLIENTS,
)  # fmt: skip
def get_account_application(ctx: Context, account_sid: str, application_sid: str) -> Any:
    """One application of an account."""
    return applications.get(inside_account(ctx, sid(account_sid)), sid(application_sid))


@blp.operation(
    "PUT", ONE_BELOW, "updateAccountApplication", takes=CHANGED, mode=MERGE, status=204,
    body_required=False, path=IN_BOTH, provenance=BEYOND_CLIENTS,
)  # fmt: skip
def update_account_application(
    ctx: Context, account_sid: str, application_sid: str, change: Change
) -> None:
    """Change an application of an account."""
    check_sid("application_sid", application_sid)
    owner = inside_account(ctx, sid(account_sid))
    applications.update(owner, sid(application_sid), hooks_cleared(change, *wire.HOOKS))


@blp.operation(
    "DELETE", ONE_BELOW, "deleteAccountApplication", status=204, path=IN_BOTH,
    provenance=BEYOND_CLIENTS,
)  # fmt: skip
def delete_account_application(ctx: Context, account_sid: str, application_sid: str) -> None:
    """Delete an application of an account."""
    applications.delete(inside_account(ctx, sid(account_sid)), sid(application_sid))
