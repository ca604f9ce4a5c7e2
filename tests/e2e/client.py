"""A client as impatient as real ones: it repeats what got no answer, with an Idempotency-Key."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from tests.e2e.product import KEY, SECRET, SENDER

PAGE = 200


@dataclass
class Sender:
    """Posts numbered texts from several threads; `accepted` maps message id to text."""

    port: int
    accepted: dict[str, str] = field(default_factory=dict)
    unanswered: int = 0
    refused: list[int] = field(default_factory=list)
    deadline: float = field(default_factory=lambda: time.monotonic() + 300)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send_all(self, first: int, last: int, threads: int = 4) -> None:
        """Return when texts [first, last) were accepted, AssertionError past the deadline."""
        numbers = iter(range(first, last))
        lock = threading.Lock()

        def work() -> None:
            with requests.Session() as session:
                session.auth = (KEY, SECRET)
                while True:
                    with lock:
                        number = next(numbers, None)
                    if number is None or time.monotonic() > self.deadline:
                        return
                    self._until_accepted(session, number)

        running = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join(max(0.0, self.deadline - time.monotonic()))
        assert len(self.accepted) == last, f"{len(self.accepted)} of {last} accepted"

    def _until_accepted(self, session: requests.Session, number: int) -> None:
        text = f"text {number:06d}"
        body = {"from": SENDER, "to": f"1425555{number % 10000:04d}", "body": text}
        while time.monotonic() < self.deadline:
            try:
                answer = session.post(
                    f"{self.url}/v2.1/messages",
                    json=body,
                    headers={"Idempotency-Key": f"kill-{number}"},
                    timeout=10,
                )
            except requests.RequestException:
                self.unanswered += 1
                time.sleep(0.05)
                continue
            if answer.status_code == 202:
                self.accepted[answer.json()["data"]["id"]] = text
                return
            self.refused.append(answer.status_code)
            time.sleep(0.05)

    def records(self) -> list[dict[str, Any]]:
        """Every message detail record of the account."""
        found: list[dict[str, Any]] = []
        start = datetime.now(UTC).strftime("%Y-%m-%d")
        with requests.Session() as session:
            session.auth = (KEY, SECRET)
            while True:
                page = session.get(
                    f"{self.url}/v2.1/messages",
                    params={"start_date": start, "limit": PAGE, "offset": len(found)},
                    timeout=30,
                )
                page.raise_for_status()
                rows = page.json()["data"]
                found += rows
                if len(rows) < PAGE:
                    return found
