"""Counts and times of requests for Prometheus.

One registry for each application object. With PROMETHEUS_MULTIPROC_DIR set, as `serve` does, the
web processes add theirs up; without it a process answers for itself.
"""

from __future__ import annotations

import os
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
MEDIA = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "polytrunk_http_requests",
            "Requests answered.",
            ("dialect", "operation", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "polytrunk_http_request_seconds",
            "Time from the request's head to its answer.",
            ("dialect", "operation"),
            buckets=BUCKETS,
            registry=self.registry,
        )

        self.children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def request(self, dialect: str, operation: str, status: int, seconds: float) -> None:
        """Count one answer; the look-up of labelled children is remembered."""
        key = (dialect, operation, status)
        found = self.children.get(key)
        if found is None:
            found = self.children[key] = (
                self.requests.labels(dialect, operation, str(status)),
                self.seconds.labels(dialect, operation),
            )
        found[0].inc()
        found[1].observe(seconds)

    def text(self) -> bytes:
        """All metrics in the exposition format."""
        registry = self.registry
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)
        return generate_latest(registry)
