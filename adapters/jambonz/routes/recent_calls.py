"""Records of calls, their SIP traces and captures, of an account and of a service provider."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import SID
from adapters.jambonz.schemas.pages import Paged, window
from adapters.jambonz.schemas.recent_calls import RecentCalls, RecentCallsQuery
from adapters.jambonz.schemas.traces import RecentCallTrace
from gateway.domain.context import Context
from gateway.http.kit import Answer, Blueprint
from gateway.services import call_history, traces
from gateway.services.scoping import inside_account, inside_provider

PAGE, QUERY, TRACE = RecentCalls(), RecentCallsQuery(), RecentCallTrace()
ACCOUNT = {"AccountSid": SID}
PROVIDER = {"ServiceProviderSid": SID}
BINARY = {"type": "string", "format": "binary"}
OCTETS = "application/octet-stream"

blp = Blueprint("recent_calls", __name__)


def page(inside: Context, query: Mapping[str, Any]) -> Paged:
    """A page of the narrowed caller's records."""
    wanted = {n: query[n] for n in ("direction", "answered", "trunk_name") if n in query}
    found = call_history.search(inside, **window(query), **wanted)
    return Paged(found.total, query["count"], query["page"], found.rows)


def capture(inside: Context, call_id: str) -> Answer:
    """A capture as a file named after the call."""
    octets = traces.capture(traces.get(inside, sid(call_id)))
    name = re.sub(r"[^A-Za-z0-9._@-]", "_", call_id)
    disposition = f"attachment; filename=callid-{name}.pcap"
    return Answer(octets, headers={"Content-Disposition": disposition})


@blp.operation(
    "GET",
    "/v1/Accounts/<AccountSid>/RecentCalls",
    "listRecentCalls",
    query=QUERY,
    returns=PAGE,
    path=ACCOUNT,
)
def list_recent_calls(ctx: Context, account_sid: str, query: Mapping[str, Any]) -> Paged:
    """Records of an account's calls, newest first."""
    return page(inside_account(ctx, sid(account_sid)), query)


@blp.operation(
    "GET",
    "/v1/ServiceProviders/<ServiceProviderSid>/RecentCalls",
    "listRecentCallsBySP",
    query=QUERY,
    returns=PAGE,
    path=PROVIDER,
)
def list_recent_calls_by_sp(
    ctx: Context, service_provider_sid: str, query: Mapping[str, Any]
) -> Paged:
    """Records of the calls of all accounts of a service provider."""
    return page(inside_provider(ctx, sid(service_provider_sid)), query)


@blp.operation(
    "GET",
    "/v1/Accounts/<AccountSid>/RecentCalls/<CallId>",
    "getRecentCallTrace",
    returns=TRACE,
    path=ACCOUNT,
)
def get_recent_call_trace(ctx: Context, account_sid: str, call_id: str) -> traces.Trace:
    """The SIP messages of a call, named by its Call-ID or its sid."""
    return traces.get(inside_account(ctx, sid(account_sid)), sid(call_id))


@blp.operation(
    "GET",
    "/v1/ServiceProviders/<ServiceProviderSid>/RecentCalls/<CallId>",
    "getRecentCallTraceBySP",
    returns=TRACE,
    path=PROVIDER,
)
def get_recent_call_trace_by_sp(
    ctx: Context, service_provider_sid: str, call_id: str
) -> traces.Trace:
    """The same for a call of any account of a service provider."""
    return traces.get(inside_provider(ctx, sid(service_provider_sid)), sid(call_id))


@blp.operation(
    "GET",
    "/v1/Accounts/<AccountSid>/RecentCalls/<CallId>/pcap",
    "getRecentCallPcap",
    raw=BINARY,
    media_type=OCTETS,
    path=ACCOUNT,
)
def get_recent_call_pcap(ctx: Context, account_sid: str, call_id: str) -> Answer:
    """The SIP messages of a call as a packet capture."""
    return capture(inside_account(ctx, sid(account_sid)), call_id)


@blp.operation(
    "GET",
    "/v1/ServiceProviders/<ServiceProviderSid>/RecentCalls/<CallId>/pcap",
    "getRecentCallPcapBySP",
    raw=BINARY,
    media_type=OCTETS,
    path=PROVIDER,
)
def get_recent_call_pcap_by_sp(ctx: Context, service_provider_sid: str, call_id: str) -> Answer:
    """The same for a call of any account of a service provider."""
    return capture(inside_provider(ctx, sid(service_provider_sid)), call_id)
