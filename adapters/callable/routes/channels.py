"""Voice channels: starting a call, and watching, steering and ending those that live."""

from __future__ import annotations

from typing import Any

from adapters.callable.ids import hex24
from adapters.callable.routes.common import ACCOUNT, OURS, TEXT, created, path
from adapters.callable.schemas.channels import ChannelCreated, VerbsChange, VoiceCall, VoiceChannel
from gateway.domain.context import Context
from gateway.domain.ids import CODECS
from gateway.domain.problems import Conflict, Forbidden
from gateway.http.kit import Answer, Blueprint
from gateway.services import calls
from gateway.wire import Change

CALL, VERBS, CREATED = VoiceCall(), VerbsChange(), ChannelCreated()
CHANNEL, CHANNELS = VoiceChannel(), VoiceChannel(many=True)
LIST = ACCOUNT + "/channels/voice"
ONE = LIST + "/<sid>"

blp = Blueprint("channels", __name__)


@blp.operation(
    "POST", LIST, "createVoiceCall", takes=CALL, returns=CREATED, status=201, path=path()
)
def create_voice_call(ctx: Context, account_id: str, change: Change) -> Answer:
    """Start a call."""
    try:
        row = calls.create(ctx, change)
    except Conflict as problem:
        raise Forbidden(problem.text) from None
    sid = CODECS["hex24"].encode(row.uid)
    return created(ctx, f"/account/{account_id}/channels/voice", row, sid)


@blp.operation("GET", LIST, "listVoiceCalls", returns=CHANNELS, path=path(), provenance=OURS)
def list_voice_calls(ctx: Context, account_id: str) -> Any:
    """Calls that live."""
    return calls.search(ctx, ended=False)


@blp.operation("GET", ONE, "getVoiceCall", returns=CHANNEL, path=path(sid=TEXT), provenance=OURS)
def get_voice_call(ctx: Context, account_id: str, sid: str) -> Any:
    """A call that lives."""
    return calls.get(ctx, hex24(sid), ended=False)


@blp.operation(
    "PUT", ONE, "updateVoiceCall", takes=VERBS, status=204, path=path(sid=TEXT), provenance=OURS
)
def update_voice_call(ctx: Context, account_id: str, sid: str, change: Change) -> None:
    """Other verbs in place of those the call has."""
    calls.give(ctx, hex24(sid), change)


@blp.operation("DELETE", ONE, "deleteVoiceCall", status=204, path=path(sid=TEXT), provenance=OURS)
def delete_voice_call(ctx: Context, account_id: str, sid: str) -> None:
    """Hang up."""
    calls.hang_up(ctx, hex24(sid))
