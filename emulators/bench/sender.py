"""The second peer: smpplib alone, sending as fast as one connection and a window allow.

It keeps nothing and accepts nothing over HTTP; it is the ceiling a gateway in the same language
cannot pass on one bind.
"""

from __future__ import annotations

import time
from typing import Any

from smpplib import client, consts


def send(port: int, messages: int, window: int = 100) -> float:
    """Submits a second of `messages` texts through one transceiver."""
    answered = 0

    def count(**_: Any) -> None:
        nonlocal answered
        answered += 1

    esme = client.Client("127.0.0.1", port, timeout=10, allow_unknown_opt_params=True)
    esme.set_message_sent_handler(count)
    esme.connect()
    esme.bind_transceiver(system_id="bench", password="bench")
    started = time.perf_counter()
    for number in range(messages):
        while number - answered >= window:
            esme.read_once()
        esme.send_message(
            source_addr_ton=consts.SMPP_TON_INTL,
            source_addr="12065550100",
            dest_addr_ton=consts.SMPP_TON_INTL,
            destination_addr="12065559000",
            short_message=b"message number %06d of the benchmark" % number,
            registered_delivery=1,
        )
    while answered < messages:
        esme.read_once()
    seconds = time.perf_counter() - started
    esme.unbind()
    esme.disconnect()
    return messages / seconds
