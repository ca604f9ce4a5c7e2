"""What a provider's refusal says about a message that was sent to it over HTTP.

Four things are told apart, because a different thing follows from each: the message is refused for
good; the door is closed to us, so that no message has any use until a person mends it; it should
come again later; or nobody knows whether it was taken.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

GATEWAY_TIMEOUT: Final = 504
_CLOSED: Final = frozenset({401, 402, 403, 404, 405, 407, 410})
_LATER: Final = frozenset({408, 409, 423, 425, 429})


class Verdict(StrEnum):
    """REFUSED is about the message, CLOSED about our login, our account or the address, LATER asks
    for patience, UNKNOWN leaves open whether the message was taken."""

    REFUSED = "refused"
    CLOSED = "closed"
    LATER = "later"
    UNKNOWN = "unknown"


def verdict(status: int, about_message: Collection[int] = ()) -> Verdict:
    """What an HTTP status other than success means; `about_message` are statuses by which this
    provider refuses a message although they usually say something else."""
    if status in about_message:
        return Verdict.REFUSED
    if status in _CLOSED or 300 <= status < 400:
        return Verdict.CLOSED
    if status == GATEWAY_TIMEOUT or status < 300:
        return Verdict.UNKNOWN
    if status in _LATER or status >= 500:
        return Verdict.LATER
    return Verdict.REFUSED
