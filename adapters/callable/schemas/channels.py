"""Voice channels: a call to start, the verbs of a live one, and a live call as it is answered."""

from __future__ import annotations

from typing import Any

from adapters.callable.schemas.common import Callable, Id24, Sent
from adapters.callable.schemas.verbs import MOST_VERBS, CallerId, Tag, Target, Verb
from adapters.callable.verbs import core_target, devices, program, wire_target
from adapters.callable.words import CHANNEL_STATUSES
from gateway.wire import (
    Change,
    Computed,
    EpochMillis,
    JsonObject,
    Length,
    Listed,
    Part,
    Text,
    View,
    Word,
)
from gateway.wire.reading import Reader


def _verbs() -> Listed:
    return Listed(
        Part(Verb, json=True, null=False),
        attribute="extras.callable.verbs",
        required=True,
        validate=Length(1, MOST_VERBS),
    )


class WithVerbs(Sent):
    """What names verbs: read whole, they become what the core plays."""

    def collect(self, body: Any, reader: Reader, path: str) -> Change:
        found = super().collect(body, reader, path)
        return found if reader.faults else self.played(found)

    def played(self, change: Change) -> Change:
        """The change with the core's verbs, and the devices that are named anywhere."""
        verbs = change["extras"]["callable"]["verbs"]
        named = dict(devices(change.get("target"), verbs))
        return Change({**change, "verbs": program(verbs, asks=False), "devices": named})


class VoiceCall(WithVerbs):
    """An outbound call, whose verbs run when it is answered."""

    caller_id = CallerId("callerId", attribute="from_number")
    tag = Part(Tag, json=True)
    target = Part(Target, json=True, required=True)
    verbs = _verbs()

    def played(self, change: Change) -> Change:
        tag = change.get("tag")
        core = {"target": core_target(change["target"]), "tag": tag and tag["data"]}
        return Change({**super().played(change), **core})


class VerbsChange(WithVerbs):
    """Other verbs for a live call."""

    verbs = _verbs()


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
    """A call that lives. Either side of it is a number, or an address or extension as it is."""

    id = Id24(attribute="uid", required=True)
    sid = Id24(attribute="uid", required=True)
    status = Computed(
        out=status, of=Word(words=STATUSES), reads=("status",), required=True, null=False
    )
    direction = Word(words=("inbound", "outbound"), required=True)
    caller_id = Text("callerId", attribute="from_number")
    to = Text(attribute="to_number")
    target = Computed(out=target, of=JsonObject(), reads=("target",))
    tag = Computed(out=tag, of=JsonObject(), reads=("tag",))
    verbs = Listed(Part(Verb, json=True), attribute="extras.callable.verbs")
    created = EpochMillis(attribute="started_at", required=True)
    answered = EpochMillis(attribute="answered_at")
