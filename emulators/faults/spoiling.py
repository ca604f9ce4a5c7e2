"""What a fault does to an answer on its way to the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FAULT = "polytrunk.fault"


def struck(environ: Mapping[str, Any]) -> dict[str, str]:
    """What the journal says of the fault that a request met."""
    fault = environ.get(FAULT)
    return {} if fault is None else {"fault": fault.id}
