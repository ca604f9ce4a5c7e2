"""The port to people's mailboxes and telephones: short texts with codes in them.

The emulation keeps what was sent as documents of the platform, in the transaction of whoever sent
it, for a day; tests and developers read it there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Protocol

from gateway.domain.context import Context
from gateway.models import Document
from gateway.models.database import write
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import Insert, P, Prepared
from gateway.services.making import fresh

KIND = "mail"
KEPT = timedelta(days=1)
MOST = 1000

_INSERT = Insert(Document)
_SENT = Prepared(
    lambda: (
        Document.select()
        .where((Document.kind == KIND) & (Document.scope_uid == P("scope")))
        .where((Document.name == P("to")) | (P("to") == ""))
        .order_by(Document.id.desc())
        .limit(P("limit"))
    )
)


class Mail(Protocol):
    """`to` is an email address, or a telephone number in E.164, which gets a text message.

    It is called inside the transaction that makes the code and must not wait for the outside.
    """

    def send(self, ctx: Context, *, to: str, subject: str, text: str) -> None: ...


class EmulatedMail:
    """Keeps what it is given to send."""

    def send(self, ctx: Context, *, to: str, subject: str, text: str) -> None:
        made = fresh(ctx)
        body = {"to": to, "subject": subject, "text": text}
        with write():
            _INSERT.run(
                {
                    **made,
                    "scope_uid": ZERO_UID,
                    "kind": KIND,
                    "name": to,
                    "body": body,
                    "expires_at": made["created_at"] + KEPT,
                }
            )


def sent(to: str = "", limit: int = MOST) -> list[dict[str, Any]]:
    """What the emulation sent, to one address or to all, the newest first."""
    rows = _SENT.all(scope=ZERO_UID, to=to, limit=limit)
    return [{**row.body, "at": row.created_at.isoformat()} for row in rows]
