"""Registering, proving an address, invitations, what can be tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import NOTHING, Area, Bad, Walker
from tests.adapters.jambonz.world import NOBODY, PROVIDER, RIVAL
from tests.support.matrix import Sample, Send

HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$m5rK8F26V7dwTV1ERWIp/w$QYrzhFfw33sOmx4zbgEu5ARkqwxh4LcYAPN7IpdhZdo"
)
"""Of the password 1234, cheap to check."""
PASSWORD = "1234"
USER, OTHER = "5e1a0000-0000-4000-8000-00000000005e", "5e000000-0000-4000-8000-0000000005e2"
READER, IN_EUROS = (f"5e{n}a0000-0000-4000-8000-00000000005e" for n in (3, 6))
OPEN = "5e5a0000-0000-4000-8000-00000000005e"
APP = "5e4a0000-0000-4000-8000-00000000005e"
EMAIL, OTHER_EMAIL = "signup.owner@customer.example", "signup.other@customer.example"
READER_EMAIL, EUROS_EMAIL = "reader@customer.example", "euros@customer.example"
PHONE = "+14155550955"
INVITE, SPARE = "INV1TE", "SPARE2"
CODE = "A74DF"
LATER = "2027-01-01T00:00:00Z"


def user(uid: str, account: str, email: str, **more: Any) -> dict[str, Any]:
    return {
        "uid": uid, "account": account, "service_provider": "provider", "scope": "account",
        "login": email, "name": email, "email": email, "password_hash": HASH, **more,
    }  # fmt: skip


def code(uid: str, channel: str, text: str, value: str, **more: Any) -> dict[str, Any]:
    body = {"code": text, "value": value}
    return {
        "kind": "activation_code", "scope_uid": uid, "key": channel, "body": body,
        "account": "alpha", "service_provider": "provider", "expires_at": LATER, **more,
    }  # fmt: skip


SPEECH = (
    "speech_synthesis_vendor", "speech_synthesis_language", "speech_synthesis_voice",
    "speech_recognizer_vendor", "speech_recognizer_language",
)  # fmt: skip
VOUCHED = {
    "extras": {"jambonz": {"provider": "google", "provider_userid": "reader", "scope": "read-only"}}
}
TESTED = {"jambonz": {"test_number": "+14155550999", "test_application_sid": APP}}
ROWS = {
    "service_providers": [
        {
            "ref": "open", "uid": OPEN, "name": "open", "root_domain": "open.example",
            "extras": TESTED,
        },
    ],
    "accounts": [
        {
            "ref": "trials", "service_provider": "open", "name": "trials",
            "realm": "trials.open.example", "device_application_uid": APP,
        },
        {"ref": "euros", "service_provider": "open", "name": "euros"},
    ],
    "hooks": [
        {
            "ref": f"trial-{purpose}", "account": "trials", "dialect": "jambonz",
            "purpose": purpose, "url": f"https://trials.example/{purpose}",
            "username": "secret-login", "password": "secret",
        }
        for purpose in ("call", "call_status", "message", "registration", "queue")
    ],
    "applications": [
        {
            "ref": "trial-app", "uid": APP, "account": "trials", "name": "trial app",
            "call_hook": "trial-call", "status_hook": "trial-call_status",
            "message_hook": "trial-message",
            "extras": {"jambonz": {name: "word" for name in SPEECH}},
        }
    ],
    "users": [
        user(USER, "alpha", EMAIL, phone=PHONE),
        user(OTHER, "beta", OTHER_EMAIL),
        user(READER, "trials", READER_EMAIL, **VOUCHED),
        user(IN_EUROS, "euros", EUROS_EMAIL),
    ],
    "limits": [{"owner": "trials", "category": "devices", "quantity": 7}],
    "documents": [
        code(USER, "email", "M4IL", EMAIL),
        code(USER, "phone", "PH0NE", PHONE),
        {"kind": "invite_code", "key": INVITE, "body": {}},
        {"kind": "invite_code", "key": SPARE, "body": {}},
        *(
            {
                "account": account, "kind": "balance",
                "body": {"currency": currency, "nano": 5 * 10**9, "transaction_id": "t1"},
            }
            for account, currency in (("trials", "USD"), ("euros", "EUR"))
        ),
    ],
}  # fmt: skip


def prepare(send: Send) -> Mapping[str, str]:
    """Tokens of two people."""
    made = {}
    for name, email in (("signup_token", EMAIL), ("signup_stranger", OTHER_EMAIL)):
        body = {"email": email, "password": PASSWORD}
        made[name] = send("POST", "/v1/signin", body, headers={})["jwt"]
    return made


PERSON: dict[str, Any] = {
    "owner": {"Authorization": "Bearer {signup_token}"},
    "stranger": {"Authorization": "Bearer {signup_stranger}"},
}
LOCAL = {
    "service_provider_sid": PROVIDER,
    "provider": "local",
    "email": "new@customer.example",
    "password": "secret-1",
    "email_activation_code": CODE,
}
OAUTH = {
    "service_provider_sid": PROVIDER,
    "provider": "github",
    "oauth2_code": "ok-octocat",
    "oauth2_state": "386d2e990ad",
    "oauth2_client_id": "a075a5889264b8fbc831",
    "oauth2_redirect_uri": "https://localhost:3000/oauth-gh-callback",
}
SEND = {"user_sid": USER, "type": "email", "value": "moved@customer.example", "code": CODE}
PROVE = {"user_sid": USER, "type": "phone"}
OPERATIONS = {
    "registerUser": Sample(body=LOCAL),
    "sendActivationCode": Sample(body=SEND, foreign=404, **PERSON),
    "validateActivationCode": Sample({"Code": "PH0NE"}, PROVE, foreign=404, **PERSON),
    "checkAvailability": Sample(query="type=subdomain&value=free"),
    "generateInviteCode": Sample(
        body={"count": 2},
        foreign=403,
        owner=world.bearer("admin"),
        stranger=world.bearer("alpha"),
    ),
    "validateInviteCode": Sample(body={"code": INVITE}),
    "getTestData": Sample({"ServiceProviderSid": OPEN}),
}


def local(**changes: Any) -> dict[str, Any]:
    whole = {**LOCAL, "email": "bad@customer.example", **changes}
    return {name: value for name, value in whole.items() if value is not NOTHING}


def oauth(**changes: Any) -> dict[str, Any]:
    whole = {**OAUTH, "oauth2_code": "ok-somebody", **changes}
    return {name: value for name, value in whole.items() if value is not NOTHING}


def register(name: str, status: int, body: Any, says: str = "") -> Bad:
    return Bad(f"register: {name}", "POST", "/register", status, body, says)


def send(name: str, status: int, body: Any, says: str = "") -> Bad:
    return Bad(f"send: {name}", "POST", "/ActivationCode", status, body, says, "{signup_token}")


def prove(name: str, status: int, body: Any, says: str = "", code: str = "PH0NE") -> Bad:
    return Bad(
        f"prove: {name}", "PUT", f"/ActivationCode/{code}", status, body, says, "{signup_token}"
    )


def free(name: str, query: str, says: str) -> Bad:
    return Bad(f"available: {name}", "GET", f"/Availability?{query}", 400, says=says)


LOCAL_CASES = [
    register("nothing", 400, {}, "missing service_provider_sid"),
    register("no provider", 400, local(provider=NOTHING), "missing provider"),
    register("null provider", 400, local(provider=None), "provider"),
    register("no service provider", 400, local(service_provider_sid=NOTHING),
             "missing service_provider_sid"),
    register("null service provider", 400, local(service_provider_sid=None),
             "service_provider_sid"),
    register("unknown service provider", 422, local(service_provider_sid=NOBODY),
             "invalid service_provider_sid"),
    register("no sid", 422, local(service_provider_sid="x"), "invalid service_provider_sid"),
    register("a provider without a domain", 422, local(service_provider_sid=RIVAL),
             "root_domain"),
    register("unknown provider", 422, local(provider="bogus"), "invalid provider: bogus"),
    register("number for a provider", 400, local(provider=5), "provider"),
    register("no email", 400, local(email=NOTHING), "missing email or password"),
    register("null email", 400, local(email=None), "missing email or password"),
    register("no password", 400, local(password=NOTHING), "missing email or password"),
    register("no address", 400, local(email="customer"), "invalid email"),
    register("number for an email", 400, local(email=5), "email"),
    register("long email", 400, local(email="x" * 250 + "@a.example"), "invalid email"),
    register("short password", 400, local(password="12345"),
             "password must be at least 6 characters"),
    register("endless password", 400, local(password="x" * 1025), "password"),
    register("no code", 400, local(email_activation_code=NOTHING),
             "email activation code required"),
    register("null code", 400, local(email_activation_code=None),
             "email activation code required"),
    register("a code with blanks", 400, local(email_activation_code="a b c d"),
             "email_activation_code"),
    register("email taken", 422, local(email=EMAIL), "account already exists for this email"),
    register("email taken in another case", 422, local(email=EMAIL.upper()),
             "account already exists for this email"),
    register("unknown member", 400, local(bogus=1), "unknown property 'bogus'"),
    register("a list", 400, []),
    register("no oauth code", 400, oauth(oauth2_code=NOTHING),
             "missing oauth2_code for provider github"),
    register("no code of google", 400, oauth(provider="google", oauth2_code=None),
             "missing oauth2_code for provider google"),
    register("nobody vouches", 403, oauth(oauth2_code="bad"), "code is expired or invalid"),
    register("number for a code", 400, oauth(oauth2_code=5), "oauth2_code"),
    Bad("register: no JSON", "POST", "/register", 400, data=b"{"),
]  # fmt: skip
CASES = [
    *LOCAL_CASES,
    send("nothing", 400, {}, "missing field user_sid"),
    send("no type", 400, {"user_sid": USER}, "missing field type"),
    send("bad type", 400, {**SEND, "type": "fax"}, "invalid activation type: fax"),
    send("null type", 400, {**SEND, "type": None}, "type"),
    send("number for a type", 400, {**SEND, "type": 5}, "type"),
    send("no address", 400, {**SEND, "value": "nobody"}, "invalid email"),
    send("no number", 400, {**SEND, "type": "phone", "value": "abc"}, "invalid phone"),
    send("code with blanks", 400, {**SEND, "code": "a b c"}, "code"),
    send("unknown member", 400, {**SEND, "bogus": 1}, "unknown property 'bogus'"),
    send("another user", 404, {**SEND, "user_sid": OTHER}, "invalid user_sid"),
    send("unknown user", 404, {**SEND, "user_sid": NOBODY}, "invalid user_sid"),
    send("no sid", 404, {**SEND, "user_sid": "x"}, "invalid user_sid"),
    Bad("send: a key", "POST", "/ActivationCode", 403, SEND),
    prove("nothing", 400, {}, "missing field user_sid"),
    prove("no type", 400, {"user_sid": USER}, "missing field type"),
    prove("bad type", 400, {**PROVE, "type": "fax"}, "invalid activation type: fax"),
    prove("another user", 404, {**PROVE, "user_sid": OTHER}, "invalid user"),
    prove("unknown user", 404, {**PROVE, "user_sid": NOBODY}, "invalid user"),
    prove("wrong code", 404, PROVE, "invalid user or activation code", code="WRONG"),
    prove("code of the other address", 404, PROVE, "invalid user or activation code", code="M4IL"),
    prove("unknown member", 400, {**PROVE, "bogus": 1}, "unknown property 'bogus'"),
    Bad("prove: a key", "PUT", "/ActivationCode/PH0NE", 403, PROVE),
    free("a phone without a number", "type=phone", "missing field value"),
    free("two types", "type=email&type=phone&value=a%40b.example", "invalid type"),
    free("nothing", "", "type"),
    free("no value", "type=email", "value"),
    free("no type", "value=x", "type"),
    free("bad type", "type=fax&value=x", "invalid type: fax"),
    free("no number", "type=phone&value=abc", "invalid phone"),
    Bad("invite: an account", "POST", "/BetaInviteCodes", 403, {}, "insufficient privileges"),
    Bad("invite: a provider", "POST", "/BetaInviteCodes", 403, {}, who="provider"),
    *(
        Bad(f"invite: {name}", "POST", "/BetaInviteCodes", 400, {"count": count}, "count", "admin")
        for name, count in (
            ("none", 0), ("fewer", -1), ("too many", 1001), ("text", "x"), ("null", None),
            ("half", 1.5),
        )
    ),
    Bad("invite: unknown member", "POST", "/BetaInviteCodes", 400, {"bogus": 1}, "bogus", "admin"),
    Bad("invited: nothing", "POST", "/InviteCodes", 400, {}, "missing field code"),
    Bad("invited: null", "POST", "/InviteCodes", 400, {"code": None}, "code"),
    Bad("invited: number", "POST", "/InviteCodes", 400, {"code": 5}, "code"),
    Bad("invited: unknown", "POST", "/InviteCodes", 404, {"code": "WRONG1"}),
    Bad("invited: unknown, looked at", "POST", "/InviteCodes", 404,
        {"code": "WRONG1", "test": True}),
    Bad("invited: unknown member", "POST", "/InviteCodes", 400, {"code": SPARE, "x": 1}, "x"),
    Bad("test data: unknown", "GET", f"/AccountTest/{NOBODY}", 404),
    Bad("test data: no sid", "GET", "/AccountTest/x", 404),
]  # fmt: skip


def walk(walker: Walker) -> None:
    """Every member, way to register, channel and kind of thing that may be free."""
    nobody, alpha, admin = walker.as_({}), walker.as_("alpha"), walker.as_("admin")
    for body in (
        LOCAL, OAUTH, OAUTH, {**OAUTH, "provider": "google"}, local(email=EMAIL),
        oauth(oauth2_code="bad"), {},
    ):  # fmt: skip
        nobody.post("/v1/register", json=body)
    person = walker.as_({"Authorization": f"Bearer {walker.made['signup_token']}"})
    person.post("/v1/ActivationCode", json=SEND)
    person.post("/v1/ActivationCode", json={**SEND, "user_sid": OTHER})
    person.put(f"/v1/ActivationCode/{CODE}", json={**PROVE, "type": "email"})
    person.post("/v1/ActivationCode", json={**SEND, "type": "phone", "value": PHONE})
    person.put(f"/v1/ActivationCode/{CODE}", json=PROVE)
    person.put("/v1/ActivationCode/WRONG", json=PROVE)
    for what in ("email", "subdomain"):
        alpha.get(f"/v1/Availability?type={what}&value=free")
    alpha.get("/v1/Availability?type=phone&value=%2B14155550956")
    admin.post("/v1/BetaInviteCodes", json={"count": 1})
    nobody.post("/v1/InviteCodes", json={"code": SPARE})
    nobody.post("/v1/InviteCodes", json={"code": SPARE})
    nobody.get(f"/v1/AccountTest/{OPEN}")
    nobody.get(f"/v1/AccountTest/{NOBODY}")
    for email in (READER_EMAIL, EUROS_EMAIL):
        signing_in = {"email": email, "password": PASSWORD}
        token = nobody.post("/v1/signin", json=signing_in).json["jwt"]
        walker.as_({"Authorization": f"Bearer {token}"}).get("/v1/Users/me")


AREA = Area(
    rows=ROWS,
    operations=OPERATIONS,
    prepare=prepare,
    marks=(USER, EMAIL),
    cases=CASES,
    walk=walk,
    state_refused={
        "registerUser": (400, 403, 422),
        "sendActivationCode": (400, 404),
        "validateActivationCode": (404,),
        "checkAvailability": (400,),
        "validateInviteCode": (404,),
        "getTestData": (404,),
    },
    beyond=frozenset({"UserProfile.root_domain", "UserProfile.force_change", ".codes"}),
)
