"""People: oneself, and the others of one's account or provider (seed 000; making, reading and
removing one is the running server's)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import BEYOND_SERVER, check_sid, sids
from adapters.jambonz.schemas import users as wire
from gateway.domain.context import Context
from gateway.http.kit import Blueprint
from gateway.services import overview, people
from gateway.wire import MERGE, Change

blp = Blueprint("users", __name__)

ALL, ME, ONE = "/v1/Users", "/v1/Users/me", "/v1/Users/<UserSid>"
PATH = sids("UserSid")


@blp.operation("GET", ALL, "listUsers", returns=wire.Users(many=True))
def list_users(ctx: Context) -> Any:
    """People the caller can see."""
    return people.search(ctx)


@blp.operation("GET", ME, "getMyDetails", returns=wire.UserAndAccountDetail())
def get_my_details(ctx: Context) -> Any:
    """The caller, their account and what it has."""
    return overview.mine(ctx, application=wire.TEST_APPLICATION)


@blp.operation(
    "PUT", ONE, "updateUser", takes=wire.UserChange(partial=True), mode=MERGE, status=204,
    path=PATH,
)  # fmt: skip
def update_user(ctx: Context, user_sid: str, change: Change) -> None:
    """Change one's own name, email or password."""
    check_sid("user_sid", user_sid)
    people.update(ctx, sid(user_sid), change)


@blp.operation(
    "POST", ALL, "createUser", takes=wire.NewUser(), returns=wire.SuccessfulUserAdd(), status=201,
    provenance=BEYOND_SERVER,
)  # fmt: skip
def create_user(ctx: Context, change: Change) -> Any:
    """Create a user of an account or of a service provider."""
    return people.create(ctx, change)


@blp.operation(
    "GET", ONE, "getUser", returns=wire.User(), path=PATH, provenance=BEYOND_SERVER
)  # fmt: skip
def get_user(ctx: Context, user_sid: str) -> Any:
    """One user."""
    return people.get(ctx, sid(user_sid))


@blp.operation("DELETE", ONE, "deleteUser", status=204, path=PATH, provenance=BEYOND_SERVER)
def delete_user(ctx: Context, user_sid: str) -> None:
    """Remove a user, who may not be the caller."""
    people.delete(ctx, sid(user_sid))
