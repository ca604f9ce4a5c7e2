"""Alerts: what a platform tells its customers went wrong."""

from __future__ import annotations

import peewee as pw

from gateway.models.base import Base, index
from gateway.models.fields import JsonField, UidField


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
