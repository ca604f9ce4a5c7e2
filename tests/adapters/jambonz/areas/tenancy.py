"""Service providers, accounts, keys, limits, webhooks and applications."""

from __future__ import annotations

from typing import Any

from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import NOTHING, Area, Bad, Walker
from tests.adapters.jambonz.world import ALPHA, BETA, NOBODY, PROVIDER, RIVAL
from tests.support.matrix import Sample

APP, SPARE, USED, FOREIGN = (f"a{n}000000-0000-4000-8000-00000000000{n}" for n in range(1, 5))
HOOK, STATUS_HOOK, OLD_HOOK, FOREIGN_HOOK = (
    f"b{n}000000-0000-4000-8000-00000000000{n}" for n in range(1, 5)
)
DOOMED_KEY, FOREIGN_KEY = (f"c{n}000000-0000-4000-8000-00000000000{n}" for n in (1, 2))
DOOMED, EMPTY = (f"d{n}000000-0000-4000-8000-00000000000{n}" for n in (1, 2))
URL = "https://customer.example/hook"


def hook(uid: str, account: str, purpose: str, **more: Any) -> dict[str, Any]:
    return {
        "ref": uid,
        "uid": uid,
        "account": account,
        "dialect": "jambonz",
        "purpose": purpose,
        "url": URL,
        **more,
    }


def application(uid: str, account: str, name: str, **more: Any) -> dict[str, Any]:
    return {"ref": uid, "uid": uid, "account": account, "name": name, **more}


ROWS = {
    "service_providers": [{"ref": "empty", "uid": EMPTY, "name": "empty"}],
    "accounts": [
        {"ref": "doomed", "uid": DOOMED, "service_provider": "provider", "name": "doomed inc"}
    ],
    "access_keys": [
        {
            "uid": uid, "key_id": f"tenancy-{account}", "secret": f"{uid}-secret",
            "scope": "account", "account": account,
        }
        for uid, account in ((DOOMED_KEY, "alpha"), (FOREIGN_KEY, "beta"))
    ],
    "hooks": [
        hook(HOOK, "alpha", "call", username="owners-hook-user", password="secret"),
        hook(STATUS_HOOK, "alpha", "call_status"),
        hook(OLD_HOOK, "alpha", "registration", url="https://owners-hook.example/registered"),
        hook(FOREIGN_HOOK, "beta", "call"),
    ],
    "applications": [
        application(APP, "alpha", "owners app", call_hook=HOOK, status_hook=STATUS_HOOK),
        application(SPARE, "alpha", "spare app"),
        application(USED, "alpha", "used app"),
        application(FOREIGN, "beta", "their app", call_hook=FOREIGN_HOOK),
    ],
    "numbers": [
        {
            "service_provider": "provider", "account": "alpha", "e164": "+14155550901",
            "application": USED,
        }
    ],
    "limits": [{"owner": ALPHA, "category": "calls", "quantity": 7}],
}  # fmt: skip
ADMIN: dict[str, Any] = {"owner": world.bearer("admin"), "stranger": world.bearer("alpha")}
BY_PROVIDER: dict[str, Any] = {
    "owner": world.bearer("provider"),
    "stranger": world.bearer("rival"),
}
ACCOUNT, IN_PROVIDER = {"AccountSid": ALPHA}, {"ServiceProviderSid": PROVIDER}
NEW_APP = {
    "name": "new app",
    "call_hook": {"url": URL, "method": "POST", "username": "u", "password": "p"},
    "call_status_hook": {"url": URL},
    "speech_synthesis_vendor": "google",
}
IN_APP, SPARE_APP = {"ApplicationSid": APP}, {"ApplicationSid": SPARE}

