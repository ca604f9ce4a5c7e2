"""jambonz seen from the customer's seat: the same wire objects, read and written the other way.

For connections to a real platform. A path table says how each operation is called; what carries
the requests is handed in. Values are core attributes (`name`, `e164`, `trunk_uid` ...); the sid of
what was made comes back as `uid`, a reference as the platform wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.jambonz.schemas import (
    alerts,
    applications,
    calls,
    carriers,
    gateways,
    hooks,
    messages,
    numbers,
    recent_calls,
    sbcs,
    speech,
    teams,
    tenancy,
    traces,
)
from adapters.jambonz.schemas.call_updates import UpdateCall
from adapters.jambonz.schemas.common import SuccessfulAdd
from gateway.wire import Change, Wire
from gateway.wire.upstream import Call, Caller, Transport

BASE_URL = "https://api.jambonz.cloud"
PAGE = 500
IN_ACCOUNT, IN_PROVIDER = "/v1/Accounts/{account}", "/v1/ServiceProviders/{provider}"


def _made(path: str, sends: type[Wire] | None = None) -> Call:
    return Call("POST", path, sends, SuccessfulAdd)


def _listed(path: str, reads: type[Wire]) -> Call:
    return Call("GET", path, None, reads, many=True)


def _one(path: str, reads: type[Wire]) -> Call:
    return Call("GET", path, None, reads)


def _changed(path: str, sends: type[Wire]) -> Call:
    return Call("PUT", path, sends, merges=True)


def _gone(path: str) -> Call:
    return Call("DELETE", path)


TRUNKS: Mapping[str, Call] = {
    "listPredefinedCarriers": _listed("/v1/PredefinedCarriers", carriers.PredefinedCarrier),
    "createVoipCarrierFromTemplate": _made(IN_ACCOUNT + "/PredefinedCarriers/{id}"),
    "createVoipCarrierFromTemplateBySP": _made(IN_PROVIDER + "/PredefinedCarriers/{id}"),
    "createVoipCarrier": _made("/v1/VoipCarriers", carriers.NewVoipCarrier),
    "listVoipCarriers": _listed("/v1/VoipCarriers", carriers.VoipCarrier),
    "getVoipCarrier": _one("/v1/VoipCarriers/{id}", carriers.VoipCarrier),
    "updateVoipCarrier": _changed("/v1/VoipCarriers/{id}", carriers.VoipCarrier),
    "deleteVoipCarrier": _gone("/v1/VoipCarriers/{id}"),
    "getServiceProviderCarriers": _listed(IN_PROVIDER + "/VoipCarriers", carriers.VoipCarrier),
    "createCarrierForServiceProvider": _made(
        IN_PROVIDER + "/VoipCarriers", carriers.NewVoipCarrier
    ),
    "createSipGateway": _made("/v1/SipGateways", gateways.NewSipGateway),
    "listSipGateways": _listed("/v1/SipGateways", gateways.SipGateway),
    "getSipGateway": _one("/v1/SipGateways/{id}", gateways.SipGateway),
    "updateSipGateway": _changed("/v1/SipGateways/{id}", gateways.SipGateway),
    "deleteSipGateway": _gone("/v1/SipGateways/{id}"),
    "createSmppGateway": _made("/v1/SmppGateways", gateways.NewSmppGateway),
    "listSmppGateways": _listed("/v1/SmppGateways", gateways.SmppGateway),
    "getSmppGateway": _one("/v1/SmppGateways/{id}", gateways.SmppGateway),
    "updateSmppGateway": _changed("/v1/SmppGateways/{id}", gateways.SmppGateway),
    "deleteSmppGateway": _gone("/v1/SmppGateways/{id}"),
    "provisionPhoneNumber": _made("/v1/PhoneNumbers", numbers.NewPhoneNumber),
    "listProvisionedPhoneNumbers": _listed("/v1/PhoneNumbers", numbers.PhoneNumber),
    "getPhoneNumber": _one("/v1/PhoneNumbers/{id}", numbers.PhoneNumber),
    "updatePhoneNumber": _changed("/v1/PhoneNumbers/{id}", numbers.PhoneNumber),
    "deletePhoneNumber": _gone("/v1/PhoneNumbers/{id}"),
}
TENANTS: Mapping[str, Call] = {
    "createServiceProvider": _made("/v1/ServiceProviders", tenancy.NewServiceProvider),
    "listServiceProviders": _listed("/v1/ServiceProviders", tenancy.ServiceProvider),
    "getServiceProvider": _one(IN_PROVIDER, tenancy.ServiceProvider),
    "updateServiceProvider": _changed(IN_PROVIDER, tenancy.ServiceProvider),
    "deleteServiceProvider": _gone(IN_PROVIDER),
    "getServiceProviderAccounts": _listed(IN_PROVIDER + "/Accounts", tenancy.Account),
    "addLimitForServiceProvider": _made(IN_PROVIDER + "/Limits", tenancy.Limits),
    "getServiceProviderLimits": _listed(IN_PROVIDER + "/Limits", tenancy.Limits),
    "createAccount": _made("/v1/Accounts", tenancy.NewAccount),
    "listAccounts": _listed("/v1/Accounts", tenancy.Account),
    "getAccount": _one(IN_ACCOUNT, tenancy.Account),
    "updateAccount": _changed(IN_ACCOUNT, tenancy.Account),
    "deleteAccount": _gone(IN_ACCOUNT),
    "getWebhookSecret": _one(IN_ACCOUNT + "/WebhookSecret", tenancy.WebhookSecret),
    "createSipRealm": Call("POST", IN_ACCOUNT + "/SipRealms/{realm}"),
    "getAccountApiKeys": _listed(IN_ACCOUNT + "/ApiKeys", tenancy.ApiKey),
    "createApikey": Call("POST", "/v1/ApiKeys", tenancy.NewApiKey, tenancy.SuccessfulApiKeyAdd),
    "deleteApiKey": _gone("/v1/Apikeys/{id}"),
    "addLimitForAccount": _made(IN_ACCOUNT + "/Limits", tenancy.Limits),
    "getAccountLimits": _listed(IN_ACCOUNT + "/Limits", tenancy.Limits),
    "createApplication": _made("/v1/Applications", applications.NewApplication),
    "listApplications": _listed("/v1/Applications", applications.Application),
    "getApplication": _one("/v1/Applications/{id}", applications.Application),
    "updateApplication": _changed("/v1/Applications/{id}", applications.Application),
    "deleteApplication": _gone("/v1/Applications/{id}"),
    "getWebhook": _one("/v1/Webhooks/{id}", hooks.Webhook),
}
PLATFORM: Mapping[str, Call] = {
    "createSbc": _made("/v1/Sbcs", sbcs.NewSbc),
    "listSbcs": _listed("/v1/Sbcs", sbcs.Sbc),
    "deleteSbcAddress": _gone("/v1/Sbcs/{id}"),
    "listSmpps": _listed("/v1/Smpps", sbcs.Smpp),
    "createMsTeamsTenant": _made("/v1/MicrosoftTeamsTenants", teams.NewMsTeamsTenant),
    "listMsTeamsTenants": _listed("/v1/MicrosoftTeamsTenants", teams.MsTeamsTenant),
    "getTenant": _one("/v1/MicrosoftTeamsTenants/{id}", teams.MsTeamsTenant),
    "putTenant": _changed("/v1/MicrosoftTeamsTenants/{id}", teams.MsTeamsTenant),
    "deleteTenant": _gone("/v1/MicrosoftTeamsTenants/{id}"),
    "createSpeechCredential": _made(IN_ACCOUNT + "/SpeechCredentials", speech.NewSpeechCredential),
    "listSpeechCredentials": _listed(IN_ACCOUNT + "/SpeechCredentials", speech.SpeechCredential),
    "getSpeechCredential": _one(IN_ACCOUNT + "/SpeechCredentials/{id}", speech.SpeechCredential),
    "updateSpeechCredential": _changed(
        IN_ACCOUNT + "/SpeechCredentials/{id}", speech.SpeechCredentialUpdate
    ),
    "deleteSpeechCredential": _gone(IN_ACCOUNT + "/SpeechCredentials/{id}"),
    "testSpeechCredential": _one(IN_ACCOUNT + "/SpeechCredentials/{id}/test", speech.SpeechTest),
    "addSpeechCredentialForSeerviceProvider": _made(
        IN_PROVIDER + "/SpeechCredentials/", speech.NewSpeechCredential
    ),
    "getSpeechCredentialBySP": _one(
        IN_PROVIDER + "/SpeechCredentials/{id}", speech.SpeechCredential
    ),
    "updateSpeechCredentialBySP": _changed(
        IN_PROVIDER + "/SpeechCredentials/{id}", speech.SpeechCredentialUpdate
    ),
    "deleteSpeechCredentialBySP": _gone(IN_PROVIDER + "/SpeechCredentials/{id}"),
    "testSpeechCredentialBySP": _one(
        IN_PROVIDER + "/SpeechCredentials/{id}/test", speech.SpeechTest
    ),
}
TRAFFIC: Mapping[str, Call] = {
    "createCall": Call("POST", IN_ACCOUNT + "/Calls", calls.CreateCall, calls.CallAdded),
    "listCalls": _listed(IN_ACCOUNT + "/Calls", calls.Call),
    "getCall": _one(IN_ACCOUNT + "/Calls/{id}", calls.Call),
    "updateCall": Call("POST", IN_ACCOUNT + "/Calls/{id}", UpdateCall),
    "updateCallPut": _changed(IN_ACCOUNT + "/Calls/{id}", UpdateCall),
    "deleteCall": _gone(IN_ACCOUNT + "/Calls/{id}"),
    "listRecentCalls": _one(IN_ACCOUNT + "/RecentCalls", recent_calls.RecentCalls),
    "listRecentCallsBySP": _one(IN_PROVIDER + "/RecentCalls", recent_calls.RecentCalls),
    "getRecentCallTrace": _one(IN_ACCOUNT + "/RecentCalls/{id}", traces.RecentCallTrace),
    "getRecentCallTraceBySP": _one(IN_PROVIDER + "/RecentCalls/{id}", traces.RecentCallTrace),
    "listAlerts": _one(IN_ACCOUNT + "/Alerts", alerts.Alerts),
    "listAlertsBySP": _one(IN_PROVIDER + "/Alerts", alerts.Alerts),
    "createMessage": Call("POST", IN_ACCOUNT + "/Messages", messages.Message, messages.MessageSent),
}
CALLS: Mapping[str, Call] = {**TRUNKS, **TENANTS, **PLATFORM, **TRAFFIC}


class JambonzClient(Caller):
    """One token of a platform."""

    calls = CALLS

    def __init__(self, transport: Transport, token: str) -> None:
        super().__init__(transport, {"Authorization": f"Bearer {token}"})

    def listed(
        self, name: str, *, query: Mapping[str, Any] | None = None, **path: str
    ) -> Iterator[Change]:
        """Every item of a list; the paged ones (recent calls, alerts) page after page."""
        if self.calls[name].many:
            yield from self.call(name, query=query, values=None, **path)
            return
        page = 1
        while True:
            wanted = {**(query or {}), "page": page, "count": PAGE}
            answer = self.call(name, query=wanted, values=None, **path)
            items = self.rows(name, answer, "rows")
            yield from items
            if len(items) < PAGE:
                return
            page += 1
