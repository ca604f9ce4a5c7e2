"""Webhooks and calls of a worker: many at a time, each in a greenlet of its own, beside the SMPP
pipeline.

A receiver that does not answer holds a place until its time-out. So that one dead receiver cannot
take all places, a host gets a share of them at most; its other webhooks wait a moment.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import gevent
from gevent.event import Event
from gevent.pool import Pool

from gateway.domain.problems import Unavailable
from gateway.models.database import connection, spawn, write
from gateway.services import jobs
from gateway.workers import runner
from gateway.workers.runner import Tools

log = logging.getLogger("polytrunk.worker")

SHARE = 4
"""One host gets a fourth of the places."""
WAIT_SECONDS = 0.5
POLL_SECONDS = 0.02
TROUBLE_SECONDS = 1.0


class HookSender:
    """`run()` until `stop()`; what is under way is finished within the grace. `lane` is that of the
    webhooks, or another whose jobs may wait for somebody."""

    def __init__(self, tools: Tools, lane: str = jobs.HOOK) -> None:
        self._tools, self._lane = tools, lane
        self._do = runner.HANDLERS[lane]
        self._places = int(tools.universe.settings.hook_concurrency)
        self._pool = Pool(self._places)
        self._hosts: Counter[str] = Counter()
        self._turn = jobs.Turn()
        self._stopping = Event()
        self.wake = Event()
        self.resting = False

    def run(self) -> None:
        while not self._stopping.is_set():
            self.wake.clear()
            try:
                began = self._begin()
            except Unavailable as problem:
                log.error("lane %s waits for the store: %s", self._lane, problem)
                self._stopping.wait(TROUBLE_SECONDS)
            except Exception:
                log.exception("taking jobs of lane %s failed", self._lane)
                self._stopping.wait(TROUBLE_SECONDS)
            else:
                self.wake.wait(POLL_SECONDS if began or self._polled else self._sweep)

    @property
    def _polled(self) -> bool:
        return bool(self._tools.universe.store.kind == "sqlite")

    @property
    def _sweep(self) -> float:
        return float(self._tools.universe.settings.smpp_sweep_ms) / 1000

    def stop(self, grace_seconds: float = 10.0) -> None:
        """Take nothing more and wait for what is under way."""
        self._stopping.set()
        self.wake.set()
        self._pool.join(timeout=grace_seconds)
        self._pool.kill(timeout=1.0)

    def _begin(self) -> int:
        """Take due jobs and start those whose host has a place; how many were taken."""
        free = self._pool.free_count()
        now = self._tools.ctx.runtime.now()
        with connection():
            due = jobs.next_due(self._lane) if free and not self.resting else None
            if due is None or due > now:
                return 0
            taken = runner.claim(self._tools, self._lane, now, free, self._turn)
        crowded = [job for job in taken if not self._start(job)]
        if crowded:
            with write():
                later = now + timedelta(seconds=WAIT_SECONDS)
                jobs.release([job.uid for job in crowded], self._tools.holder, later)
        return len(taken)

    def _start(self, job: Any) -> bool:
        host = _host(job.payload.get("url") or "")
        if host and self._hosts[host] >= max(1, self._places // SHARE):
            return False
        self._hosts[host] += 1
        self._pool.add(spawn(self._send, job, host))
        return True

    def _send(self, job: Any, host: str) -> None:
        try:
            self._do(self._tools, job)
        except Unavailable as problem:
            log.error("the outcome of a job could not be stored: %s", problem)
        except gevent.GreenletExit:
            raise
        except Exception:
            log.exception("job %s failed; it is tried again when its claim ends", job.key)
        finally:
            self._hosts[host] -= 1
            if not self._hosts[host]:
                del self._hosts[host]
            self.wake.set()


def _host(url: str) -> str:
    """Where a webhook goes; one that no address can be made of fails when it is sent."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""
