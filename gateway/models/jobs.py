"""Work that waits: jobs, leases on links and topics, webhook deliveries and idempotency keys."""

from __future__ import annotations

import peewee as pw

from gateway.models.base import Base, index
from gateway.models.fields import ZERO_UID, InstantField, JsonField, UidField


class Job(Base):
    """A unit of work in a lane.

    `run_at` is schedule, retry and claim lease in one: a claim moves it to the end of the lease, so
    that a dead worker's jobs fall due by themselves. Enqueueing an open key again does nothing.
    Work of no account has the zero uid, so that the round over accounts finds it.
    """

    topic = pw.TextField()
    lane = pw.TextField()
    key = pw.TextField()
    account_uid = UidField(default=ZERO_UID)
    priority = pw.IntegerField(default=0)
    payload = JsonField(default=dict)
    run_at = InstantField()
    attempts = pw.IntegerField(default=0)
    claim = pw.TextField(null=True)
    last_error = pw.TextField(null=True)
    done_at = InstantField(null=True)


index(Job, "topic", "key", unique=True, where=Job.done_at.is_null())
# The first answers "when is the next job of this lane due", the second lets a claim go round the
# accounts of a priority without reading the backlog of one.
index(Job, "lane", "run_at", where=Job.done_at.is_null())
index(Job, "lane", "priority", "account_uid", "run_at", where=Job.done_at.is_null())


class Lease(Base):
    """Who owns a named thing, and until when by the machine's clock."""

    name = pw.TextField(unique=True)
    holder = pw.TextField()
    until = InstantField()


class HookDelivery(Base):
    """One attempt to call a hook. `status` is the HTTP status, null when there was no answer."""

    account_uid = UidField(null=True)
    hook_uid = UidField(null=True)
    dialect = pw.TextField()
    kind = pw.TextField()
    event_uid = UidField(index=True)
    url = pw.TextField()
    status = pw.IntegerField(null=True)
    attempt = pw.IntegerField(default=1)
    at = InstantField()
    duration_ms = pw.IntegerField(null=True)
    error = pw.TextField(null=True)
    body = pw.TextField(null=True)
    answer = pw.TextField(null=True)


index(HookDelivery, "account_uid", "id")


class IdempotencyKey(Base):
    """The first answer to a request that may be repeated, found by the client's own key."""

    account_uid = UidField()
    key = pw.TextField()
    request_hash = pw.TextField()
    answer = JsonField(null=True)
    message_uid = UidField(null=True)


index(IdempotencyKey, "account_uid", "key", unique=True)
