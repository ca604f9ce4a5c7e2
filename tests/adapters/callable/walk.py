"""One pass through everything the contract names: operations, parameters, members, statuses.

What this walk sees is the coverage table of the docs, so it is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.adapters.callable import channel_rows, device_rows
from tests.support.coverage import Coverage
from tests.support.openapi import load_contract

# Members the answers carry beyond the seed (the adapter's README says why each is there).
HOOKS = ("apiKeyName", "apiKeyValue", "apiSecretName", "apiSecretValue", "endpoint")
BEYOND = device_rows.BEYOND | channel_rows.BEYOND | {f"Hook.{name}" for name in HOOKS}
UNSEEN: Mapping[str, str] = {}


def coverage() -> Coverage:
    """What a walk over a fresh world sees of the contract; every answer is judged on the way."""
    return Coverage("callable", load_contract("callable"))