OPERATIONS = {
    "createWebhook": Sample(body={"url": URL, "method": "get"}),
    "getWebhook": Sample({"WebhookSid": HOOK}, foreign=404),
    "createServiceProvider": Sample(body={"name": "new provider"}, foreign=403, **ADMIN),
    "listServiceProviders": Sample(**BY_PROVIDER),
    "getServiceProvider": Sample(IN_PROVIDER, foreign=404, **BY_PROVIDER),
    "updateServiceProvider": Sample(
        IN_PROVIDER, {"description": "changed"}, foreign=404, **BY_PROVIDER
    ),
    "deleteServiceProvider": Sample({"ServiceProviderSid": EMPTY}, foreign=403, **ADMIN),
    "getServiceProviderAccounts": Sample(IN_PROVIDER, foreign=404, **BY_PROVIDER),
    "getServiceProviderApplications": Sample(IN_PROVIDER, foreign=404, **BY_PROVIDER),
    "getServiceProviderApiKeys": Sample(IN_PROVIDER, foreign=404, **BY_PROVIDER),
    "addLimitForServiceProvider": Sample(
        IN_PROVIDER, {"category": "api_limit", "quantity": 100}, foreign=404, **BY_PROVIDER
    ),
    "getServiceProviderLimits": Sample(IN_PROVIDER, foreign=404, **BY_PROVIDER),
    "deleteServiceProviderLimits": Sample(IN_PROVIDER, foreign=404, **BY_PROVIDER),
    "addLimitForAccount": Sample(
        ACCOUNT, {"category": "devices", "quantity": 3}, foreign=404, **BY_PROVIDER
    ),
    "getAccountLimits": Sample(ACCOUNT, foreign=404),
    "deleteAccountLimits": Sample(ACCOUNT, query="category=devices", foreign=404, **BY_PROVIDER),
    "createAccount": Sample(body={"name": "new account"}, **BY_PROVIDER),
    "listAccounts": Sample(),
    "getAccount": Sample(ACCOUNT, foreign=404),
    "updateAccount": Sample(ACCOUNT, {"queue_event_hook": {"url": URL}}, foreign=404),
    "deleteAccount": Sample({"AccountSid": DOOMED}, foreign=404, **BY_PROVIDER),
    "getWebhookSecret": Sample(ACCOUNT, foreign=404),
    "getAccountApiKeys": Sample(ACCOUNT, foreign=404),
    "createSipRealm": Sample({**ACCOUNT, "SipRealm": "new.sip.example"}, foreign=404),
    "createApikey": Sample(body={"account_sid": ALPHA, "expiry_secs": 60}, foreign=400),
    "deleteApiKey": Sample({"ApiKeySid": DOOMED_KEY}, foreign=404),
    "createApplication": Sample(body=NEW_APP),
    "listApplications": Sample(),
    "getApplication": Sample(IN_APP, foreign=404),
    "updateApplication": Sample(
        IN_APP, {"messaging_hook": {"webhook_sid": STATUS_HOOK}, "name": "renamed"}, foreign=404
    ),
    "deleteApplication": Sample(SPARE_APP, foreign=404),
    "createAccountApplication": Sample(ACCOUNT, {**NEW_APP, "name": "newer app"}, foreign=404),
    "listAccountApplications": Sample(ACCOUNT, foreign=404),
    "getAccountApplication": Sample({**ACCOUNT, **IN_APP}, foreign=404),
    "updateAccountApplication": Sample(
        {**ACCOUNT, **IN_APP}, {"speech_synthesis_vendor": "aws"}, foreign=404
    ),
    "deleteAccountApplication": Sample({**ACCOUNT, **IN_APP}, foreign=404),
}

APPS, ACCOUNTS, PROVIDERS = "/Applications", "/Accounts", "/ServiceProviders"
ONE_APP, ONE_ACCOUNT = f"{APPS}/{APP}", f"{ACCOUNTS}/{ALPHA}"
ONE_PROVIDER = f"{PROVIDERS}/{PROVIDER}"


def app(**changes: Any) -> dict[str, Any]:
    whole = {**NEW_APP, **changes}
    return {name: value for name, value in whole.items() if value is not NOTHING}


