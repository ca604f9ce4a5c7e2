"""Addresses of the platform, tenants of Teams, speech credentials, alerts."""

from __future__ import annotations

from tests.adapters.jambonz import document_rows as rows
from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import Area
from tests.support.matrix import Sample

ADMIN, PROVIDER, RIVAL = (world.bearer(name) for name in ("admin", "provider", "rival"))

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
    "listAlerts": Sample({"AccountSid": world.ALPHA}, query="page=1&count=25", foreign=404),
    "listAlertsBySP": Sample(
        {"ServiceProviderSid": world.PROVIDER}, query="page=1&count=25",
        owner=PROVIDER, stranger=RIVAL, foreign=404,
    ),
}  # fmt: skip

AREA = Area(rows=rows.ROWS, operations=OPERATIONS, marks=("documents.contoso", rows.FOUND))
