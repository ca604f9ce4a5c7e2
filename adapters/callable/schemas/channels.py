"""Voice channels: a call to start, the verbs of a live one, and a live call as it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.callable.schemas.common import Callable, Id24, Sent
from adapters.callable.schemas.verbs import MOST_VERBS, CallerId, Tag, Target, Verb
from adapters.callable.verbs import core_target, devices, program, wire_target
from adapters.callable.words import CHANNEL_STATUSES
from gateway.wire import (
    E164,
    Change,
    Computed,
    EpochMillis,
    JsonObject,
    Length,
    Listed,
    Part,
    View,
    Word,
)


def _verbs() -> Listed:
    return Listed(
        Part(Verb, json=True),
        attribute="extras.callable.verbs",
        required=True,
        validate=Length(1, MOST_VERBS),
    )


def _given(change: Change) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = change.get("extras", {}).get("callable", {}).get("verbs", [])
    return [verb for verb in found if verb]


def _played(change: Change, target: Mapping[str, Any] | None = None) -> Change:
    """The change with what the core plays, and the devices it names."""
    verbs = _given(change)
    found = {"verbs": program(verbs, asks=False), "devices": dict(devices(target, verbs))}
    return Change({**change, **found})


class VoiceCall(Sent):
    """An outbound call, whose verbs run when it is answered."""

    caller_id = CallerId("callerId", attribute="from_number")
    tag = Part(Tag, json=True)
    target = Part(Target, json=True, required=True)
    verbs = _verbs()

    def settle(self, change: Change, row: Any) -> Change:
        target, tag = change.get("target") or {}, change.get("tag") or {}
        if not (target and all(target.values())):
            return change
        core = {"target": core_target(target), "tag": tag.get("data")}
        return Change({**_played(change, target), **core})


class VerbsChange(Sent):
    """Other verbs for a live call."""

    verbs = _verbs()

    def settle(self, change: Change, row: Any) -> Change:
        return _played(change)


class ChannelCreated(Callable):
    """The id of a call, under both its names."""

    component = "CreatedChannel"
    id = Id24(attribute="uid", required=True)
    sid = Id24(attribute="uid", required=True)


STATUSES = tuple(dict.fromkeys(CHANNEL_STATUSES.values()))


def status(row: Any, view: View) -> str:
    return CHANNEL_STATUSES[row.status]


def target(row: Any, view: View) -> dict[str, Any] | None:
    """Whom the call goes to."""
    return wire_target(row.target or {})


def tag(row: Any, view: View) -> dict[str, Any] | None:
    """Data of the customer's, wrapped as it was given."""
    return {"data": row.tag} if row.tag is not None else None


class VoiceChannel(Callable):
    """A call that lives."""

    id = Id24(attribute="uid", required=True)
    sid = Id24(attribute="uid", required=True)
    status = Computed(
        out=status, of=Word(words=STATUSES), reads=("status",), required=True, null=False
    )
    direction = Word(words=("inbound", "outbound"), required=True)
    caller_id = E164("callerId", attribute="from_number")
    to = E164(attribute="to_number")
    target = Computed(out=target, of=JsonObject(), reads=("target",))
    tag = Computed(out=tag, of=JsonObject(), reads=("tag",))
    verbs = Listed(Part(Verb, json=True), attribute="extras.callable.verbs")
    created = EpochMillis(attribute="started_at", required=True)
    answered = EpochMillis(attribute="answered_at")
