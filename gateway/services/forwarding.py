"""Changes that go through to the providers which hold the account, too.

A request is rehearsed first: it is carried out in a transaction that is rolled back, which says
whether it is good and what would be different. That is made at every provider of the account, step
by step and on record; then the request is carried out. So a bad request reaches no provider, and
what a provider refuses changes nothing here: what others did already is taken back. A process that
dies in between leaves a run that is not finished, and the next change through the same connection
takes that back first.

    rehearse -> on record -> at the providers -> carry out, with the names the providers gave
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.delta import Delta
from gateway.domain.migration import Action, Plan, Policy
from gateway.domain.principal import Scope
from gateway.domain.problems import Conflict, Invalid, Unavailable, Why
from gateway.domain.settling import Rows
from gateway.domain.words import ConnectionMode
from gateway.models import Account, Connection
from gateway.models.database import write
from gateway.models.prepared import P, Prepared
from gateway.services import connections, holds, move_ledger, own_inventory, pairing, pushing
from gateway.services.move_plans import End
from gateway.services.moving import lease_of
from gateway.services.pushing import TROUBLES, Push

T = TypeVar("T")
Stored = dict[UUID, Rows]
MOST_STEPS = 200
"""Requests to one provider that a change may stand for."""
LOSSES = "losses"
"""The note of a context that has what a change lost."""

_THROUGH = (Connection.mode == ConnectionMode.FORWARD) & (Connection.is_active == P("yes"))


def _forwarding(*where: Any) -> Prepared:
    return Prepared(
        lambda: (
            Connection.select(Connection)
            .join(Account, on=(Connection.account == Account.uid))
            .where(_THROUGH, *where)
            .order_by(Connection.account, Connection.id)
        )
    )


_OF_ACCOUNT = _forwarding((Account.uid == P("account")) | (Account.parent == P("account")))
_OF_PROVIDER = _forwarding(Account.service_provider == P("provider"))
_OF_ALL = _forwarding()


class Lost(NamedTuple):
    """What a provider is not told of a change: `attribute` is ours, `member` the wire's name."""

    connection: str
    attribute: str
    member: str
    why: str


def through(ctx: Context, work: Callable[[], T]) -> T:
    """Carry out a change of the caller's, at the providers of what it changes first.

    `work` is called twice and must do nothing but read and write the database. Its own problems
    reach no provider. Raises Conflict for what a provider refuses, with its words, Invalid where
    the policy of a connection refuses a loss, Unavailable and Limited for what may work later. What
    is lost is put into the context's notes.
    """
    rows = connections_of(ctx)
    if not rows:
        return work()
    if ctx.reach is None:
        raise Unavailable("the account is held at a provider that cannot be asked from here")
    work = _repeatable(ctx, work)
    ends = [ctx.reach.end(row) for row in _concerned(ctx, rows, work)]
    if not ends:
        return work()
    for end in ends:
        connections.check_secret(end.connection)
    with holds.held(ctx, [lease_of(end.connection) for end in ends]):
        for end in ends:
            pushing.recover(ctx, end)
        pushes = _pushes(ctx, ends, work)
        ctx.notes[LOSSES] = _judged(pushes)
        return _carried_out(ctx, [push for push in pushes if push.writes], work)


def only_here(ctx: Context, what: str, work: Callable[[], T]) -> T:
    """Carry out a change that no provider is told of, and say so where one holds the account.
    Conflict where the policy of a connection refuses that."""
    lost = []
    for row in connections_of(ctx):
        policy = _policy(row)
        if policy is Policy.REFUSE:
            raise Conflict(f"{row.name} cannot be told of {what}")
        if policy is Policy.WARN:
            lost.append(Lost(row.name, what, what, "it is kept here only"))
    result = work()
    if lost:
        ctx.notes[LOSSES] = lost
    return result


def _policy(row: Any) -> Policy:
    return Policy(row.settings.get("policy") or Policy.WARN)


def connections_of(ctx: Context) -> list[Any]:
    """Connections that the caller's changes may go through, one account's after another's."""
    caller = ctx.caller
    found: list[Any]
    if caller.scope is Scope.ACCOUNT:
        found = _OF_ACCOUNT.all(account=caller.account_uid, yes=True)
    elif caller.scope is Scope.PROVIDER:
        found = _OF_PROVIDER.all(provider=caller.service_provider_uid, yes=True)
    else:
        found = _OF_ALL.all(yes=True)
    return found


# Rehearsal


class _Enough(Exception):
    """Ends a rehearsal."""


def _repeatable(ctx: Context, work: Callable[[], T]) -> Callable[[], T]:
    """The work in a way that it makes the same ids and random names each time."""
    usual, still, first = ctx.runtime, ctx.runtime.repeatable(), ctx.runtime.last

    def repeated() -> T:
        still.again(first)
        ctx.runtime = still
        try:
            return work()
        finally:
            ctx.runtime = usual
            usual.after(still)

    return repeated


