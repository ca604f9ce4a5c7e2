"""Addresses of the platform, tenants of Teams, speech credentials, alerts."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.alert_words import DOCUMENTED
from tests.adapters.jambonz import document_rows as rows
from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import Area, Walker
from tests.adapters.jambonz.document_cases import CASES
from tests.support.matrix import Sample

ADMIN, PROVIDER, RIVAL = (world.bearer(name) for name in ("admin", "provider", "rival"))


def of_account(credential: str = "", body: Any = None) -> Sample:
    values = {"AccountSid": world.ALPHA}
    return Sample({**values, **named(credential)}, body, foreign=404)


def of_provider(credential: str = "", body: Any = None) -> Sample:
    values = {"ServiceProviderSid": world.PROVIDER}
    return Sample(
        {**values, **named(credential)}, body, owner=PROVIDER, stranger=RIVAL, foreign=404
    )


def named(credential: str) -> dict[str, str]:
    return {"SpeechCredentialSid": credential} if credential else {}


OPERATIONS = {
    "createSbc": Sample(
        body={"ipv4": "192.0.2.31", "service_provider_sid": world.PROVIDER},
        owner=PROVIDER, foreign=403,
    ),
    "listSbcs": Sample(query=f"service_provider_sid={world.PROVIDER}"),
    "deleteSbcAddress": Sample(
        {"SbcSid": rows.DOOMED_SBC}, owner=PROVIDER, stranger=RIVAL, foreign=404
    ),
    "createSmpp": Sample(body={"ipv4": "192.0.2.32"}, owner=ADMIN, foreign=403),
    "listSmpps": Sample(query=f"service_provider_sid={world.PROVIDER}"),
    "deleteSmppAddress": Sample(
        {"SmppSid": rows.DOOMED_SMPP}, owner=PROVIDER, stranger=RIVAL, foreign=404
    ),
    "createMsTeamsTenant": Sample(
        body={
            "service_provider_sid": world.PROVIDER,
            "account_sid": world.ALPHA,
            "application_sid": rows.APP,
            "tenant_fqdn": "made.documents.example",
        },
        foreign=400,
    ),
    "listMsTeamsTenants": Sample(),
    "getTenant": Sample({"TenantSid": rows.TENANT}, foreign=404),
    "putTenant": Sample(
        {"TenantSid": rows.TENANT}, {"application_sid": rows.OTHER_APP}, foreign=404
    ),
    "deleteTenant": Sample({"TenantSid": rows.DOOMED_TENANT}, foreign=404),
    "createSpeechCredential": of_account(body=rows.NUANCE),
    "listSpeechCredentials": of_account(),
    "getSpeechCredential": of_account("{docs_google}"),
    "updateSpeechCredential": of_account("{docs_google}", {"use_for_stt": True}),
    "deleteSpeechCredential": of_account("{docs_doomed}"),
    "testSpeechCredential": of_account("{docs_google}"),
    "addSpeechCredentialForSeerviceProvider": of_provider(body=rows.WELLSAID),
    "listSpeechCredentialsBySP": of_provider(),
    "getSpeechCredentialBySP": of_provider("{docs_provider}"),
    "updateSpeechCredentialBySP": of_provider("{docs_provider}", {"use_for_tts": False}),
    "deleteSpeechCredentialBySP": of_provider("{docs_doomed_sp}"),
    "testSpeechCredentialBySP": of_provider("{docs_provider}"),
    "listAlerts": Sample({"AccountSid": world.ALPHA}, query="page=1&count=25", foreign=404),
    "listAlertsBySP": Sample(
        {"ServiceProviderSid": world.PROVIDER}, query="page=1&count=25",
        owner=PROVIDER, stranger=RIVAL, foreign=404,
    ),
}  # fmt: skip


BEYOND = frozenset(
    {
        ".port",
        ".service_provider_sid",
        ".smpp_address_sid",
        ".page_size",
        ".data.service_provider_sid",
        *(
            f"SpeechCredential.{name}"
            for name in (
                "service_provider_sid",
                "created_at",
                "api_key",
                "region",
                "client_id",
                "secret",
                "use_custom_tts",
                "custom_tts_endpoint",
                "use_custom_stt",
                "custom_stt_endpoint",
            )
        ),
    }
)


def walk(walker: Walker) -> None:
    """Every operation, member, word and status of the contract's documents."""
    admin, alpha, provider = (walker.as_(name) for name in ("admin", "alpha", "provider"))
    _walk_addresses(admin)
    _walk_tenants(alpha)
    for client, owner, end in ((alpha, rows.SPEECH["alpha"], ""),
                               (provider, rows.SPEECH["provider"], "/")):  # fmt: skip
        _walk_speech(client, f"/v1{owner}/SpeechCredentials", end)
        _walk_alerts(client, f"/v1{owner}/Alerts")
    alpha.get(f"/v1/Accounts/{world.NOBODY}/SpeechCredentials")
    foreign = f"/v1/ServiceProviders/{world.NOBODY}/SpeechCredentials/"
    admin.post(foreign, json=rows.NUANCE)
    for owner in (f"Accounts/{world.NOBODY}", f"ServiceProviders/{world.NOBODY}"):
        admin.get(f"/v1/{owner}/Alerts?page=1&count=25")


