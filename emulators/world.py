"""What an emulator is filled with at its start: the demo world, or a bundle of the user's.

The demo world is data in `fixtures/universes/demo.json`; its fixed values, which examples
rely on, are named here once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"

DEMO_KEY = "demo-key"
DEMO_SECRET = "demo-secret-0123456789abcdef"
DEMO_NUMBER = "12065550100"
LINK_SYSTEM_ID = LINK_PASSWORD = "demo"
ESME_SYSTEM_ID = ESME_PASSWORD = "esme"
EMPTY: dict[str, Any] = {"polytrunk": 1}


def demo_bundle() -> dict[str, Any]:
    return read_bundle(FIXTURES / "universes" / "demo.json")


def read_bundle(path: Path) -> dict[str, Any]:
    """The bundle in a file. Raises OSError, or ValueError when it is no JSON object."""
    raw = path.read_bytes()
    try:
        bundle = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    if not isinstance(bundle, dict):
        raise ValueError(f"{path} is not a bundle: a JSON object is needed")
    return bundle