def _concerned(ctx: Context, rows: list[Any], work: Callable[[], Any]) -> list[Any]:
    """The connections of accounts that the work changes, so that nobody waits for the providers of
    others. Who has one account only need not be asked."""
    accounts = list(dict.fromkeys(row.account_uid for row in rows))
    if len(accounts) == 1:
        return rows
    before, after = _rehearsed(ctx, accounts, work)
    return [row for row in rows if before[row.account_uid] != after[row.account_uid]]


def _rehearsed(
    ctx: Context, accounts: list[UUID], work: Callable[[], Any]
) -> tuple[Stored, Stored]:
    """What accounts have now, and what they would have after the work."""
    before: Stored = {}
    after: Stored = {}
    notes = dict(ctx.notes)
    try:
        with write():
            before |= {uid: own_inventory.rows_of(uid) for uid in accounts}
            work()
            after |= {uid: own_inventory.rows_of(uid) for uid in accounts}
            raise _Enough
    except _Enough:
        ctx.notes = notes
    return before, after


def _pushes(ctx: Context, ends: list[End], work: Callable[[], Any]) -> list[Push]:
    accounts = list(dict.fromkeys(end.connection.account_uid for end in ends))
    before, after = _rehearsed(ctx, accounts, work)
    found = []
    for uid in accounts:
        mine = [end for end in ends if end.connection.account_uid == uid]
        found += [_push(ctx, end, before[uid], after[uid]) for end in mine]
    return found


def _push(ctx: Context, end: End, before: Rows, after: Rows) -> Push:
    """What the provider is to be told."""
    row = end.connection
    old, new = (pairing.share(rows, row) for rows in (before, after))
    held = pairing.held(row.uid, old["trunk_access_list"])
    delta = Delta(old, new, end.dialect.moves(), held)
    plan = Plan(
        row.name, row.name, (ctx.dialect, row.dialect), "", tuple(delta.items()),
        _policy(row),
    )  # fmt: skip
    return Push(end, delta, _told(ctx, plan, delta, end))


def _told(ctx: Context, plan: Plan, delta: Delta, end: End) -> Plan:
    """The plan with the losses of what is made, in the words of the caller's dialect."""
    made = tuple(item for item in plan.items if item.action is Action.CREATE)
    speaks = ctx.reach.dialects.get(ctx.dialect)
    if not made or speaks is None or speaks is end.dialect:
        return plan
    told = move_ledger.told(replace(plan, items=made), delta.after, speaks, end.dialect)
    known = iter(told.items)
    items = tuple(next(known) if item.action is Action.CREATE else item for item in plan.items)
    return replace(plan, items=items)


def _judged(pushes: list[Push]) -> list[Lost]:
    """What is lost, where the connections' policies let it be; Invalid and Conflict else."""
    found: list[Lost] = []
    for push in pushes:
        name, lost = push.row.name, _lost(push)
        if lost and push.plan.policy is Policy.REFUSE:
            fields = {one.attribute: [Why("lost", f"{name}: {one.why}")] for one in lost}
            raise Invalid(f"{name} cannot be told all of it", fields=fields)
        if push.plan.policy is Policy.WARN:
            found += lost
        bought = [item.key for item in push.writes if item.spends]
        if bought and not push.row.settings.get("spend"):
            raise Conflict(f"{name}: nothing may be bought over this connection: {bought[0]}")
        if len(push.writes) > MOST_STEPS:
            text = f"{len(push.writes)} requests would be needed, at most {MOST_STEPS} may"
            raise Conflict(f"{name}: {text}: change it in parts")
    return found


def _lost(push: Push) -> list[Lost]:
    name, spoken = push.row.name, push.end.dialect.title
    lost = [
        Lost(name, loss.attribute or loss.member, loss.member, loss.why)
        for item in push.plan.items for loss in item.losses
    ]  # fmt: skip
    lost += [
        Lost(name, attribute, attribute, f"{spoken} is not told of it")
        for attribute in push.delta.unsaid()
    ]
    left = push.plan.of(Action.BLOCKED, Action.MANUAL)
    lost += [Lost(name, item.key, item.key, item.why or item.by_hand) for item in left]
    return list(dict.fromkeys(lost))


# Carrying out


def _carried_out(ctx: Context, pushes: list[Push], work: Callable[[], T]) -> T:
    if not pushes:
        return work()
    with write():
        for push in pushes:
            push.begin(ctx)
    at = pushes[0].row.name
    try:
        for push in pushes:
            at = push.row.name
            push.send(ctx)
        with write():
            result = work()
            for push in pushes:
                push.settle(ctx)
    except Exception as problem:  # a fault of ours, too, leaves nothing behind at a provider
        for push in reversed(pushes):
            push.take_back(ctx, problem)
        if not isinstance(problem, TROUBLES):
            raise
        raise pushing.carried(at, problem) from None
    if ctx.principal is not None:
        ctx.principal = replace(ctx.principal, has_aliases=True)
    return result
