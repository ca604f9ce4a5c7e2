"""Nothing accepted is lost, though processes are killed with -9 and the carrier is cut off.

Repeats are allowed (the submit whose answer died with its process is sent again) and counted.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.client import Sender
from tests.e2e.product import Product, answers, running, wait_for
from tests.support import stores

BATCH = 100
SETTLE_SECONDS = 90
RECEIPT_LEVEL = 2


class Trouble(threading.Thread):
    """Kills web and workers in turn and cuts the carrier off, at random moments."""

    def __init__(self, product: Product, rng: random.Random, kills: int, cuts: int) -> None:
        super().__init__(daemon=True)
        self.product, self.rng = product, rng
        self.events = ["web", "worker"] * (kills // 2) + ["cut"] * cuts
        rng.shuffle(self.events)
        self.done: Counter[str] = Counter()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            for event in self.events:
                time.sleep(self.rng.uniform(0.3, 1.2))
                self.cause(event)
                self.done[event] += 1
        except BaseException as failure:
            self.failure = failure

    def cause(self, event: str) -> None:
        if event == "cut":
            self.product.cut_carrier()
            return
        victim = self.product.web if event == "web" else self.rng.choice(self.product.workers)
        victim.kill()
        victim.start()
        if event == "web":
            wait_for("web listens again", lambda: answers(self.product.port), 30)


def is_settled(record: dict[str, Any]) -> bool:
    """Delivered, with the carrier's own receipt."""
    attributes = record["attributes"]
    levels = {receipt["level"] for receipt in attributes["delivery_receipts"]}
    return attributes["status"] == "delivered" and RECEIPT_LEVEL in levels


def settled_records(sender: Sender) -> dict[str, dict[str, Any]]:
    """All records by id once every accepted message is settled; AssertionError past the bound."""
    records: dict[str, dict[str, Any]] = {}

    def all_settled() -> bool:
        records.update({record["id"]: record for record in sender.records()})
        return all(is_settled(records[i]) for i in sender.accepted if i in records)

    wait_for("every message is settled", all_settled, SETTLE_SECONDS)
    return records


def survive(
    folder: Path, url: str, *, workers: int, messages: int, kills: int, cuts: int
) -> dict[str, int]:
    """Send through all the trouble and check that nothing is lost; the counts of the run."""
    with running(folder, url, workers) as product:
        sender = Sender(product.port)
        trouble = Trouble(product, random.Random(20), kills, cuts)
        trouble.start()
        sent = 0
        while sent < messages or trouble.is_alive():  # messages flow as long as the trouble lasts
            sender.send_all(sent, sent + BATCH)
            sent += BATCH
        trouble.join(60)
        assert trouble.failure is None, trouble.failure
        assert sum(trouble.done.values()) == kills + cuts
        records = settled_records(sender)
        assert set(sender.accepted) <= set(records)
        assert {i: records[i]["attributes"]["body"] for i in sender.accepted} == sender.accepted
        taken = Counter(product.submitted_texts())
        assert set(sender.accepted.values()) <= set(taken)
        return {
            "accepted": len(sender.accepted),
            "kills": trouble.done["web"] + trouble.done["worker"],
            "cuts": trouble.done["cut"],
            "requests without an answer": sender.unanswered,
            "records": len(records),
            "repeated submits": sum(taken.values()) - len(taken),
        }


def tell(where: str, counts: dict[str, int], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{where}: " + ", ".join(f"{n} {what}" for what, n in counts.items()))


def test_a_few_kills_lose_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path / 'kill.db'}"
    counts = survive(tmp_path, url, workers=1, messages=200, kills=2, cuts=1)
    tell("SQLite, one worker", counts, capsys)


@pytest.mark.long
def test_ten_kills_of_each_lose_nothing_on_sqlite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'kill.db'}"
    counts = survive(tmp_path, url, workers=1, messages=2000, kills=20, cuts=5)
    tell("SQLite, one worker", counts, capsys)


@pytest.mark.long
@pytest.mark.postgres
def test_ten_kills_of_each_lose_nothing_on_postgres_with_two_workers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with stores.postgres_database("kill") as url:
        counts = survive(tmp_path, url, workers=2, messages=2000, kills=20, cuts=5)
    tell("PostgreSQL, two workers", counts, capsys)