CASES = [
    Bad("app: nothing", "POST", APPS, 400, {}, "missing field name"),
    Bad("app: null name", "POST", APPS, 400, app(name=None), "name"),
    Bad("app: long name", "POST", APPS, 400, app(name="x" * 65), "name"),
    Bad("app: number for a name", "POST", APPS, 400, app(name=5), "name"),
    Bad("app: unknown member", "POST", APPS, 400, app(bogus=1), "unknown property 'bogus'"),
    Bad("app: text for a hook", "POST", APPS, 400, app(call_hook=URL),
        "'call_hook' must be an object when adding an application"),
    Bad("app: hook without url", "POST", APPS, 400, app(call_hook={"method": "get"}),
        "missing field call_hook.url"),
    Bad("app: empty hook", "POST", APPS, 400, app(call_hook={}), "missing field call_hook.url"),
    Bad("app: bad url", "POST", APPS, 400, app(call_hook={"url": "customer"}), "call_hook.url"),
    Bad("app: bad method", "POST", APPS, 400, app(call_hook={"url": URL, "method": "put"}),
        "call_hook.method"),
    Bad("app: unknown member of a hook", "POST", APPS, 400, app(call_hook={"url": URL, "x": 1}),
        "call_hook.x"),
    Bad("app: name taken", "POST", APPS, 422, app(name="owners app"), "Duplicate entry"),
    Bad("app: foreign account", "POST", APPS, 400, app(account_sid=BETA), "account_sid"),
    Bad("app: unknown account", "POST", APPS, 400, app(account_sid=NOBODY), "account_sid",
        who="admin"),
    Bad("app: no account", "POST", APPS, 400, app(), "account_sid", who="admin"),
    Bad("app: no sid", "POST", APPS, 400, app(account_sid="x"), "account_sid", who="admin"),
    Bad("app: foreign hook", "PUT", ONE_APP, 400,
        {"call_hook": {"webhook_sid": FOREIGN_HOOK}}, "call_hook"),
    Bad("app: text for a hook, changed", "PUT", ONE_APP, 400, {"call_hook": URL},
        "'call_hook' must be an object when updating an application"),
    Bad("app: hook of nothing but a user", "PUT", ONE_APP, 400,
        {"call_hook": {"username": "u"}}, "missing field call_hook.url"),
    Bad("app: another sid", "PUT", ONE_APP, 400, {"application_sid": NOBODY}, "immutable"),
    Bad("app: another account", "PUT", ONE_APP, 400, {"account_sid": BETA}, "account_sid"),
    Bad("app: null name, changed", "PUT", ONE_APP, 400, {"name": None}, "name"),
    Bad("app: name taken, changed", "PUT", ONE_APP, 422, {"name": "spare app"}, "Duplicate"),
    Bad("app: unknown", "PUT", f"{APPS}/{NOBODY}", 404, {"name": "x"}),
    Bad("app: foreign", "PUT", f"{APPS}/{FOREIGN}", 404, {"name": "x"}),
    Bad("app: no sid in the path", "GET", f"{APPS}/x", 404),
    Bad("app: in use", "DELETE", f"{APPS}/{USED}", 422, says="with phone numbers"),
    Bad("app: foreign, deleted", "DELETE", f"{APPS}/{FOREIGN}", 404),
    Bad("app: foreign account in the path", "GET", f"{ACCOUNTS}/{BETA}/Applications", 404),
    Bad("account: by an account", "POST", ACCOUNTS, 403, {"name": "x"}, "permissions"),
    Bad("account: nothing", "POST", ACCOUNTS, 400, {}, "missing field name", who="admin"),
    Bad("account: no provider", "POST", ACCOUNTS, 400, {"name": "x"},
        "missing field service_provider_sid", who="admin"),
    Bad("account: unknown provider", "POST", ACCOUNTS, 400,
        {"name": "x", "service_provider_sid": NOBODY}, "service_provider", who="admin"),
    Bad("account: foreign provider", "POST", ACCOUNTS, 400,
        {"name": "x", "service_provider_sid": RIVAL}, "service_provider", who="provider"),
    Bad("account: realm taken", "POST", ACCOUNTS, 422,
        {"name": "x", "sip_realm": "alpha.sip.example"}, "Duplicate", who="provider"),
    Bad("account: no realm", "POST", ACCOUNTS, 400, {"name": "x", "sip_realm": "no realm"},
        "sip_realm", who="provider"),
    Bad("account: text for a hook", "POST", ACCOUNTS, 400,
        {"name": "x", "registration_hook": URL},
        "'registration_hook' must be an object when adding an account", who="provider"),
    Bad("account: another provider", "PUT", ONE_ACCOUNT, 400, {"service_provider_sid": RIVAL},
        "service_provider_sid may not be modified"),
    Bad("account: another sid", "PUT", ONE_ACCOUNT, 400, {"account_sid": BETA}, "immutable"),
    Bad("account: its own realm", "PUT", ONE_ACCOUNT, 400, {"sip_realm": "x.sip.example"},
        "to set or change the sip realm"),
    Bad("account: its own switch", "PUT", ONE_ACCOUNT, 400, {"is_active": False}, "is_active"),
    Bad("account: foreign application", "PUT", ONE_ACCOUNT, 400,
        {"device_calling_application_sid": FOREIGN}, "device_calling_application_sid"),
    Bad("account: foreign", "PUT", f"{ACCOUNTS}/{BETA}", 404, {"name": "x"}),
    Bad("account: foreign to the provider", "PUT", f"{ACCOUNTS}/{world.GAMMA}", 404,
        {"name": "x"}, who="provider"),
    Bad("account: deleted by itself", "DELETE", ONE_ACCOUNT, 403, says="insufficient"),
    Bad("account: unknown, deleted", "DELETE", f"{ACCOUNTS}/{NOBODY}", 404, who="admin"),
    Bad("realm: too short", "POST", f"{ONE_ACCOUNT}/SipRealms/sip.example", 400,
        says="invalid sip_realm: sip.example"),
    Bad("realm: no name", "POST", f"{ONE_ACCOUNT}/SipRealms/a..example", 400, says="invalid"),
    Bad("realm: foreign", "POST", f"{ACCOUNTS}/{BETA}/SipRealms/b.sip.example", 404),
    Bad("realm: taken", "POST", f"{ACCOUNTS}/{BETA}/SipRealms/alpha.sip.example", 400,
        says="taken", who="beta"),
    Bad("provider: by an account", "POST", PROVIDERS, 403, {"name": "x"}, "insufficient"),
    Bad("provider: by a provider", "POST", PROVIDERS, 403, {"name": "x"}, who="provider"),
    Bad("provider: nothing", "POST", PROVIDERS, 400, {}, "missing field name", who="admin"),
    Bad("provider: name taken", "POST", PROVIDERS, 422, {"name": "rival"}, "Duplicate",
        who="admin"),
    Bad("provider: domain taken", "POST", PROVIDERS, 422,
        {"name": "x", "root_domain": "sip.example"}, "root_domain", who="admin"),
    Bad("provider: another sid", "PUT", ONE_PROVIDER, 400, {"service_provider_sid": RIVAL},
        "primary key service_provider_sid is immutable", who="admin"),
    Bad("provider: with accounts", "DELETE", ONE_PROVIDER, 422,
        says="with active accounts", who="admin"),
    Bad("provider: unknown", "GET", f"{PROVIDERS}/{NOBODY}", 404, who="admin"),
    Bad("provider: read by an account", "GET", ONE_PROVIDER, 403),
    Bad("provider: its accounts by an account", "GET", f"{ONE_PROVIDER}/Accounts", 403),
    Bad("provider: foreign accounts", "GET", f"{PROVIDERS}/{RIVAL}/Accounts", 404,
        who="provider"),
    Bad("key: of nobody by an account", "POST", "/ApiKeys", 400, {}, "account level token"),
    Bad("key: of a provider by an account", "POST", "/ApiKeys", 400,
        {"service_provider_sid": PROVIDER}, "account level token"),
    Bad("key: of the installation by a provider", "POST", "/ApiKeys", 400, {},
        "may not be used to create admin token", who="provider"),
    Bad("key: of a foreign provider", "POST", "/ApiKeys", 400, {"service_provider_sid": RIVAL},
        "service_provider_sid", who="provider"),
    Bad("key: of a foreign account", "POST", "/ApiKeys", 400, {"account_sid": world.GAMMA},
        "account_sid", who="provider"),
    Bad("key: for no time", "POST", "/ApiKeys", 400, {"account_sid": ALPHA, "expiry_secs": 0},
        "expiry_secs"),
    Bad("key: foreign", "DELETE", f"/Apikeys/{FOREIGN_KEY}", 404),
    Bad("key: unknown", "DELETE", f"/Apikeys/{NOBODY}", 404, who="admin"),
    Bad("limit: by an account", "POST", f"{ONE_ACCOUNT}/Limits", 403,
        {"category": "devices", "quantity": 1}),
    Bad("limit: no quantity", "POST", f"{ONE_ACCOUNT}/Limits", 400, {"category": "devices"},
        "missing field quantity", who="admin"),
    Bad("limit: unknown category", "POST", f"{ONE_ACCOUNT}/Limits", 400,
        {"category": "x", "quantity": 1}, "category", who="admin"),
    Bad("limit: negative", "POST", f"{ONE_ACCOUNT}/Limits", 400,
        {"category": "devices", "quantity": -1}, "quantity", who="admin"),
    Bad("limit: unknown account", "GET", f"{ACCOUNTS}/{NOBODY}/Limits", 404, who="admin"),
    Bad("webhook: nothing", "POST", "/Webhooks", 400, {}, "missing field url"),
    Bad("webhook: foreign", "GET", f"/Webhooks/{FOREIGN_HOOK}", 404),
]  # fmt: skip


