"""One request for each operation, and what the shared tests need to know besides."""

from __future__ import annotations

from typing import Any

from tests.adapters.callable import channel_rows, device_rows, world
from tests.adapters.callable.crowd import crowd
from tests.support.matrix import Sample, Samples

ACCOUNT = {"accountId": world.hex24(world.ALPHA)}
ADDRESS = {
    "line1": "Unit 6", "line2": "21 Wharf Rd", "level1": "East Sussex", "level2": "Eastbourne",
    "postalCode": "BN213AX", "country": "United Kingdom",
}  # fmt: skip
TRUNK = {
    "ip": "192.0.2.99", "port": 5070, "vendor": "generic", "callerFormat": "e164",
    "calledFormat": "e164p", "description": "Second", "zone": "eu-west-2", "countryCode": "SE",
}  # fmt: skip
HOOK = {
    "app": "event.generic", "url": "http://test.com/other", "authType": "KEY", "method": "GET",
    "priority": 5, "apiKeyName": "X-Key", "apiKeyValue": "key-value",
}  # fmt: skip
LOGIN = {"username": "demo", "password": world.PASSWORD}


def mine(values: dict[str, str], body: Any = None, **more: Any) -> Sample:
    """A request inside the account; for a stranger there is none."""
    return Sample(values, body, foreign=404, **more)


OPERATIONS = {
    "authorize": Sample(body=LOGIN, form=True),
    "refresh": Sample(body={"token": world.token(world.BOTH_USER, typ="Refresh")}, form=True),
    "getOrganisation": Sample(),
    "listAccounts": Sample(),
    "createAccount": Sample(body={"name": "new", "mbn": "441632960100", "domain": "new"}),
    "getAccount": mine(ACCOUNT),
    "updateAccount": mine(ACCOUNT, {"name": "renamed", "mbn": "441632960101", "domain": "other"}),
    "deleteAccount": mine(ACCOUNT),
    "getAccountAddress": mine(ACCOUNT),
    "updateAccountAddress": mine(ACCOUNT, ADDRESS),
    "listDdis": mine(ACCOUNT),
    "createDdis": mine(ACCOUNT, {"ddis": [{"name": "441632960100"}]}),
    "getDdi": mine({**ACCOUNT, "ddiId": world.hex24(world.DDI)}),
    "listTrunks": mine(ACCOUNT),
    "createTrunk": mine(ACCOUNT, TRUNK),
    "getTrunk": mine({**ACCOUNT, "trunkId": world.TRUNK}),
    "updateTrunk": mine({**ACCOUNT, "trunkId": world.TRUNK}, {**TRUNK, "ip": "192.0.2.98"}),
    "deleteTrunk": mine({**ACCOUNT, "trunkId": world.SPARE_TRUNK}),
    **channel_rows.OPERATIONS,
    **device_rows.OPERATIONS,
    "listHooks": mine(ACCOUNT),
    "createHook": mine(ACCOUNT, HOOK),
    "getHook": mine({**ACCOUNT, "hookId": world.EVENT_HOOK}),
    "updateHook": mine({**ACCOUNT, "hookId": world.EVENT_HOOK}, HOOK),
    "deleteHook": mine({**ACCOUNT, "hookId": world.EVENT_HOOK}),
}

NUMBERED = ("createAccount", "updateAccount", "createDdis", "createTrunk", "updateTrunk")
"""Text that is no telephone number or no country, and what is there already, are refused."""

REFUSED = {
    "none": ({}, 401),
    "wrong secret": ({"Authorization": "Bearer alpha-secret"}, 401),
    "unsigned token": ({"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}, 401),
    "basic": ({"Authorization": "Basic YWxwaGE6YWxwaGEtc2VjcmV0"}, 401),
    "refresh token": (world.bearer(world.BOTH_USER, typ="Refresh"), 401),
    "expired": (world.bearer(world.BOTH_USER, exp=world.SECONDS), 401),
    "another audience": (world.bearer(world.BOTH_USER, aud="sinch"), 401),
    "another issuer": (world.bearer(world.BOTH_USER, iss="somebody"), 401),
    "nobody": (world.bearer(world.uid(4, 99)), 401),
    "no subject": (world.bearer("nobody"), 401),
    "inactive user": (world.bearer(world.ASLEEP), 401),
    "revoked": (world.bearer(world.REVOKED_KEY), 401),
    "inactive account": (world.bearer(world.ASLEEP_KEY), 401),
    "administrator of the installation": (world.bearer(world.ADMIN_KEY), 401),
    "without a role": (world.bearer(world.RECORDER), 403),
}

SAMPLES = Samples(
    bundle=channel_rows.bundle,
    owner=world.bearer(world.BOTH_USER),
    stranger=world.bearer(world.FOREIGN_USER),
    refused=REFUSED,
    operations=OPERATIONS,
    fixed=ACCOUNT,
    crowd=crowd,
    state_refused={
        **channel_rows.STATE_REFUSED,
        **dict.fromkeys((*NUMBERED, *device_rows.REFERRING), (400,)),
    },
    wide=device_rows.REFERRING,
    marks=(
        "owners office", "owners lane", "owners-plugin", "owners-event", "owners organisation",
        "ownerspizzas", "owners-call",
    ),
)  # fmt: skip
