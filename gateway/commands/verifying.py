"""The command that proves a move: both sides are read and compared, the report is signed."""

from __future__ import annotations

import argparse
import base64
import os
import sys
from pathlib import Path

import orjson

from gateway.app import product_version
from gateway.commands.moving import ends, number
from gateway.commands.opening import ready
from gateway.domain.parity import Report, Verdict, fingerprint
from gateway.domain.parity_page import page
from gateway.domain.parity_text import text
from gateway.models.database import current_store
from gateway.services import parity
from gateway.settings import Settings
from gateway.universe import make_keyring

DIFFERENT, KNOWN = 1, 3
CODES = {Verdict.EQUAL: 0, Verdict.KNOWN: KNOWN, Verdict.DIFFERENT: DIFFERENT}


def verify(options: argparse.Namespace) -> int:
    """Compare two sides, check a report, or show the key: whichever the arguments ask for."""
    pair = (options.source, options.target)
    asked = [all(pair), bool(options.check), options.public_key]
    if sum(asked) != 1 or any(pair) != all(pair):
        options.misused("give --from and --to, or --check FILE, or --public-key")
    if options.key and not options.check:
        options.misused("--key goes with --check")
    if (options.json or options.html or options.number) and not all(pair):
        options.misused("--json, --html and --number go with --from and --to")
    if options.public_key:
        return _show_key()
    return _check(options) if options.check else _compare(options)


def _compare(options: argparse.Namespace) -> int:
    """0 when both sides are equal, 3 when they are but for what is known, 1 when they differ."""
    numbers = [number(one) for one in options.number]
    with ready() as ctx, ends(ctx, options) as (source, target):
        told = parity.report(ctx, source, target, version=product_version(), numbers=numbers)
        signed = parity.signed(told, current_store().keyring)
    _write(options, signed)
    sys.stdout.write(text(told))
    return CODES[Verdict(told["verdict"])]


def _write(options: argparse.Namespace, signed: Report) -> None:
    if options.json:
        _whole(Path(options.json), orjson.dumps(signed, option=orjson.OPT_INDENT_2) + b"\n")
    if options.html:
        _whole(Path(options.html), page(signed).encode())


def _whole(path: Path, content: bytes) -> None:
    """A file that is there with all its content, or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _check(options: argparse.Namespace) -> int:
    """0 when the signature is right and, with --key, of that key; otherwise 1."""
    found = parity.checked(Path(options.check).read_bytes())
    told = found.report
    mark = found.fingerprint.partition(":")[2]
    if options.key and options.key.lower().removeprefix("sha256:") != mark:
        raise ValueError(f"the report is signed by another key: {found.fingerprint}")
    print(f"signed by {found.fingerprint}")
    if not options.key:
        print("the key is only what the file itself claims: name the one you expect with --key")
    names = (told["from"]["name"], told["to"]["name"])
    print(_printable(f"from {names[0]} to {names[1]} at {told['at']}: {told['verdict']}"))
    return 0


def _printable(text: str) -> str:
    """Without what would tell a terminal something: anybody may have written the file."""
    return "".join(one if one.isprintable() else "?" for one in text)


def _show_key() -> int:
    key = make_keyring(Settings.from_env()).public_key
    print(f"public key   {base64.b64encode(key).decode()}")
    print(f"fingerprint  {fingerprint(key)}")
    return 0
