"""What the operations on tenants, keys and applications say when they refuse."""

from __future__ import annotations

from adapters.jambonz.refusals import Refusal, Table

GATE = Refusal("insufficient privileges", shape="status")
EMPTY = Refusal(shape="empty")
GATED = (
    "createServiceProvider",
    "listServiceProviders",
    "getServiceProvider",
    "updateServiceProvider",
    "deleteServiceProvider",
    "getServiceProviderAccounts",
    "getServiceProviderApplications",
    "getServiceProviderApiKeys",
    "addLimitForServiceProvider",
    "getServiceProviderLimits",
    "deleteServiceProviderLimits",
    "addLimitForAccount",
    "deleteAccountLimits",
)
WITHOUT_BODY = (
    "getServiceProvider",
    "updateServiceProvider",
    "getAccount",
    "updateAccount",
    "getWebhookSecret",
    "getApplication",
    "updateApplication",
    "getWebhook",
)

TABLE: Table = {
    **{(name, "forbidden"): GATE for name in GATED},
    **{(name, "not_found"): EMPTY for name in WITHOUT_BODY},
    ("deleteServiceProvider", "in_use"): Refusal(
        "cannot delete service provider with active accounts"
    ),
    ("createAccount", "forbidden"): Refusal("insufficient permissions to create accounts"),
    ("deleteAccount", "forbidden"): Refusal("insufficient privileges to update this account"),
    ("createSipRealm", "conflict"): Refusal("sip_realm is taken", status=400, observed=400),
    ("deleteApplication", "in_use"): Refusal("cannot delete application with phone numbers"),
    ("deleteAccountApplication", "in_use"): Refusal("cannot delete application with phone numbers"),
}
