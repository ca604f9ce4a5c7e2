"""Service providers, accounts, keys, limits, webhooks and applications."""

from __future__ import annotations

from typing import Any

from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import NOTHING, Area, Walker
from tests.adapters.jambonz.tenancy_cases import CASES
from tests.adapters.jambonz.tenancy_rows import (
    APP,
    DOOMED,
    DOOMED_KEY,
    EMPTY,
    HOOK,
    NEW_APP,
    ROWS,
    SPARE,
    URL,
)
from tests.adapters.jambonz.world import (
    ALPHA,
    BETA,
    NOBODY,
    PROVIDER,
)
from tests.support.matrix import Sample

ADMIN: dict[str, Any] = {"owner": world.bearer("admin"), "stranger": world.bearer("alpha")}
BY_PROVIDER: dict[str, Any] = {
    "owner": world.bearer("provider"),
    "stranger": world.bearer("rival"),
}
ACCOUNT, IN_PROVIDER = {"AccountSid": ALPHA}, {"ServiceProviderSid": PROVIDER}
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
        IN_APP, {"speech_synthesis_voice": "en-US-Wavenet-D", "name": "renamed"}, foreign=404
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
    admin.put(one, json={"registration_hook": {**WHOLE_HOOK, "method": "POST"}})
    admin.put(f"/v1/ServiceProviders/{PROVIDER}", json={
        "test_number": "12125550123", "test_application_name": "test", "test_application_sid": APP,
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
    admin.get(f"/v1/Accounts/{world.GAMMA}/ApiKeys")
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
