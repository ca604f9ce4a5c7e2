"""An alert, and the page of them (seed 000: the answers of listAlerts and listAlertsBySP)."""

from __future__ import annotations

from typing import Any

import orjson

from adapters.jambonz.alert_words import WORDS, word_of
from adapters.jambonz.schemas.common import Jambonz, Sid
from adapters.jambonz.schemas.pages import Envelope, PageQuery
from gateway.wire import Computed, Instant, Part, Text, View, Word


def detail(row: Any, view: View) -> str | None:
    """What is known beside the message: text as it is, several members as JSON."""
    details = row.details
    if not details:
        return None
    if isinstance(details, dict) and isinstance(only := details.get("detail"), str):
        return only
    return orjson.dumps(details).decode()


class AlertRecord(Jambonz):
    """What went wrong; `account_sid` is null where a service provider itself is concerned."""

    time = Instant(attribute="created_at", required=True)
    account_sid = Sid(attribute="account_uid", required=True, null=True)
    service_provider_sid = Sid(attribute="service_provider_uid")
    alert_type = Computed(
        out=word_of, of=Text(), reads=("type", "account_uid"), required=True, null=False
    )
    message = Text(required=True)
    detail = Computed(out=detail, of=Text(), reads=("details",))


class Alerts(Envelope):
    """A page of alerts, newest first."""

    data = Part(AlertRecord, attribute="rows", many=True, required=True)


class AlertsQuery(PageQuery):
    """A page, and which alerts are on it."""

    alert_type = Word(words=WORDS, null=False)
