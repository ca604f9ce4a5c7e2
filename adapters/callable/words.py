"""The words Callable has for core values, as dictionaries wire word -> core value."""

from __future__ import annotations

from gateway.domain.calls import CallStatus
from gateway.domain.words import HookAuth, HookMethod, HookPurpose

APPS = {"flow.generic": HookPurpose.FLOW, "event.generic": HookPurpose.EVENT}
AUTH_TYPES = {
    "DISABLED": HookAuth.NONE,
    "KEY": HookAuth.KEY,
    "KEY_SECRET": HookAuth.KEY_SECRET,
    "BASIC_AUTH": HookAuth.BASIC,
}
METHODS = {"POST": HookMethod.POST, "GET": HookMethod.GET}
FORMATS = ("national", "e164", "e164p")
REJECTIONS = {
    "BAD_REQUEST": 400,
    "UNAUTHORISED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "REQUEST_TIMEOUT": 408,
    "TEMPORARY_UNAVAILABLE": 480,
    "LOOP_DETECTED": 482,
    "BUSY_HERE": 486,
    "NOT_ACCEPTABLE_HERE": 488,
    "DECLINE": 603,
}
"""Why a call is rejected, and the SIP status its caller gets."""
CHANNEL_STATUSES = {
    CallStatus.QUEUED: "initiated",
    CallStatus.TRYING: "trying",
    CallStatus.RINGING: "ringing",
    CallStatus.ALERTING: "early-media",
    CallStatus.IN_PROGRESS: "in-progress",
    CallStatus.COMPLETED: "completed",
    CallStatus.BUSY: "busy",
    CallStatus.NO_ANSWER: "failed",
    CallStatus.CANCELLED: "failed",
    CallStatus.FAILED: "failed",
}
"""Core value -> wire word, since there is one word for several ends of a call."""
