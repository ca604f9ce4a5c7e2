"""The most requests a minute: of an account, and of all who belong to a service provider.

They are counted in this process and on the universe's clock. Who is above a limit is refused, and
an alert says so once a minute.
"""

from __future__ import annotations

import math
from datetime import datetime
from uuid import UUID

from gateway.domain.bucket import Quota
from gateway.domain.context import Context
from gateway.domain.principal import Principal
from gateway.domain.problems import Limited
from gateway.domain.words import AlertType, LimitCategory
from gateway.models.database import write
from gateway.services import alerts, limits


def count(ctx: Context, caller: Principal) -> None:
    """Count a request of the caller; raises Limited above a limit. An administrator has none."""
    owners = [uid for uid in (caller.account_uid, caller.service_provider_uid) if uid]
    if not owners:
        return
    most = limits.quantities(owners, LimitCategory.API)
    now = ctx.runtime.now()
    for owner in owners:
        if owner in most:
            _count(ctx, caller, owner, most[owner], now)


def _count(ctx: Context, caller: Principal, owner: UUID, most: int, now: datetime) -> None:
    quota = ctx.runtime.quotas.get(owner)
    if quota is None or quota.most != most:
        quota = ctx.runtime.quotas[owner] = Quota(most)
    wait = quota.take(now.timestamp())
    if wait == 0:
        return
    if quota.tells(now.timestamp()):
        of_account = owner == caller.account_uid
        name = "account" if of_account else "service provider"
        with write():
            alerts.add(
                ctx,
                AlertType.LIMIT_API,
                f"the {name} has reached its limit of API requests a minute",
                account_uid=owner if of_account else None,
                service_provider_uid=caller.service_provider_uid,
                details={"owner": name, "limit": most},
            )
    raise Limited("too many requests", retry_after=max(1, math.ceil(wait)))
