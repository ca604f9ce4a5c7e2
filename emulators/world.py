"""What an emulator is filled with at its start: the demo world, or a bundle of the user's.

The demo world is data in `fixtures/universes/demo.json`; its fixed values, which examples
rely on, are named here once.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import orjson

from emulators.smsc import Account

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"

DEMO_ACCOUNT = "11111111-1111-4111-8111-111111111111"
DEMO_KEY = "demo-key"
DEMO_SECRET = "demo-secret-0123456789abcdef"
DEMO_NUMBER = "12065550100"
LINK_SYSTEM_ID = "demo"
ESME_SYSTEM_ID = "esme"
SMSC_PORT = 2775
LOOPBACK = ("127.0.0.1", "localhost", "::1")
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


def smsc_accounts() -> list[Account]:
    """Who may bind to the bundled SMSC: the demo world's carrier link, and one from outside."""
    return [Account(LINK_SYSTEM_ID, "demo"), Account(ESME_SYSTEM_ID, "esme")]


def pointed_at(bundle: dict[str, Any], host: str, port: int) -> dict[str, Any]:
    """The bundle with its links to loopback's port 2775 going where the bundled SMSC listens.

    A file is written for the usual port; an emulator that had to take another one still connects.
    """
    links = bundle.get("smpp_links")
    if not isinstance(links, list):
        return bundle
    moved = copy.deepcopy(links)
    for link in moved:
        if isinstance(link, dict) and is_bundled(link):
            link.update(host=host, port=port)
    return {**bundle, "smpp_links": moved}


def accounts_of(bundle: dict[str, Any]) -> list[Account]:
    """Whom the bundled SMSC must let in for the bundle's own links to it."""
    links, trunks = (bundle.get(kind) for kind in ("smpp_links", "trunks"))
    if not isinstance(links, list) or not isinstance(trunks, list):
        return []
    used = {link.get("trunk") for link in links if isinstance(link, dict) and is_bundled(link)}
    return [
        Account(trunk["smpp_system_id"], str(trunk.get("smpp_password") or ""))
        for trunk in trunks
        if isinstance(trunk, dict)
        and isinstance(trunk.get("smpp_system_id"), str)
        and used & {trunk.get("ref"), trunk.get("uid")}
    ]


def is_bundled(link: dict[str, Any]) -> bool:
    return link.get("host") in LOOPBACK and link.get("port") == SMSC_PORT
