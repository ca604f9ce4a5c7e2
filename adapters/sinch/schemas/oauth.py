"""What the token endpoint reads and answers (RFC 6749, section 4.4)."""

from __future__ import annotations

from adapters.sinch.schemas.common import Sinch
from gateway.wire import Int, Text, Word


class Grant(Sinch):
    grant_type = Word(words=("client_credentials",), required=True)
    scope = Text()


class Token(Sinch):
    access_token = Text(required=True)
    token_type = Text(required=True)
    expires_in = Int(required=True)
    scope = Text(required=True)
