"""Signing in and out, passwords, users."""

from __future__ import annotations

from typing import Any

from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import NOTHING, Area, Bad, Walker
from tests.adapters.jambonz.people_rows import (
    AGENT,
    CHANGER,
    DOOMED,
    NEW_PASSWORD,
    OWNER,
    PASSWORD,
    RIVAL,
    ROOT,
    ROWS,
    STRANGER,
    email_of,
    prepare,
)
from tests.adapters.jambonz.world import ALPHA, BETA, NOBODY, PROVIDER
from tests.support.matrix import Sample


def signed_in(owner: str = "alpha_jwt", stranger: str = "beta_jwt") -> dict[str, Any]:
    return {
        "owner": {"Authorization": f"Bearer {{{owner}}}"},
        "stranger": {"Authorization": f"Bearer {{{stranger}}}"},
    }


ADMIN: dict[str, Any] = {"owner": world.bearer("admin"), "stranger": world.bearer("alpha")}
NEWCOMER = {
    "name": "newcomer",
    "email": email_of("newcomer"),
    "initial_password": NEW_PASSWORD,
}
RULES = {"min_password_length": 8, "require_digit": False}
OPERATIONS = {
    "loginUser": Sample(body={"email": email_of("owner"), "password": PASSWORD}),
    "login": Sample(body={"username": "owner", "password": PASSWORD}),
    "logoutUser": Sample(
        owner={"Authorization": "Bearer {leaver_jwt}"}, stranger=world.bearer("beta")
    ),
    "forgotPassword": Sample(body={"email": email_of("owner")}),
    "changePassword": Sample(
        body={"old_password": PASSWORD, "new_password": NEW_PASSWORD}, **signed_in("changer_jwt")
    ),
    "getPasswordSettings": Sample(foreign=403, **ADMIN),
    "updatePasswordSettings": Sample(body=RULES, foreign=403, **ADMIN),
    "listUsers": Sample(**signed_in()),
    "getMyDetails": Sample(**signed_in()),
    "updateUser": Sample({"UserSid": OWNER}, {"name": "renamed"}, foreign=404, **signed_in()),
    "createUser": Sample(body=NEWCOMER),
    "getUser": Sample({"UserSid": OWNER}, foreign=404),
    "deleteUser": Sample({"UserSid": DOOMED}, foreign=404),
}


def _some(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in {**base, **changes}.items() if v is not NOTHING}


def sign_in(name: str, status: int = 400, says: str = "", **changes: Any) -> Bad:
    body = _some({"email": email_of("owner"), "password": PASSWORD}, changes)
    return Bad(f"signin: {name}", "POST", "/signin", status, body, says)


def log_in(name: str, status: int = 400, says: str = "", **changes: Any) -> Bad:
    body = _some({"username": "owner", "password": PASSWORD}, changes)
    return Bad(f"login: {name}", "POST", "/login", status, body, says)


def forgot(name: str, says: str, **body: Any) -> Bad:
    return Bad(f"forgot: {name}", "POST", "/forgot-password", 400, body, says)


def password(name: str, says: str = "", status: int = 400, **changes: Any) -> Bad:
    who = changes.pop("who", "{alpha_jwt}")
    body = _some({"old_password": PASSWORD, "new_password": NEW_PASSWORD}, changes)
    return Bad(f"password: {name}", "POST", "/change-password", status, body, says, who=who)


def rules(name: str, body: Any, says: str = "", status: int = 400, who: str = "admin") -> Bad:
    return Bad(f"rules: {name}", "POST", "/PasswordSettings", status, body, says, who=who)


def put(name: str, body: Any, says: str = "", status: int = 400, **more: Any) -> Bad:
    uid, who = more.get("uid", OWNER), more.get("who", "{alpha_jwt}")
    return Bad(f"user: {name}", "PUT", f"/Users/{uid}", status, body, says, who=who)


def new(
    title: str, /, says: str = "", status: int = 400, who: str = "alpha", **changes: Any
) -> Bad:
    return Bad(f"new user: {title}", "POST", "/Users", status, _some(NEWCOMER, changes), says, who)


