"""A Microsoft Teams tenant (seed 000: MsTeamsTenant; reading JO9: account_sid is required)."""

from __future__ import annotations

from adapters.jambonz.schemas.common import Sent, Sid
from gateway.wire import Length, Pattern, Text

LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# Three levels of names and a top level that is no number.
FQDN = rf"({LABEL}\.){{1,3}}[A-Za-z]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?"
MOST = 255


class Fqdn(Text):
    """A domain name; the case of its letters means nothing, lower case is kept."""

    def __init__(self) -> None:
        is_name = Pattern(FQDN, "must be a domain name")
        super().__init__(attribute="key", required=True, validate=[Length(1, MOST), is_name])


class NewMsTeamsTenant(Sent):
    """A tenant to be made; the server gives the sid, whatever the body says."""

    passes = (*Sent.passes, "ms_teams_tenant_sid")

    service_provider_sid = Sid(attribute="service_provider_uid", required=True)
    account_sid = Sid(attribute="account_uid", required=True)
    application_sid = Sid(attribute="application_uid")
    tenant_fqdn = Fqdn()


class MsTeamsTenant(Sent):
    """A tenant as it is shown, and, partly, as it is changed."""

    ms_teams_tenant_sid = Sid(attribute="uid", dump_only=True, null=False, required=True)
    service_provider_sid = Sid(attribute="service_provider_uid", required=True)
    account_sid = Sid(attribute="account_uid", required=True)
    application_sid = Sid(attribute="application_uid")
    tenant_fqdn = Fqdn()
