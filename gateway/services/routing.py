"""Moving waiting messages away from a link that does not work, or is no more.

A message whose answer is unknown stays with its link, because the other link would send it a second
time; everything that certainly never left may go elsewhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from gateway.domain.context import Context
from gateway.services import jobs, leases, links


def another_lane(ctx: Context, account_uid: UUID, without: UUID) -> str | None:
    """The lane of the best bound link of an account but one; None when there is no such link."""
    found = [
        row
        for row in links.candidates(account_uid, links.provider_of(account_uid))
        if row.uid != without
    ]
    up = leases.bound([row.uid for row in found], datetime.now(UTC))
    usable = [row for row in found if row.uid in up]
    if not usable:
        return None
    return jobs.link_lane(links.ordered(ctx, usable, datetime.now(UTC))[0].uid)


def fail_over(ctx: Context, link_uid: UUID) -> int:
    """Move what waits for a link that is not bound to links that are; how many messages went.

    Call inside a transaction.
    """
    lane = jobs.link_lane(link_uid)
    moved = 0
    for account_uid in jobs.accounts_waiting(lane):
        to = another_lane(ctx, account_uid, link_uid)
        if to is not None:
            moved += jobs.move(lane, to, account_uid)
    return moved


def strand(ctx: Context, link_uid: UUID) -> int:
    """Send everything unclaimed of a link that is no more to the lane `unrouted`; how many."""
    lane = jobs.link_lane(link_uid)
    accounts = jobs.accounts_waiting(lane)
    return sum(jobs.move(lane, jobs.UNROUTED, account_uid) for account_uid in accounts)
