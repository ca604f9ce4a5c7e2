"""Bad input about calls: what is refused, with which words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import NOTHING, Bad
from tests.adapters.jambonz.call_rows import (
    APP,
    APP_OF_BETA,
    BUSY,
    ELSEWHERE,
    FOREIGN,
    GONE,
    LIVE,
    OVER,
    RINGING,
)

CALLS = f"/Accounts/{world.ALPHA}/Calls"
ROOMS = tuple(f"/Accounts/{world.ALPHA}/{name}" for name in ("Conferences", "Queues"))
PHONE = {"type": "phone", "number": "+16172375080"}
GOOD: dict[str, Any] = {"from": "+16172375089", "to": PHONE, "application_sid": APP}
HOOKED = {**GOOD, "application_sid": NOTHING, "call_hook": "https://app.example"}
NO_TO = "missing or invalid to property: "
NO_URL = "must be string or an object containing a url property"
EITHER = "either call_hook or application_sid required"
TWICE = "multiple options are not allowed in updateCall"
STATE = "current call state is incompatible with requested action"
LONG = "x" * 2000


def create(name: str, says: str = "", base: dict[str, Any] = GOOD, **more: Any) -> Bad:
    body = {k: v for k, v in {**base, **more}.items() if v is not NOTHING}
    return Bad(f"create: {name}", "POST", CALLS, 400, body, says)


def creates() -> Iterator[Bad]:
    sender = {"from": NOTHING}
    yield create("no from", "missing from parameter", **sender)
    for value in (None, "", " ", 5, {}, []):
        yield create(f"from {value!r}", "missing from parameter", **{"from": value})
    yield create("from first", "missing from parameter", to=NOTHING, **sender)
    yield create("from too long", "from", **{"from": LONG})
    yield create("from in two lines", "from", **{"from": "a\r\nb"})
    yield create("no to", NO_TO + "undefined", to=NOTHING)
    yield create("to null", NO_TO + "null", to=None)
    yield create("to text", NO_TO + '"+16172375080"', to="+16172375080")
    yield create("to list", NO_TO, to=[])
    yield create("to without type", NO_TO + '{"number":"+1"}', to={"number": "+1"})
    yield create("to of another type", NO_TO, to={"type": "fax", "number": "+16172375080"})
    yield create("to with a list for a type", NO_TO, to={"type": [], "number": "+16172375080"})
    for kind in ("phone", "sip", "user", "teams"):
        yield create(f"{kind} without address", f'{NO_TO}{{"type":"{kind}"}}', to={"type": kind})
    yield create("sip with a number", NO_TO, to={"type": "sip", "number": "+16172375080"})
    yield create("user with a number", NO_TO, to={"type": "user", "number": "+16172375080"})
    yield create("number of a number", NO_TO, to={"type": "phone", "number": 16172375080})
    yield create("number of letters", "to.number", to={"type": "phone", "number": "nobody"})
    yield create("sip of no uri", "to.sipUri", to={"type": "sip", "sipUri": "not a uri"})
    yield create("user too long", "to.name", to={"type": "user", "name": LONG})
    yield create("auth of text", "to.auth", to={**PHONE, "auth": "user:password"})
    yield create("auth with a number", "to.auth.username", to={**PHONE, "auth": {"username": 5}})
    yield create("auth of more", "to.auth.realm", to={**PHONE, "auth": {"realm": "x"}})
    yield create("to of more", "unknown property 'to.trunk_sid'", to={**PHONE, "trunk_sid": "x"})
    yield create("neither application nor hook", EITHER, application_sid=NOTHING)
    yield create("both null", EITHER, application_sid=None, call_hook=None)
    for sid in (world.NOBODY, APP_OF_BETA, world.ALPHA, "nonsense"):
        yield create(f"application {sid}", f"application_sid not found {sid}", application_sid=sid)
    yield create("application of a number", "application_sid", application_sid=5)
    for name in ("call_hook", "call_status_hook"):
        yield from hooks(name)
    yield from create_members()


def hooks(name: str) -> Iterator[Bad]:
    for label, value in (("empty", ""), ("object", {}), ("list", []), ("number", 5)):
        yield create(f"{name} {label}", f"{name} {NO_URL}", HOOKED, **{name: value})
    yield create(f"{name} of no url", f"{name} {NO_URL}", HOOKED, **{name: {"method": "POST"}})
    for url in ("/relative", "ftp://app.example", "app.example", "https://"):
        text = f"{name} url be an absolute url"
        yield create(f"{name} {url}", text, HOOKED, **{name: url})
        yield create(f"{name} object {url}", text, HOOKED, **{name: {"url": url}})
    url = "https://app.example"
    for member, value in (("method", "PUT"), ("method", 5), ("username", 5), ("password", LONG)):
        yield create(
            f"{name} {member} {value}"[:60], name, HOOKED, **{name: {"url": url, member: value}}
        )
    yield create(f"{name} of more", "colour", HOOKED, **{name: {"url": url, "colour": "x"}})
    yield create(f"{name} too long", f"{name} url", HOOKED, **{name: f"{url}/{LONG}"})


def create_members() -> Iterator[Bad]:
    for value in ("soon", 0, -1, 3601, 1.5, [], None):
        yield create(f"timeout {value!r}", "timeout", timeout=value)
    for value in ("text", 5, [], None):
        yield create(f"tag {value!r}", "tag", tag=value)
        yield create(f"headers {value!r}", "headers", headers=value)
    yield create("header of a number", "headers", headers={"X-One": 1})
    yield create("header in two lines", "headers", headers={"X-One": "1\r\nX-Two: 2"})
    yield create("header of a bad name", "headers", headers={"X One:": "1"})
    for value in ("", "a b", "host/path", 5, LONG, None):
        yield create(f"fromHost {value!r}"[:40], "fromHost", fromHost=value)
    yield create("speech of a number", "speech_synthesis_vendor", speech_synthesis_vendor=5)
    yield create("speech too long", "speech_recognizer_language", speech_recognizer_language=LONG)
    yield create("unknown member", "unknown property 'colour'", colour="red")
    yield Bad("create: a list", "POST", CALLS, 400, [GOOD])
    yield Bad("create: no body", "POST", CALLS, 400, says="missing from parameter")
    yield Bad("create: no JSON", "POST", CALLS, 400, data=b'{"from": ')
    for who in ("beta", "gamma", "rival"):
        text = f"unauthorized createCall request for account {world.ALPHA}"
        yield Bad(f"create: as {who}", "POST", CALLS, 404, GOOD, text, who=who)
    for sid in (world.NOBODY, "nonsense"):
        yield Bad(f"create: for {sid}", "POST", f"/Accounts/{sid}/Calls", 404, GOOD, who="admin")


def update(
    name: str, says: str, body: Any, sid: str = LIVE, status: int = 400, who: str = "alpha"
) -> Iterator[Bad]:
    for method in ("POST", "PUT"):
        yield Bad(f"{method}: {name}", method, f"{CALLS}/{sid}", status, body, says, who)


MUTE, HOOK = {"mute_status": "mute"}, "https://app.example/next"
INFO = {"method": "INFO", "content_type": "text/plain", "content": "x"}


def updates() -> Iterator[Bad]:
    yield from update("nothing", "no valid options supplied to updateCall", {})
    yield from update("only a status hook", "no valid options", {"call_status_hook": HOOK})
    yield from update("only a wait hook", "no valid options", {"waitHook": HOOK})
    yield from update("a list", "", [MUTE])
    for one, other in (
        ({"call_status": "completed"}, {"listen_status": "pause"}),
        ({"call_status": "completed"}, MUTE),
        ({"listen_status": "pause"}, MUTE),
        ({"call_hook": HOOK}, MUTE),
        ({"child_call_hook": HOOK}, MUTE),
        ({"conf_hold_status": "hold"}, {"conf_mute_status": "mute"}),
        ({"sip_request": INFO}, {"record": {"action": "stopCallRecording"}}),
        ({"whisper": {"verb": "say", "text": "x"}}, {"call_status": "completed"}),
    ):
        yield from update(f"{[*one]} and {[*other]}", TWICE, {**one, **other})
    for name in (
        "call_status",
        "listen_status",
        "mute_status",
        "conf_hold_status",
        "conf_mute_status",
    ):
        for value in ("", "nonsense", None, 5, [], True):
            yield from update(f"{name} {value!r}", f"invalid {name}", {name: value})
    alone = "call_status_hook can be updated only when call_hook is also being updated"
    yield from update("status hook without hook", alone, {**MUTE, "call_status_hook": HOOK})
    yield from update("wait hook without hold", "waitHook", {**MUTE, "waitHook": HOOK})
    yield from update_hooks()
    yield from update_parts()
    yield from update_states()


def update_hooks() -> Iterator[Bad]:
    for name in ("call_hook", "child_call_hook"):
        for value in ("", {}, None, 5, {"method": "POST"}):
            yield from update(f"{name} {value!r}", f"{name} {NO_URL}", {name: value})
        for url in ("ftp://x.example", "next", "//other.example/x"):
            yield from update(f"{name} {url}", f"{name} url be an absolute url", {name: url})
    yield from update("a path below nothing", "is relative", {"call_hook": "/next"}, RINGING)
    yield from update("hook of more", "colour", {"call_hook": {"url": HOOK, "colour": "x"}})
    yield from update("unknown member", "unknown property 'colour'", {**MUTE, "colour": "x"})


def update_parts() -> Iterator[Bad]:
    needs = "sip_request requires content_type and content properties"
    for value in (None, "INFO", [], {}, {"content": "x"}, {"content_type": "text/plain"}):
        yield from update(f"sip_request {value!r}", needs, {"sip_request": value})
    for member, value in (("method", "lower"), ("method", 5), ("headers", "x"), ("colour", "x")):
        yield from update(
            f"sip_request {member}",
            f"sip_request.{member}",
            {"sip_request": {**INFO, member: value}},
        )
    needs = "record requires action property"
    for value in (None, "start", [], {}, {"action": 5}):
        yield from update(f"record {value!r}", needs, {"record": value})
    yield from update("record of no action", "invalid record action", {"record": {"action": "x"}})
    url = "record requires siprecServerURL property when starting recording"
    start = {"action": "startCallRecording"}
    yield from update("record without server", url, {"record": start})
    yield from update("record with a number", url, {"record": {**start, "siprecServerURL": 5}})
    for value in (
        None,
        "hello",
        [],
        {},
        {"verb": "dial"},
        {"verb": "say"},
        {"verb": "say", "text": 5},
        {"verb": "play", "text": "x"},
        [{"verb": "say", "text": "x"}, {"verb": "pause"}],
        {"url": "/relative"},
    ):
        yield from update(f"whisper {value!r}", "whisper", {"whisper": value})


def update_states() -> Iterator[Bad]:
    for sid in (world.NOBODY, FOREIGN, ELSEWHERE, GONE, "nonsense"):
        yield from update(f"call {sid}", "Not Found", MUTE, sid, 404)
    for who in ("beta", "rival"):
        yield from update(f"as {who}", "Not Found", MUTE, LIVE, 404, who)
    for sid in (OVER, BUSY):
        yield from update(f"after the end {sid}", "call session is gone", MUTE, sid, 422)
    yield from update("hang up what rings", STATE, {"call_status": "completed"}, RINGING, 422)
    yield from update("give up what talks", STATE, {"call_status": "no-answer"}, LIVE, 422)
    for body in (MUTE, {"whisper": {"verb": "say", "text": "x"}}, {"sip_request": INFO}):
        yield from update(f"{[*body]} while ringing", STATE, body, RINGING, 422)


def reads() -> Iterator[Bad]:
    for sid in (world.NOBODY, FOREIGN, ELSEWHERE, GONE, "nonsense"):
        yield Bad(f"get {sid}", "GET", f"{CALLS}/{sid}", 404)
        yield Bad(f"delete {sid}", "DELETE", f"{CALLS}/{sid}", 404)
    for who in ("beta", "gamma", "rival"):
        for path in (CALLS, f"{CALLS}/count", f"{CALLS}/{LIVE}", *ROOMS):
            yield Bad(f"{who}: {path}", "GET", path, 404, who=who)
        yield Bad(f"{who}: delete", "DELETE", f"{CALLS}/{LIVE}", 404, who=who)


def room_queries() -> Iterator[Bad]:
    yield Bad("queues of a long name", "GET", f"{ROOMS[1]}?search={LONG}", 400, says="search")
    yield Bad("queues of NUL", "GET", f"{ROOMS[1]}?search=%00", 400, says="search")


def records() -> Iterator[Bad]:
    for who, home in (
        ("alpha", f"/Accounts/{world.ALPHA}"),
        ("provider", f"/ServiceProviders/{world.PROVIDER}"),
    ):
        path = f"{home}/RecentCalls"
        for query, name in (
            ("", "page"),
            ("page=1", "count"),
            ("count=25", "page"),
            ("page=0&count=25", "page"),
            ("page=-1&count=25", "page"),
            ("page=x&count=x", "page"),
            ("page=99999999999999999999&count=25", "page"),
            ("page=1&count=24", "count"),
            ("page=1&count=501", "count"),
            ("page=1&count=many", "count"),
        ):
            text = f'missing or invalid "{name}" query arg'
            yield Bad(f"{who} {query}", "GET", f"{path}?{query}", 400, says=text, who=who)
        for more in (
            "days=0",
            "days=31",
            "days=x",
            "start=x",
            "end=x",
            "direction=up",
            "answered=maybe",
        ):
            query, name = f"page=1&count=25&{more}", more.partition("=")[0]
            yield Bad(f"{who} {more}", "GET", f"{path}?{query}", 400, says=name, who=who)
        for call_id in (world.NOBODY, ELSEWHERE, "calls-elsewhere", "nonsense", "%00", "x" * 3000):
            for end in ("", "/pcap"):
                name = f"{who} {call_id}{end}"[:80]
                yield Bad(name, "GET", f"{path}/{call_id}{end}", 404, who=who)
    path = f"/Accounts/{world.ALPHA}/RecentCalls"
    yield Bad("beta's call by its Call-ID", "GET", f"{path}/calls-mark-of-beta", 404)
    query = "RecentCalls?page=1&count=25"
    for who in ("beta", "gamma", "rival"):
        yield Bad(f"{who}: records", "GET", f"/Accounts/{world.ALPHA}/{query}", 404, who=who)
    home = f"/ServiceProviders/{world.PROVIDER}"
    yield Bad("rival: records", "GET", f"{home}/{query}", 404, who="rival")
    for path in (query, f"RecentCalls/{OVER}", f"RecentCalls/{OVER}/pcap"):
        yield Bad(f"an account: {path}", "GET", f"{home}/{path}", 403)


CASES = (*creates(), *updates(), *reads(), *room_queries(), *records())
