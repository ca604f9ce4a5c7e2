"""One request for each operation, and what the shared tests need to know besides."""

from __future__ import annotations

from typing import Any

from tests.adapters.sinch import world
from tests.adapters.sinch.crowd import crowd
from tests.adapters.sinch.world import ulid
from tests.support.matrix import Sample, Samples

PROJECT = {"projectId": world.ALPHA}
IN_TRUNK = {**PROJECT, "trunkId": ulid(world.TRUNK)}
TRUNK = {**PROJECT, "sipTrunkId": ulid(world.TRUNK)}
ENDPOINT = {**TRUNK, "sipEndpointId": ulid(world.DESK)}
LIST = {**PROJECT, "id": ulid(world.ACL)}
RANGES = {**PROJECT, "accessControlListId": ulid(world.ACL)}
RANGE = {**RANGES, "ipRangeId": ulid(world.RANGE)}
USERS = {**PROJECT, "id": ulid(world.USERS)}
RULE = {**PROJECT, "id": ulid(world.RULE)}
COUNTRY = {**PROJECT, "isoCode": "GB"}
NEW_TRUNK = {"name": "new", "hostName": "new-host"}
NEW_ENDPOINT = {"name": "new", "address": "192.0.2.99", "priority": 1}
NEW_RANGE = {"description": "wing", "ipAddress": "198.51.100.9", "range": 32}
SECRET = "Another-Secret-9"


def mine(values: dict[str, str], body: Any = None, **more: Any) -> Sample:
    """A request inside the project; a stranger is told that it is not theirs."""
    return Sample(values, body, foreign=403, **more)


OPERATIONS = {
    "createToken": Sample(body={"grant_type": "client_credentials"}),
    "createSipTrunk": mine(PROJECT, NEW_TRUNK),
    "getSipTrunks": mine(PROJECT),
    "getSipTrunkById": mine(TRUNK),
    "updateSipTrunk": mine(TRUNK, {"name": "renamed", "hostName": "office"}),
    "deleteSipTrunk": mine({**PROJECT, "sipTrunkId": ulid(world.SPARE)}),
    "getSipEndpoint": mine(TRUNK),
    "createSipEndpoint": mine(TRUNK, NEW_ENDPOINT),
    "getSipEndpointById": mine(ENDPOINT),
    "updateSipEndpoint": mine(ENDPOINT, {"name": "moved", "address": "192.0.2.1", "priority": 3}),
    "deleteSipEndpoint": mine({**TRUNK, "sipEndpointId": ulid(world.OLD)}),
    "getAccessControlList": mine(PROJECT),
    "createAccessControlList": mine(PROJECT, {"name": "new", "ipRanges": [NEW_RANGE]}),
    "getAccessControlListById": mine(LIST),
    "updateAccessControlList": mine(LIST, {"name": "renamed", "enabled": False}),
    "deleteAccessControlList": mine({**PROJECT, "id": ulid(world.DOOMED_ACL)}),
    "trunksByACL": mine(LIST),
    "addIpRangeToAccessControlList": mine(RANGES, NEW_RANGE),
    "getIpRangesForAccessControlList": mine(RANGES),
    "updateIpRangeFromAccessControlList": mine(RANGE, {"ipAddress": "198.51.100.0", "range": 25}),
    "deleteIpRangeFromAccessControlList": mine({**RANGES, "ipRangeId": ulid(world.SECOND_RANGE)}),
    "addAccessControlListToTrunk": mine(
        IN_TRUNK, {"accessControlListIds": [ulid(world.LOOSE_ACL)]}
    ),
    "getAccessControlListsForTrunk": mine(IN_TRUNK),
    "bulkUpdateACLsForTrunk": mine(IN_TRUNK, [ulid(world.ACL)]),
    "deleteAccessControlListFromTrunk": mine({**IN_TRUNK, "accessControlListId": ulid(world.ACL)}),
    "addCredentialListToTrunk": mine(IN_TRUNK, {"credentialListIds": [ulid(world.LOOSE_USERS)]}),
    "getCredentialListsForTrunk": mine(IN_TRUNK),
    "bulkUpdateCredentialListsForTrunk": mine(IN_TRUNK, [ulid(world.USERS)]),
    "deleteCredentialListFromTrunk": mine({**IN_TRUNK, "credentialListId": ulid(world.USERS)}),
    "createCredentialList": mine(
        PROJECT, {"name": "new", "credentials": [{"username": "joe", "password": SECRET}]}
    ),
    "getCredentialLists": mine(PROJECT),
    "getCredentialList": mine(USERS),
    "updateCredentialList": mine(USERS, {"name": "renamed"}),
    "deleteCredentialList": mine({**PROJECT, "id": ulid(world.DOOMED_USERS)}),
    "putCredential": mine({**USERS, "username": "ada"}, {"password": SECRET}),
    "deleteCredential": mine({**USERS, "username": "eve"}),
    "trunksByCredentialList": mine(USERS),
    "GetPhoneNumbers": mine(PROJECT),
    "AddPhoneNumber": mine(
        PROJECT, {"phoneNumber": "+12065550101", "sipTrunkId": ulid(world.TRUNK)}
    ),
    "GetPhoneNumberByNumber": mine({**PROJECT, "phoneNumber": "+12065550100"}),
    "getCountryPermissions": mine(PROJECT),
    "bulkUpdateCountryPermissions": mine(
        PROJECT, {"countryPermissions": [{"isoCode": "US", "enabled": True}]}
    ),
    "getCountryPermission": mine(COUNTRY),
    "updateCountryPermission": mine(COUNTRY, {"enabled": True}),
    "findCalls": mine(PROJECT),
    "exportCalls": mine(PROJECT),
    "getCallBlockingRules": mine(PROJECT),
    "createCallBlockingRule": mine(PROJECT, {"name": "new", "direction": "outbound"}),
    "updateCallBlockingRule": mine(RULE, {"name": "other", "direction": "inbound"}),
    "deleteCallBlockingRule": mine(RULE),
    "addProjects": mine(PROJECT, {"projectIds": [world.SUB]}),
}

REFUSED = {
    "none": ({}, 401),
    "unknown key": (world.basic("nobody", "nothing"), 401),
    "wrong secret": (world.basic("alpha", "wrong"), 401),
    "empty": (world.basic("", ""), 401),
    "revoked": (world.key("revoked"), 401),
    "expired": (world.key("expired"), 401),
    "inactive account": (world.key("asleep"), 401),
    "bearer secret": ({"Authorization": "Bearer alpha-secret"}, 401),
    "no token of ours": ({"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}, 401),
    "not base64": ({"Authorization": "Basic %%%"}, 401),
}

SAMPLES = Samples(
    bundle=world.bundle,
    owner=world.key("alpha"),
    stranger=world.key("beta"),
    refused=REFUSED,
    operations=OPERATIONS,
    fixed=PROJECT,
    crowd=crowd,
    marks=("owners office", "owners people", "owners phone", "owners rule", "office line"),
    state_refused={
        name: (400,)
        for name in (
            "createSipTrunk",
            "updateSipTrunk",
            "createCredentialList",
            "AddPhoneNumber",
            "bulkUpdateCountryPermissions",
            "putCredential",
            "addAccessControlListToTrunk",
            "addCredentialListToTrunk",
            "bulkUpdateACLsForTrunk",
            "bulkUpdateCredentialListsForTrunk",
            "deleteSipTrunk",
            "deleteAccessControlList",
            "deleteIpRangeFromAccessControlList",
            "deleteCredentialList",
            "deleteCredential",
        )
    },
)
