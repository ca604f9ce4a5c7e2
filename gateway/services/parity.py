"""Parity reports: two providers are read once, held against each other, and what came of it is
signed with the installation's key. Who gets a report checks it without us."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from gateway.domain import parity, parity_page
from gateway.domain.context import Context
from gateway.domain.migration import with_unread
from gateway.domain.narrowing import narrowed
from gateway.domain.parity import Report
from gateway.domain.parity_paths import Paths
from gateway.domain.parity_rows import Side
from gateway.domain.problems import Conflict, NotFound
from gateway.domain.settling import Settled, apart, plain, settled, without_nameless
from gateway.domain.words import NumberHandling
from gateway.models.database import current_store
from gateway.models.keyring import Keyring, is_signature
from gateway.services import connections, move_plans
from gateway.services.move_plans import End

ALGORITHM = "Ed25519"
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What comes of reading what somebody else may have written."""


class Unlike(Conflict):
    """A file that was a parity report, and is not what was signed."""


@dataclass(frozen=True)
class _Read(End):
    """An end that was read: plan and paths are made of the same answers."""

    told: Settled = field(default_factory=dict)
    rows: Settled = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def read(self, ctx: Context) -> tuple[Settled, tuple[str, ...]]:
        return self.rows, self.notes

    def side(self, at: datetime) -> Side:
        row = self.connection
        by_endpoint = any("primary_endpoint_uid" in move.takes for move in self.dialect.moves())
        usual = NumberHandling.ENDPOINT if by_endpoint else NumberHandling.NONE
        about = {"name": row.name, "dialect": row.dialect, "base_url": row.base_url}
        return Side(about, self.rows, Paths(self.told, self.rows, at, usual), self.notes)


def _read(ctx: Context, end: End, numbers: Collection[str]) -> _Read:
    """All that a provider holds, or with `numbers` no others of its numbers."""
    found = connections.pull(ctx, end.connection, end.dialect, end.transport)
    known, left_out = without_nameless(plain(found))
    told = apart(known)
    told["number"] = [
        row for row in told.get("number", ()) if not numbers or row["e164"] in numbers
    ]
    notes = (*found.notes, *found.oddities(), *left_out)
    rows = settled(told)
    if numbers:
        rows = narrowed(rows, [row["e164"] for row in rows["number"]]) if rows["number"] else rows
    return _Read(end.connection, end.dialect, end.transport, told, rows, notes)


def report(
    ctx: Context, source: End, target: End, *, version: str, numbers: Collection[str] = ()
) -> Report:
    """What differs between two providers, as `parity.report` tells it; nothing is written.

    With `numbers` only these are looked at; NotFound for one that neither side has. Whatever goes
    wrong while a provider is read fails the whole: there is no report of a half.
    """
    ours, theirs = _read(ctx, source, numbers), _read(ctx, target, numbers)
    held = {row["e164"] for end in (ours, theirs) for row in end.rows["number"]}
    if unknown := sorted(set(numbers) - held):
        raise NotFound(f"neither side has the number {unknown[0]}")
    plan = with_unread(move_plans.plan(ctx, ours, theirs), ())
    at = ctx.runtime.now()
    about = {
        "installation": {
            "fingerprint": parity.fingerprint(current_store().keyring.public_key),
            "version": version,
        },
        "at": at.isoformat(),
        "only": sorted(numbers),
    }
    moves = target.dialect.moves()
    return parity.report(plan, ours.side(at), theirs.side(at), moves, about)


def signed(told: Report, keyring: Keyring) -> Report:
    """A report with the signature of its canonical form, and the key that checks it."""
    return {
        "report": told,
        "signature": {
            "algorithm": ALGORITHM,
            "public_key": base64.b64encode(keyring.public_key).decode(),
            "fingerprint": parity.fingerprint(keyring.public_key),
            "value": base64.b64encode(keyring.sign(parity.canonical(told))).decode(),
        },
    }


class Checked(NamedTuple):
    """A report whose signature is right, and the fingerprint of whose it is."""

    report: Mapping[str, Any]
    fingerprint: str


def checked(content: bytes) -> Checked:
    """A signed report read back from its file, JSON or HTML, without asking anybody.

    ValueError where it is none; Unlike where its signature is not right, or a page shows anything
    but what the report in it says.
    """
    try:
        text = content.decode()
        inside = parity_page.document_in(text)
        told = json.loads(text if inside is None else inside, object_pairs_hook=_members)
        found = _of_signature(told)
        shown = parity_page.page(told)  # which also tells whether it has all that a report has
    except _UNREADABLE as error:
        raise ValueError(f"this is no signed parity report: {error!r}") from None
    if inside is not None and shown != text:
        raise Unlike(
            "the report inside is as it was signed, but the page around it does not say the same,"
            " or was written by another version: do not read the page"
        )
    return found


def _of_signature(told: Any) -> Checked:
    seal, report = told["signature"], told["report"]
    key, value = (base64.b64decode(seal[name], validate=True) for name in ("public_key", "value"))
    known = (report["kind"], report["format"], seal["algorithm"])
    if known != (parity.KIND, parity.FORMAT, ALGORITHM):
        raise Unlike(f"this is a report of a kind that is not known here: {known}")
    mark = parity.fingerprint(key)
    claimed = {seal["fingerprint"], report["installation"]["fingerprint"]}
    if claimed != {mark} or not is_signature(key, parity.canonical(report), value):
        raise Unlike("the signature is not right: the report was changed after it was signed")
    return Checked(report, mark)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no member stands twice, so that everybody reads the same in it."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise KeyError("an object has a member twice")
    return found
