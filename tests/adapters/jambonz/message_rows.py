"""What the tests of messages find in the world: numbers, applications, carriers of two accounts."""

from __future__ import annotations

from typing import Any

OWN, BARE, SILENT = "+12065554001", "+12065554002", "+12065554003"
BETAS = "+12065554011"
PEER = "+14155554999"
MAIN, SECOND = "messages main", "messages second"
LINKLESS, OFF = "messages linkless", "messages off"
LISTED, STRICT = "messages listed", "messages strict"
HOOK_URL = "https://app.alpha.example/messages"


def uid(number: int) -> str:
    return f"3e{number:06d}-0000-4000-8000-000000000000"


APP, QUIET_APP, BETAS_APP = uid(1), uid(2), uid(3)
HOOK, CALL_HOOK, BETAS_HOOK = uid(10), uid(11), uid(12)
MAIN_TRUNK, MAIN_LINK, SECOND_LINK = uid(20), uid(30), uid(31)


def trunk(name: str, owner: str = "alpha", **more: Any) -> dict[str, Any]:
    return {"ref": name, "account": owner, "name": name, **more}


def hook(sid: str, owner: str, purpose: str, url: str, **more: Any) -> dict[str, Any]:
    return {
        "uid": sid, "account": owner, "purpose": purpose, "url": url, "dialect": "jambonz", **more
    }  # fmt: skip


def number(e164: str, owner: str, **more: Any) -> dict[str, Any]:
    return {"ref": f"messages {e164}", "account": owner, "e164": e164, **more}


ROWS: dict[str, list[dict[str, Any]]] = {
    "hooks": [
        hook(HOOK, "alpha", "message", HOOK_URL, username="user", password="word"),
        hook(CALL_HOOK, "alpha", "call", "https://app.alpha.example/calls"),
        hook(BETAS_HOOK, "beta", "message", "https://app.beta.example/messages"),
    ],
    "applications": [
        {"uid": APP, "account": "alpha", "name": "messages app", "message_hook": HOOK},
        {"uid": QUIET_APP, "account": "alpha", "name": "messages quiet", "call_hook": CALL_HOOK},
        {"uid": BETAS_APP, "account": "beta", "name": "messages app", "message_hook": BETAS_HOOK},
    ],
    "trunks": [
        trunk(MAIN, uid=MAIN_TRUNK, smpp_system_id="esme", smpp_password="word"),
        trunk(SECOND, smpp_system_id="second"),
        trunk(LINKLESS),
        trunk(LISTED),
        trunk(STRICT),
        trunk(OFF, is_active=False, smpp_system_id="off"),
        trunk("messages of beta", "beta"),
    ],
    "access_lists": [
        {"ref": "messages list", "account": "alpha", "name": "messages list"},
        {"ref": "messages shut", "account": "alpha", "name": "messages shut", "enabled": False},
    ],
    "trunk_access_lists": [
        {"trunk": LISTED, "access_list": "messages list"},
        {"trunk": STRICT, "access_list": "messages shut"},
    ],
    "endpoints": [
        {"account": "alpha", "access_list": name, "name": "messages here", "kind": "host",
         "address": "127.0.0.1", "admits": True}
        for name in ("messages list", "messages shut")
    ],
    "smpp_links": [
        {"uid": MAIN_LINK, "trunk": MAIN, "host": "smsc.messages.example"},
        {"uid": SECOND_LINK, "trunk": SECOND, "host": "second.messages.example",
         "is_primary": False},
        {"trunk": LINKLESS, "host": "in.messages.example", "dials": False, "admits": True},
        {"trunk": LINKLESS, "host": "127.0.0.0", "prefix_length": 8, "dials": False,
         "admits": True},
        {"trunk": STRICT, "host": "192.0.2.1", "dials": False, "admits": True},
        {"trunk": OFF, "host": "off.messages.example"},
    ],
    "numbers": [
        number(OWN, "alpha", application=APP),
        number(BARE, "alpha"),
        number(SILENT, "alpha", application=QUIET_APP),
        number(BETAS, "beta", application=BETAS_APP),
    ],
}  # fmt: skip
