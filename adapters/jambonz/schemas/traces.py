"""A call's SIP messages in the form the server's trace store (Homer) answers in."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.schemas.common import Jambonz
from gateway.domain import instants
from gateway.domain.pcap import UDP, address
from gateway.wire import Computed, Const, Group, Int, Part, Text, View
from gateway.wire.fields import Instant


def _seconds(row: Any, view: View) -> int:
    return instants.micros(row.at) // 1_000_000


def _micros(row: Any, view: View) -> int:
    return instants.micros(row.at) % 1_000_000


def _raw(row: Any, view: View) -> str:
    return str(row.raw, "utf-8")


class TraceMessage(Jambonz):
    """One SIP message on the wire."""

    at = Instant("create_date", style="epoch_ms", required=True)
    time_seconds = Computed("timeSeconds", out=_seconds, of=Int(), reads=("at",), required=True)
    time_micros = Computed("timeUseconds", out=_micros, of=Int(), reads=("at",), required=True)
    protocol = Const(UDP)
    source_ip = Computed(
        "srcIp", out=lambda m, v: str(address(m.source.host)), of=Text(), required=True
    )
    source_port = Computed("srcPort", out=lambda m, v: m.source.port, of=Int(), required=True)
    target_ip = Computed(
        "dstIp", out=lambda m, v: str(address(m.target.host)), of=Text(), required=True
    )
    target_port = Computed("dstPort", out=lambda m, v: m.target.port, of=Int(), required=True)
    method = Text(required=True)
    cseq = Text(required=True)
    raw = Computed(out=_raw, of=Text(), reads=("raw",), required=True)


class TraceData(Jambonz):
    """What a trace holds."""

    messages = Part(TraceMessage, many=True, required=True)
    call_id = Text("callid", required=True)


class RecentCallTrace(Jambonz):
    """The SIP messages of one call."""

    total = Computed(out=lambda trace, view: len(trace.messages), of=Int(), required=True)
    data = Group(TraceData, required=True)
