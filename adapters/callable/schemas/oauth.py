"""What the token operations read and answer."""

from __future__ import annotations

from adapters.callable.schemas.common import Callable
from gateway.wire import Int, Length, SecretText, Text

MOST = 4096


class Login(Callable):
    """A name with its password, or a refresh token; the token counts where both are sent."""

    username = Text(validate=Length(max=MOST), doc={"minLength": 1})
    password = Text(validate=Length(max=MOST), doc={"minLength": 1})
    token = Text(validate=Length(max=MOST), doc={"minLength": 1})

    openapi = {"anyOf": [{"required": ["username", "password"]}, {"required": ["token"]}]}


class TokenRefresh(Callable):
    token = Text(required=True, validate=Length(1, MOST))


class TokenResponse(Callable):
    access_token = SecretText(required=True)
    refresh_token = SecretText(required=True)
    refresh_expires_in = Int(required=True)
    expires_in = Int(required=True)