def walk(walker: Walker) -> None:
    """Every member and status of these operations."""
    admin, alpha = walker.as_("admin"), walker.as_("alpha")
    _providers(admin)
    _accounts(admin, alpha)
    _applications(admin, alpha)
    refusals(walker)


WHOLE_HOOK = {"url": URL, "method": "get", "username": "u", "password": "p"}


def _providers(admin: Any) -> None:
    made = admin.post("/v1/ServiceProviders", json={
        "name": "whole", "description": "d", "root_domain": "whole.example",
        "registration_hook": WHOLE_HOOK, "ms_teams_fqdn": "teams.whole.example",
    }).json["sid"]  # fmt: skip
    one = f"/v1/ServiceProviders/{made}"
    admin.put(one, json={
        "test_number": "12125550123", "test_application_name": "test", "test_application_sid": APP,
        "registration_hook": {**WHOLE_HOOK, "method": "POST"},
    })  # fmt: skip
    admin.get(one)
    admin.get("/v1/ServiceProviders")
    for category in ("voice_call_session", "api_limit", "devices"):
        admin.post(f"{one}/Limits", json={"category": category, "quantity": 5})
    admin.get(f"{one}/Limits")
    admin.get(f"{one}/Accounts")
    admin.delete(one)


def _accounts(admin: Any, alpha: Any) -> None:
    made = admin.post("/v1/Accounts", json={
        "name": "whole", "sip_realm": "whole.sip.example", "service_provider_sid": PROVIDER,
        "registration_hook": WHOLE_HOOK, "queue_event_hook": WHOLE_HOOK,
        "device_calling_hook": {**WHOLE_HOOK, "method": "GET"},
    }).json["sid"]  # fmt: skip
    one = f"/v1/Accounts/{made}"
    admin.get(one)
    alpha.put(f"/v1/Accounts/{ALPHA}", json={"device_calling_application_sid": APP})
    alpha.get("/v1/Accounts")
    alpha.get(f"/v1/Accounts/{ALPHA}/WebhookSecret?regenerate=true")
    admin.post(f"{one}/Limits", json={"category": "devices", "quantity": 5})
    admin.get(f"{one}/Limits")
    admin.post(f"{one}/SipRealms/other.sip.example")
    body = {"account_sid": made, "service_provider_sid": PROVIDER, "expiry_secs": 60}
    admin.post("/v1/ApiKeys", json=body)
    token = admin.post("/v1/ApiKeys", json={"account_sid": made, "expiry_secs": 600}).json
    key = {"Authorization": f"Bearer {token['token']}"}
    admin.client.get(one, headers=key)
    admin.get(f"{one}/ApiKeys")
    admin.get(f"/v1/ServiceProviders/{PROVIDER}/ApiKeys")
    admin.delete(f"/v1/Apikeys/{token['sid']}")
    admin.delete(one)


