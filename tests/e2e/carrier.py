"""An SMSC in a process of its own: it survives what the product's processes do not.

`python -m tests.e2e.carrier LEDGER` prints {"port": n}; every submit_sm it took is one line of the
ledger (message id, destination, text). SIGUSR1 cuts all connections, SIGTERM ends it.
"""

from __future__ import annotations

import json
import random
import signal
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import gevent
from gevent.event import Event

from emulators.smsc.smsc import Account, Smsc
from gateway.domain.runtime import Runtime


def recorder(ledger: TextIO) -> Any:
    """A journal callback that writes what was asked to be sent."""

    def write(entry: dict[str, Any]) -> None:
        if entry.get("pdu") == "submit_sm" and entry.get("direction") == "in":
            ledger.write(json.dumps(entry) + "\n")
            ledger.flush()

    return write


def main(path: str) -> None:
    runtime = Runtime(clock=lambda: datetime.now(UTC), rng=random.Random(1))
    with open(path, "a") as ledger:
        smsc = Smsc("127.0.0.1", 0, runtime, [Account("demo", "demo")], journal=recorder(ledger))
        stop = Event()
        gevent.signal_handler(signal.SIGTERM, stop.set)
        gevent.signal_handler(signal.SIGUSR1, smsc.drop)
        print(json.dumps({"port": smsc.start()}), flush=True)
        stop.wait()
        smsc.stop()


if __name__ == "__main__":
    main(sys.argv[1])
