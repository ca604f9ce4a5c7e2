"""The words Sinch has for core values, as dictionaries wire word -> core value."""

from __future__ import annotations

from gateway.domain.calls import CallStatus
from gateway.domain.words import Direction, Transport

TRANSPORTS = {"UDP": Transport.UDP, "TCP": Transport.TCP, "TLS": Transport.TLS}
DIRECTIONS = {"INBOUND": Direction.INBOUND, "OUTBOUND": Direction.OUTBOUND}
CALL_RESULTS = {
    "COMPLETED": CallStatus.COMPLETED,
    "NO_ANSWER": CallStatus.NO_ANSWER,
    "CANCEL": CallStatus.CANCELLED,
    "BUSY": CallStatus.BUSY,
    "FAILED": CallStatus.FAILED,
}
TOP_LEVEL_DOMAIN = "pstn.sinch.com"
