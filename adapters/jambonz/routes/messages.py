"""Sending messages (seed 000: createMessage), and taking them from carriers that speak HTTP."""

from __future__ import annotations

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import BEYOND_SERVER, sids
from adapters.jambonz.schemas import messages as wire
from adapters.jambonz.schemas.common import SuccessfulAdd
from gateway.domain.context import Context
from gateway.domain.problems import NotFound, Why
from gateway.http import kit
from gateway.http.kit import Answer, Blueprint
from gateway.http.waiting import pauses
from gateway.services import handover, inbound_http, scoping
from gateway.wire import Change

blp = Blueprint("messages", __name__)

MESSAGE, SENT, REFUSED = wire.Message(), wire.MessageSent(), wire.MessageRefused()
RECEIVED, TAKEN = wire.CarrierMessage(), SuccessfulAdd()
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


@blp.operation(
    "POST", "/v1/messaging/<provider>", "receiveSms", takes=RECEIVED, returns=TAKEN, public=True,
    errors=(400,), path={"provider": {"type": "string", "maxLength": 64}},
    provenance=BEYOND_SERVER,
)  # fmt: skip
def receive_sms(ctx: Context, provider: str, change: Change) -> object:
    """Take a message from a carrier, known by its address, for a number's application."""
    return inbound_http.arrive(ctx, provider, kit.peer_address(), change)


def _sender(ctx: Context, account_sid: str) -> Context:
    """The account as the caller; the running server has words of its own for one of others."""
    try:
        return scoping.inside_account(ctx, sid(account_sid))
    except NotFound:
        text = f"unauthorized createMessage request for account {account_sid}"
        raise NotFound(text, fields={"account_sid": [Why("said", text)]}) from None
