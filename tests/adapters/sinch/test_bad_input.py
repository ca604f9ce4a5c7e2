"""Bad input of every kind: the documented status and body, and a database that did not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from gateway.universe import Universe
from tests.adapters.sinch import world
from tests.adapters.sinch.world import BASE, ulid
from tests.support.contract import UNSET, ContractClient
from tests.support.snapshots import changed, snapshot

NOTHING: Any = object()
UNKNOWN = ulid(world.uid(9, 9))
TRUNKS, ACLS = f"{BASE}/trunks", f"{BASE}/accessControlLists"
LISTS, NUMBERS = f"{BASE}/credentialLists", f"{BASE}/phoneNumbers"
COUNTRIES, CALLS, RULES = f"{BASE}/countryPermissions", f"{BASE}/calls", f"{BASE}/callBlockingRules"
TRUNK, FOREIGN_TRUNK = f"{TRUNKS}/{ulid(world.TRUNK)}", f"{TRUNKS}/{ulid(world.FOREIGN_TRUNK)}"
ENDPOINTS, ACL = f"{TRUNK}/endpoints", f"{ACLS}/{ulid(world.ACL)}"
RANGES, USERS = f"{ACL}/ipRanges", f"{LISTS}/{ulid(world.USERS)}"
WORDS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED",
         404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 415: "UNSUPPORTED_MEDIA_TYPE"}  # fmt: skip


@dataclass(frozen=True)
class Bad:
    """One request that must be refused; `at` is the member the refusal must name."""

    method: str
    path: str
    status: int
    json: Any = NOTHING
    at: str = ""
    data: bytes | None = None
    media: Any = UNSET
    encoding: str = ""


def but(whole: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A good body with members changed; NOTHING takes one out."""
    both = {**whole, **changes}
    return {name: value for name, value in both.items() if value is not NOTHING}


def refused(
    method: str, path: str, whole: dict[str, Any], *wrong: tuple[str, Any]
) -> dict[str, Bad]:
    """Cases that each have one wrong member in a body that is good but for it."""
    return {
        f"{path[len(BASE) :]} {name}={'absent' if value is NOTHING else str(value)[:40]!r}": Bad(
            method, path, 400, but(whole, **{name: value}), name
        )
        for name, value in wrong
    }


def unknown(*requests: tuple[str, str, Any]) -> dict[str, Bad]:
    return {f"{m} {p[len(BASE) :]} {str(b)[:60]}": Bad(m, p, 404, b) for m, p, b in requests}


ON_TRUNK, ACL_IDS = f"{TRUNK}/accessControlLists", "accessControlListIds"
USERS_ON_TRUNK, LIST_IDS = f"{TRUNK}/credentialLists", "credentialListIds"
NEW_TRUNK = {"name": "n", "hostName": "n"}
STATIC = {"name": "n", "address": "192.0.2.99", "priority": 1}
USER = {"name": "n", "priority": 1, "isRegistered": True, "credentialUserName": "ada"}
IP = {"ipAddress": "198.51.100.9", "range": 32}
NEW_ACL = {"name": "n", "ipRanges": [IP]}
SECRET = "Another-Secret-9"
NEW_LIST: dict[str, Any] = {"name": "n", "credentials": [{"username": "joe", "password": SECRET}]}
RULE = {"name": "n", "direction": "inbound"}
NAMES = (("name", NOTHING), ("name", None), ("name", 5), ("name", ""), ("name", "x" * 256))
BAD_ADDRESSES = ("10.0.0.0/8", "256.1.1.1", "1.2.3", "::1", "sip.example", "01.2.3.4", 5, None)
WRONG_RANGE = (
    ("ipAddress", NOTHING), *(("ipAddress", text) for text in BAD_ADDRESSES),
    ("range", 0), ("range", 33), ("range", "wide"), ("description", 5), ("extra", 1),
)  # fmt: skip
WRONG_TRUNK = (
    *NAMES, ("hostName", NOTHING), ("hostName", None), ("hostName", "a b"), ("hostName", "-a"),
    ("hostName", "a.b"), ("hostName", "x" * 64), ("enableCallerName", "yes"),
    ("enableCallForward", 1), ("callForwardNumber", "12"), ("callForwardNumber", 5), ("extra", 1),
)  # fmt: skip
WRONG_STATIC = (
    *NAMES, ("priority", NOTHING), ("priority", 0), ("priority", -1), ("priority", "first"),
    ("port", 0), ("port", 65_536), ("port", "sip"), ("transport", "SCTP"), ("enabled", "yes"),
    ("address", NOTHING), ("address", "a b"), ("address", "999.1.1.1"), ("address", 5),
    ("extra", 1),
)  # fmt: skip

