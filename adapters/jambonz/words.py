"""The words jambonz has for core values, as dictionaries wire word -> core value.

Of several wire words for one value the first is written.
"""

from __future__ import annotations

from gateway.domain.calls import CallStatus
from gateway.domain.words import HookMethod, LimitCategory, Scope

HOOK_METHODS = {
    "post": HookMethod.POST,
    "get": HookMethod.GET,
    "POST": HookMethod.POST,
    "GET": HookMethod.GET,
}
SCOPES = {
    "admin": Scope.ADMIN,
    "service_provider": Scope.PROVIDER,
    "account": Scope.ACCOUNT,
}
LIMITS = {
    "voice_call_session": LimitCategory.CALLS,
    "api_limit": LimitCategory.API,
    "devices": LimitCategory.DEVICES,
    "api_rate": LimitCategory.API,
    "device": LimitCategory.DEVICES,
}
# As the running server writes them.
SERVER_LIMITS = {
    LimitCategory.CALLS: "voice_call_session",
    LimitCategory.API: "api_rate",
    LimitCategory.DEVICES: "device",
}
CALL_STATUSES = {
    "queued": CallStatus.QUEUED,
    "trying": CallStatus.TRYING,
    "ringing": CallStatus.RINGING,
    "alerting": CallStatus.ALERTING,
    "in-progress": CallStatus.IN_PROGRESS,
    "completed": CallStatus.COMPLETED,
    "busy": CallStatus.BUSY,
    "no-answer": CallStatus.NO_ANSWER,
    "failed": CallStatus.FAILED,
}
