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

# The running server compares tokens before it looks for what the path names, so what it says of a
# thing of somebody else it says of one that does not exist, too; where it does tell them apart, we
# do not.
NOT_ITS_OWN = Refusal("insufficient privileges to update this account", shape="msg", observed=422)
NOT_OF_ITS_PROVIDER = {
    name: Refusal(
        f"cannot {verb} account from different service provider", shape="msg", observed=422
    )
    for name, verb in (("updateAccount", "update"), ("deleteAccount", "delete"))
}

TABLE: Table = {
    **{(name, "not_found", "provider"): said for name, said in NOT_OF_ITS_PROVIDER.items()},
    ("updateAccount", "not_found", "account"): NOT_ITS_OWN,
    ("deleteAccount", "not_found", "account"): NOT_ITS_OWN,
    ("createAccount", "forbidden", "account"): Refusal(
        "insufficient permissions to create accounts", shape="msg", observed=422
    ),
    ("updateApplication", "not_found", "account"): Refusal(
        "you may not update or delete an application associated with a different account",
        shape="msg",
        observed=400,
    ),
    ("deleteApplication", "not_found", "account"): Refusal(
        "application does not exist", shape="msg", observed=400
    ),
    **{(name, "forbidden"): GATE for name in GATED},
    **{(name, "not_found"): EMPTY for name in WITHOUT_BODY},
    ("deleteServiceProvider", "in_use"): Refusal(
        "cannot delete service provider with active accounts"
    ),
    ("createAccount", "forbidden"): Refusal("insufficient permissions to create accounts"),
    ("createSipRealm", "conflict"): Refusal("sip_realm is taken", status=400, observed=400),
    ("deleteApplication", "in_use"): Refusal("cannot delete application with phone numbers"),
    ("deleteAccountApplication", "in_use"): Refusal("cannot delete application with phone numbers"),
}
