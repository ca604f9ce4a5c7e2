"""Running the jobs that do not wait for a link: webhooks, calls, messages to providers, unrouted
ones, the sweep.

`run_due` is a plain function of a universe and a moment: tests and an emulator with its own clock
drain everything with it, without a thread or a wait. The worker process calls the same handlers,
the webhooks many at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

import gevent

from gateway.dialect import Dialect
from gateway.domain.context import Context
from gateway.domain.events import HookRequest
from gateway.domain.problems import Unavailable
from gateway.models.database import commit_group, connection, write
from gateway.reach import line_of
from gateway.services import call_steps, hook_jobs, jobs, replies, retention, unrouted
from gateway.transports.engine import Engine
from gateway.transports.webhooks import EXCERPT_OCTETS, Courier, Outcome
from gateway.universe import Universe
from gateway.workers.calls import run_call
from gateway.workers.metrics import Metrics
from gateway.workers.upstreams import MakeLine, Upstreams

log = logging.getLogger("polytrunk.worker")

INLINE = "run_due"
MARGIN_SECONDS = 20.0


class Delivers(Protocol):
    """What sends a webhook: a `Courier`, or something around one that keeps a journal."""

    def deliver(
        self,
        request: HookRequest,
        url: str,
        *,
        most: int = EXCERPT_OCTETS,
        seconds: float | None = None,
    ) -> Outcome: ...


@dataclass
class Tools:
    """What handlers need besides the database. `scripts` says how the far ends of calls behave,
    `line` makes what carries messages to a provider."""

    universe: Universe
    dialects: Mapping[str, Dialect]
    courier: Delivers
    holder: str = INLINE
    metrics: Metrics = field(default_factory=Metrics)
    scripts: call_steps.Choose = call_steps.by_destination
    line: MakeLine = line_of

    @cached_property
    def upstreams(self) -> Upstreams:
        """The providers that messages are sent to, as they have fared so far."""
        return Upstreams(self.universe, self.dialects, self.holder, self.metrics, self.line)

    @classmethod
    def of(
        cls,
        universe: Universe,
        dialects: Mapping[str, Dialect] | None = None,
        courier: Delivers | None = None,
        **more: Any,
    ) -> Tools:
        """With the dialects that are installed and a courier by the settings, unless given."""
        if dialects is None:
            from gateway.dialect import discover

            dialects = discover()
        settings = universe.settings
        courier = courier or Courier(
            timeout=settings.hook_timeout, allow_private=settings.allow_private_hooks
        )
        return cls(universe, dialects, courier, **more)

    def engine(self, name: str, url: str) -> Engine | None:
        """The feature server at `url` as a dialect speaks to it."""
        dialect = self.dialects.get(name)
        render = dialect.events if dialect is not None else None
        if dialect is None or render is None:
            return None
        profile = dialect.profile(self.universe.profiles.get(name, ""))
        timeout = self.universe.settings.engine_timeout
        return Engine(url, lambda event: render(event, profile), timeout)

    @property
    def ctx(self) -> Context:
        return self.universe.context()

    @property
    def hook_seconds(self) -> float:
        """How long a webhook's claim must last."""
        return float(self.universe.settings.hook_timeout) + MARGIN_SECONDS


def run_hook(tools: Tools, job: Any) -> None:
    """Send one webhook and write down what came of it."""
    ctx = tools.ctx
    try:
        with connection():
            call = hook_jobs.prepare(ctx, job, tools.dialects, tools.universe.profiles)
    except Unavailable:
        raise
    except Exception as problem:
        log.exception("webhook %s cannot be rendered", job.key)
        why = f"cannot be rendered: {type(problem).__name__}"
        commit_group(lambda: hook_jobs.put_off(ctx, job, tools.holder, why))
        return
    if call is None:
        commit_group(lambda: jobs.finish([job.uid], tools.holder))
        return
    replying = replies.expected(call, tools.dialects[call.target.dialect])
    most = replies.MOST_OCTETS if replying else EXCERPT_OCTETS
    outcome = tools.courier.deliver(call.request, call.target.url, most=most)
    if replying and call.policy.delivered(outcome.status):
        with connection():
            replies.send(ctx, call, outcome.body)
    taken = commit_group(lambda: hook_jobs.record(ctx, job, tools.holder, call, outcome))
    tools.metrics.hooks.labels("taken" if taken else outcome.error or str(outcome.status)).inc()
    if not taken:
        log.warning(
            "webhook %s of event %s was not taken: %s",
            call.target.url,
            call.event.uid,
            outcome.error or f"answered {outcome.status}",
            extra={"attempt": job.attempts + 1, "dialect": call.target.dialect},
        )


def run_unrouted(tools: Tools, job: Any) -> None:
    """Look for a link once more."""
    with write():
        unrouted.route(tools.ctx, job, tools.holder)


def run_sweep(tools: Tools, job: Any) -> None:
    """Remove what is old, and come again."""
    done = 0
    with connection():
        for rows in retention.sweep(tools.ctx):
            done += rows
            gevent.sleep(0)
    if done:
        log.info("the sweep settled %d rows", done)
    with write():
        jobs.retry(job, tools.holder, tools.ctx.runtime.now() + retention.EVERY, "")


Handler = Callable[[Tools, Any], None]
HANDLERS: Mapping[str, Handler] = {
    jobs.HOOK: run_hook,
    jobs.CALL: run_call,
    jobs.UNROUTED: run_unrouted,
    jobs.RETENTION: run_sweep,
}


def claim(tools: Tools, lane: str, now: datetime, limit: int, turn: jobs.Turn | None = None) -> Any:
    """Take due jobs of a lane in a transaction of their own."""
    asks = lane in (jobs.HOOK, jobs.CALL)
    seconds = tools.hook_seconds if asks else tools.universe.settings.claim_seconds
    with write():
        return jobs.claim(lane, tools.holder, now, limit, seconds=seconds, turn=turn)


def run_lane(
    tools: Tools, lane: str, now: datetime, limit: int, turn: jobs.Turn | None = None
) -> int:
    """Run the due jobs of one lane one after the other; how many."""
    handler = HANDLERS[lane]
    due = jobs.next_due(lane)
    if due is None or due > now:
        return 0
    taken = claim(tools, lane, now, limit, turn)
    for job in taken:
        try:
            handler(tools, job)
        except Exception:
            log.exception("job %s failed; it is tried again when its claim ends", job.key)
    return len(taken)


def run_due(
    universe: Universe,
    now: datetime,
    *,
    limit: int = 1000,
    dialects: Mapping[str, Dialect] | None = None,
    courier: Delivers | None = None,
    **more: Any,
) -> int:
    """Run jobs due at `now` until none is left or `limit` ran; how many ran.

    Jobs that become due by running others at the same moment are run too. The clock is not
    moved. `more` goes to `Tools`.
    """
    tools = Tools.of(universe, dialects, courier, **more)
    done = 0
    with universe.entered(), connection():
        while done < limit:
            ran = sum(run_lane(tools, lane, now, limit - done) for lane in HANDLERS)
            ran += tools.upstreams.drain(limit - done)
            if not ran:
                break
            done += ran
    return done
