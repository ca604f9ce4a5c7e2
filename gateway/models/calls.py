"""Calls, what happened in them, and alerts.

History: these rows keep the uid of what they point at without a constraint and so outlive it.
"""

from __future__ import annotations

import peewee as pw

from gateway.domain.calls import CallStatus
from gateway.domain.words import Direction
from gateway.models.base import Base, index
from gateway.models.fields import EnumField, InstantField, JsonField, UidField


class Call(Base):
    """A call while it lives, and its CDR once its status is terminal.

    `started_at` is when it began, not when the row was made. Lists of live calls show it until
    `visible_until` (null: it still lives). `target` says whom it goes to: `kind` (phone, sip, user,
    device, extension), `value` and what else the kind needs. `hooks` are the URLs given for this
    call alone. Nothing is null in a terminal row that the caller needs: `sip_call_id` is made with
    the row.
    """

    service_provider_uid = UidField(null=True)
    account_uid = UidField()
    trunk_uid = UidField(null=True)
    application_uid = UidField(null=True)
    parent_uid = UidField(null=True)
    direction = EnumField(Direction)
    started_at = InstantField()
    visible_until = InstantField(null=True)
    from_number = pw.TextField(null=True)
    to_number = pw.TextField(null=True)
    from_country = pw.TextField(null=True)
    to_country = pw.TextField(null=True)
    target = JsonField(default=dict)
    status = EnumField(CallStatus)
    sip_status = pw.IntegerField(default=100)
    sip_call_id = pw.TextField()
    caller_name = pw.TextField(null=True)
    ringing_at = InstantField(null=True)
    answered_at = InstantField(null=True)
    ended_at = InstantField(null=True)
    ended_by = pw.TextField(null=True)
    reason = pw.TextField(null=True)
    host = pw.TextField(null=True)
    remote_host = pw.TextField(null=True)
    origin_address = pw.TextField(null=True)
    trunk_name = pw.TextField(null=True)
    rate_nano = pw.BigIntegerField(null=True)
    price_nano = pw.BigIntegerField(null=True)
    billed_seconds = pw.IntegerField(null=True)
    currency = pw.TextField(null=True)
    tag = JsonField(null=True)
    is_emergency = pw.BooleanField(default=False)
    actor = pw.TextField(null=True)
    hooks = JsonField(default=dict)
    extras = JsonField(default=dict)


# all that a page of one account's records is chosen by, so that skipping pages reads no rows
index(Call, "account_uid", "started_at", "id", "status")
index(Call, "service_provider_uid", "started_at")
index(Call, "account_uid", "visible_until")
index(Call, "account_uid", "sip_call_id")


class CallEvent(Base):
    """One thing that happened in a call, in the order of `id`."""

    call_uid = UidField(index=True)
    at = InstantField()
    type = pw.TextField()
    data = JsonField(default=dict)


class Alert(Base):
    """A failure worth a person's attention. History: plain uids without constraint."""

    service_provider_uid = UidField(null=True)
    account_uid = UidField(null=True)
    call_uid = UidField(null=True)
    application_uid = UidField(null=True)
    type = pw.TextField()
    message = pw.TextField()
    details = JsonField(default=dict)


index(Alert, "account_uid", "id")
index(Alert, "service_provider_uid", "id")
