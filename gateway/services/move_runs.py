"""Runs: what is kept of the carrying out of a plan, so that it can go on and be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.migration import WRITES, Plan, as_json
from gateway.domain.problems import Conflict, NotFound, Unavailable
from gateway.domain.words import ItemState, RunState
from gateway.models import SyncItem, SyncRun
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services.making import fresh, lock_account

_RUN, _ITEM = Insert(SyncRun), Insert(SyncItem)
_ONE = Prepared(lambda: SyncRun.select().where(SyncRun.uid == P("uid")))
_LAST = Prepared(
    lambda: (
        SyncRun.select()
        .where(
            (SyncRun.source_uid == P("source"))
            & (SyncRun.target_uid == P("target"))
            & (SyncRun.state != P("undone"))
        )
        .order_by(SyncRun.id.desc())
        .limit(1)
    )
)
_ITEMS = Prepared(
    lambda: SyncItem.select().where(SyncItem.run == P("run")).order_by(SyncItem.position)
)
_APPLIED = Prepared(
    lambda: SyncRun.update(state=P("applied"), error=None, updated_at=P("now")).where(
        (SyncRun.uid == P("uid")) & (SyncRun.state == P("applying"))
    )
)
_OF_ITSELF = Prepared(
    lambda: SyncRun.select(SyncRun.uid, SyncRun.state).where(
        (SyncRun.source_uid == P("connection")) & (SyncRun.target_uid == P("connection"))
    )
)
_REMOVE = (
    Prepared(lambda: SyncItem.delete().where(among(SyncItem.run, "runs"))),
    Prepared(lambda: SyncRun.delete().where(among(SyncRun.uid, "runs"))),
)
OPEN = (RunState.APPLYING, RunState.UNDOING)


def begin(ctx: Context, source: Any, target: Any, plan: Plan) -> Any:
    """The run of a plan with an item for each thing to do. Conflict while another one of the same
    two connections is not finished."""
    with write():
        lock_account(target.account_uid)
        found = last(ctx, source, target)
        if found is not None and found.state in OPEN:
            raise Conflict(
                f"run {found.uid} of the same connections is not finished: {found.state}"
            )
        made = fresh(ctx)
        _RUN.run({
            **made, "account_uid": target.account_uid, "source_uid": source.uid,
            "target_uid": target.uid, "digest": plan.digest, "plan": as_json(plan),
        })  # fmt: skip
        for position, item in enumerate(plan.items):
            if item.action in WRITES:
                losses = [loss._asdict() for loss in item.losses]
                _ITEM.run({
                    **fresh(ctx), "run_uid": made["uid"], "position": position, "key": item.key,
                    "action": str(item.action), "kind": item.kind, "losses": losses,
                })  # fmt: skip
        return _ONE.one(uid=made["uid"])


def get(ctx: Context, uid: UUID) -> Any:
    found = _ONE.one(uid=uid)
    if found is None:
        raise NotFound(f"no run {uid}")
    return found


def last(ctx: Context, source: Any, target: Any) -> Any:
    """The newest run of two connections that was not taken back, None without one."""
    return _LAST.one(source=source.uid, target=target.uid, undone=RunState.UNDONE)


def items(run: Any) -> list[Any]:
    """In the order of the plan."""
    return _ITEMS.all(run=run.uid)


def note(ctx: Context, item: Any, state: ItemState, values: Mapping[str, Any]) -> None:
    """Say where an item stands; committed when this returns."""
    _set(ctx, SyncItem, item.uid, {**values, "state": state})


def state(ctx: Context, run: Any, state: RunState, error: str | None = None) -> None:
    _set(ctx, SyncRun, run.uid, {"state": state, "error": error})


def applied(ctx: Context, run: Any) -> None:
    """End a run that is under way; Unavailable when somebody took it back or away meanwhile."""
    if not _APPLIED.run(
        uid=run.uid, now=ctx.runtime.now(), applied=RunState.APPLIED, applying=RunState.APPLYING
    ):
        raise Unavailable("the change was taken back before it was complete")


def forget(connection_uid: UUID) -> bool:
    """Remove what is kept of changes that went through a connection; whether one was broken off
    and is not taken back. Inside a transaction."""
    found = _OF_ITSELF.all(connection=connection_uid)
    for remove in _REMOVE if found else ():
        remove.run(runs=[run.uid for run in found])
    return any(run.state in OPEN for run in found)


def _set(ctx: Context, model: Any, uid: UUID, values: Mapping[str, Any]) -> None:
    given = {**values, "updated_at": ctx.runtime.now()}
    with write():
        _update(model, tuple(given)).run(uid=uid, **given)


@cache
def _update(model: Any, names: tuple[str, ...]) -> Prepared:
    columns = {getattr(model, name): P(name) for name in names}
    return Prepared(lambda: model.update(columns).where(model.uid == P("uid")))
