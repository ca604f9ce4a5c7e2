"""Credentials at vendors of speech: kept as documents, one of a vendor for each owner.

Their secrets are encrypted inside the JSON body and in clear in the rows given out, so that an
answer can show their beginning; a body that a bundle brought in clear is read as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.instants import iso_ms
from gateway.domain.problems import Conflict, Why
from gateway.models.current import current_store
from gateway.models.database import write
from gateway.models.keyring import CIPHER_PREFIX
from gateway.services import documents, owning, ports
from gateway.services.owning import Named
from gateway.services.ports.speech import Checked, Outcome

SECRETS = (
    "service_key",
    "access_key_id",
    "secret_access_key",
    "api_key",
    "client_id",
    "secret",
)


class Told(NamedTuple):
    """How the test of one use went: success, fail or not tested."""

    status: str = "not tested"
    reason: str | None = None


class Tested(NamedTuple):
    tts: Told = Told()
    stt: Told = Told()


def _sealed(body: Mapping[str, Any]) -> dict[str, Any]:
    seal = current_store().keyring.encrypt
    return {
        name: seal(value) if name in SECRETS and value is not None else value
        for name, value in body.items()
    }


def _opened(row: Any) -> Any:
    """The row with its secrets in clear."""
    unseal = current_store().keyring.decrypt
    row.body = {
        name: unseal(value)
        if name in SECRETS and isinstance(value, str) and value.startswith(CIPHER_PREFIX)
        else value
        for name, value in row.body.items()
    }
    return row


def create(ctx: Context, kind: str, body: Mapping[str, Any], account: Named = None) -> Any:
    """Credentials of the caller, or of an account of the calling provider that is named.

    `body` has the vendor and what it gave. Raises Invalid at `account_uid`, Conflict at `vendor`,
    whose value joins vendor and owner.
    """
    owner = owning.owner_of_new(ctx, account)
    vendor: str = body["vendor"]
    try:
        return documents.create(ctx, kind, _sealed(body), key=vendor, owner=owner)
    except Conflict:
        value = f"{vendor}-{owner.account_uid or owner.service_provider_uid}"
        text = f"there are credentials of {vendor}"
        raise Conflict(text, fields={"vendor": [Why("taken", value)]}) from None


def search(ctx: Context, kind: str) -> list[Any]:
    """The caller's own credentials, oldest first."""
    rows = documents.search(ctx, kind, limit=documents.EVERY)
    return [_opened(row) for row in rows]


def get(ctx: Context, kind: str, given: UUID | Ref) -> Any:
    """Credentials of the caller; NotFound."""
    return _opened(documents.get(ctx, kind, given))


def update(ctx: Context, kind: str, given: UUID | Ref, members: Mapping[str, Any]) -> None:
    """Set members of the body that are no secrets; NotFound."""
    with write():
        row = documents.get(ctx, kind, given)
        documents.store(ctx, row, {"body": {**row.body, **members}})


def delete(ctx: Context, kind: str, given: UUID | Ref) -> None:
    """Remove credentials; NotFound."""
    documents.remove(documents.get(ctx, kind, given))


def check(
    ctx: Context,
    kind: str,
    given: UUID | Ref,
    *,
    always: Collection[str] = (),
) -> Tested:
    """Ask the vendor whether the credentials work, for each use they are for and those of `always`.

    When, and how it went, is kept with the credentials.
    """
    row = get(ctx, kind, given)
    asked = [use for use in Checked._fields if row.body.get(f"use_for_{use}") or use in always]
    if not asked:
        return Tested()
    checked = ports.of(ctx).speech.check(row.body["vendor"], row.body)._asdict()
    members: dict[str, Any] = {f"{use}_tested_ok": checked[use].ok for use in asked}
    update(ctx, kind, row.uid, {**members, "last_tested": iso_ms(ctx.runtime.now())})
    return Tested(**{use: _told(checked[use]) for use in asked})


def _told(outcome: Outcome) -> Told:
    return Told("success" if outcome.ok else "fail", outcome.reason)
