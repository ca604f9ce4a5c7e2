"""Secrets at rest: one key for everything, from settings or a key file beside the database.

What must be replayed (SIP and SMPP passwords, upstream secrets) is encrypted; what is only compared
(API keys) is looked up by a keyed hash. Both carry a version prefix, so that a later scheme can be
told from this one. What others shall believe is signed; the key for that is made of the same
secret, so every process and machine of an installation has it and nothing more is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CIPHER_PREFIX = "f1:"
DIGEST_PREFIX = "h1:"
SHORTEST_SECRET = 16

log = logging.getLogger(__name__)


class KeyringError(ValueError):
    """A key that cannot be used, or a ciphertext that this key did not make."""


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=b"polytrunk keyring", info=purpose).derive(secret)


def is_signature(public_key: bytes, data: bytes, signature: bytes) -> bool:
    """Whether the owner of an Ed25519 key (32 bytes) signed the data; False also for no key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


class Keyring:
    """Encryption, keyed hashing and signing under one secret."""

    def __init__(self, secret: bytes) -> None:
        self._fernet = Fernet(urlsafe_b64encode(_derive(secret, b"encrypt")))
        self._hmac = hmac.new(_derive(secret, b"digest"), digestmod=hashlib.sha256)
        self._signer = Ed25519PrivateKey.from_private_bytes(_derive(secret, b"sign"))
        self.public_key = self._signer.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return "<Keyring>"

    @classmethod
    def from_secret(cls, text: str) -> Keyring:
        """From a setting of at least 16 characters; KeyringError if it is shorter."""
        if len(text) < SHORTEST_SECRET:
            raise KeyringError(f"the secret key needs at least {SHORTEST_SECRET} characters")
        return cls(text.encode())

    @classmethod
    def load_or_create(cls, path: str | os.PathLike[str]) -> Keyring:
        """From a key file, made with mode 0600 if absent. Processes that start together agree."""
        file = Path(path)
        if not file.exists():
            _create(file)
        if os.name == "posix" and file.stat().st_mode & 0o077:
            log.warning("key file %s can be read by others; its mode should be 0600", file)
        return cls.from_secret(file.read_text("ascii").strip())

    def encrypt(self, clear: str) -> str:
        return CIPHER_PREFIX + self._fernet.encrypt(clear.encode()).decode("ascii")

    def decrypt(self, cipher: str) -> str:
        """The secret in clear; KeyringError if another key or scheme made the ciphertext."""
        if not cipher.startswith(CIPHER_PREFIX):
            raise KeyringError("a stored secret is in a form this version does not know")
        try:
            return self._fernet.decrypt(cipher[len(CIPHER_PREFIX) :]).decode()
        except InvalidToken:
            raise KeyringError("a stored secret was encrypted under another secret key") from None

    def digest(self, secret: str) -> str:
        """The keyed hash a secret is looked up by: equal secrets give equal text."""
        keyed = self._hmac.copy()
        keyed.update(secret.encode())
        return DIGEST_PREFIX + keyed.hexdigest()

    def sign(self, data: bytes) -> bytes:
        """An Ed25519 signature (64 bytes), the same for the same data; `public_key` checks it."""
        return self._signer.sign(data)


def _create(file: Path) -> None:
    """Write a new key beside its final name and link it there: the first process wins, whole."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_urlsafe(48) + "\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, file)
            log.info("made key file %s", file)
        except FileExistsError:
            pass
    finally:
        draft.unlink()