def _walk_addresses(admin: Any) -> None:
    body = {"ipv4": "192.0.2.41", "port": 5062, "service_provider_sid": world.PROVIDER}
    sid = admin.post("/v1/Sbcs", json=body).json["sid"]
    admin.post("/v1/Sbcs", json={})
    for path in ("/v1/Sbcs", "/v1/Smpps"):
        admin.get(path)
        admin.get(f"{path}?service_provider_sid={world.PROVIDER}")
    admin.delete(f"/v1/Sbcs/{sid}")
    admin.delete(f"/v1/Sbcs/{sid}")


def _walk_tenants(alpha: Any) -> None:
    path = "/v1/MicrosoftTeamsTenants"
    body = {
        "service_provider_sid": world.PROVIDER,
        "account_sid": world.ALPHA,
        "application_sid": rows.APP,
        "tenant_fqdn": "walked.documents.example",
    }
    sid = alpha.post(path, json=body).json["sid"]
    alpha.post(path, json={})
    alpha.get(path)
    read = alpha.get(f"{path}/{sid}").json
    alpha.put(f"{path}/{sid}", json={**read, "tenant_fqdn": "again.documents.example"})
    alpha.put(f"{path}/{sid}", json={"tenant_fqdn": "beta.documents.example"})
    alpha.delete(f"{path}/{sid}")
    for method, change in (("GET", None), ("PUT", {}), ("DELETE", None)):
        alpha.open(method, f"{path}/{sid}", json=change)


def _walk_speech(client: Any, path: str, end: str) -> None:
    """All that a client may send, each outcome of a test, each refusal."""
    for credential in client.get(path + end).json:
        client.delete(f"{path}/{credential['speech_credential_sid']}")
    mine = {"account_sid": world.ALPHA} if not end else {}
    for body in ({**rows.GOOGLE, **mine}, {**rows.AWS, "use_for_tts": False}):
        sid = client.post(path + end, json={**body, **rows.IGNORED}).json["sid"]
        one = f"{path}/{sid}"
        client.get(f"{one}/test")
        client.get(one)
        client.put(one, json={"use_for_tts": True, "use_for_stt": False})
    client.get(path + end)
    client.put(one, json={})
    client.delete(one)
    broken = {**rows.AWS, "aws_region": "nowhere"}
    sid = client.post(path + end, json=broken).json["sid"]
    client.get(f"{path}/{sid}/test")
    if not end:
        client.post(path, json={})
    for method, change in (("GET", None), ("PUT", {"use_for_tts": True}), ("DELETE", None)):
        client.open(method, one, json=change)
    client.get(f"{one}/test")


def _walk_alerts(client: Any, path: str) -> None:
    page = f"{path}?page=1&count=25"
    client.get(page)
    client.get(f"{page}&days=1")
    client.get(f"{page}&start=2026-02-28T12:00:00Z&end=2026-02-28T13:00:00Z")
    for word in DOCUMENTED.values():
        client.get(f"{page}&alert_type={word}")


AREA = Area(
    rows=rows.ROWS,
    operations=OPERATIONS,
    cases=CASES,
    walk=walk,
    prepare=rows.prepare,
    marks=("documents.contoso", rows.FOUND, "documents-project"),
    writing=("testSpeechCredential", "testSpeechCredentialBySP"),
    state_refused={
        "createSbc": (400,),
        "createSmpp": (400,),
        "createMsTeamsTenant": (400, 422),
        "putTenant": (400, 422),
        "createSpeechCredential": (400, 422),
        "addSpeechCredentialForSeerviceProvider": (400, 422),
    },
    beyond=BEYOND,
)
