"""Webhooks, alone and as members of other objects (seed 000: Webhook)."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import missing

from adapters.jambonz import words
from adapters.jambonz.schemas.common import Sent, Sid, Url
from gateway.wire import Change, Length, Part, Profile, Text, Word
from gateway.wire.reading import CREATE, Reader

MOST = 255


class Method(Word):
    """get or post in any case; written in lower case, or as the style `upper` has it."""

    kind = "hook_method"

    def renderer(self, profile: Profile) -> Any:
        if self.style_in(profile) == "upper":
            return lambda value: str(value).upper()
        return str

    def describe(self, profile: Profile) -> dict[str, Any]:
        return {"type": "string", "enum": list(words.HOOK_METHODS)}


class Webhook(Sent):
    """A hook with its id. In requests an id names a hook that is changed in place."""

    webhook_sid = Sid(attribute="uid")
    url = Url(required=True)
    method = Method(words=words.HOOK_METHODS, fold=True)
    username = Text(validate=Length(max=MOST))
    password = Text(validate=Length(max=MOST))

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        if change.get("method", "") is None:
            del change["method"]
        return change


class PlainWebhook(Webhook):
    """A hook where its id is not shown."""

    class Meta(Webhook.Meta):
        pass

    webhook_sid = Sid(attribute="uid", load_only=True)


class LoneWebhook(Webhook):
    """A hook that is made by itself; an id that comes with it is not read."""

    class Meta(Webhook.Meta):
        exclude = ("webhook_sid",)

    passes = (*Webhook.passes, "webhook_sid")


class HookPart(Part):
    """A hook as a member. Another hook, a change of the one that is named, or, as null or {}, none;
    where an object is made there is nothing to take away, so {} is refused."""

    doing: ClassVar[dict[bool, str]] = {True: "adding", False: "updating"}

    def __init__(self, schema: type[Webhook], what: str, **options: Any) -> None:
        super().__init__(schema, **options)
        self.what = what

    def take(self, raw: Any, change: Change, reader: Reader, path: str) -> None:
        if raw is not missing and raw is not None and not isinstance(raw, dict):
            name = path.rpartition(".")[2]
            doing = self.doing[reader.mode is CREATE]
            text = f"'{name}' must be an object when {doing} {self.what}"
            reader.fault(path, "said", text)
            return
        super().take(raw, change, reader, path)
