"""Bad input of every kind: the status, the member named, and a database that did not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.adapters.callable import world
from tests.adapters.callable.samples import ADDRESS, HOOK, TRUNK
from tests.adapters.callable.world import BASE, hex24
from tests.support.contract import UNSET, ContractClient
from tests.support.snapshots import changed, snapshot

NOTHING: Any = object()
ACCOUNTS, ORGANISATION = "/api/v1/account", "/api/v1/userAccounts/me"
TRUNKS, HOOKS, DDIS = f"{BASE}/trunk", f"{BASE}/hook", f"{BASE}/ddi"
ONE_TRUNK, ONE_HOOK = f"{TRUNKS}/{world.SPARE_TRUNK}", f"{HOOKS}/{world.EVENT_HOOK}"
SISTER = f"{ACCOUNTS}/{hex24(world.BETA)}"
FOREIGN = f"{ACCOUNTS}/{hex24(world.ELSEWHERE)}"
UNKNOWN = world.uid(9, 9)
MESSAGES = {
    400: "Validation Error", 401: "Unauthorized", 403: "Forbidden", 404: "could not find resource",
    405: "Method Not Allowed", 409: "In use", 415: "Unsupported Media Type",
}  # fmt: skip
STATUSES = {
    400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED", 409: "CONFLICT", 415: "UNSUPPORTED_MEDIA_TYPE",
}  # fmt: skip


@dataclass(frozen=True)
class Bad:
    """One request that must be refused; `at` is the member the refusal must name, `says` its
    message where it is not the usual one of the status."""

    method: str
    path: str
    status: int
    json: Any = NOTHING
    at: str = ""
    says: str = ""
    data: bytes | None = None
    media: Any = UNSET
    encoding: str = ""


def but(whole: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A good body with members changed; NOTHING takes one out."""
    both = {**whole, **changes}
    return {name: value for name, value in both.items() if value is not NOTHING}


def refused(
    requests: tuple[tuple[str, str], ...], whole: dict[str, Any], *wrong: tuple[str, Any]
) -> dict[str, Bad]:
    """Cases that each have one wrong member in a body that is good but for it."""
    return {
        f"{method} {path[7:]} {name}={'absent' if value is NOTHING else repr(value)[:40]}": Bad(
            method, path, 400, but(whole, **{name: value}), name
        )
        for method, path in requests
        for name, value in wrong
    }


