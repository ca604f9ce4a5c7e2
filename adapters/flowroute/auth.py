"""Who is asking: HTTP Basic with an access key and its secret, account scope only."""

from __future__ import annotations

from gateway.dialect import Credentials
from gateway.domain.context import Context
from gateway.domain.principal import Principal, Scope
from gateway.services import access

CHALLENGE = 'Basic realm="Flowroute API"'


def authenticate(ctx: Context, shown: Credentials) -> Principal | None:
    """The principal of a Basic pair; keys of a provider or administrator open nothing here."""
    if shown.scheme != "basic":
        return None
    principal = access.by_pair(ctx, shown.user, shown.secret)
    if principal is None or principal.scope is not Scope.ACCOUNT:
        return None
    return principal
