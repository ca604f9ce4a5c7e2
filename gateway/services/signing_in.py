"""Proving who one is: by a password, or by a link that was sent to the address one has.

A password costs its hash whether or not somebody has that name. A link opens until its hour is
over, as often as it is shown, and until it has changed the password.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.problems import Forbidden, Invalid, NotFound
from gateway.models.database import write
from gateway.services import codes, password_rules, passwords, people, ports

LINK_MINUTES = 60


def by_email(ctx: Context, email: str, password: str) -> Any:
    """The user of an email address and password.

    NotFound for an address that nobody has proved to be theirs, Forbidden for a wrong password or
    an account that is switched off.
    """
    row = people.by_email(ctx, email)
    right = passwords.matches(row.password_hash if row is not None else None, password)
    if row is None or not row.is_active or _is_unproven(ctx, row):
        raise NotFound()
    if not right:
        raise Forbidden()
    return _welcome(row)


def by_name(ctx: Context, name: str, password: str) -> Any:
    """The user who signs in by a name; Forbidden whatever is wrong."""
    row = people.by_login(ctx, name)
    right = passwords.matches(row.password_hash if row is not None else None, password)
    if row is None or not right:
        raise Forbidden()
    return _welcome(row)


def by_link(ctx: Context, link: str) -> Any:
    """The user who was sent a link; Forbidden for one that opens nothing, or no longer."""
    sent = codes.find(ctx, codes.RESET, link)
    row = people.by_uid(ctx, UUID(sent.body["user"])) if sent is not None else None
    if row is None:
        raise Forbidden()
    return _welcome(row)


def _is_unproven(ctx: Context, row: Any) -> bool:
    return people.noted(ctx, row, people.VALIDATED["email"]) is False


def _welcome(row: Any) -> Any:
    if not row.is_active or (row.owner is not None and not row.owner.is_active):
        raise Forbidden()
    return row


def forgot(ctx: Context, email: str) -> None:
    """Send a link to somebody who lost the password; Invalid at `email` says why it cannot be."""
    row = people.by_email(ctx, email)
    if row is None:
        raise Invalid.one("email", "said", "email does not exist")
    if not row.is_active or (row.owner is not None and not row.owner.is_active):
        text = "you may not reset the password of an inactive account"
        raise Invalid.one("email", "said", text)
    if row.password_hash is None:
        raise Invalid.one("email", "said", "user is using oauth authentication")
    owner, body = people.owner_of(row), {"user": str(row.uid)}
    with write():
        link = codes.issue(ctx, codes.RESET, owner=owner, body=body, minutes=LINK_MINUTES)
        text = f"Somebody asked for a new password. This opens for an hour: {link}"
        ports.of(ctx).mail.send(ctx, to=row.email, subject="Your password", text=text)


def change_password(ctx: Context, old: str, new: str) -> None:
    """Give the caller another password; a link that was sent to them stands for the old one.

    Forbidden for access keys, Invalid at `old_password` and `new_password`.
    """
    person = people.me(ctx)
    policy.require(ctx, "user.write")
    if person.password_hash is None:
        raise Invalid.one("old_password", "said", "user is using oauth authentication")
    password_rules.demand(ctx, "new_password", new)
    link = _link_of(ctx, person, old)
    if link is None and not passwords.matches(person.password_hash, old):
        raise _incorrect()
    hashed = passwords.hashed(new)
    with write():
        if link is not None and not codes.use(ctx, link):
            raise _incorrect()
        people.set_password(ctx, person, hashed)


def _link_of(ctx: Context, person: Any, text: str) -> Any | None:
    sent = codes.find(ctx, codes.RESET, text)
    return sent if sent is not None and sent.body["user"] == str(person.uid) else None


def _incorrect() -> Invalid:
    return Invalid.one("old_password", "said", "old_password is incorrect")
