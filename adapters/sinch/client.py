"""Sinch seen from the customer's seat: the same wire objects, read and written the other way.

For connections to the real service. A path table says how each operation is called; what carries
the requests is handed in. Values are core attributes (`host_name`, `address`, `trunk_uid` ...); ids
come back as `uid`, as the service wrote them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.sinch.schemas import (
    access,
    blocking,
    calls,
    countries,
    credentials,
    endpoints,
    numbers,
    oauth,
    trunks,
)
from gateway.wire import Change
from gateway.wire.upstream import Call, Caller, Garbled, Transport

BASE_URL = "https://elastic-trunking.api.sinch.com"
PAGE = 100
PROJECT = "/v1/projects/{project}"
TRUNK = PROJECT + "/trunks/{id}"
ENDPOINT = TRUNK + "/endpoints/{endpoint}"
ACL = PROJECT + "/accessControlLists/{id}"
RANGE = ACL + "/ipRanges/{range}"
USERS = PROJECT + "/credentialLists/{id}"
COUNTRIES = PROJECT + "/countryPermissions"
RULES = PROJECT + "/callBlockingRules"

TRUNKS: Mapping[str, Call] = {
    "createSipTrunk": Call("POST", PROJECT + "/trunks", trunks.SipTrunk, trunks.SipTrunk),
    "getSipTrunks": Call("GET", PROJECT + "/trunks", None, trunks.SipTrunks),
    "getSipTrunkById": Call("GET", TRUNK, None, trunks.SipTrunk),
    "updateSipTrunk": Call("PUT", TRUNK, trunks.SipTrunk, trunks.SipTrunk),
    "deleteSipTrunk": Call("DELETE", TRUNK),
    "getSipEndpoint": Call("GET", TRUNK + "/endpoints", None, endpoints.SipEndpoints),
    "createSipEndpoint": Call(
        "POST", TRUNK + "/endpoints", endpoints.SipEndpoint, endpoints.SipEndpoint
    ),
    "getSipEndpointById": Call("GET", ENDPOINT, None, endpoints.SipEndpoint),
    "updateSipEndpoint": Call("PUT", ENDPOINT, endpoints.SipEndpoint, endpoints.SipEndpoint),
    "deleteSipEndpoint": Call("DELETE", ENDPOINT),
    "addAccessControlListToTrunk": Call(
        "POST", TRUNK + "/accessControlLists", trunks.AccessControlListIds,
        trunks.LinkedAccessControlLists,
    ),
    "getAccessControlListsForTrunk": Call(
        "GET", TRUNK + "/accessControlLists", None, trunks.TrunkAccessControlLists
    ),
    "deleteAccessControlListFromTrunk": Call("DELETE", TRUNK + "/accessControlLists/{list}"),
    "addCredentialListToTrunk": Call(
        "POST", TRUNK + "/credentialLists", trunks.CredentialListIds, trunks.LinkedCredentialLists
    ),
    "getCredentialListsForTrunk": Call(
        "GET", TRUNK + "/credentialLists", None, credentials.TrunkCredentialLists
    ),
    "deleteCredentialListFromTrunk": Call("DELETE", TRUNK + "/credentialLists/{list}"),
}  # fmt: skip
LISTS: Mapping[str, Call] = {
    "getAccessControlList": Call(
        "GET", PROJECT + "/accessControlLists", None, access.AccessControlLists
    ),
    "createAccessControlList": Call(
        "POST", PROJECT + "/accessControlLists", access.AccessControlList, access.AccessControlList
    ),
    "getAccessControlListById": Call("GET", ACL, None, access.AccessControlList),
    "updateAccessControlList": Call(
        "PUT", ACL, access.AccessControlListChange, access.AccessControlList
    ),
    "deleteAccessControlList": Call("DELETE", ACL),
    "trunksByACL": Call("GET", ACL + "/trunks", None, trunks.SipTrunks),
    "addIpRangeToAccessControlList": Call(
        "POST", ACL + "/ipRanges", access.IpRange, access.IpRange
    ),
    "getIpRangesForAccessControlList": Call("GET", ACL + "/ipRanges", None, access.IpRanges),
    "updateIpRangeFromAccessControlList": Call("PUT", RANGE, access.IpRange, access.IpRange),
    "deleteIpRangeFromAccessControlList": Call("DELETE", RANGE),
    "createCredentialList": Call(
        "POST", PROJECT + "/credentialLists", credentials.NewCredentialList,
        credentials.CredentialList,
    ),
    "getCredentialLists": Call(
        "GET", PROJECT + "/credentialLists", None, credentials.CredentialLists
    ),
    "getCredentialList": Call("GET", USERS, None, credentials.CredentialList),
    "updateCredentialList": Call(
        "PUT", USERS, credentials.CredentialListChange, credentials.CredentialList
    ),
    "deleteCredentialList": Call("DELETE", USERS),
    "putCredential": Call(
        "PUT", USERS + "/credentials/{user}", credentials.CredentialChange, credentials.Credential
    ),
    "deleteCredential": Call("DELETE", USERS + "/credentials/{user}"),
    "trunksByCredentialList": Call("GET", USERS + "/trunks", None, trunks.SipTrunks),
}  # fmt: skip
OTHERS: Mapping[str, Call] = {
    "createToken": Call("POST", "/oauth2/token", oauth.Grant, oauth.Token),
    "GetPhoneNumbers": Call("GET", PROJECT + "/phoneNumbers", None, numbers.Numbers),
    "AddPhoneNumber": Call(
        "POST", PROJECT + "/phoneNumbers", numbers.AddPhoneNumberRequest, numbers.Number
    ),
    "GetPhoneNumberByNumber": Call(
        "GET", PROJECT + "/phoneNumbers/{number}", None, numbers.Number
    ),
    "getCountryPermissions": Call("GET", COUNTRIES, None, countries.CountryPermissions),
    "bulkUpdateCountryPermissions": Call(
        "PUT", COUNTRIES, countries.BulkCountryPermissions, countries.CountryPermissions
    ),
    "getCountryPermission": Call("GET", COUNTRIES + "/{code}", None, countries.CountryPermission),
    "updateCountryPermission": Call(
        "PUT", COUNTRIES + "/{code}", countries.CountryPermission, countries.CountryPermission
    ),
    "findCalls": Call("GET", PROJECT + "/calls", None, calls.Calls),
    "getCallBlockingRules": Call("GET", RULES, None, blocking.CallBlockingRules),
    "createCallBlockingRule": Call(
        "POST", RULES, blocking.CallBlockingRule, blocking.CallBlockingRule
    ),
    "updateCallBlockingRule": Call(
        "PUT", RULES + "/{id}", blocking.CallBlockingRule, blocking.CallBlockingRule
    ),
    "deleteCallBlockingRule": Call("DELETE", RULES + "/{id}"),
    "addProjects": Call(
        "POST", PROJECT + "/addProjects", blocking.AddProjects, blocking.AddedProjects
    ),
}  # fmt: skip
CALLS: Mapping[str, Call] = {**TRUNKS, **LISTS, **OTHERS}


class SinchClient(Caller):
    """One access key, or a token made from one, for one project.

    With `oauth` the key is shown for tokens only, which are renewed when the service takes them no
    more; else it goes with every request.
    """

    calls = CALLS

    def __init__(
        self, transport: Transport, project: str, *, key: tuple[str, str] | None = None,
        token: str = "", oauth: bool = False,
    ) -> None:  # fmt: skip
        self.project, self.oauth = project, oauth
        pair = base64.b64encode(":".join(key).encode()).decode() if key else ""
        self.basic = f"Basic {pair}"
        super().__init__(transport, {"Authorization": self.basic if key else f"Bearer {token}"})

    def renew(self) -> bool:
        """A new token for the key."""
        if not self.oauth or self.headers["Authorization"] == self.basic:
            return False
        self._sign_in()
        return True

    def _sign_in(self) -> None:
        self.headers["Authorization"] = self.basic
        made = super().call("createToken", values={"grant_type": "client_credentials"})
        token = made.get("access_token")
        if not token:
            raise Garbled("createToken", "it has no token")
        self.headers["Authorization"] = f"Bearer {token}"

    def call(self, name: str, **given: Any) -> Any:
        if self.oauth and self.headers["Authorization"] == self.basic:
            self._sign_in()
        if "{project}" in self.calls[name].path:
            given.setdefault("project", self.project)
        return super().call(name, **given)

    def listed(
        self, name: str, *, query: Mapping[str, Any] | None = None, **path: str
    ) -> Iterator[Change]:
        """Every item of a list, page after page until `totalItems` have come, or, where that is not
        told, until a page is not full. Garbled when the service tells of more than it hands out."""
        page, seen = 1, 0
        while True:
            wanted = {"pageSize": PAGE, **(query or {}), "page": page}
            answer = self.call(name, query=wanted, values=None, **path)
            items = self.rows(name, answer)
            yield from items
            page, seen, total = page + 1, seen + len(items), answer.get("total")
            if seen >= total if total is not None else len(items) < wanted["pageSize"]:
                return
            if not items:
                raise Garbled(name, f"{seen} of {total} rows came")
