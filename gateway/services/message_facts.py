"""What a webhook about a message says beside its row: the trunk's name, the application, the
carrier's id."""

from __future__ import annotations

from typing import Any

import peewee as pw

from gateway.models import Account, MessagePart, Number, Trunk
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import P, Prepared

_AROUND = Prepared(
    lambda: (
        Account.select(Account.uid, Trunk.name, Number.application)
        .join_from(Account, Trunk, pw.JOIN.LEFT_OUTER, on=(Trunk.uid == P("trunk")))
        .join_from(
            Account,
            Number,
            pw.JOIN.LEFT_OUTER,
            on=(Number.account == Account.uid) & (Number.e164 == P("number")),
        )
        .where(Account.uid == P("account"))
    ),
    nest={Trunk: "trunk", Number: "number"},
)
_FIRST_PART = Prepared(
    lambda: MessagePart.select(MessagePart.remote_id).where(
        MessagePart.message_uid == P("message"), MessagePart.index == P("index")
    )
)


def of(message: Any, receipt: Any) -> dict[str, Any]:
    """`trunk_name`, `application_uid` of the account's number, `remote_id` of an event that is a
    receipt; each None where there is none."""
    number = message.to_number if message.direction == "inbound" else message.from_number
    row = _AROUND.one(
        account=message.account_uid, trunk=message.trunk_uid or ZERO_UID, number=number
    )
    part = _FIRST_PART.one(message=message.uid, index=1) if receipt is not None else None
    return {
        "trunk_name": row.trunk.name if row is not None and row.trunk else None,
        "application_uid": row.number.application_uid if row is not None and row.number else None,
        "remote_id": part.remote_id if part is not None else None,
    }