MISSING = "missing email or password"
NEITHER = "new_password and old_password both required"
INCORRECT, BAD_RULE = "old_password is incorrect", "min_password_length"
CASES = [
    sign_in("no email", says=MISSING, email=NOTHING),
    sign_in("no password", says=MISSING, password=NOTHING),
    sign_in("null password", says=MISSING, password=None),
    sign_in("number for a password", says="password", password=1234),
    sign_in("list for an email", says="email", email=["x"]),
    sign_in("empty email", says="email", email=""),
    sign_in("a zero character", says="email", email="x\0"),
    sign_in("unknown member", says="unknown property 'bogus'", bogus=1),
    sign_in("unknown email", 404, email=email_of("nobody")),
    sign_in("unproven email", 404, email=email_of("unproven")),
    sign_in("user switched off", 404, email=email_of("switched-off")),
    sign_in("wrong password", 403, password="12345"),
    sign_in("password of nobody", 403, email=email_of("vouched")),
    sign_in("account switched off", 403, email=email_of("sleeper")),
    sign_in("unknown link", 403, email=NOTHING, password=NOTHING, link="bogus"),
    sign_in("empty link", says="link", link=""),
    Bad("signin: no body", "POST", "/signin", 400, {}, MISSING),
    Bad("signin: a list", "POST", "/signin", 400, []),
    Bad("signin: broken", "POST", "/signin", 400, data=b"{"),
    log_in("no name", username=NOTHING),
    log_in("no password", password=NOTHING),
    log_in("unknown name", 403, username="nobody"),
    log_in("wrong password", 403, password="12345"),
    log_in("user switched off", 403, username="switched-off"),
    log_in("account switched off", 403, username="sleeper"),
    log_in("unknown member", says="unknown property 'bogus'", bogus=1),
    forgot("nothing", "invalid or missing email"),
    forgot("null", "invalid or missing email", email=None),
    forgot("number", "email", email=5),
    forgot("unknown email", "email does not exist", email=email_of("nobody")),
    forgot("account switched off", "inactive account", email=email_of("sleeper")),
    forgot("user switched off", "inactive account", email=email_of("switched-off")),
    forgot("signs in elsewhere", "oauth", email=email_of("vouched")),
    forgot("unknown member", "unknown property 'bogus'", email=email_of("owner"), bogus=1),
    password("no old one", "missing old_password or new_password", old_password=NOTHING),
    password("no new one", "missing old_password or new_password", new_password=NOTHING),
    password("wrong old one", INCORRECT, old_password="12345"),
    password("a link of nobody", INCORRECT, old_password="A" * 32),
    password("too short", "at least 6 characters", new_password="12345"),
    password("too long", "new_password", new_password="1" * 1025),
    password("number", "new_password", new_password=123456789),
    password("unknown member", "unknown property 'bogus'", bogus=1),
    password("a key", "", 403, who="alpha"),
    rules("too short", {"min_password_length": 7}, BAD_RULE),
    rules("too long", {"min_password_length": 21}, BAD_RULE),
    rules("text", {"min_password_length": "many"}, BAD_RULE),
    rules("null", {"min_password_length": None}, BAD_RULE),
    rules("no flag", {"require_digit": "maybe"}, "require_digit"),
    rules("null flag", {"require_special_character": None}, "require_special_character"),
    rules("unknown member", {"bogus": 1}, "unknown property 'bogus'"),
    rules("a list", []),
    rules("of an account", RULES, "insufficient privileges", 403, "alpha"),
    rules("of a provider", RULES, "insufficient privileges", 403, "provider"),
    Bad("rules: read by an account", "GET", "/PasswordSettings", 403, who="alpha"),
    Bad("users: a key", "GET", "/Users", 403),
    Bad("users: a key of the installation", "GET", "/Users", 403, who="admin"),
    Bad("me: a key", "GET", "/Users/me", 403),
    Bad("user: no such", "GET", f"/Users/{NOBODY}", 404),
    Bad("user: no sid", "GET", "/Users/bogus", 404),
    Bad("user: of another account", "GET", f"/Users/{STRANGER}", 404),
    Bad("user: above the account", "GET", f"/Users/{AGENT}", 404),
    Bad("user: of another provider", "GET", f"/Users/{RIVAL}", 404, who="provider"),
    Bad("user: of the installation", "GET", f"/Users/{ROOT}", 404, who="provider"),
    put("nothing", {}, "no updates requested"),
    put("null name", {"name": None}, "no updates requested"),
    put("a key", {"name": "x"}, "", 403, who="alpha"),
    put("another person", {"name": "x"}, "", 403, uid=CHANGER),
    put("another account's", {"name": "x"}, "", 404, uid=STRANGER),
    put("nobody", {"name": "x"}, "", 404, uid=NOBODY),
    put("no sid", {"name": "x"}, "", 404, uid="bogus"),
    put("another sid", {"name": "x", "user_sid": CHANGER}, "user_sid is immutable"),
    put("new password alone", {"new_password": NEW_PASSWORD}, NEITHER),
    put("old password alone", {"old_password": PASSWORD}, NEITHER),
    put("password and name", {"name": "x", "old_password": PASSWORD, "new_password": NEW_PASSWORD},
        "can not change name and password simultaneously"),
    put("wrong old password", {"old_password": "12345", "new_password": NEW_PASSWORD}, "", 403),
    put("short password", {"old_password": PASSWORD, "new_password": "1"}, "at least 6"),
    put("email alone", {"email": email_of("new")}, "email and email_activation_code both required"),
    put("code alone", {"email_activation_code": "ABCDEF"}, "both required"),
    put("no email", {"email": "bogus", "email_activation_code": "ABCDEF"}, "email"),
    put("unknown code", {"email": email_of("new"), "email_activation_code": "ABCDEF"}, "code"),
    put("long name", {"name": "x" * 256}, "name"),
    put("number for a name", {"name": 5}, "name"),
    put("unknown member", {"bogus": 1}, "unknown property 'bogus'"),
    put("a list", []),
    *(new(f"no {member}", f"missing field {member}", **{member: NOTHING}) for member in NEWCOMER),
    *(new(f"null {member}", member, **{member: None}) for member in NEWCOMER),
    *(new(f"number for {member}", member, **{member: 5}) for member in NEWCOMER),
    new("no email address", "email", email="bogus"),
    new("short password", "at least 6 characters", initial_password="1"),
    new("unknown member", "unknown property 'bogus'", bogus=1),
    new("no flag", "is_active", is_active="maybe"),
    new("null flag", "is_active", is_active=None),
    new("text for force_change", "force_change", force_change="maybe"),
    new("taken name", "user with this username already exists", 422, name="owner"),
    new("taken email", "user with this email already exists", 422, email=email_of("owner")),
    new("taken email in capitals", "email already exists", 422, email=email_of("owner").upper()),
    new("taken by a stranger", "email already exists", 422, email=email_of("stranger")),
    new("unknown account", "account_sid", account_sid=NOBODY),
    new("foreign account", "account_sid", account_sid=BETA),
    new("no sid", "account_sid", account_sid="bogus"),
    new("foreign provider", "service_provider not found", service_provider_sid=world.RIVAL),
    new("account of another provider", "account_sid", who="rival", account_sid=ALPHA),
    Bad("remove: nobody", "DELETE", f"/Users/{NOBODY}", 404),
    Bad("remove: another account's", "DELETE", f"/Users/{STRANGER}", 404),
    Bad("remove: above the account", "DELETE", f"/Users/{AGENT}", 404),
    Bad("remove: oneself", "DELETE", f"/Users/{OWNER}", 400, who="{alpha_jwt}"),
    Bad("logout: a bogus token", "POST", "/logout", 401, who="a.b.c{alpha_jwt}"),
]  # fmt: skip