BODIES = {
    "trunks": {
        **refused("POST", TRUNKS, NEW_TRUNK, *WRONG_TRUNK, ("hostName", "office")),
        **refused("PUT", TRUNK, NEW_TRUNK, *WRONG_TRUNK, ("hostName", "SPARE")),
        "forward to nobody": Bad(
            "POST", TRUNKS, 400, but(NEW_TRUNK, enableCallForward=True), "callForwardNumber"
        ),
        "PUT forgets the number": Bad(
            "PUT", TRUNK, 400, but(NEW_TRUNK, enableCallForward=True), "callForwardNumber"
        ),
        "another's host": Bad("POST", TRUNKS, 400, but(NEW_TRUNK, hostName="theirs"), "hostName"),
    },
    "endpoints": {
        **refused("POST", ENDPOINTS, STATIC, *WRONG_STATIC),
        **refused("PUT", f"{ENDPOINTS}/{ulid(world.DESK)}", STATIC, *WRONG_STATIC),
        "both kinds": Bad("POST", ENDPOINTS, 400, but(USER, address="192.0.2.9"), "address"),
        "neither kind": Bad("POST", ENDPOINTS, 400, but(STATIC, address=NOTHING), "address"),
        "port of a user": Bad("POST", ENDPOINTS, 400, but(USER, port=5060), "port"),
        "user unnamed": Bad(
            "POST", ENDPOINTS, 400, but(USER, credentialUserName=NOTHING), "credentialUserName"
        ),
        "not registered": Bad(
            "POST", ENDPOINTS, 400, but(USER, isRegistered=False), "isRegistered"
        ),
    },
    "access lists": {
        **refused(
            "POST", ACLS, NEW_ACL, *NAMES, ("enabled", "yes"), ("ipRanges", NOTHING),
            ("ipRanges", []), ("ipRanges", {}), ("extra", 1),
        ),
        **refused("PUT", ACL, NEW_ACL, *NAMES, ("enabled", 1), ("ipRanges", []), ("extra", 1)),
        **refused("POST", RANGES, IP, *WRONG_RANGE),
        **refused("PUT", f"{RANGES}/{ulid(world.RANGE)}", IP, *WRONG_RANGE),
        "a bad range inside": Bad(
            "POST", ACLS, 400, but(NEW_ACL, ipRanges=[IP, {"ipAddress": "10.0.0.0/8"}]), "ipRanges"
        ),
        "links: missing": Bad(
            "POST", f"{TRUNK}/accessControlLists", 400, {}, "accessControlListIds"
        ),
        "links: no list": Bad(
            "PUT", f"{TRUNK}/accessControlLists", 400, "x", "accessControlListIds"
        ),
        "links: numbers": Bad("PUT", f"{TRUNK}/credentialLists", 400, [5], "credentialListIds"),
        "links: extra": Bad(
            "PUT", f"{TRUNK}/credentialLists", 400, {"credentialListIds": [], "extra": 1}, "extra"
        ),
    },
    "others": {
        **refused("POST", LISTS, NEW_LIST, *NAMES, ("credentials", {}), ("extra", 1)),
        **refused("PUT", USERS, {"name": "n"}, *NAMES, ("extra", 1)),
        **refused(
            "PUT", f"{USERS}/credentials/ada", {"password": SECRET}, ("password", NOTHING),
            ("password", "short"), ("password", "a" * 20), ("password", 5), ("extra", 1),
        ),
        "a name twice": Bad(
            "POST", LISTS, 400, but(NEW_LIST, credentials=NEW_LIST["credentials"] * 2),
            "credentials",
        ),
        "a name taken": Bad(
            "POST", LISTS, 400,
            but(NEW_LIST, credentials=[{"username": "ada", "password": SECRET}]), "credentials",
        ),
        **refused(
            "POST", NUMBERS, {"phoneNumber": "+12065550101"}, ("phoneNumber", NOTHING),
            ("phoneNumber", "12"), ("phoneNumber", 5), ("sipTrunkId", 5), ("extra", 1),
        ),
        **refused("PUT", f"{COUNTRIES}/GB", {"enabled": True}, ("enabled", NOTHING),
                  ("enabled", "yes"), ("enabled", None), ("extra", 1)),
        "countries missing": Bad("PUT", COUNTRIES, 400, {}, "countryPermissions"),
        **{
            f"countries {item}": Bad(
                "PUT", COUNTRIES, 400, {"countryPermissions": items}, "countryPermissions"
            )
            for item, items in {
                "no code": [{"enabled": True}],
                "bad code": [{"isoCode": "USA", "enabled": True}],
                "unknown": [{"isoCode": "ZZ", "enabled": True}],
                "twice": [{"isoCode": "US", "enabled": True}] * 2,
            }.items()
        },
        **refused("POST", RULES, RULE, *NAMES, ("direction", NOTHING), ("direction", "up"),
                  ("callerCountry", "GBR"), ("calleeMatch", "x"), ("extra", 1)),
        **refused("POST", f"{BASE}/addProjects", {"projectIds": []}, ("projectIds", NOTHING),
                  ("projectIds", "x"), ("extra", 1)),
    },
}  # fmt: skip
PLAIN = {
    "unknown and foreign ids": unknown(
        *(
            (method, f"{TRUNKS}/{one}", body)
            for one in (UNKNOWN, ulid(world.FOREIGN_TRUNK), "x")
            for method, body in (("GET", NOTHING), ("PUT", NEW_TRUNK), ("DELETE", NOTHING))
        ),
        ("POST", f"{FOREIGN_TRUNK}/endpoints", STATIC),
        ("GET", f"{ENDPOINTS}/{ulid(world.FOREIGN_ENDPOINT)}", NOTHING),
        ("DELETE", f"{ENDPOINTS}/{UNKNOWN}", NOTHING),
        ("PUT", f"{ACLS}/{ulid(world.FOREIGN_ACL)}", NEW_ACL),
        ("DELETE", f"{ACLS}/{UNKNOWN}", NOTHING),
        ("PUT", f"{RANGES}/{ulid(world.FOREIGN_RANGE)}", IP),
        ("DELETE", f"{RANGES}/{UNKNOWN}", NOTHING),
        ("DELETE", f"{LISTS}/{ulid(world.FOREIGN_USERS)}", NOTHING),
        ("DELETE", f"{USERS}/credentials/nobody", NOTHING),
        ("DELETE", f"{RULES}/{ulid(world.FOREIGN_RULE)}", NOTHING),
        ("GET", f"{NUMBERS}/+12065550200", NOTHING),
        ("GET", f"{NUMBERS}/x", NOTHING),
        ("GET", f"{COUNTRIES}/ZZ", NOTHING),
        ("PUT", f"{COUNTRIES}/ZZZ", {"enabled": True}),
        ("DELETE", f"{TRUNK}/accessControlLists/{ulid(world.LOOSE_ACL)}", NOTHING),
    ),
    "unknown and foreign ids in bodies": {
        f"{method} {path[len(BASE) :]} {one}": Bad(method, path, 400, body, at)
        for one in (UNKNOWN, ulid(world.FOREIGN_ACL), ulid(world.FOREIGN_USERS),
                    ulid(world.FOREIGN_TRUNK), "x")
        for method, path, body, at in (
            ("POST", ON_TRUNK, {ACL_IDS: [ulid(world.LOOSE_ACL), one]}, ACL_IDS),
            ("PUT", ON_TRUNK, [ulid(world.LOOSE_ACL), one], ACL_IDS),
            ("POST", USERS_ON_TRUNK, {LIST_IDS: [one]}, LIST_IDS),
            ("PUT", USERS_ON_TRUNK, {LIST_IDS: [one]}, LIST_IDS),
            ("POST", NUMBERS, {"phoneNumber": "+12065550101", "sipTrunkId": one}, "sipTrunkId"),
        )
    },
    "in use and twice": {
        "trunk": Bad("DELETE", TRUNK, 400),
        "access list": Bad("DELETE", ACL, 400),
        "last range": Bad(
            "DELETE", f"{ACLS}/{ulid(world.LOOSE_ACL)}/ipRanges/{ulid(world.uid(4, 4))}", 400
        ),
        "credential list": Bad("DELETE", USERS, 400),
        "registered user": Bad("DELETE", f"{USERS}/credentials/ada", 400),
        "list on it already": Bad(
            "POST", f"{TRUNK}/accessControlLists", 400,
            {"accessControlListIds": [ulid(world.LOOSE_ACL), ulid(world.ACL)]},
        ),
    },
    "queries": {
        **{
            f"{path[len(BASE) :]} {query}": Bad(
                "GET", f"{path}?{query}", 400, at=query.split("=")[0]
            )
            for path in (TRUNKS, ENDPOINTS, ACLS, RANGES, LISTS, NUMBERS, CALLS, RULES)
            for query in ("page=0", "page=-1", "page=x", "pageSize=0", "pageSize=501", "pageSize=x")
        },
        **{
            query: Bad("GET", f"{CALLS}?{query}", 400, at=query.split("=")[0])
            for query in (
                "createTime=yesterday", "createTime=2026-13", "createTimeStart=x",
                "createTimeEnd=x", "callResult=LOST", "callResult=BUSY,x", "direction=UP",
                "fromCountryCode=USA", "toCountryCode=1", "emergencyOnly=maybe",
            )
        },
        **{
            query: Bad("GET", f"{NUMBERS}?{query}", 400, at=query.split("=")[0])
            for query in ("sort=x,ascending", "sort=phoneNumber", "filter=abc")
        },
    },
    "requests": {
        "bad JSON": Bad("POST", TRUNKS, 400, data=b"{", media="application/json"),
        "a list": Bad("POST", TRUNKS, 400, []),
        "text": Bad("PUT", f"{COUNTRIES}/US", 400, "x"),
        "no body": Bad("POST", TRUNKS, 400, data=b"", media="application/json"),
        "XML": Bad("POST", TRUNKS, 400, data=b"<n/>", media="application/xml"),
        **{
            media: Bad("POST", TRUNKS, 415, data=b"x", media=media)
            for media in ("image/png", "audio/mpeg", "video/mp4")
        },
        "compressed": Bad("POST", TRUNKS, 415, NEW_TRUNK, encoding="gzip"),
        "method": Bad("PATCH", TRUNKS, 405),
        "foreign project": Bad("POST", f"/v1/projects/{world.BETA}/trunks", 403, NEW_TRUNK),
        "no project": Bad("GET", f"/v1/projects/{world.NOBODY}/trunks", 403),
    },
}  # fmt: skip
GROUPS: dict[str, dict[str, Bad]] = {**BODIES, **PLAIN}


