"""Credentials at vendors of speech, of accounts and of service providers (seed 000).

One function each serves both: an account's and a provider's credentials are apart, and the context
is narrowed to their owner first.
"""

from __future__ import annotations

from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import BEYOND_SERVER, check_sid, sids
from adapters.jambonz.schemas import speech as wire
from adapters.jambonz.schemas.common import SuccessfulAdd
from gateway.domain.context import Context
from gateway.domain.problems import Conflict
from gateway.http import kit
from gateway.http.kit import Blueprint, Held
from gateway.services import speech
from gateway.services.scoping import inside_account, inside_provider
from gateway.wire import Change, apply

KIND = "jambonz.speech_credential"
ONLY = "use_for_tts and use_for_stt are the only updateable fields"
NEW, MADE = wire.NewSpeechCredential(), SuccessfulAdd()
ONE, MANY = wire.SpeechCredential(), wire.SpeechCredential(many=True)
CHANGED, TEST = wire.SpeechCredentialUpdate(), wire.SpeechTest()
OF_ACCOUNT = "/v1/Accounts/<AccountSid>/SpeechCredentials"
OF_PROVIDER = "/v1/ServiceProviders/<ServiceProviderSid>/SpeechCredentials"
ACCOUNT, PROVIDER = sids("AccountSid"), sids("ServiceProviderSid")
ACCOUNTS, PROVIDERS = (
    sids("AccountSid", "SpeechCredentialSid"),
    sids("ServiceProviderSid", "SpeechCredentialSid"),
)

blp = Blueprint("speech", __name__, held=Held.HERE)


def make(inside: Context, change: Change) -> Any:
    values = apply(None, change)
    return speech.create(inside, KIND, values["body"], values.get("account_uid"))


def update(inside: Context, given: str, change: Change) -> None:
    """Change what may change; another value for anything else is refused, not lost."""
    check_sid("speech_credential_sid", given)
    shown = kit.present(ONE, speech.get(inside, KIND, sid(given)))
    fixed = shown.keys() - set(CHANGED.fields) - wire.SET_BY_SERVER - {"speech_credential_sid"}
    body = kit.body()
    if not change or any(body[name] != shown[name] for name in fixed & body.keys()):
        raise Conflict(ONLY)
    speech.update(inside, KIND, sid(given), change)


def check(inside: Context, given: str) -> Any:
    """The document knows no recognition that was not tested."""
    always = () if kit.view().profile.holds("skips_stt") else ("stt",)
    return speech.check(inside, KIND, sid(given), always=always)


@blp.operation(
    "POST", OF_ACCOUNT, "createSpeechCredential", takes=NEW, returns=MADE, status=201, path=ACCOUNT
)
def create_credential(ctx: Context, account_sid: str, change: Change) -> Any:
    """Store credentials of an account at a vendor."""
    return make(inside_account(ctx, sid(account_sid)), change)


@blp.operation("GET", OF_ACCOUNT, "listSpeechCredentials", returns=MANY, path=ACCOUNT)
def list_credentials(ctx: Context, account_sid: str) -> Any:
    """Credentials of an account, their secrets masked."""
    return speech.search(inside_account(ctx, sid(account_sid)), KIND)


@blp.operation(
    "GET", f"{OF_ACCOUNT}/<SpeechCredentialSid>", "getSpeechCredential", returns=ONE, path=ACCOUNTS
)
def get_credential(ctx: Context, account_sid: str, speech_credential_sid: str) -> Any:
    """One credential of an account, its secrets masked."""
    return speech.get(inside_account(ctx, sid(account_sid)), KIND, sid(speech_credential_sid))


@blp.operation(
    "PUT", f"{OF_ACCOUNT}/<SpeechCredentialSid>", "updateSpeechCredential", takes=CHANGED,
    status=204, path=ACCOUNTS,
)  # fmt: skip
def update_credential(
    ctx: Context, account_sid: str, speech_credential_sid: str, change: Change
) -> None:
    """Set what a credential is used for."""
    update(inside_account(ctx, sid(account_sid)), speech_credential_sid, change)


