"""Rows of the area tenancy and the names its cases and tests call them by."""

from __future__ import annotations

from typing import Any

from tests.adapters.jambonz.world import ALPHA

APP, SPARE, USED, FOREIGN = (f"a{n}000000-0000-4000-8000-00000000000{n}" for n in range(1, 5))
HOOK, STATUS_HOOK, OLD_HOOK, FOREIGN_HOOK = (
    f"b{n}000000-0000-4000-8000-00000000000{n}" for n in range(1, 5)
)
DOOMED_KEY, FOREIGN_KEY = (f"c{n}000000-0000-4000-8000-00000000000{n}" for n in (1, 2))
DOOMED, EMPTY = (f"d{n}000000-0000-4000-8000-00000000000{n}" for n in (1, 2))
URL = "https://customer.example/hook"


def hook(uid: str, account: str, purpose: str, **more: Any) -> dict[str, Any]:
    return {
        "ref": uid,
        "uid": uid,
        "account": account,
        "dialect": "jambonz",
        "purpose": purpose,
        "url": URL,
        **more,
    }


def application(uid: str, account: str, name: str, **more: Any) -> dict[str, Any]:
    return {"ref": uid, "uid": uid, "account": account, "name": name, **more}


ROWS = {
    "service_providers": [{"ref": "empty", "uid": EMPTY, "name": "empty"}],
    "accounts": [
        {"ref": "doomed", "uid": DOOMED, "service_provider": "provider", "name": "doomed inc"}
    ],
    "access_keys": [
        {
            "key_id": "tenancy-both", "scope": "provider",
            "secret": "b07b07b0-0000-4000-8000-000000000000",
            "service_provider": "rival", "account": "gamma",
            "last_used_at": "2026-02-01T00:00:00Z",
        },
        *({
            "uid": uid, "key_id": f"tenancy-{account}", "secret": f"{uid}-secret",
            "scope": "account", "account": account,
        }
        for uid, account in ((DOOMED_KEY, "alpha"), (FOREIGN_KEY, "beta"))),
    ],
    "hooks": [
        hook(HOOK, "alpha", "call", username="owners-hook-user", password="secret"),
        hook(STATUS_HOOK, "alpha", "call_status"),
        hook(OLD_HOOK, "alpha", "registration", url="https://owners-hook.example/registered"),
        hook(FOREIGN_HOOK, "beta", "call"),
    ],
    "applications": [
        application(APP, "alpha", "owners app", call_hook=HOOK, status_hook=STATUS_HOOK),
        application(SPARE, "alpha", "spare app"),
        application(USED, "alpha", "used app"),
        application(FOREIGN, "beta", "their app", call_hook=FOREIGN_HOOK),
    ],
    "numbers": [
        {
            "service_provider": "provider", "account": "alpha", "e164": "+14155550901",
            "application": USED,
        }
    ],
    "limits": [{"owner": ALPHA, "category": "calls", "quantity": 7}],
}  # fmt: skip
NEW_APP = {
    "name": "new app",
    "call_hook": {"url": URL, "method": "POST", "username": "u", "password": "p"},
    "call_status_hook": {"url": URL},
    "speech_synthesis_vendor": "google",
}