def send(client: ContractClient, case: Bad) -> Any:
    return client.open(
        case.method,
        case.path,
        json=UNSET if case.json is NOTHING else case.json,
        data=case.data,
        content_type=case.media,
        headers={"Content-Encoding": case.encoding} if case.encoding else {},
    )


def faults(case: Bad, response: Any, observed: bool = False) -> list[str]:
    """What is wrong with the refusal of a case."""
    if response.status_code != case.status:
        return [f"{response.status_code} instead of {case.status}: {response.text[:200]}"]
    error, found = response.json, []
    word = "BAD_REQUEST" if observed and case.status == 400 else WORDS[case.status]
    if error.keys() != {"code", "status", "message", "details"} or not error["message"]:
        found.append(f"not the error form: {error}")
    if (error["code"], error["status"]) != (case.status, word):
        found.append(f"code and status {error['code']}, {error['status']}")
    fields = [
        violation["field"]
        for detail in error["details"]
        for violation in detail.get("fieldViolations", ())
    ]
    if case.at and not any(field.split(".")[0].split("[")[0] == case.at for field in fields):
        found.append(f"names {fields}, not {case.at}")
    return found


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_bad_input_is_refused_and_changes_nothing(
    group: str, profile: str, client: ContractClient, universe: Universe
) -> None:
    wrong = {}
    before = snapshot()
    for name, case in GROUPS[group].items():
        found = faults(case, send(client, case), profile == "observed")
        if tables := changed(before, snapshot()):
            found.append(f"changed {tables}")
            before = snapshot()
        if found:
            wrong[name] = found
    assert wrong == {}


def test_a_change_would_be_noticed(client: ContractClient, universe: Universe) -> None:
    before = snapshot()
    assert client.post(TRUNKS, json=NEW_TRUNK).status_code == 201
    assert "trunk" in changed(before, snapshot())
