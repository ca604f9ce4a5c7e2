"""Rows of the documents area: addresses, tenants of Teams, speech credentials, alerts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.domain.words import AlertType
from tests.adapters.jambonz import world


def uid(number: int) -> str:
    return f"d0c{number:05d}-0000-4000-8000-000000000000"


PLATFORM_SBC, OWN_SBC, RIVALS_SBC, DOOMED_SBC, OWN_SMPP, DOOMED_SMPP = map(uid, range(1, 7))
TENANT, DOOMED_TENANT, BETAS_TENANT, GAMMAS_TENANT = map(uid, range(11, 15))
APP, BETAS_APP, OTHER_APP = map(uid, range(21, 24))
FOUND = "documents-found.example"

PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvdocumentsvgIBADANBgkq\n-----END PRIVATE KEY-----\n"
KEY = {
    "type": "service_account",
    "project_id": "documents-project",
    "private_key_id": "0123456789abcdef",
    "private_key": PEM,
    "client_email": "speech@documents-project.iam.gserviceaccount.com",
}
SERVICE_KEY = json.dumps(KEY)
GOOGLE = {
    "vendor": "google",
    "service_key": SERVICE_KEY,
    "use_for_tts": True,
    "use_for_stt": False,
}
AWS = {
    "vendor": "aws",
    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "aws_region": "us-east-1",
    "use_for_tts": True,
    "use_for_stt": True,
}
MICROSOFT = {
    "vendor": "microsoft",
    "api_key": "0123456789abcdef0123456789abcdef",
    "region": "westus",
    "use_for_tts": True,
    "use_custom_tts": True,
    "custom_tts_endpoint": "https://tts.example/voice",
    "use_custom_stt": False,
}
WELLSAID = {"vendor": "wellsaid", "api_key": "documents-wellsaid-key", "use_for_stt": True}
NUANCE = {"vendor": "nuance", "client_id": "documents-client", "secret": "documents-secret"}
SPEECH = {"alpha": "/Accounts/" + world.ALPHA, "provider": "/ServiceProviders/" + world.PROVIDER,
          "beta": "/Accounts/" + world.BETA}  # fmt: skip


def prepare(send: Any) -> dict[str, str]:
    """Credentials at vendors, whose secrets a bundle cannot hold encrypted."""

    def store(who: str, body: dict[str, Any]) -> str:
        path = f"/v1{SPEECH[who]}/SpeechCredentials"
        return str(send("POST", path, body, world.bearer(who))["sid"])

    return {
        "docs_google": store("alpha", GOOGLE),
        "docs_doomed": store("alpha", AWS),
        "docs_betas": store("beta", AWS),
        "docs_provider": store("provider", GOOGLE),
        "docs_doomed_sp": store("provider", AWS),
    }


def document(number: str, kind: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"uid": number, "kind": f"jambonz.{kind}", "body": body, **more}


def address(number: str, ipv4: str, port: int = 5060, **more: Any) -> dict[str, Any]:
    return document(number, "sbc", {"ipv4": ipv4, "port": port}, **more)


def listener(number: str, ipv4: str, **more: Any) -> dict[str, Any]:
    body = {"ipv4": ipv4, "port": 2775, "use_tls": True, "is_primary": False}
    return document(number, "smpp_address", body, **more)


def tenant(number: str, account: str, provider: str, fqdn: str, **body: Any) -> dict[str, Any]:
    owner = {"account": account, "service_provider": provider}
    nobody = "00000000-0000-0000-0000-000000000000"
    return document(number, "ms_teams_tenant", body, **owner, key=fqdn, scope_uid=nobody)


def alert(number: int, kind: str, account: str, provider: str) -> dict[str, Any]:
    minutes = f"2026-02-28T12:{number:02d}:00Z"
    details = {"detail": FOUND} if account == "alpha" else {"url": "https://x.example", "n": 1}
    return {
        "uid": uid(100 + number),
        "created_at": minutes,
        "type": kind,
        "message": f"documents {kind}",
        "details": details,
        "account_uid": account,
        "service_provider_uid": provider,
    }


ROWS: Mapping[str, Sequence[dict[str, Any]]] = {
    "applications": [
        {"uid": APP, "account": "alpha", "name": "documents app"},
        {"uid": OTHER_APP, "account": "alpha", "name": "documents other app"},
        {"uid": BETAS_APP, "account": "beta", "name": "documents betas app"},
    ],
    "documents": [
        address(PLATFORM_SBC, "192.0.2.10", 5061),
        address(OWN_SBC, "192.0.2.11", service_provider="provider"),
        address(RIVALS_SBC, "192.0.2.12", service_provider="rival"),
        address(DOOMED_SBC, "192.0.2.13", service_provider="provider"),
        listener(OWN_SMPP, "192.0.2.21", service_provider="provider"),
        listener(DOOMED_SMPP, "192.0.2.22", service_provider="provider"),
        tenant(TENANT, "alpha", "provider", "documents.contoso.example", application_uid=APP),
        tenant(DOOMED_TENANT, "alpha", "provider", "doomed.documents.example"),
        tenant(BETAS_TENANT, "beta", "provider", "beta.documents.example"),
        tenant(GAMMAS_TENANT, "gamma", "rival", "gamma.documents.example"),
    ],
    "alerts": [
        *(alert(n, kind, "alpha", "provider") for n, kind in enumerate(AlertType)),
        alert(41, AlertType.CARRIER_MISSING, "beta", "provider"),
        alert(42, AlertType.CARRIER_MISSING, "gamma", "rival"),
    ],
}
ALPHAS_ALERTS, PROVIDERS_ALERTS = len(AlertType), len(AlertType) + 1
NEEDED = {
    "google": ("service_key",),
    "aws": ("access_key_id", "secret_access_key", "aws_region"),
    "microsoft": ("region", "api_key"),
    "wellsaid": ("api_key",),
    "nuance": ("client_id", "secret"),
}
IGNORED = {
    "speech_credential_sid": uid(99),
    "last_used": "2026-01-01T00:00:00Z",
    "last_tested": "2026-01-01T00:00:00Z",
    "tts_tested_ok": True,
    "stt_tested_ok": True,
}
