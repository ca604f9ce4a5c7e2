"""Hooks: what an account wants called, for its flows or with its events."""

from __future__ import annotations

from adapters.callable import words
from adapters.callable.schemas.common import Id, Sent, Whole
from gateway.domain.words import HookAuth, HookMethod
from gateway.services.hooks import MAX_URL
from gateway.wire import Extra, Length, Range, SecretText, Text, Word

MOST = Length(1, 255)
PRIORITY = 10
MOST_SECRET = Length(1, 4096)


class Hook(Sent):
    """A hook. Its secrets are answered as stars, and stars that come back keep them."""

    id = Id(attribute="uid", dump_only=True, required=True)
    app = Word(attribute="purpose", words=words.APPS, required=True)
    url = Text(required=True, validate=Length(1, MAX_URL))
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
