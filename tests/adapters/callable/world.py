"""A small world of two organisations with accounts, numbers, trunks and hooks, and logins of all
kinds."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import jwt

from gateway.domain.ids import CODECS
from gateway.services import passwords
from tests.support.stores import KEYRING

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ORGANISATION = "3174872e-b073-4b38-8fa4-d55600000000"
ALPHA = "5554872e-b073-4b38-8fa4-d44400000000"
BETA = "5564872e-b073-4b38-8fa4-d55500000000"
ELSEWHERE = "5574872e-b073-4b38-8fa4-d66600000000"
NOBODY = "000000000000000000000000"
PASSWORD = "1234"


def hex24(uid: str) -> str:
    return CODECS["hex24"].encode(UUID(uid))


def uid(kind: int, number: int) -> str:
    return f"0193456{kind}-{number:04d}-7cde-8f01-{kind}{number:03d}6789abcd"


DDI, SPARE_DDI, SISTER_DDI, FOREIGN_DDI = (uid(1, n) for n in range(1, 5))
TRUNK, SPARE_TRUNK, SISTER_TRUNK, FOREIGN_TRUNK, DEFAULT, FOREIGN_DEFAULT = (
    uid(2, n) for n in range(1, 7)
)
HOOK, EVENT_HOOK, SISTER_HOOK, FOREIGN_HOOK = (uid(3, n) for n in range(1, 5))
ADMIN_USER, RECORDER, VOICE_USER, FOREIGN_USER, ASLEEP, BOTH_USER = (uid(4, n) for n in range(1, 7))
KEY, REVOKED_KEY, ASLEEP_KEY, ADMIN_KEY = (uid(5, n) for n in range(1, 5))
BASE = f"/api/v1/account/{hex24(ALPHA)}"


def token(subject: str, *, typ: str = "Bearer", **claims: Any) -> str:
    """A token as the product makes them, for a test that needs no login."""
    whole = {
        "iss": "polytrunk",
        "aud": "callable",
        "sub": subject,
        "jti": f"test-{typ}-{subject}",
        "iat": SECONDS,
        "exp": SECONDS + 3600,
        "typ": typ,
    }
    return jwt.encode({**whole, **claims}, KEYRING.digest("bearer tokens"), "HS256")


def bearer(subject: str, **claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(subject, **claims)}"}


@cache
def password_hash() -> str:
    return passwords.hashed(PASSWORD)


def user(uid: str, login: str, *roles: str, **more: Any) -> dict[str, Any]:
    return {
        "uid": uid,
        "login": login,
        "service_provider": "organisation",
        "scope": "provider",
        "password_hash": password_hash(),
        "roles": list(roles),
        **more,
    }


def access_key(uid: str, name: str, **more: Any) -> dict[str, Any]:
    return {"uid": uid, "key_id": name, "secret": f"{name}-secret", "scope": "account", **more}


def of(account: str, uid: str, **more: Any) -> dict[str, Any]:
    return {"ref": uid, "uid": uid, "service_provider": "organisation", "account": account, **more}


def number(account: str, uid: str, e164: str, **more: Any) -> dict[str, Any]:
    return of(account, uid, e164=e164, **more)


def host(account: str, uid: str, address: str, trunk: str, **more: Any) -> dict[str, Any]:
    own = {"name": f"at {address}", "kind": "host", "address": address, "admits": True}
    return of(account, uid, trunk=trunk, access_list=f"list of {trunk}", **own, **more)


def hook(account: str, uid: str, purpose: str, path: str, **more: Any) -> dict[str, Any]:
    own = {"purpose": purpose, "url": f"http://test.com/{path}", "priority": 10}
    return {"uid": uid, "account": account, "dialect": "callable", "auth_type": "none"} | own | more


def bundle() -> dict[str, Any]:
    foreign = {"service_provider": "competitor"}
    address = {
        "line1": "Unit 5, owners lane", "line2": "20 Wharf Rd", "level1": "East Sussex",
        "level2": "Eastbourne", "postalCode": "BN213AW", "country": "United Kingdom",
    }  # fmt: skip
    return {
        "polytrunk": 1,
        "service_providers": [
            {"ref": "organisation", "uid": ORGANISATION, "name": "owners organisation"},
            {"ref": "competitor", "name": "competitor"},
        ],
        "accounts": [
            {
                "ref": "alpha", "uid": ALPHA, "service_provider": "organisation",
                "name": "owners pizzas", "billing_number": "+441234567890",
                "domain": "ownerspizzas", "address": address,
            },
            {"ref": "beta", "uid": BETA, "service_provider": "organisation", "name": "taxis"},
            {"ref": "elsewhere", "uid": ELSEWHERE, **foreign, "name": "elsewhere"},
            {"ref": "asleep", **foreign, "name": "asleep", "is_active": False},
        ],
        "users": [
            user(ADMIN_USER, "ada", "OrganisationAdmin"),
            user(BOTH_USER, "demo", "OrganisationAdmin", "VoiceChannel"),
            user(RECORDER, "rec", "AdminRecorder"),
            user(VOICE_USER, "voice", "VoiceChannel"),
            user(FOREIGN_USER, "eve", "OrganisationAdmin", "VoiceChannel", **foreign),
            user(ASLEEP, "zzz", "OrganisationAdmin", is_active=False),
        ],
        "access_keys": [
            access_key(KEY, "alpha", account="alpha"),
            access_key(REVOKED_KEY, "revoked", account="alpha", revoked_at="2026-01-01T00:00:00Z"),
            access_key(ASLEEP_KEY, "asleep", account="asleep"),
            access_key(ADMIN_KEY, "admin", scope="admin"),
        ],
        "trunks": [
            of("alpha", DEFAULT, name="default", host_name="default-alpha", is_auto=True),
            of("elsewhere", FOREIGN_DEFAULT, name="default", host_name="default-e", is_auto=True)
            | foreign,
        ],
        "access_lists": [
            of("alpha", uid(6, 1), name="default (auto)", is_auto=True, home_trunk=DEFAULT)
            | {"ref": f"list of {DEFAULT}"},
            of("elsewhere", uid(6, 2), name="theirs", is_auto=True, home_trunk=FOREIGN_DEFAULT)
            | {"ref": f"list of {FOREIGN_DEFAULT}"} | foreign,
        ],
        "trunk_access_lists": [
            {"trunk": DEFAULT, "access_list": f"list of {DEFAULT}"},
            {"trunk": FOREIGN_DEFAULT, "access_list": f"list of {FOREIGN_DEFAULT}"},
        ],
        "endpoints": [
            host("alpha", TRUNK, "192.0.2.1", DEFAULT, port=5062, description="owners office"),
            host("alpha", SPARE_TRUNK, "192.0.2.2", DEFAULT),
            host("elsewhere", FOREIGN_TRUNK, "192.0.2.3", FOREIGN_DEFAULT) | foreign,
        ],
        "numbers": [
            number("alpha", DDI, "+441632960001"),
            number("alpha", SPARE_DDI, "+441632960002"),
            number("beta", SISTER_DDI, "+441632960003"),
            number("elsewhere", FOREIGN_DDI, "+441632960004", **foreign),
            {"service_provider": "organisation", "e164": "+441632960009", "status": "available"},
        ],
        "hooks": [
            hook("alpha", HOOK, "flow", "owners-plugin"),
            hook("alpha", EVENT_HOOK, "event", "owners-event", auth_type="basic",
                 username="ada", password="hook-secret"),
            hook("beta", SISTER_HOOK, "event", "taxis"),
            hook("elsewhere", FOREIGN_HOOK, "flow", "theirs"),
        ],
    }  # fmt: skip
