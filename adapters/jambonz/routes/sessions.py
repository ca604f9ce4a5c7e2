"""Signing in and out, lost and changed passwords, what passwords must be (seed 000; /login and
/PasswordSettings are the running server's)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz import auth
from adapters.jambonz.routes.common import BEYOND_SERVER
from adapters.jambonz.schemas import sessions as wire
from gateway.domain.context import Context
from gateway.domain.problems import Invalid
from gateway.http.kit import Blueprint
from gateway.services import password_rules, signing_in, tokens
from gateway.wire import Change

blp = Blueprint("sessions", __name__)

SIGN_IN, PROFILE = wire.SignIn(), wire.UserProfile()
LOG_IN, LOGGED_IN = wire.LogIn(), wire.LoggedIn()
FORGOT, CHANGED = wire.ForgotPassword(), wire.ChangePassword()
SETTINGS, NEW_SETTINGS, NOTHING = (
    wire.PasswordSettings(),
    wire.NewPasswordSettings(),
    wire.Nothing(),
)
RULES = "/v1/PasswordSettings"


def _all_of(change: Change, text: str, *names: str) -> list[str]:
    """The texts of members that must all be there; the server has one sentence for their lack."""
    if any(change.get(name) is None for name in names):
        raise Invalid.one("", "said", text)
    return [change[name] for name in names]


@blp.operation("POST", "/v1/signin", "loginUser", takes=SIGN_IN, returns=PROFILE, public=True)
def login_user(ctx: Context, change: Change) -> Any:
    """Sign in by email and password, or by a link that was sent."""
    if change.get("link") is not None:
        user = signing_in.by_link(ctx, change["link"])
    else:
        given = _all_of(change, "missing email or password", "email", "password")
        user = signing_in.by_email(ctx, *given)
    return wire.Session(user, auth.issue(ctx, user))


@blp.operation(
    "POST", "/v1/login", "login", takes=LOG_IN, returns=LOGGED_IN, public=True,
    provenance=BEYOND_SERVER,
)  # fmt: skip
def login(ctx: Context, change: Change) -> Any:
    """Sign in by name and password."""
    given = _all_of(change, "missing username or password", "username", "password")
    user = signing_in.by_name(ctx, *given)
    return wire.Entered(user, auth.issue(ctx, user), auth.permissions_of(user))


@blp.operation("POST", "/v1/logout", "logoutUser", status=204)
def logout_user(ctx: Context) -> None:
    """Give the token back; an API key is none and stays."""
    claims = auth.claims_of(ctx)
    if claims is not None:
        tokens.revoke(ctx, claims)


@blp.operation(
    "POST", "/v1/forgot-password", "forgotPassword", takes=FORGOT, status=204, public=True
)
def forgot_password(ctx: Context, change: Change) -> None:
    """Ask for a link that opens without the password."""
    signing_in.forgot(ctx, *_all_of(change, "invalid or missing email", "email"))


@blp.operation("POST", "/v1/change-password", "changePassword", takes=CHANGED, status=204)
def change_password(ctx: Context, change: Change) -> None:
    """Change one's own password."""
    names = ("old_password", "new_password")
    given = _all_of(change, "missing old_password or new_password", *names)
    signing_in.change_password(ctx, *given)


@blp.operation(
    "GET", RULES, "getPasswordSettings", returns=SETTINGS, provenance=BEYOND_SERVER
)  # fmt: skip
def get_password_settings(ctx: Context) -> Any:
    """What passwords must be."""
    return wire.Settings.of(password_rules.read(ctx))


@blp.operation(
    "POST", RULES, "updatePasswordSettings", takes=NEW_SETTINGS, returns=NOTHING, status=201,
    provenance=BEYOND_SERVER,
)  # fmt: skip
def update_password_settings(ctx: Context, change: Change) -> Any:
    """Say what passwords must be; what is left out stays as it was."""
    password_rules.save(ctx, change)
    return {}
