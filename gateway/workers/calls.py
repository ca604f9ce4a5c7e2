"""Calls of a worker: one step of one call for each job.

A step changes the call, plans the next one and ends its job in one transaction, so a worker that is
killed leaves either all of it or nothing, and the claim of the job ends by itself. Only what is
asked of a hook, or of the server that carries the call, goes out before that transaction: it may be
asked twice.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.models.database import commit_group, connection
from gateway.services import call_asking, call_engine, call_progress, call_steps, jobs

if TYPE_CHECKING:
    from gateway.workers.runner import Tools

log = logging.getLogger("polytrunk.worker")


def run_call(tools: Tools, job: Any) -> None:
    """Do the step of a job."""
    step = job.payload["step"]
    if step == "ask":
        _ask(tools, job)
        return
    if step == "update" and _carried(tools, job):
        return

    def work() -> None:
        if jobs.finish([job.uid], tools.holder):
            call_steps.run(tools.ctx, job.payload, tools.scripts)

    commit_group(work)


def _ask(tools: Tools, job: Any) -> None:
    ctx = tools.ctx
    with connection():
        row = call_progress.held(UUID(job.payload["call"]))
        question = row and call_asking.prepare(
            ctx, job, row, tools.dialects, tools.universe.profiles
        )
    if not question:
        commit_group(lambda: jobs.finish([job.uid], tools.holder))
        return
    webhook = question.webhook
    most = call_asking.MOST_OCTETS
    seconds = webhook.policy.answer_seconds
    outcome: Any = tools.courier.deliver(
        webhook.request, webhook.target.url, most=most, seconds=seconds
    )

    def work() -> None:
        if jobs.finish([job.uid], tools.holder):
            call_asking.answered(ctx, question, outcome)

    commit_group(work)
    taken = webhook.policy.delivered(outcome.status)
    tools.metrics.hooks.labels("taken" if taken else outcome.error or str(outcome.status)).inc()
    if not taken:
        log.warning(
            "the %s hook %s of call %s failed: %s",
            question.purpose,
            webhook.target.url,
            question.row.uid,
            outcome.error or f"answered {outcome.status}",
        )


def _carried(tools: Tools, job: Any) -> bool:
    """Pass what a customer asked on to the server that carries the call; False when none does."""
    ctx = tools.ctx
    with connection():
        row: Any = call_progress.held(UUID(job.payload["call"]))
        asked = call_progress.noted(UUID(job.payload["event"]))
        service = call_engine.service_of(row) if row is not None else None
        if service is None or asked is None:
            return False
        event = call_engine.steering(ctx, row, asked)
    name, url = service
    engine = tools.engine(name, url)
    if engine is None:
        return False
    reply = engine.send(event, f"/v1/updateCall/{row.uid}")

    def work() -> None:
        if jobs.finish([job.uid], tools.holder):
            call_engine.steered(ctx, row, asked, reply)

    commit_group(work)
    return True