def _applications(admin: Any, alpha: Any) -> None:
    made = alpha.post("/v1/Applications", json={
        "name": "whole", "account_sid": ALPHA, "call_hook": WHOLE_HOOK,
        "call_status_hook": {**WHOLE_HOOK, "method": "post"}, "messaging_hook": WHOLE_HOOK,
        "speech_synthesis_vendor": "google", "speech_synthesis_voice": "en-US-Wavenet-C",
        "speech_recognizer_vendor": "google", "speech_recognizer_language": "en-US",
    }).json["sid"]  # fmt: skip
    one = f"/v1/Applications/{made}"
    found = alpha.get(one).json
    alpha.put(one, json={"call_hook": found["call_hook"]})
    alpha.get("/v1/Applications")
    alpha.get(f"/v1/Webhooks/{found['call_hook']['webhook_sid']}")
    alpha.delete(one)


def refusals(walker: Walker) -> None:
    """Every refusal that the contract lists."""
    for case in CASES:
        client = walker.as_(case.who)
        body = {} if case.json is NOTHING else {"json": case.json}
        client.open(case.method, f"/v1{case.path}", **body)
    for path in (f"/v1/Accounts/{NOBODY}/WebhookSecret", f"/v1/Accounts/{NOBODY}/ApiKeys",
                 f"/v1/Accounts/{NOBODY}", f"/v1/Applications/{NOBODY}",
                 f"/v1/ServiceProviders/{NOBODY}/Limits",
                 f"/v1/ServiceProviders/{NOBODY}/Accounts"):  # fmt: skip
        walker.as_("admin").get(path)
    admin, limit = walker.as_("admin"), {"category": "devices", "quantity": 1}
    admin.post(f"/v1/Accounts/{NOBODY}/Limits", json=limit)
    admin.post(f"/v1/ServiceProviders/{NOBODY}/Limits", json=limit)
    admin.put(f"/v1/ServiceProviders/{NOBODY}", json={})
    admin.put(f"/v1/ServiceProviders/{PROVIDER}", json={"name": "rival"})
    admin.put(f"/v1/Accounts/{BETA}", json={"sip_realm": "alpha.sip.example"})
    admin.delete(f"/v1/ServiceProviders/{NOBODY}")


IN_USE = "an account goes with everything it has, so nothing stands in the way of its end"
AREA = Area(
    rows=ROWS,
    operations=OPERATIONS,
    marks=("owners app", "owners-hook"),
    cases=CASES,
    walk=walk,
    state_refused={
        name: (400, 422)
        for name in (
            "createAccount", "updateAccount", "createApplication", "updateApplication",
            "createAccountApplication", "updateAccountApplication", "createApikey",
            "createServiceProvider", "updateServiceProvider", "deleteServiceProvider",
            "deleteApplication", "deleteAccountApplication", "createSipRealm",
        )
    },
    unseen={"deleteAccount 422": IN_USE},
    beyond=frozenset(
        {
            "Account.created_at",
            "Application.created_at",
            "Application.service_provider_sid",
            "Application.speech_synthesis_language",
        }
    ),
)  # fmt: skip
