"""Hooks: what an account wants called, for its flows or with its events."""

from __future__ import annotations

from typing import Any

from adapters.callable import words
from adapters.callable.schemas.common import Id, Sent, Whole
from gateway.domain.words import HookAuth, HookMethod
from gateway.services.hooks import MAX_URL
from gateway.wire import Extra, Length, Pattern, Range, SecretText, Text, Word

MOST = Length(1, 255)
PRIORITY = 10
MOST_SECRET = Length(1, 4096)

_GROUP = "[0-9A-Fa-f]{1,4}"
IPV6 = "|".join(
    (
        f"({_GROUP}:){{7}}{_GROUP}",
        f"({_GROUP}:){{1,7}}:",
        *(f"({_GROUP}:){{1,{n}}}(:{_GROUP}){{1,{7 - n}}}" for n in range(1, 7)),
        f":((:{_GROUP}){{1,7}}|:)",
    )
)
"""Every address of IPv6, in groups of hexadecimal digits."""
URL = Pattern(
    r"[Hh][Tt][Tt][Pp][Ss]?://"
    r"([A-Za-z0-9._~-]+|[A-Za-z0-9._~-]*:[A-Za-z0-9._~-]*@[A-Za-z0-9.-]+|"
    rf"\[({IPV6})\])"
    r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
    r"([/?#][!-~]*)?",
    "must be an http or https URL",
)
HEADER = {"type": "string", "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"}
ANY = {"type": "string", "minLength": 1}


def _needs(way: str, headers: tuple[str, ...], *others: str) -> dict[str, Any]:
    """JSON Schema: where the receiver is shown who calls in this way, what shows it is there."""
    said = {**dict.fromkeys(headers, HEADER), **dict.fromkeys(others, ANY)}
    return {
        "if": {"properties": {"authType": {"const": way}}, "required": ["authType"]},
        "then": {"required": list(said), "properties": said},
    }


class Hook(Sent):
    """A hook. Its secrets are answered as stars, and stars that come back keep them."""

    openapi = {
        "allOf": [
            _needs("KEY", ("apiKeyName",), "apiKeyValue"),
            _needs("KEY_SECRET", ("apiKeyName", "apiSecretName"), "apiKeyValue", "apiSecretValue"),
            _needs("BASIC_AUTH", (), "apiSecretName", "apiSecretValue"),
        ]
    }

    id = Id(attribute="uid", dump_only=True, required=True)
    app = Word(attribute="purpose", words=words.APPS, required=True)
    url = Text(required=True, validate=[Length(1, MAX_URL), URL])
    authType = Word(attribute="auth_type", words=words.AUTH_TYPES, load_default=HookAuth.NONE)
    method = Word(words=words.METHODS, load_default=HookMethod.POST)
    priority = Whole(load_default=PRIORITY, validate=Range(-(2**31), 2**31 - 1))
    apiKeyName = Text(attribute="key_name", validate=MOST, omit_none=True)
    apiKeyValue = SecretText(
        attribute="key_value", style="stars", validate=MOST_SECRET, omit_none=True
    )
    apiSecretName = Text(attribute="username", validate=MOST, omit_none=True)
    apiSecretValue = SecretText(
        attribute="password", style="stars", validate=MOST_SECRET, omit_none=True
    )
    endpoint = Extra(of=Text(validate=MOST), omit_none=True)
