"""The words jambonz has for what went wrong, in both profiles, written and read.

The document has eleven words for sixteen kinds of alert. The server has finer ones, and for limits
two each: of an account and of a service provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gateway.domain.words import AlertType
from gateway.wire import Profile, View

DOCUMENTED: Mapping[AlertType, str] = {
    AlertType.WEBHOOK_FAILED: "webhook-failure",
    AlertType.WEBHOOK_UNREACHABLE: "webhook-connection-failure",
    AlertType.WEBHOOK_NOT_FOUND: "webhook-failure",
    AlertType.WEBHOOK_UNAUTHORIZED: "webhook-auth-failure",
    AlertType.PAYLOAD_INVALID: "webhook-failure",
    AlertType.TTS_MISSING: "no-tts",
    AlertType.STT_MISSING: "no-stt",
    AlertType.TTS_FAILED: "tts-failure",
    AlertType.STT_FAILED: "stt-failure",
    AlertType.CARRIER_MISSING: "no-carrier",
    AlertType.LINK_DOWN: "no-carrier",
    AlertType.LIMIT_CALLS: "call-limit",
    AlertType.LIMIT_DEVICES: "device-limit",
    AlertType.LIMIT_API: "api-limit",
    AlertType.ACCOUNT_SUSPENDED: "no-carrier",
    AlertType.COUNTRY_BLOCKED: "no-carrier",
}
FINER: Mapping[AlertType, str] = {
    AlertType.WEBHOOK_NOT_FOUND: "webhook-url-notfound",
    AlertType.PAYLOAD_INVALID: "invalid-app-payload",
    AlertType.ACCOUNT_SUSPENDED: "account is inactive or suspended",
}
LIMITS = (AlertType.LIMIT_CALLS, AlertType.LIMIT_DEVICES, AlertType.LIMIT_API)
OF_ACCOUNT, OF_PROVIDER = "account-", "service-provider-"


class Wanted(NamedTuple):
    """What a word selects: kinds of alerts, of accounts or of providers only, or of both."""

    types: frozenset[AlertType]
    of_account: bool | None = None


def _finer(kind: AlertType, of_account: bool) -> str:
    if kind in LIMITS:
        return (OF_ACCOUNT if of_account else OF_PROVIDER) + DOCUMENTED[kind]
    return FINER.get(kind, DOCUMENTED[kind])


def word_of(row: Any, view: View) -> str:
    """The type of an alert; one that is not ours is shown as it is stored."""
    if row.type not in DOCUMENTED:
        return str(row.type)
    kind = AlertType(row.type)
    if view.profile.holds("fine_alerts"):
        return _finer(kind, row.account_uid is not None)
    return DOCUMENTED[kind]


def _plain(word: str) -> Wanted | None:
    types = frozenset(kind for kind, written in DOCUMENTED.items() if written == word)
    return Wanted(types) if types else None


def _fine(word: str) -> Wanted | None:
    for of_account in (True, False):
        types = frozenset(kind for kind in AlertType if _finer(kind, of_account) == word)
        if types:
            return Wanted(types, of_account if types <= set(LIMITS) else None)
    return None


WORDS: tuple[str, ...] = tuple(
    dict.fromkeys(
        [*DOCUMENTED.values(), *(_finer(kind, own) for own in (True, False) for kind in AlertType)]
    )
)


def wanted(word: str, profile: Profile) -> dict[str, Any]:
    """What a search takes of a word of either profile; the asker's own reading comes first."""
    readings = (_fine, _plain) if profile.holds("fine_alerts") else (_plain, _fine)
    found = next(filter(None, (read(word) for read in readings)))
    return found._asdict()
