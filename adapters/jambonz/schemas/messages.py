"""Sending a message and what came of it (seed 000: Message; seed 003: Messages)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.schemas.common import Jambonz, Sent, Sid, Url
from gateway.domain.problems import Invalid
from gateway.wire import E164, Change, Computed, Length, Text, View
from gateway.wire.reading import MERGE, Reader

# With or without the plus; which lengths a country has is not said here.
NUMBER_FORM = {"pattern": r"^\+?[1-9][0-9]{6,14}$"}
NOTHING_TO_SEND = "either text or media required in outbound message"
CONTENT = {
    "anyOf": [
        {"required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
        {"required": ["media"], "properties": {"media": {"type": "string", "minLength": 1}}},
    ]
}
LONGEST_NAME = 64
LONGEST_SENDER = 64
MOST_MEDIA = 10


def _missing(change: Change, reader: Reader, path: str) -> None:
    """The absence of a party has words of its own."""
    if reader.mode is not MERGE:
        reader.fault(path, "said", f"missing {path} property")


class Party(E164):
    """The number at one end."""

    def __init__(self, data_key: str | None = None, **options: Any) -> None:
        super().__init__(data_key, required=True, doc=NUMBER_FORM, **options)

    def take_missing(self, change: Change, reader: Reader, path: str) -> None:
        _missing(change, reader, path)


class Named(Text):
    """Whatever a carrier calls the party at one end."""

    def __init__(self, data_key: str | None = None, **options: Any) -> None:
        length = Length(min=1, max=LONGEST_SENDER)
        super().__init__(data_key, required=True, validate=length, **options)

    def take_missing(self, change: Change, reader: Reader, path: str) -> None:
        _missing(change, reader, path)


class Message(Sent):
    """What is sent. `provider` is the name of the carrier to send by, `carrier` its other name."""

    openapi = CONTENT

    from_ = Party("from", attribute="from_number")
    to = Party(attribute="to_number")
    text = Text()
    media = Url()
    provider = Text(
        attribute="trunk_name", also=("carrier",), validate=Length(min=1, max=LONGEST_NAME)
    )

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        if self.side == "server" and not change.get("text") and not change.get("media"):
            raise Invalid.one("text", "said", NOTHING_TO_SEND)
        return change


class Media(Url):
    """One URL, or a list of them; a list in the core."""

    schema_type = {
        "anyOf": [Url.schema_type, {"type": "array", "maxItems": 10, "items": Url.schema_type}]
    }

    def parse(self, value: Any) -> Any:
        given = value if isinstance(value, list) else [value]
        if len(given) > MOST_MEDIA:
            raise self.bad(f"must have at most {MOST_MEDIA} items", "length")
        return [super(Media, self).parse(one) for one in given]


class CarrierMessage(Jambonz):
    """What an HTTP carrier hands in. Carriers send more than this, each its own; it is passed
    over."""

    openapi = CONTENT

    from_ = Named("from", attribute="from_number")
    to = Named(attribute="to_number")
    text = Text()
    media = Media()

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        if self.side == "server" and not change.get("text") and not change.get("media"):
            raise Invalid.one("text", "said", NOTHING_TO_SEND)
        return change


def _provider_response(row: Any, view: View) -> str:
    """The carrier's id for the message, or how far the message is."""
    return str(row.remote_id or row.status)


def _error_code(row: Any, view: View) -> str | None:
    """The carrier's command_status as its standard writes it: eight digits."""
    return None if row.command_status is None else f"0x{row.command_status:08X}"


class MessageSent(Jambonz):
    """The carrier has the message, or will get it."""

    sid = Sid(attribute="uid", required=True)
    providerResponse = Computed(out=_provider_response, of=Text(), reads=("remote_id", "status"))


class MessageRefused(Jambonz):
    """The carrier refuses the message."""

    sid = Sid(attribute="uid", required=True)
    message = Text(attribute="error")
    smpp_err_code = Computed(out=_error_code, of=Text(), reads=("command_status",))
