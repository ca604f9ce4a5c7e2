"""Bad input of the documents area."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.adapters.jambonz import document_rows as rows
from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import Bad

NOBODY, ACCOUNT, PROVIDER = world.NOBODY, rows.SPEECH["alpha"], rows.SPEECH["provider"]
BETA, RIVAL = rows.SPEECH["beta"], f"/ServiceProviders/{world.RIVAL}"
CREDENTIALS = f"{ACCOUNT}/SpeechCredentials"
TENANTS = "/MicrosoftTeamsTenants"
ONLY = "use_for_tts and use_for_stt are the only updateable fields"
TENANT = {
    "service_provider_sid": world.PROVIDER,
    "account_sid": world.ALPHA,
    "tenant_fqdn": "bad.documents.example",
}


def post(name: str, path: str, body: Any, says: str, status: int = 400, **more: Any) -> Bad:
    return Bad(f"POST {path} {name}", "POST", path, status, body, says, **more)


def put(name: str, path: str, body: Any, says: str, status: int = 400, **more: Any) -> Bad:
    return Bad(f"PUT {path} {name}", "PUT", path, status, body, says, **more)


ADDRESS_MEMBERS: dict[str, tuple[Any, ...]] = {
    "ipv4": (None, "", 1, "a b", "192.0.2.300", "x" * 300, "a\0b"),
    "port": (None, 0, 65_536, -1, 1.5, "sip", True),
    "service_provider_sid": (1.5, "", "x", NOBODY, world.ALPHA),
    "bogus": (1,),
}
SMPP_MEMBERS = {**ADDRESS_MEMBERS, "use_tls": (None, "maybe", 2), "is_primary": (None, [])}
TENANT_MEMBERS: dict[str, tuple[Any, ...]] = {
    "service_provider_sid": (None, "", 1.5, "x", NOBODY, world.RIVAL),
    "account_sid": (None, "", 1.5, "x", NOBODY, world.BETA, world.GAMMA),
    "application_sid": ("", 1.5, "x", NOBODY, rows.BETAS_APP),
    "tenant_fqdn": (None, "", 1, "one", "a b.example", ".example", "x" * 64 + ".example", "1.2.3"),
    "bogus": (1,),
}


def members() -> Iterator[Bad]:
    """Each member with each wrong value, when made and when changed."""
    made = (
        ("/Sbcs", {"ipv4": "192.0.2.9"}, ADDRESS_MEMBERS, "admin"),
        ("/Smpps", {"ipv4": "192.0.2.9"}, SMPP_MEMBERS, "admin"),
        (TENANTS, TENANT, TENANT_MEMBERS, "alpha"),
    )
    for path, whole, wrong, who in made:
        for member, values in wrong.items():
            for value in values:
                name = f"{member}={str(value)[:20]!r} of {len(str(value))}"
                says = member.removesuffix("_sid")
                yield post(name, path, {**whole, member: value}, says, who=who)
                if path == TENANTS:
                    yield put(name, f"{TENANTS}/{rows.TENANT}", {member: value}, says)
    for member in ("ipv4",):
        for path in ("/Sbcs", "/Smpps"):
            yield post("empty", path, {}, f"missing field {member}", who="admin")
    for member in TENANT:
        without = {name: value for name, value in TENANT.items() if name != member}
        yield post(f"without {member}", TENANTS, without, f"missing field {member}")


def states() -> Iterator[Bad]:
    """What another row stands in the way of, and what may not change."""
    taken = "Duplicate entry 'beta.documents.example' for key 'tenant_fqdn'"
    body = {"tenant_fqdn": "BETA.documents.example"}
    yield post("taken", TENANTS, {**TENANT, **body}, taken, 422)
    yield put("taken", f"{TENANTS}/{rows.TENANT}", body, taken, 422)
    other = {"ms_teams_tenant_sid": rows.DOOMED_TENANT}
    immutable = "primary key ms_teams_tenant_sid is immutable"
    yield put("sid", f"{TENANTS}/{rows.TENANT}", other, immutable)
    twice = f"Duplicate entry 'google-{world.ALPHA}' for key 'speech_credentials_idx_1'"
    yield post("twice", CREDENTIALS, rows.GOOGLE, twice, 422)
    twice = f"Duplicate entry 'google-{world.PROVIDER}' for key 'speech_credentials_idx_1'"
    path = f"{PROVIDER}/SpeechCredentials/"
    yield post("twice", path, rows.GOOGLE, twice, 422, who="provider")
    one = f"{CREDENTIALS}/{{docs_google}}"
    yield put("nothing", one, {}, ONLY, 422)
    for member, value in (
        ("vendor", "aws"),
        ("service_key", "other"),
        ("access_key_id", "other"),
        ("account_sid", world.BETA),
    ):
        yield put(member, one, {member: value}, ONLY, 422)
        yield put(f"{member} too", one, {"use_for_stt": True, member: value}, ONLY, 422)
    yield put("bogus", one, {"use_for_tts": True, "bogus": 1}, "unknown property 'bogus'")
    for value in (None, "maybe", 2, []):
        yield put(f"use_for_tts={value}", one, {"use_for_tts": value}, "use_for_tts")
        yield put(f"use_for_stt={value}", one, {"use_for_stt": value}, "use_for_stt")
    other = {"use_for_tts": True, "speech_credential_sid": NOBODY}
    yield put("sid", one, other, "primary key speech_credential_sid is immutable")


def _without(body: dict[str, Any], member: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != member}


def secrets() -> Iterator[Bad]:
    """What each vendor needs, in each wrong form."""
    missing = "invalid or missing vendor: "
    yield post("empty", CREDENTIALS, {}, missing + "undefined")
    for vendor in (None, "", "ibm", 1, ["google"], {}):
        yield post(f"vendor={vendor}", CREDENTIALS, {"vendor": vendor}, missing)
    for body, called in (
        (rows.GOOGLE, "invalid json key: {} is required"),
        (rows.AWS, "invalid aws speech credential: {} is required"),
        (rows.MICROSOFT, "invalid azure speech credential: {} is required"),
        (rows.WELLSAID, "invalid wellsaid speech credential: {} is required"),
        (rows.NUANCE, "invalid nuance speech credential: {} is required"),
    ):
        for member in rows.NEEDED[body["vendor"]]:
            name, says = f"{body['vendor']} {member}", called.format(member)
            yield post(f"{name} absent", CREDENTIALS, _without(body, member), says)
            yield post(f"{name} null", CREDENTIALS, {**body, member: None}, says)
            masks = () if "region" in member else ("******", "secretXXXX")
            for value in ("", 1, "a\0b", "x" * 9000, *masks):
                whole = {**body, member: value}
                yield post(f"{name}={str(value)[:9]!r}", CREDENTIALS, whole, member)
    no_json, no_key = "service account key - not JSON", "invalid google service account key"
    for text, says in (
        ("{", no_json),
        ("[" * 5000, no_json),
        ("[]", no_key),
        ("7", no_key),
        (json.dumps({**rows.KEY, "client_email": ""}), no_key),
        (json.dumps({**rows.KEY, "private_key": 1}), no_key),
    ):
        whole = {**rows.GOOGLE, "service_key": text}
        yield post(f"key {text[:30]} of {len(text)}", CREDENTIALS, whole, says)
    for member, values in {
        "use_for_tts": ("maybe", 2, {}),
        "use_custom_stt": ("maybe",),
        "custom_tts_endpoint": (1, "x" * 1025),
        "region": ("x" * 65,),
        "account_sid": (1.5, "", "x", NOBODY, world.BETA),
        "bogus": (1,),
    }.items():
        for value in values:
            name = f"{member}={str(value)[:20]!r}"
            yield post(name, CREDENTIALS, {**rows.NUANCE, member: value}, member)
    gammas = {**rows.NUANCE, "account_sid": world.GAMMA}
    path = f"{PROVIDER}/SpeechCredentials/"
    yield post("account of a rival", path, gammas, "unknown account_sid", who="provider")


def absent() -> Iterator[Bad]:
    """Objects of nobody and of others, and paths below owners that cannot be seen."""
    for sid in (NOBODY, rows.BETAS_TENANT, rows.GAMMAS_TENANT, rows.OWN_SBC, "x"):
        for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
            more = {} if body is None else {"json": body}
            path = f"{TENANTS}/{sid}"
            yield Bad(f"{method} {path}", method, path, 404, **more)
    use = {"use_for_tts": True}
    for sid in (NOBODY, "{docs_betas}", "{docs_provider}", rows.TENANT, "x"):
        path = f"{CREDENTIALS}/{sid}"
        for method, body in (("GET", None), ("PUT", use), ("DELETE", None)):
            more = {} if body is None else {"json": body}
            yield Bad(f"{method} {path}", method, path, 404, **more)
        yield Bad(f"GET {path}/test", "GET", f"{path}/test", 404)
    theirs = f"{PROVIDER}/SpeechCredentials/{{docs_google}}"
    yield Bad("GET an account's by provider", "GET", theirs, 404, who="provider")
    for who, sid, status in (
        ("alpha", rows.DOOMED_SBC, 403),
        ("provider", rows.PLATFORM_SBC, 404),
        ("provider", rows.RIVALS_SBC, 404),
        ("rival", rows.OWN_SBC, 404),
        ("admin", NOBODY, 404),
        ("admin", rows.TENANT, 404),
        ("admin", "x", 404),
    ):
        for path in ("/Sbcs", "/Smpps"):
            name = f"DELETE {path}/{sid} as {who}"
            yield Bad(name, "DELETE", f"{path}/{sid}", status, who=who)


def scopes() -> Iterator[Bad]:
    for path in ("/Sbcs", "/Smpps"):
        mine = {"ipv4": "192.0.2.9", "service_provider_sid": world.PROVIDER}
        yield post("by an account", path, mine, "insufficient privileges", 403)
        rivals = {**mine, "service_provider_sid": world.RIVAL}
        yield post("of a rival", path, rivals, "service_provider", who="provider")
    page = "page=1&count=25"
    for path, who, status in (
        (f"{BETA}/Alerts?{page}", "alpha", 404),
        (f"{ACCOUNT}/Alerts?{page}", "rival", 404),
        (f"/Accounts/{NOBODY}/Alerts?{page}", "admin", 404),
        (f"{PROVIDER}/Alerts?{page}", "alpha", 403),
        (f"{RIVAL}/Alerts?{page}", "provider", 404),
        (f"/ServiceProviders/{NOBODY}/Alerts?{page}", "admin", 404),
        (f"{BETA}/SpeechCredentials", "alpha", 404),
        (f"{ACCOUNT}/SpeechCredentials", "rival", 404),
        (f"{PROVIDER}/SpeechCredentials/", "alpha", 403),
        (f"{RIVAL}/SpeechCredentials/", "provider", 404),
        (f"{PROVIDER}/SpeechCredentials/{{docs_provider}}", "alpha", 403),
        (f"{PROVIDER}/SpeechCredentials/{{docs_provider}}/test", "rival", 404),
    ):
        yield Bad(f"GET {path} as {who}", "GET", path, status, who=who)
    yield post("foreign", f"{BETA}/SpeechCredentials", rows.NUANCE, "", 404)
    path = f"{PROVIDER}/SpeechCredentials/"
    yield post("by an account", path, rows.NUANCE, "insufficient privileges", 403)


def pages() -> Iterator[Bad]:
    page, count = 'missing or invalid "page" query arg', 'missing or invalid "count" query arg'
    good = "page=1&count=25"
    for query, says in (
        ("", page),
        ("count=25", page),
        ("page=0&count=25", page),
        ("page=x&count=x", page),
        ("page=-1&count=25", page),
        ("page=1.5&count=25", page),
        ("page=1&page=2&count=25", page),
        ("page=1", count),
        ("page=1&count=24", count),
        ("page=1&count=501", count),
        ("page=1&count=x", count),
        (f"{good}&days=0", "days"),
        (f"{good}&days=31", "days"),
        (f"{good}&days=x", "days"),
        (f"{good}&start=yesterday", "start"),
        (f"{good}&end=2026-13-01", "end"),
        (f"{good}&alert_type=bogus", "alert_type"),
        (f"{good}&alert_type=", "alert_type"),
    ):
        for owner, who in ((ACCOUNT, "alpha"), (PROVIDER, "provider")):
            path = f"{owner}/Alerts?{query}"
            yield Bad(f"GET {path}", "GET", path, 400, says=says, who=who)
    for path in ("/Sbcs", "/Smpps"):
        query = f"{path}?service_provider_sid="
        yield Bad(f"GET {query}", "GET", query, 400, says="service_provider_sid")


def bodies() -> Iterator[Bad]:
    for method, path, who in (
        ("POST", "/Sbcs", "admin"),
        ("POST", "/Smpps", "admin"),
        ("POST", TENANTS, "alpha"),
        ("PUT", f"{TENANTS}/{rows.TENANT}", "alpha"),
        ("POST", CREDENTIALS, "alpha"),
        ("PUT", f"{CREDENTIALS}/{{docs_google}}", "alpha"),
        ("POST", f"{PROVIDER}/SpeechCredentials/", "provider"),
    ):
        for data in (b"{", b"[]", b"7", b'"text"', b"\xff"):
            yield Bad(f"{method} {path} {data!r}", method, path, 400, data=data, who=who)


CASES = [
    *members(),
    *states(),
    *secrets(),
    *absent(),
    *scopes(),
    *pages(),
    *bodies(),
]
