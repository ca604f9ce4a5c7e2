"""Credential lists: SIP users with passwords that never come back (vendor documentation)."""

from __future__ import annotations

from typing import Any

from adapters.sinch.schemas.common import (
    MAX_NAME,
    Id,
    Paged,
    Sent,
    Sinch,
    create_time,
    own_id,
    project_id,
    update_time,
)
from adapters.sinch.schemas.endpoints import USER_FORM
from gateway.domain.problems import Invalid
from gateway.wire import Change, Length, Listed, Part, Pattern, Text

PASSWORD = Pattern(
    r"(?=[\s\S]*[a-z])(?=[\s\S]*[A-Z])(?=[\s\S]*[0-9])[\s\S]{12,128}",
    "must have 12 characters or more, with upper case, lower case and digits",
)
MOST_USERS = 500


def _password(**options: Any) -> Text:
    return Text(load_only=True, validate=PASSWORD, **options)


class Credential(Sinch):
    """A user of a list, without the password."""

    id = own_id()
    username = Text(required=True)


class NewCredential(Sent):
    username = Text(required=True, validate=USER_FORM)
    password = _password(required=True)


class CredentialList(Sinch):
    id = own_id()
    name = Text(required=True)
    credentials = Listed(Part(Credential), attribute="users", dump_only=True)
    createTime = create_time()
    updateTime = update_time()
    projectId = project_id()


class NewCredentialList(Sent):
    passes = ("id", "createTime", "updateTime", "projectId")

    name = Text(required=True, validate=Length(1, MAX_NAME))
    credentials = Listed(
        Part(NewCredential, null=False), attribute="users", validate=Length(0, MOST_USERS)
    )

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        names = [user.get("username") for user in change.get("users") or ()]
        twice = next((name for name in names if name and names.count(name) > 1), None)
        if twice and self.side == "server":
            raise Invalid.one("credentials", "repeated", f"names the user {twice} twice")
        return change


class CredentialListChange(Sent):
    name = Text(required=True, validate=Length(1, MAX_NAME))
    passes = ("id", "credentials", "createTime", "updateTime", "projectId")


class CredentialChange(Sent):
    password = _password(required=True)
    passes = ("id", "username")


class CredentialLists(Paged):
    credentialLists = Listed(Part(CredentialList), attribute="items")


class TrunkCredentialLists(CredentialLists):
    """Of one trunk: the ids as documented, the lists as the vendor's client reads them."""

    credentialListIds = Listed(Id(null=False), source=lambda page: [row.uid for row in page.items])


def check_username(username: str) -> None:
    """A name of the path that could be nobody's is refused; Invalid at `username`."""
    if USER_FORM.form.fullmatch(username) is None:
        raise Invalid.one("username", "pattern", USER_FORM.text)
