"""What a worker counts, for operators. One registry per worker, so that tests and universes of one
process do not share figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

TICK_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


@dataclass
class Metrics:
    """`registry` is what a metrics page renders."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        own: dict[str, Any] = {"registry": self.registry}
        self.parts = Counter(
            "polytrunk_parts_submitted", "Parts handed to a link.", ["link"], **own
        )
        self.answers = Counter(
            "polytrunk_submit_answers", "Answers to parts.", ["link", "outcome"], **own
        )
        self.deliveries = Counter(
            "polytrunk_deliveries", "Receipts and inbound parts stored.", ["link", "kind"], **own
        )
        self.refused = Counter(
            "polytrunk_deliveries_refused", "Deliveries the peer must repeat.", ["link"], **own
        )
        self.hooks = Counter("polytrunk_webhooks", "Webhook attempts.", ["outcome"], **own)
        self.ticks = Histogram(
            "polytrunk_tick_seconds",
            "One transaction of the pipeline.",
            buckets=TICK_SECONDS,
            **own,
        )
        self.trouble = Counter(
            "polytrunk_store_trouble", "Transactions that could not be stored.", **own
        )
        self.bound = Gauge(
            "polytrunk_link_bound",
            "1 while the link has a session.",
            ["link"],
            multiprocess_mode="livemax",
            **own,
        )
        self.waiting = Gauge(
            "polytrunk_link_in_hand",
            "Messages a worker holds for a link.",
            ["link"],
            multiprocess_mode="livesum",
            **own,
        )
