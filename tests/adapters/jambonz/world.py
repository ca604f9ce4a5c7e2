"""A small world with two service providers and their accounts, and credentials of every scope.

Areas add rows of their own (`areas/`). Of two equals one is the owner in samples (alpha, provider),
the other the stranger (beta, rival).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PROVIDER = "22222222-2222-4222-8222-222222222222"
RIVAL = "23232323-2323-4232-8232-232323232323"
ALPHA = "11111111-1111-4111-8111-111111111111"
BETA = "12121212-1212-4121-8121-121212121212"
GAMMA = "13131313-1313-4131-8131-131313131313"
ALPHAS_KEY = "a1fa0000-0000-4000-8000-000000000001"
NOBODY = "99999999-9999-4999-8999-999999999999"
SECRETS = {
    name: f"{number}0000000-0000-4000-8000-000000000000"
    for number, name in enumerate(
        ("admin", "provider", "rival", "alpha", "beta", "gamma", "asleep", "revoked", "expired")
    )
}


def bearer(name: str) -> dict[str, str]:
    """The header of a credential of the world: admin, provider, rival, alpha, beta, gamma."""
    return {"Authorization": f"Bearer {SECRETS[name]}"}


def key(name: str, scope: str = "account", **more: Any) -> dict[str, Any]:
    return {"key_id": name, "secret": SECRETS[name], "scope": scope, "ref": f"key-{name}", **more}


def base() -> dict[str, list[dict[str, Any]]]:
    """Tenants and keys; refs are provider, rival, alpha, beta, gamma, asleep."""
    return {
        "service_providers": [
            {"ref": "provider", "uid": PROVIDER, "name": "provider", "root_domain": "sip.example"},
            {"ref": "rival", "uid": RIVAL, "name": "rival"},
        ],
        "accounts": [
            {
                "ref": "alpha",
                "uid": ALPHA,
                "service_provider": "provider",
                "name": "alpha inc",
                "realm": "alpha.sip.example",
                "webhook_secret": "wh_secret_alpha",
            },
            {"ref": "beta", "uid": BETA, "service_provider": "provider", "name": "beta inc"},
            {"ref": "gamma", "uid": GAMMA, "service_provider": "rival", "name": "gamma inc"},
            {
                "ref": "asleep",
                "service_provider": "provider",
                "name": "asleep",
                "is_active": False,
            },
        ],
        "access_keys": [
            key("admin", "admin"),
            key("provider", "provider", service_provider="provider"),
            key("rival", "provider", service_provider="rival"),
            key("alpha", account="alpha", uid=ALPHAS_KEY),
            key("beta", account="beta"),
            key("gamma", account="gamma"),
            key("asleep", account="asleep"),
            key("revoked", account="alpha", revoked_at="2026-01-01T00:00:00Z"),
            key("expired", account="alpha", expires_at="2026-01-01T00:00:00Z"),
        ],
    }


def bundle() -> dict[str, Any]:
    """The world of all areas as one document."""
    from tests.adapters.jambonz.areas import AREAS

    whole = base()
    for area in AREAS.values():
        for kind, rows in area.rows.items():
            whole.setdefault(kind, []).extend(rows)
    return {"polytrunk": 1, **whole}