def values(name: str, *wrong: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((name, value) for value in wrong)


NO_TEXT: tuple[Any, ...] = (5, True, [], {}, ["x"], "a\0b")
NO_WHOLE: tuple[Any, ...] = ("5", "", 1.5, True, [], {}, 2**63)
REQUIRED_TEXT = (NOTHING, None, "", "x" * 256, *NO_TEXT)
PLACE = (("POST", ACCOUNTS), ("PUT", BASE))
NUMBERS = ("", "number", "44", "+", "4" * 19, "441632960001x")
WRONG_ACCOUNT = (
    *values("name", *REQUIRED_TEXT),
    *values("mbn", *NUMBERS, True, 1.5, [], {}),
    *values("domain", "", "-a", "a b", "a.b", "x" * 64, *NO_TEXT),
)
WRONG_TRUNK = (
    *values("ip", NOTHING, None, "", "1.2.3", "256.1.1.1", "01.2.3.4", "1.1.1.0/24", "::1",
            "sip.example", "1.1.1.1:5060", *NO_TEXT),
    *values("port", 0, -1, 65_536, *NO_WHOLE),
    *values("vendor", "", "x" * 256, *NO_TEXT),
    *values("zone", "", "x" * 256, *NO_TEXT),
    *values("callerFormat", "", "E164", "international", *NO_TEXT),
    *values("calledFormat", "", "E164", "international", *NO_TEXT),
    *values("description", "x" * 256, *NO_TEXT),
    *values("countryCode", "", "G", "GBR", "XX", "44", *NO_TEXT),
    *values("priority", *NO_WHOLE),
    *values("monitored", "yes", "true", 1, 0, [], {}),
)  # fmt: skip
WRONG_HOOK = (
    *values("app", NOTHING, None, "", "ivr.generic", "event.call", "event.action", "event.pbx",
            "FLOW.GENERIC", *NO_TEXT),
    *values("url", NOTHING, None, "", "x", "ftp://a.example", "http://", "http://a b",
            "http://a.example:0", "http://[1::2::3]/", "http://[c0ffee]/", "http://a/" + "x" * 2048,
            *NO_TEXT),
    *values("authType", "", "disabled", "BASIC", *NO_TEXT),
    *values("method", "", "PUT", "post", *NO_TEXT),
    *values("priority", 2**31, -(2**31) - 1, *NO_WHOLE),
    *values("apiKeyName", "", "x" * 256, *NO_TEXT),
    *values("apiKeyValue", "", "x" * 4097, *NO_TEXT),
    *values("apiSecretName", "", "x" * 256, *NO_TEXT),
    *values("apiSecretValue", "", "x" * 4097, *NO_TEXT),
    *values("endpoint", "", "x" * 256, *NO_TEXT),
)  # fmt: skip
DDI = {"ddis": [{"name": "441632960050"}]}
BODIES = {
    "accounts": refused(PLACE, {"name": "n"}, *WRONG_ACCOUNT),
    "address": refused(
        (("PUT", f"{BASE}/address"),), ADDRESS,
        *(pair for name in ADDRESS for pair in values(name, *REQUIRED_TEXT)),
    ),
    "numbers": {
        **refused(
            (("POST", DDIS),), DDI,
            *values("ddis", NOTHING, None, [], {}, "441632960050", [5], [None],
                    [{"name": "441632960050"}] * 1001),
        ),
        **{
            f"name {name!r}": Bad("POST", DDIS, 400, {"ddis": [*DDI["ddis"], {"name": name}]},
                                  "ddis[1].name")
            for name in (*NUMBERS, None, True, 1.5, [], {})
        },
        "no name": Bad("POST", DDIS, 400, {"ddis": [{}]}, "ddis[0].name"),
        "one that is there": Bad(
            "POST", DDIS, 400, {"ddis": [{"name": "441632960001"}]}, "ddis[0]", "Not Unique"
        ),
    },
    "trunks": {
        **refused((("POST", TRUNKS), ("PUT", ONE_TRUNK)), TRUNK, *WRONG_TRUNK),
        "there already": Bad(
            "POST", TRUNKS, 400, {"ip": "192.0.2.1", "port": 5062}, "ip", "Not Unique"
        ),
    },
    "hooks": refused((("POST", HOOKS), ("PUT", ONE_HOOK)), HOOK, *WRONG_HOOK),
}  # fmt: skip


def nowhere(path: str, body: Any = NOTHING) -> dict[str, Bad]:
    """The requests to one object that is not there, or not the caller's."""
    methods = ("GET", "DELETE") if body is NOTHING else ("GET", "PUT", "DELETE")
    return {
        f"{method} {path}": Bad(method, path, 404, body if method == "PUT" else NOTHING)
        for method in methods
    }


PATHS = {
    "not found": {
        **{
            key: case
            for one in (UNKNOWN, world.FOREIGN_TRUNK, "x", "%00", world.HOOK, world.DEFAULT)
            for key, case in nowhere(f"{TRUNKS}/{one}", TRUNK).items()
        },
        **{
            key: case
            for one in (UNKNOWN, world.FOREIGN_HOOK, world.SISTER_HOOK, "x", world.TRUNK)
            for key, case in nowhere(f"{HOOKS}/{one}", HOOK).items()
        },
        **{
            one: Bad("GET", f"{DDIS}/{one}", 404)
            for one in ("x", hex24(UNKNOWN), hex24(world.FOREIGN_DDI), hex24(world.SISTER_DDI),
                        world.DDI, "441632960001")
        },
        **{
            key: case
            for one in (hex24(world.ELSEWHERE), world.NOBODY, "x", world.ALPHA, "%00")
            for key, case in nowhere(f"{ACCOUNTS}/{one}", {"name": "n"}).items()
        },
        **{
            f"{method} of a stranger's {rest}": Bad(method, f"{FOREIGN}/{rest}", 404, body)
            for method, rest, body in (
                ("GET", "address", NOTHING), ("PUT", "address", ADDRESS), ("GET", "ddi", NOTHING),
                ("POST", "ddi", DDI), ("GET", "trunk", NOTHING), ("POST", "trunk", TRUNK),
                ("GET", f"trunk/{world.FOREIGN_TRUNK}", NOTHING), ("GET", "hook", NOTHING),
                ("POST", "hook", HOOK), ("GET", f"hook/{world.FOREIGN_HOOK}", NOTHING),
            )
        },
        "a trunk in another account's path": Bad("GET", f"{SISTER}/trunk/{world.TRUNK}", 404),
        "a path of old": Bad("GET", "/api/v1/customers", 404),
        "another path of old": Bad("GET", "/api/v1/organisation/me", 404),
    },
    "in use": {
        "trunk": Bad("DELETE", f"{TRUNKS}/{world.TRUNK}", 409),
    },
    "methods and media": {
        **{
            f"{method} {path}": Bad(method, path, 405)
            for method, path in (
                ("POST", ORGANISATION), ("PATCH", BASE), ("POST", f"{BASE}/address"),
                ("PUT", DDIS), ("PATCH", ONE_TRUNK), ("POST", ONE_HOOK), ("GET",
                "/api/v1/oauth/authorize"), ("DELETE", f"{DDIS}/{hex24(world.DDI)}"),
            )
        },
        **{
            f"{method} {media}": Bad(method, path, 415, data=b"{}", media=media)
            for method, path in (("POST", TRUNKS), ("PUT", ONE_HOOK), ("PUT", f"{BASE}/address"))
            for media in ("text/plain", "application/xml", "application/x-www-form-urlencoded",
                          "multipart/form-data", "application/vnd.api+json")
        },
        "compressed": Bad("POST", TRUNKS, 415, TRUNK, encoding="gzip"),
        **{
            f"body {data!r}": Bad("POST", TRUNKS, 400, says="Malformed JSON", data=data)
            for data in (b"[]", b'"x"', b"null", b"{", b'{"ip": "1.1.1.1,"port": 1}')
        },
        "empty": Bad("POST", TRUNKS, 400, data=b"", at="ip"),
    },
}  # fmt: skip
GROUPS: dict[str, dict[str, Bad]] = {**BODIES, **PATHS}


def send(client: ContractClient, case: Bad) -> Any:
    return client.open(
        case.method,
        case.path,
        json=UNSET if case.json is NOTHING else case.json,
        data=case.data,
        content_type=case.media,
        headers={"Content-Encoding": case.encoding} if case.encoding else {},
    )


def faults(case: Bad, response: Any) -> list[str]:
    """What is wrong with the refusal of a case."""
    if response.status_code != case.status:
        return [f"{response.status_code} instead of {case.status}: {response.text[:200]}"]
    error, found = response.json, []
    if error.keys() != {"status", "messages", "errors", "timestamp"}:
        found.append(f"not the error form: {error}")
    if error["status"] != STATUSES[case.status]:
        found.append(f"status {error['status']}")
    if error["messages"] != [case.says or MESSAGES[case.status]]:
        found.append(f"messages {error['messages']}")
    if error["timestamp"] != world.SECONDS * 1000:
        found.append(f"timestamp {error['timestamp']}")
    if case.status not in (400, 409) and error["errors"]:
        found.append(f"errors {error['errors']}")
    paths = [line.partition(": ")[0] for line in error["errors"]]
    if case.at and not any(f"{path}.".startswith((f"{case.at}.", f"{case.at}[")) for path in paths):
        found.append(f"names {paths}, not {case.at}")
    return found


@pytest.mark.parametrize("group", GROUPS)
def test_bad_input_is_refused_and_changes_nothing(group: str, client: ContractClient) -> None:
    wrong = {}
    before = snapshot()
    for name, case in GROUPS[group].items():
        found = faults(case, send(client, case))
        if tables := changed(before, snapshot()):
            found.append(f"changed {tables}")
            before = snapshot()
        if found:
            wrong[name] = found
    assert wrong == {}


def test_all_faults_come_at_once(client: ContractClient) -> None:
    answer = client.post(TRUNKS, json={"port": 0, "countryCode": "XX", "vendor": ""})
    named = {line.partition(": ")[0] for line in answer.json["errors"]}
    assert named == {"ip", "port", "countryCode", "vendor"}
    assert "port: must be 1 to 65535" in answer.json["errors"]


def test_what_is_not_known_is_passed_over(client: ContractClient) -> None:
    """And refused in the strict profile (test_strict.py)."""
    assert client.post(TRUNKS, json={"ip": "192.0.2.60", "extra": 1}).status_code == 201
    assert client.get(f"{TRUNKS}?limit=1&unknown=x").status_code == 200
