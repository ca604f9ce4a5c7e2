"""Tokens: by name and password, or by the refresh token of the pair before."""

from __future__ import annotations

from typing import Any

from adapters.callable import auth
from adapters.callable.routes.common import ROOT, SDK
from adapters.callable.schemas import oauth as wire
from gateway.dialect import BodyRules
from gateway.domain.context import Context
from gateway.domain.problems import Invalid
from gateway.http.kit import Blueprint
from gateway.wire import Change

blp = Blueprint("oauth", __name__)

LOGIN, REFRESH, TOKENS = wire.Login(), wire.TokenRefresh(), wire.TokenResponse()
FORM = BodyRules(accepted=("application/x-www-form-urlencoded",), forms=True)


@blp.operation(
    "POST", ROOT + "/oauth/authorize", "authorize", takes=LOGIN, returns=TOKENS, body=FORM,
    public=True, rate=auth.TOKEN_RATE, errors=(401,),
)  # fmt: skip
def authorize(ctx: Context, change: Change) -> Any:
    """A pair of tokens for a login, or for the refresh token of the last pair."""
    if change.get("token"):
        return auth.renew(ctx, change["token"])
    for name in ("username", "password"):
        if not change.get(name):
            raise Invalid.one(name, "required", "is required where there is no token")
    return auth.sign_in(ctx, change["username"], change["password"])


@blp.operation(
    "POST", ROOT + "/oauth/refresh", "refresh", takes=REFRESH, returns=TOKENS, body=FORM,
    public=True, rate=auth.TOKEN_RATE, errors=(401,), provenance=SDK,
)  # fmt: skip
def refresh(ctx: Context, change: Change) -> Any:
    """The next pair of tokens."""
    return auth.renew(ctx, change["token"])