@blp.operation(
    "DELETE", f"{OF_ACCOUNT}/<SpeechCredentialSid>", "deleteSpeechCredential", status=204,
    path=ACCOUNTS,
)  # fmt: skip
def delete_credential(ctx: Context, account_sid: str, speech_credential_sid: str) -> None:
    """Delete a credential."""
    speech.delete(inside_account(ctx, sid(account_sid)), KIND, sid(speech_credential_sid))


@blp.operation(
    "GET", f"{OF_ACCOUNT}/<SpeechCredentialSid>/test", "testSpeechCredential", returns=TEST,
    path=ACCOUNTS,
)  # fmt: skip
def test_credential(ctx: Context, account_sid: str, speech_credential_sid: str) -> Any:
    """Try a credential at its vendor."""
    return check(inside_account(ctx, sid(account_sid)), speech_credential_sid)


@blp.operation(
    "POST", f"{OF_PROVIDER}/", "addSpeechCredentialForSeerviceProvider", takes=NEW, returns=MADE,
    status=201, path=PROVIDER,
)  # fmt: skip
def create_credential_by_sp(ctx: Context, service_provider_sid: str, change: Change) -> Any:
    """Store credentials of a service provider, or of an account of it, at a vendor."""
    return make(inside_provider(ctx, sid(service_provider_sid)), change)


@blp.operation(
    "GET", f"{OF_PROVIDER}/", "listSpeechCredentialsBySP", returns=MANY, path=PROVIDER,
    provenance=BEYOND_SERVER,
)  # fmt: skip
def list_credentials_by_sp(ctx: Context, service_provider_sid: str) -> Any:
    """Credentials of a service provider itself, their secrets masked."""
    return speech.search(inside_provider(ctx, sid(service_provider_sid)), KIND)


@blp.operation(
    "GET", f"{OF_PROVIDER}/<SpeechCredentialSid>", "getSpeechCredentialBySP", returns=ONE,
    path=PROVIDERS,
)  # fmt: skip
def get_credential_by_sp(
    ctx: Context, service_provider_sid: str, speech_credential_sid: str
) -> Any:
    """One credential of a service provider, its secrets masked."""
    inside = inside_provider(ctx, sid(service_provider_sid))
    return speech.get(inside, KIND, sid(speech_credential_sid))


@blp.operation(
    "PUT", f"{OF_PROVIDER}/<SpeechCredentialSid>", "updateSpeechCredentialBySP", takes=CHANGED,
    status=204, path=PROVIDERS,
)  # fmt: skip
def update_credential_by_sp(
    ctx: Context, service_provider_sid: str, speech_credential_sid: str, change: Change
) -> None:
    """Set what a credential is used for."""
    update(inside_provider(ctx, sid(service_provider_sid)), speech_credential_sid, change)


@blp.operation(
    "DELETE", f"{OF_PROVIDER}/<SpeechCredentialSid>", "deleteSpeechCredentialBySP", status=204,
    path=PROVIDERS,
)  # fmt: skip
def delete_credential_by_sp(
    ctx: Context, service_provider_sid: str, speech_credential_sid: str
) -> None:
    """Delete a credential of a service provider."""
    inside = inside_provider(ctx, sid(service_provider_sid))
    speech.delete(inside, KIND, sid(speech_credential_sid))


@blp.operation(
    "GET", f"{OF_PROVIDER}/<SpeechCredentialSid>/test", "testSpeechCredentialBySP", returns=TEST,
    path=PROVIDERS,
)  # fmt: skip
def test_credential_by_sp(
    ctx: Context, service_provider_sid: str, speech_credential_sid: str
) -> Any:
    """Try a credential of a service provider at its vendor."""
    return check(inside_provider(ctx, sid(service_provider_sid)), speech_credential_sid)
