"""Secrets at rest: what goes in comes out, under the same key only, and nothing leaks."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from gateway.models.keyring import Keyring, KeyringError, is_signature

ONE = Keyring.from_secret("one secret key of tests")
OTHER = Keyring.from_secret("another secret key of tests")


@pytest.mark.parametrize("clear", ["", "s3cret", "pä$$ wörd \N{KEY}", "x" * 5000])
def test_decrypts_what_it_encrypted(clear: str) -> None:
    cipher = ONE.encrypt(clear)
    assert cipher.startswith("f1:")
    assert clear not in cipher or clear == ""
    assert ONE.decrypt(cipher) == clear


def test_two_ciphertexts_of_one_secret_differ() -> None:
    assert ONE.encrypt("same") != ONE.encrypt("same")


def test_another_key_cannot_decrypt() -> None:
    with pytest.raises(KeyringError, match="another secret key"):
        OTHER.decrypt(ONE.encrypt("s3cret"))


@pytest.mark.parametrize("cipher", ["", "s3cret", "f2:abc", "f1:abc", "f1:" + "A" * 100])
def test_what_is_no_ciphertext_is_refused(cipher: str) -> None:
    with pytest.raises(KeyringError):
        ONE.decrypt(cipher)


def test_a_changed_ciphertext_is_refused() -> None:
    cipher = ONE.encrypt("s3cret")
    changed = cipher[:20] + ("A" if cipher[20] != "A" else "B") + cipher[21:]
    with pytest.raises(KeyringError):
        ONE.decrypt(changed)


def test_digests_are_equal_for_equal_secrets_under_one_key_only() -> None:
    assert ONE.digest("k") == Keyring.from_secret("one secret key of tests").digest("k")
    assert ONE.digest("k") != ONE.digest("K")
    assert ONE.digest("k") != OTHER.digest("k")
    assert ONE.digest("k").startswith("h1:")


def test_signatures_are_of_one_secret_and_of_the_data() -> None:
    again, signature = Keyring.from_secret("one secret key of tests"), ONE.sign(b"data")
    assert (again.public_key, again.sign(b"data")) == (ONE.public_key, signature)
    assert is_signature(ONE.public_key, b"data", signature)
    assert not is_signature(ONE.public_key, b"Data", signature)
    assert not is_signature(OTHER.public_key, b"data", signature)
    assert not is_signature(ONE.public_key, b"data", signature[:-1])
    assert not is_signature(b"no key", b"data", signature)


def test_a_short_secret_key_is_refused() -> None:
    with pytest.raises(KeyringError, match="16 characters"):
        Keyring.from_secret("short")


def test_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "polytrunk.key"
    cipher = Keyring.load_or_create(path).encrypt("s3cret")
    assert path.stat().st_mode & 0o777 == 0o600
    assert Keyring.load_or_create(path).decrypt(cipher) == "s3cret"
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_file_others_can_read_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "polytrunk.key"
    Keyring.load_or_create(path)
    path.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        Keyring.load_or_create(path)
    assert "can be read by others" in caplog.text


def test_a_keyring_does_not_print_its_key() -> None:
    assert repr(ONE) == "<Keyring>"