def walk(walker: Walker) -> None:
    """Every member and status of these operations."""
    alpha = walker.as_({"Authorization": f"Bearer {walker.made['alpha_jwt']}"})
    admin, key = walker.as_("admin"), walker.as_("alpha")
    _sessions(walker, alpha)
    for path in ("/v1/Users", "/v1/Users/me", f"/v1/Users/{OWNER}"):
        alpha.get(path)
        key.get(path)
    alpha.put(f"/v1/Users/{OWNER}", json={"name": "walked", "email": None})
    alpha.put(f"/v1/Users/{OWNER}", json={"email": email_of("x"), "email_activation_code": "ABC"})
    alpha.put(f"/v1/Users/{CHANGER}", json={"name": "x"})
    passwords = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    alpha.put(f"/v1/Users/{OWNER}", json=passwords)
    body = {**NEWCOMER, "service_provider_sid": PROVIDER, "is_active": True, "force_change": True}
    made = admin.post("/v1/Users", json={**body, "name": "walker", "email": email_of("walker")})
    admin.get(f"/v1/Users/{made.json['user_sid']}")
    admin.delete(f"/v1/Users/{made.json['user_sid']}")
    admin.get("/v1/PasswordSettings")
    whole = {"min_password_length": 8, "require_digit": False, "require_special_character": False}
    admin.post("/v1/PasswordSettings", json=whole)
    admin.get("/v1/PasswordSettings")


def _sessions(walker: Walker, alpha: Any) -> None:
    key, mail = walker.as_("alpha"), email_of("agent")
    for case in (
        {"email": mail, "password": PASSWORD},
        {"email": mail, "password": "x"},
        {"email": email_of("nobody"), "password": "x"},
    ):
        key.post("/v1/signin", json=case)
    key.post("/v1/login", json={"username": "agent", "password": PASSWORD})
    for given in ({"email": mail}, {"email": email_of("nobody")}):
        key.post("/v1/forgot-password", json=given)
    alpha.post("/v1/change-password", json={"old_password": "x", "new_password": NEW_PASSWORD})
    changer = walker.as_({"Authorization": f"Bearer {walker.made['changer_jwt']}"})
    passwords = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    changer.post("/v1/change-password", json=passwords)
    walker.as_({"Authorization": f"Bearer {walker.made['leaver_jwt']}"}).post("/v1/logout")


AREA = Area(
    rows=ROWS,
    operations=OPERATIONS,
    prepare=prepare,
    marks=(email_of("owner"), "owner of tests"),
    cases=CASES,
    walk=walk,
    state_refused={
        "loginUser": (400, 403, 404),
        "login": (400, 403),
        "forgotPassword": (400,),
        "changePassword": (400, 403),
        "updateUser": (400, 403, 404),
        "createUser": (400, 422),
        "deleteUser": (400,),
    },
    beyond=frozenset(
        {
            "UserProfile.force_change",
            "UserAndAccountDetail.account.name",
            "UserAndAccountDetail.products.description",
            "UserAndAccountDetail.subscription",
        }
    ),
)
