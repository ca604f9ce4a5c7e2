"""Live calls: starting, watching, steering and dropping them."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import BEYOND_CLIENTS, sids
from adapters.jambonz.schemas.call_updates import UpdateCall
from adapters.jambonz.schemas.calls import Call, CallAdded, CallCount, Counted, CreateCall
from gateway.domain.context import Context
from gateway.domain.problems import NotFound, Why
from gateway.http import kit
from gateway.http.kit import Answer, Blueprint
from gateway.services import calls
from gateway.services.scoping import inside_account

CALL, CALLS = Call(), Call(many=True)
CREATE, UPDATE = CreateCall(), UpdateCall()
ADDED, COUNT = CallAdded(), CallCount()
# A request sent within the dialogue is answered at once, all else is done later.
STATUS = {"sip_request": 200}

blp = Blueprint("calls", __name__)


def _starting(ctx: Context, account_sid: str) -> Context:
    """Inside the account, or the refusal in the words this operation has for all others."""
    try:
        return inside_account(ctx, sid(account_sid))
    except NotFound:
        text = f"unauthorized createCall request for account {account_sid}"
        raise NotFound(text, fields={"": [Why("said", text)]}) from None


@blp.operation(
    "POST",
    "/v1/Accounts/<AccountSid>/Calls",
    "createCall",
    takes=CREATE,
    mode=None,
    returns=ADDED,
    status=201,
    path=sids("AccountSid"),
)
def create_call(ctx: Context, account_sid: str) -> Any:
    """Start an outbound call."""
    inside = _starting(ctx, account_sid)
    return calls.create(inside, kit.change(CREATE))


@blp.operation(
    "GET",
    "/v1/Accounts/<AccountSid>/Calls",
    "listCalls",
    returns=CALLS,
    path=sids("AccountSid"),
)
def list_calls(ctx: Context, account_sid: str) -> Any:
    """Calls that go on or ended within the hour."""
    return calls.search(inside_account(ctx, sid(account_sid)))


@blp.operation(
    "GET",
    "/v1/Accounts/<AccountSid>/Calls/count",
    "countCalls",
    returns=COUNT,
    path=sids("AccountSid"),
    provenance=BEYOND_CLIENTS,
)
def count_calls(ctx: Context, account_sid: str) -> Any:
    """How many calls the list has."""
    return Counted(calls.count(inside_account(ctx, sid(account_sid))))


@blp.operation(
    "GET",
    "/v1/Accounts/<AccountSid>/Calls/<CallSid>",
    "getCall",
    returns=CALL,
    path=sids("AccountSid", "CallSid"),
)
def get_call(ctx: Context, account_sid: str, call_sid: str) -> Any:
    """One call of the list."""
    return calls.get(inside_account(ctx, sid(account_sid)), sid(call_sid))


@blp.operation(
    "POST",
    "/v1/Accounts/<AccountSid>/Calls/<CallSid>",
    "updateCall",
    takes=UPDATE,
    mode=None,
    status=202,
    also={200: None},
    path=sids("AccountSid", "CallSid"),
)
def update_call(ctx: Context, account_sid: str, call_sid: str) -> Answer:
    """Ask something of a live call."""
    inside = inside_account(ctx, sid(account_sid))
    change = kit.change(UPDATE)
    calls.update(inside, sid(call_sid), change)
    return Answer(status=next(filter(None, map(STATUS.get, change["options"])), None))


@blp.operation(
    "PUT",
    "/v1/Accounts/<AccountSid>/Calls/<CallSid>",
    "updateCallPut",
    takes=UPDATE,
    mode=None,
    status=204,
    path=sids("AccountSid", "CallSid"),
)
def update_call_put(ctx: Context, account_sid: str, call_sid: str) -> None:
    """The same, as the guide tells it."""
    inside = inside_account(ctx, sid(account_sid))
    calls.update(inside, sid(call_sid), kit.change(UPDATE))


@blp.operation(
    "DELETE",
    "/v1/Accounts/<AccountSid>/Calls/<CallSid>",
    "deleteCall",
    status=204,
    path=sids("AccountSid", "CallSid"),
)
def delete_call(ctx: Context, account_sid: str, call_sid: str) -> None:
    """Take a call off the list; it goes on."""
    calls.delete(inside_account(ctx, sid(account_sid)), sid(call_sid))
