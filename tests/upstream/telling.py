"""A provider that tells us of events: bodies made by its dialect's own renderer, and an account of
ours with subscribers of every dialect at one receiver."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import orjson
from werkzeug.test import Client, TestResponse

from gateway.app import Application
from gateway.domain.context import Context
from gateway.domain.events import Event, EventKind, HookRequest
from gateway.domain.messages import PartState, Status
from gateway.models import Message, MessagePart
from gateway.models.database import write
from gateway.models.prepared import Insert
from gateway.services import event_addresses
from gateway.workers import runner
from tests.support.receivers import Receiver
from tests.support.worlds import DIALECTS, NOW
from tests.upstream import world

OWN, PEER = "+12065550101", "+14155550123"
SECRET = "what-the-provider-signs-with"
REMOTE = UUID("0197f000-1111-7222-8333-444455556666")
CALLER = UUID("0197f000-1111-7222-8333-444400000000")
PROOFS = {"jambonz": SECRET, "callable": f"KEY X-Their-Key {SECRET}", "flowroute": ""}


def holdings(url: str) -> dict[str, Any]:
    """The account with a number, and a subscriber of every dialect for all that is told."""
    own = {"account": "mine", "url": url}
    flowroute = [
        {"dialect": "flowroute", "purpose": purpose, **own, "url": f"{url}/flowroute"}
        for purpose in ("sms", "mms", "sms_receipt", "mms_receipt")
    ]
    return {
        **world.owner(),
        "hooks": [
            *flowroute,
            {**own, "ref": "status", "dialect": "jambonz", "purpose": "call_status",
             "url": f"{url}/jambonz/status"},
            {**own, "ref": "message", "dialect": "jambonz", "purpose": "message",
             "url": f"{url}/jambonz/message"},
            {**own, "dialect": "callable", "purpose": "event", "url": f"{url}/callable",
             "auth_type": "none", "priority": 10},
        ],
        "applications": [
            {"ref": "app", "account": "mine", "name": "app", "status_hook": "status",
             "message_hook": "message"}
        ],
        "numbers": [{"e164": OWN, "application": "app", **world.OWNER}],
    }  # fmt: skip


@dataclass
class Teller:
    """A connection of our account, and its provider's requests to it. With a `path` it sends to
    a connection that is there already."""

    app: Application
    ctx: Context
    dialect: str
    receiver: Receiver | None = None
    path: str = ""
    row: Any = field(init=False)

    def __post_init__(self) -> None:
        if self.path:
            return
        dialect = DIALECTS[self.dialect]
        self.row = world.connected(self.ctx, self.dialect)
        if proof := PROOFS[self.dialect]:
            event_addresses.prove(self.ctx, self.row, dialect, proof)
        self.path = urlsplit(self.address()).path

    def address(self, **more: Any) -> str:
        dialect = DIALECTS[self.dialect]
        return event_addresses.address(self.ctx, self.row, dialect, **more)

    def send(self, told: HookRequest, path: str = "", **headers: str) -> TestResponse:
        """A request as the provider makes it, with its proof; headers by name with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.dialect == "callable":
            named.setdefault("X-Their-Key", SECRET)
        return Client(self.app).open(
            path or self.path, method=told.method, data=told.body, query_string=told.query,
            headers={**told.headers, **named},
        )  # fmt: skip

    def taken(self, told: HookRequest | None) -> int:
        """How many events of a request were new."""
        assert told is not None
        answer = self.send(told)
        assert answer.status_code == 200, answer.text
        assert answer.json is not None
        return int(answer.json["taken"])

    def heard(self, name: str) -> list[Any]:
        """What the subscribers of a dialect (or below a path) have been told so far."""
        assert self.receiver is not None
        runner.run_due(self.app.universe, NOW)
        hits = [hit for hit in self.receiver.hits if hit.path.startswith(f"/{name}")]
        return [orjson.loads(hit.body) for hit in hits]


def rendered(dialect: str, kind: EventKind, **more: Any) -> HookRequest | None:
    """The webhook that a dialect's provider sends of an event there."""
    render = DIALECTS[dialect].events
    assert render is not None
    more = {"uid": UUID(int=7), "at": NOW, "secret": PROOFS[dialect], **more}
    event = Event(kind=kind, base_url="https://provider.example", url="https://us.example", **more)
    return render(event, DIALECTS[dialect].profile())


def message(**more: Any) -> Any:
    """A message at the provider: one that came to OWN unless told otherwise."""
    usual = {
        "uid": REMOTE, "account_uid": UUID(world.ACCOUNT), "direction": "inbound",
        "from_number": PEER, "to_number": OWN, "text": "hello ☃", "coding": 0, "media": [],
        "is_mms": False, "status": "received", "number_kind": "standard", "price_nano": 4_000_000,
        "error": None, "sent_at": None, "trunk_uid": None,
    }  # fmt: skip
    return SimpleNamespace(**{**usual, **more})


def arrival(dialect: str, **more: Any) -> HookRequest | None:
    row = message(**more)
    kind = EventKind.MMS if row.is_mms else EventKind.SMS
    facts = {"trunk_name": "carrier", "application_uid": None, "remote_id": None}
    return rendered(dialect, kind, message=row, facts=facts)


def receipt(dialect: str, status: str, level: int = 2, **more: Any) -> HookRequest | None:
    row = message(direction="outbound", from_number=OWN, to_number=PEER, **more)
    said = SimpleNamespace(level=level, status=status, at=NOW, code=None, uid=UUID(int=9))
    facts = {"trunk_name": "carrier", "application_uid": None, "remote_id": "there"}
    return rendered(dialect, EventKind.SMS_RECEIPT, message=row, receipt=said, facts=facts)


def call(dialect: str, status: str, **more: Any) -> HookRequest | None:
    """A state of a call from PEER to OWN at the provider."""
    facts = {"status": status, "sip_status": more.pop("sip_status", 200)}
    facts |= {name: more.pop(name) for name in ("duration", "ended_by") if name in more}
    row = SimpleNamespace(
        **{
            "uid": REMOTE, "account_uid": UUID(world.ACCOUNT), "direction": "inbound",
            "from_number": PEER, "to_number": OWN, "sip_call_id": "a@provider",
            "caller_name": None, "parent_uid": None, "application_uid": None, "host": None,
            "origin_address": "192.0.2.77", "trunk_name": "carrier", "tag": None, "status": status,
            **more,
        }
    )  # fmt: skip
    uid = uuid5(row.uid, status)
    return rendered(dialect, EventKind.CALL_STATUS, call=row, facts=facts, uid=uid)


def sent(ctx: Context, connection: Any, remote_id: str, **more: Any) -> UUID:
    """A message of ours that the provider took under an id there."""
    uid, now = ctx.runtime.new_uid(), ctx.runtime.now()
    made = {"uid": uid, "created_at": now}
    row = {
        "account_uid": UUID(world.ACCOUNT), "direction": "outbound", "from_number": OWN,
        "to_number": PEER, "text": "hi", "status": Status.SENT, "transport": "http",
        "queued_at": now, "sent_at": now, **more,
    }  # fmt: skip
    part = {"message_uid": uid, "link_uid": connection.uid, "remote_id": remote_id}
    with write():
        Insert(Message).run({**made, **row})
        own = {"uid": ctx.runtime.new_uid(), "created_at": now, "state": PartState.SENT}
        Insert(MessagePart).run({**own, **part})
    return uid
