"""Credentials of universes: those a new one is given, and which one a request's credential opens.

What a universe is given follows from its name and seed, so that no two have the same and a repeated
run has the same again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from uuid import UUID

import orjson

from gateway.domain.principal import Scope
from gateway.models import AccessKey, Account, User
from gateway.models.database import connection, write
from gateway.models.prepared import Insert, Prepared
from gateway.services import access

if TYPE_CHECKING:
    from emulators.worlds import World

MOST_ACCOUNTS = 100
MOST_BODY_BYTES = 8_192
NAMES = ("username", "client_id", "login", "name", "email")
SECRETS = ("password", "client_secret", "secret")
PASSWORD = "1234"
PASSWORD_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$Y7mPW+2ZfrV08YqEQvjORQ"
    "$h8ARvNCMIrT4l3f89keQjC/XrZplI5zq/QWRk4cMPmo"
)
"""Of the password: making a hash takes longer than making a universe."""
ROLES = ["OrganisationAdmin", "VoiceChannel"]

_ACCOUNTS = Prepared(lambda: Account.select(Account.uid).order_by(Account.id).limit(MOST_ACCOUNTS))
_KEYS, _USERS = Insert(AccessKey, ignore=True), Insert(User, ignore=True)

Environ = dict[str, Any]


@dataclass(frozen=True)
class Given:
    """What a universe can be used with; `accounts` has one entry for each of its accounts."""

    admin_token: str
    accounts: list[dict[str, str]]


def give(world: World) -> Given:
    """Make and store an administrator's key, and a key and a user for each account."""
    with world.universe.entered(), connection():
        given = Given(
            admin_token=_uid(world, "admin"),
            accounts=[_of_account(world, n, uid) for n, uid in enumerate(_accounts(), 1)],
        )
    store(world, given)
    return given


def store(world: World, given: Given) -> None:
    """Let what a universe was given open it, as far as its accounts are there."""
    keyring = world.universe.store.keyring
    now = world.now()
    with world.universe.entered(), write():
        there = set(_accounts())
        owned = [one for one in given.accounts if one["uid"] in there]
        keys = [_key(world, f"{world.name}-admin", given.admin_token)]
        keys += [_key(world, one["key_id"], one["secret"], one["uid"]) for one in owned]
        for key in keys:
            digest = keyring.digest(key["secret"])
            _KEYS.run({**key, "created_at": now, "secret_hash": digest})
        for one in owned:
            _USERS.run({**_user(world, one), "created_at": now})


def _accounts() -> list[str]:
    return [str(row.uid) for row in _ACCOUNTS.all()]


def secret(world: World, what: str) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(f"{world.name}:{world.seed_number}:{what}".encode()).hexdigest()


def _uid(world: World, what: str) -> str:
    return str(UUID(secret(world, what)[:32]))


def _of_account(world: World, place: int, uid: str) -> dict[str, str]:
    number = "" if place == 1 else f"-{place}"
    return {
        "uid": uid,
        "key_id": f"{world.name}-key{number}",
        "secret": secret(world, f"key{number}")[:40],
        "login": f"{world.name}{number}",
        "password": PASSWORD,
    }


def _key(world: World, key_id: str, secret: str, account: str | None = None) -> dict[str, Any]:
    return {
        "uid": UUID(_uid(world, f"key:{key_id}")),
        "scope": Scope.ADMIN if account is None else Scope.ACCOUNT,
        "account_uid": account and UUID(account),
        "key_id": key_id,
        "secret": secret,
    }


def _user(world: World, given: dict[str, str]) -> dict[str, Any]:
    login = given["login"]
    return {
        "uid": UUID(_uid(world, f"user:{login}")),
        "scope": Scope.ACCOUNT,
        "account_uid": UUID(given["uid"]),
        "login": login,
        "name": login,
        "email": f"{login}@{world.name}.example",
        "password_hash": PASSWORD_HASH,
        "roles": ROLES,
    }


@dataclass(frozen=True)
class Shown:
    """What a request shows: the name of a key or user, a secret, the subject of a token."""

    name: str = ""
    secret: str = ""
    uid: UUID | None = None

    def opens(self, world: World) -> bool:
        """Whether the world knows it; that proves nothing."""
        with world.universe.entered(), connection():
            return access.is_known(name=self.name, secret=self.secret, uid=self.uid)


def shown(environ: Environ) -> Shown | None:
    """By the Authorization header, else by the body of a login."""
    scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    if scheme.lower() == "basic":
        name, colon, password = _basic(value).partition(":")
        return Shown(name=name, secret=password) if colon else None
    if scheme.lower() == "bearer":
        subject = _subject(value.strip())
        return Shown(uid=subject) if subject else Shown(secret=value.strip())
    return _of_body(environ) if environ.get("REQUEST_METHOD") == "POST" else None


def _basic(value: str) -> str:
    try:
        return base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def _subject(token: str) -> UUID | None:
    """Whom a signed token is for. The dialect will check the signature."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return UUID(str(claims["sub"]))
    except (ValueError, KeyError, TypeError):
        return None


def _of_body(environ: Environ) -> Shown | None:
    """A short body is looked at, and given back whole."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit() or not 0 < int(length) <= MOST_BODY_BYTES:
        return None
    raw = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(raw)
    try:
        members = orjson.loads(raw)
    except orjson.JSONDecodeError:
        members = dict(parse_qsl(raw.decode("utf-8", "replace")))
    if not isinstance(members, dict):
        return None
    name = next((m for n in NAMES if isinstance(m := members.get(n), str)), "")
    password = next((m for n in SECRETS if isinstance(m := members.get(n), str)), "")
    return Shown(name=name, secret=password) if name and password else None
