"""Sending messages (seed 000: createMessage)."""

from __future__ import annotations

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import sids
from adapters.jambonz.schemas import messages as wire
from gateway.domain.context import Context
from gateway.domain.problems import NotFound, Why
from gateway.http.kit import Answer, Blueprint
from gateway.http.waiting import pauses
from gateway.services import handover, scoping
from gateway.wire import Change

blp = Blueprint("messages", __name__)

MESSAGE, SENT, REFUSED = wire.Message(), wire.MessageSent(), wire.MessageRefused()
SMPP_ERROR = 480


@blp.operation(
    "POST", "/v1/Accounts/<AccountSid>/Messages", "createMessage", takes=MESSAGE, returns=SENT,
    status=201, also={SMPP_ERROR: REFUSED}, errors=(400, 403), path=sids("AccountSid"),
)  # fmt: skip
def create_message(ctx: Context, account_sid: str, change: Change) -> Answer:
    """Send a message and wait a moment for the carrier's answer."""
    waiting = pauses(ctx.settings.message_wait)
    told = handover.send(_sender(ctx, account_sid), change, waiting)
    return Answer(told, status=SMPP_ERROR if told.refused else None)


def _sender(ctx: Context, account_sid: str) -> Context:
    """The account as the caller; the running server has words of its own for one of others."""
    try:
        return scoping.inside_account(ctx, sid(account_sid))
    except NotFound:
        text = f"unauthorized createMessage request for account {account_sid}"
        raise NotFound(text, fields={"account_sid": [Why("said", text)]}) from None
