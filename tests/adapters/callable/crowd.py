"""More rows of the account alpha, so that a list can be asked how much its length costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.adapters.callable import world


def crowd(n: int, made: Mapping[str, str]) -> dict[str, Any]:
    """Accounts, numbers, trunks and hooks."""
    owner = {"service_provider": "organisation", "account": "alpha"}
    home = {"trunk": world.DEFAULT, "kind": "host", "admits": True, "access_list": world.uid(6, 1)}
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "organisation", "uid": world.ORGANISATION}],
        "accounts": [
            {"ref": "alpha", "uid": world.ALPHA, "service_provider": "organisation"},
            *({"service_provider": "organisation", "name": f"crowd {n} {i}"} for i in range(n)),
        ],
        "endpoints": [
            {**owner, **home, "name": f"crowd {n} {i}", "address": f"198.51.{n}.{i}"}
            for i in range(n)
        ],
        "flow_nodes": [
            {
                "account": "alpha", "type": "SAY", "name": "crowd", "extension": f"9{n:03}{i:03}",
                "config": {"text": "Hello", "connectTo": "HANGUP"},
            }
            for i in range(n)
        ],
        "numbers": [{**owner, "e164": f"+4416329{n:02}{i:03}"} for i in range(n)],
        "hooks": [
            world.hook("alpha", f"01934567-{n:04}-7cde-8f01-{i:04}00000000", "event", f"{n}/{i}")
            for i in range(n)
        ],
    }  # fmt: skip
