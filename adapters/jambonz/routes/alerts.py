"""What went wrong, for an account and for a service provider (seed 000)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.jambonz.alert_words import wanted
from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import sids
from adapters.jambonz.schemas.alerts import Alerts, AlertsQuery
from adapters.jambonz.schemas.pages import Paged, window
from gateway.domain.context import Context
from gateway.http import kit
from gateway.http.kit import Blueprint
from gateway.services import alerts
from gateway.services.scoping import inside_account, inside_provider

PAGE, QUERY = Alerts(), AlertsQuery()
ACCOUNT, PROVIDER = sids("AccountSid"), sids("ServiceProviderSid")

blp = Blueprint("alerts", __name__)


def page(inside: Context, query: Mapping[str, Any]) -> Paged:
    """A page of the narrowed caller's alerts."""
    word = query.get("alert_type")
    chosen = {} if word is None else wanted(word, kit.view().profile)
    found = alerts.search(inside, **window(query), **chosen)
    return Paged(found.total, query["count"], query["page"], found.rows)


@blp.operation(
    "GET", "/v1/Accounts/<AccountSid>/Alerts", "listAlerts", query=QUERY, returns=PAGE,
    path=ACCOUNT,
)  # fmt: skip
def list_alerts(ctx: Context, account_sid: str, query: Mapping[str, Any]) -> Paged:
    """Alerts of an account, newest first."""
    return page(inside_account(ctx, sid(account_sid)), query)


@blp.operation(
    "GET", "/v1/ServiceProviders/<ServiceProviderSid>/Alerts", "listAlertsBySP", query=QUERY,
    returns=PAGE, path=PROVIDER,
)  # fmt: skip
def list_alerts_by_sp(ctx: Context, service_provider_sid: str, query: Mapping[str, Any]) -> Paged:
    """Alerts of a service provider and all its accounts, newest first."""
    return page(inside_provider(ctx, sid(service_provider_sid)), query)
