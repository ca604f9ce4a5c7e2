"""The port to vendors of speech: do these credentials open their synthesis and recognition?

The emulation asks nobody. It knows the form each vendor gives its keys, so a key that was cut off
or stands in the wrong member fails here as it would there, and a well formed one passes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

Key = Mapping[str, Any]
FIELD_TEXT = "{0} is missing or malformed"


class Outcome(NamedTuple):
    """Whether a vendor took the credentials for one use; the reason where it did not."""

    ok: bool
    reason: str | None = None


class Checked(NamedTuple):
    tts: Outcome
    stt: Outcome


class SpeechVendors(Protocol):
    """Asks a vendor. `key` has the members of the vendor's credentials in clear."""

    def check(self, vendor: str, key: Key) -> Checked: ...


# Ids of access keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_AWS = {
    "access_key_id": r"(AKIA|ASIA)[A-Z2-7]{16}",
    "secret_access_key": r"[A-Za-z0-9/+]{40}",
    "aws_region": r"[a-z]{2}(-[a-z]+)+-[1-9]",
}
_MICROSOFT = {"api_key": r"[0-9a-fA-F]{32}|[0-9A-Za-z]{84}", "region": r"[a-z]+[0-9]?"}
_WELLSAID = {"api_key": r"[0-9a-zA-Z-]{16,128}"}
_NUANCE = {"client_id": r"[!-~]{8,256}", "secret": r"[!-~]{8,256}"}
_GOOGLE = {
    "project_id": r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
    "private_key": r"-----BEGIN (RSA )?PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+"
    r"-----END (RSA )?PRIVATE KEY-----\n?",
    "client_email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
}
SYNTHESIS_ONLY = frozenset({"wellsaid"})


def _malformed(key: Key, forms: Mapping[str, str]) -> str | None:
    """What is wrong with the first member that does not have its form."""
    for name, form in forms.items():
        value = key.get(name)
        if not isinstance(value, str) or re.fullmatch(form, value) is None:
            return FIELD_TEXT.format(name)
    return None


def _google(key: Key) -> str | None:
    try:
        inside = json.loads(key.get("service_key") or "")
    except ValueError:
        return "the service key is not JSON"
    if not isinstance(inside, dict) or inside.get("type") != "service_account":
        return "the service key is not of a service account"
    return _malformed(inside, _GOOGLE)


_CHECKS: Mapping[str, Callable[[Key], str | None]] = {
    "google": _google,
    "aws": lambda key: _malformed(key, _AWS),
    "microsoft": lambda key: _malformed(key, _MICROSOFT),
    "wellsaid": lambda key: _malformed(key, _WELLSAID),
    "nuance": lambda key: _malformed(key, _NUANCE),
}


class EmulatedSpeech:
    """Judges keys by their form alone."""

    def check(self, vendor: str, key: Key) -> Checked:
        judge = _CHECKS.get(vendor)
        wrong = judge(key) if judge else f"no vendor {vendor}"
        outcome = Outcome(wrong is None, wrong)
        if wrong is None and vendor in SYNTHESIS_ONLY:
            return Checked(outcome, Outcome(False, f"{vendor} does not recognize speech"))
        return Checked(outcome, outcome)
