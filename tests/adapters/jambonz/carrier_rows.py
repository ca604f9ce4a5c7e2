"""What the tests of the trunk side find in the world: carriers of two accounts and their provider.

The carriers with SMPP gateways are switched off, so that messages of other tests pass them by.
"""

from __future__ import annotations

from typing import Any

TWILIO = "7d509a18-bbff-4c5d-b21e-b99bf8f8c49a"


def uid(number: int) -> str:
    return f"ca{number:06d}-0000-4000-8000-000000000000"


APP, BETAS_APP = uid(1), uid(2)
MAIN, DOOMED, BETAS, PROVIDERS, DEFAULT = uid(10), uid(11), uid(12), uid(13), uid(14)
GATEWAY, DOOMED_GATEWAY, REGISTRATION, BETAS_GATEWAY, RANGE = (uid(20 + n) for n in range(5))
LINK, DOOMED_LINK, BETAS_LINK = uid(30), uid(31), uid(32)
NUMBER, DOOMED_NUMBER, BETAS_NUMBER, STOCK, POOL = (uid(40 + n) for n in range(5))
SHARED_LIST = uid(50)


def trunk(sid: str, owner: str, name: str, **more: Any) -> dict[str, Any]:
    return {"uid": sid, "account": owner, "name": name, "is_active": False, **more}


def host(sid: str, owner: str, trunk_uid: str | None, address: str, **more: Any) -> dict[str, Any]:
    home = {"trunk": trunk_uid} if trunk_uid else {}
    return {"uid": sid, "account": owner, "kind": "host", "address": address, **home, **more}


ROWS: dict[str, list[dict[str, Any]]] = {
    "applications": [
        {"uid": APP, "account": "alpha", "name": "carriers app"},
        {"uid": BETAS_APP, "account": "beta", "name": "carriers app"},
    ],
    "trunks": [
        trunk(MAIN, "alpha", "carriers main of alpha", smpp_inbound_system_id="carriers-main"),
        trunk(DOOMED, "alpha", "carriers doomed"),
        trunk(BETAS, "beta", "carriers of beta"),
        {"uid": PROVIDERS, "service_provider": "provider", "name": "carriers of provider"},
    ],
    "access_lists": [
        {"uid": SHARED_LIST, "account": "alpha", "name": "carriers shared", "home_trunk": MAIN},
    ],
    "trunk_access_lists": [
        {"trunk": MAIN, "access_list": SHARED_LIST},
        {"trunk": DOOMED, "access_list": SHARED_LIST},
    ],
    "endpoints": [
        host(GATEWAY, "alpha", MAIN, "sbc.alpha.example", dials=True, port=5080),
        host(DOOMED_GATEWAY, "alpha", MAIN, "192.0.2.66", dials=True),
        {"uid": REGISTRATION, "account": "alpha", "trunk": MAIN, "name": "carriers reg",
         "kind": "registration", "value": "carriers", "dials": True},
        host(BETAS_GATEWAY, "beta", BETAS, "sbc.beta.example", dials=True),
        host(RANGE, "alpha", None, "198.51.100.0", prefix_length=24, admits=True,
             access_list=SHARED_LIST),
    ],
    "smpp_links": [
        {"uid": LINK, "trunk": MAIN, "host": "smpp.alpha.example"},
        {"uid": DOOMED_LINK, "trunk": MAIN, "host": "smpp.doomed.example"},
        {"uid": BETAS_LINK, "trunk": BETAS, "host": "smpp.beta.example"},
    ],
    "numbers": [
        {"uid": NUMBER, "account": "alpha", "e164": "+12065553001", "trunk": MAIN},
        {"uid": DOOMED_NUMBER, "account": "alpha", "e164": "+12065553002", "trunk": MAIN},
        {"uid": BETAS_NUMBER, "account": "beta", "e164": "+12065553003", "trunk": BETAS},
        {"uid": STOCK, "service_provider": "provider", "e164": "+12065553004",
         "setup_cost_nano": 1_000_000_000, "region": "wa"},
        {"uid": POOL, "service_provider": "provider", "e164": "+12065553005",
         "status": "owned", "trunk": PROVIDERS},
    ],
}  # fmt: skip
