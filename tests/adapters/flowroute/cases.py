"""Every kind of bad input with the status it gets, as data for the table test.

Numbers and ids are those of the test world (world.py). A case names the request and the status;
`at` is a member the refusal must name, where there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NOTHING: Any = object()
OWN, FOREIGN, STOCK, PEER = "12065550100", "12065550200", "12065550300", "13105550999"
LONG_TEXT = "x" * (255 * 153 + 1)
LONG_UNICODE = "ж" * (255 * 67 + 1)
LONG_URL = "https://customer.example/" + "a" * 2048


@dataclass(frozen=True)
class Bad:
    """One request that must be refused; `path` may be a template of the world's ids."""

    name: str
    method: str
    path: str
    status: int
    json: Any = NOTHING
    data: bytes | None = None
    at: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    auth: Any = NOTHING


def sms(**changes: Any) -> dict[str, Any]:
    """A good message with members changed; NOTHING takes one out."""
    whole = {"from": OWN, "to": PEER, "body": "hello", **changes}
    return {name: value for name, value in whole.items() if value is not NOTHING}


def route(**changes: Any) -> dict[str, Any]:
    attributes = {"alias": "new", "route_type": "host", "value": "sip.example.com", **changes}
    kept = {name: value for name, value in attributes.items() if value is not NOTHING}
    return {"data": {"type": "route", "attributes": kept}}


def e911(**changes: Any) -> dict[str, Any]:
    attributes = {
        "label": "home",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "street_number": "20",
        "street_name": "3rd Avenue",
        "city": "Seattle",
        "state": "WA",
        "country": "US",
        "zip": "98104",
        **changes,
    }
    kept = {name: value for name, value in attributes.items() if value is not NOTHING}
    return {"data": {"type": "e911", "attributes": kept}}


MESSAGES = "/v2.1/messages"
JSON_API = (("Content-Type", "application/vnd.api+json"),)

SENDING = [
    Bad("from missing", "POST", MESSAGES, 422, sms(**{"from": NOTHING}), at="from"),
    Bad("to missing", "POST", MESSAGES, 422, sms(to=NOTHING), at="to"),
    Bad("body missing", "POST", MESSAGES, 422, sms(body=NOTHING), at="body"),
    Bad("body empty", "POST", MESSAGES, 422, sms(body=""), at="body"),
    Bad("from null", "POST", MESSAGES, 422, sms(**{"from": None}), at="from"),
    Bad("to null", "POST", MESSAGES, 422, sms(to=None), at="to"),
    Bad("body null", "POST", MESSAGES, 422, sms(body=None), at="body"),
    Bad("nothing at all", "POST", MESSAGES, 422, {}, at="from"),
    Bad(
        "enveloped without to",
        "POST",
        MESSAGES,
        422,
        {"data": {"attributes": sms(to=NOTHING)}},
        at="data.attributes.to",
    ),
    Bad("data is a list", "POST", MESSAGES, 422, {"data": []}, at="from"),
    Bad("attributes is text", "POST", MESSAGES, 422, {"data": {"attributes": "x"}}, at="data.from"),
    Bad("body a number", "POST", MESSAGES, 422, sms(body=5), at="body"),
    Bad("body an object", "POST", MESSAGES, 422, sms(body={}), at="body"),
    Bad("from a boolean", "POST", MESSAGES, 422, sms(**{"from": True}), at="from"),
    Bad("from a list", "POST", MESSAGES, 422, sms(**{"from": [OWN]}), at="from"),
    Bad("to a fraction", "POST", MESSAGES, 422, sms(to=1.5), at="to"),
    Bad("to an object", "POST", MESSAGES, 422, sms(to={}), at="to"),
    Bad("to empty", "POST", MESSAGES, 422, sms(to=""), at="to"),
    Bad("to letters", "POST", MESSAGES, 422, sms(to="abc"), at="to"),
    Bad("to a plus alone", "POST", MESSAGES, 422, sms(to="+"), at="to"),
    Bad("to too long", "POST", MESSAGES, 422, sms(to="1" * 40), at="to"),
    Bad("to too short", "POST", MESSAGES, 422, sms(to="12"), at="to"),
    Bad("to with a letter", "POST", MESSAGES, 422, sms(to="+1206555010x"), at="to"),
    Bad("to with NUL", "POST", MESSAGES, 422, sms(to="1206555\x000100"), at="to"),
    Bad("from a short code", "POST", MESSAGES, 422, sms(**{"from": "12345"}), at="from"),
    Bad("from a word", "POST", MESSAGES, 422, sms(**{"from": "ACME"}), at="from"),
    Bad("from of another account", "POST", MESSAGES, 403, sms(**{"from": FOREIGN})),
    Bad("from of the inventory", "POST", MESSAGES, 403, sms(**{"from": STOCK})),
    Bad("from of nobody", "POST", MESSAGES, 403, sms(**{"from": "12065550999"})),
    Bad("256 segments", "POST", MESSAGES, 422, sms(body=LONG_TEXT), at="body"),
    Bad("256 segments of UCS-2", "POST", MESSAGES, 422, sms(body=LONG_UNICODE), at="body"),
    Bad(
        "too long, enveloped",
        "POST",
        MESSAGES,
        422,
        {"data": {"attributes": sms(body=LONG_TEXT)}},
        at="data.attributes.body",
    ),
    Bad("body with NUL", "POST", MESSAGES, 422, sms(body="a\x00b"), at="body"),
    Bad(
        "body with a lone surrogate",
        "POST",
        MESSAGES,
        400,
        headers=JSON_API,
        data=b'{"from":"12065550100","to":"13105550999","body":"\\ud800"}',
    ),
    Bad("is_mms a word", "POST", MESSAGES, 422, sms(is_mms="maybe"), at="is_mms"),
    Bad("is_mms a number", "POST", MESSAGES, 422, sms(is_mms=2), at="is_mms"),
    Bad("is_mms without content", "POST", MESSAGES, 422, sms(is_mms=True, body=NOTHING), at="body"),
    Bad("media a text", "POST", MESSAGES, 422, sms(media_urls="https://x/a"), at="media_urls"),
    Bad("media of numbers", "POST", MESSAGES, 422, sms(media_urls=[1]), at="media_urls.0"),
    Bad("media of nulls", "POST", MESSAGES, 422, sms(media_urls=[None]), at="media_urls.0"),
    Bad("media no address", "POST", MESSAGES, 422, sms(media_urls=["x"]), at="media_urls.0"),
    Bad("media a file", "POST", MESSAGES, 422, sms(media_urls=["file:///a"]), at="media_urls.0"),
    Bad(
        "eleven media",
        "POST",
        MESSAGES,
        422,
        sms(media_urls=["https://x.example/a"] * 11),
        at="media_urls",
    ),
    Bad("no media, no body", "POST", MESSAGES, 422, sms(media_urls=[], body=NOTHING), at="body"),
    Bad("callback a number", "POST", MESSAGES, 422, sms(dlr_callback=5), at="dlr_callback"),
    Bad("callback no address", "POST", MESSAGES, 422, sms(dlr_callback="no"), at="dlr_callback"),
    Bad(
        "callback another scheme",
        "POST",
        MESSAGES,
        422,
        sms(dlr_callback="ftp://x.example/"),
        at="dlr_callback",
    ),
    Bad(
        "callback without host",
        "POST",
        MESSAGES,
        422,
        sms(dlr_callback="http://"),
        at="dlr_callback",
    ),
    Bad(
        "callback with a bad port",
        "POST",
        MESSAGES,
        422,
        sms(dlr_callback="http://x.example:99999/"),
        at="dlr_callback",
    ),
    Bad(
        "callback with a space",
        "POST",
        MESSAGES,
        422,
        sms(dlr_callback="http://x.example/a b"),
        at="dlr_callback",
    ),
    Bad("callback too long", "POST", MESSAGES, 422, sms(dlr_callback=LONG_URL), at="dlr_callback"),
    Bad("v2.2 unowned from", "POST", "/v2.2/messages", 403, sms(**{"from": FOREIGN})),
    Bad("v2.2 without to", "POST", "/v2.2/messages", 422, sms(to=NOTHING), at="to"),
    Bad("v2 without body", "POST", "/v2/messages", 422, sms(body=NOTHING), at="body"),
    Bad("v2 unowned from", "POST", "/v2/messages", 403, sms(**{"from": FOREIGN})),
]

BODIES = [
    Bad("not JSON", "POST", MESSAGES, 400, data=b"{", headers=JSON_API),
    Bad("no UTF-8", "POST", MESSAGES, 400, data=b'{"to": "\xff"}', headers=JSON_API),
    Bad("a list", "POST", MESSAGES, 400, []),
    Bad("a text", "POST", MESSAGES, 400, "hello"),
    Bad("a number", "POST", MESSAGES, 400, 5),
    Bad("null", "POST", MESSAGES, 400, None),
    Bad("empty", "POST", MESSAGES, 422, data=b"", headers=JSON_API, at="from"),
    Bad("too deep", "POST", MESSAGES, 400, data=b"[" * 200 + b"]" * 200, headers=JSON_API),
    Bad("a member twice", "POST", MESSAGES, 400, data=b'{"to": "1", "to": "2"}', headers=JSON_API),
    Bad("too large", "POST", MESSAGES, 413, sms(body="x" * 1_100_000)),
    Bad("number patch not JSON", "PATCH", f"/v2/numbers/{OWN}", 400, data=b"{", headers=JSON_API),
    Bad("purchase not JSON", "POST", f"/v2/numbers/{STOCK}", 400, data=b"{", headers=JSON_API),
    Bad("route not JSON", "POST", "/v2/routes", 400, data=b"nope", headers=JSON_API),
    Bad(
        "routing not JSON",
        "PATCH",
        f"/v2/numbers/{OWN}/relationships/primary_route",
        400,
        data=b"{",
        headers=JSON_API,
    ),
]

MEDIA = [
    Bad(
        f"media type {media}",
        "POST",
        MESSAGES,
        415,
        data=b"<a/>",
        headers=(("Content-Type", media),),
    )
    for media in (
        "multipart/form-data; boundary=x",
        "image/png",
        "application/xml",
        "text/xml",
        "audio/wav",
        "video/mp4",
    )
] + [
    Bad(
        "compressed",
        "POST",
        MESSAGES,
        415,
        data=b"x",
        headers=(*JSON_API, ("Content-Encoding", "gzip")),
    ),
]

SETS = [
    Bad("no start", "GET", MESSAGES, 422, at="start_date"),
    *(
        Bad(f"start {text!r}", "GET", f"{MESSAGES}?start_date={text}", 422, at="start_date")
        for text in ("", "yesterday", "2017-13-01", "2017-02-30", "20171201", "1512086400")
    ),
    Bad("end nonsense", "GET", f"{MESSAGES}?start_date=2017-12-01&end_date=later", 422,
        at="end_date"),
]  # fmt: skip

WINDOWS = [
    Bad(
        f"{path} {window}",
        "GET",
        f"{path}{'&' if '?' in path else '?'}{window}",
        422,
        at=window.split("=")[0],
    )
    for path, most in (
        (f"{MESSAGES}?start_date=2017-12-01", None),
        ("/v2/numbers", 200),
        ("/v2/numbers/available", 200),
        ("/v2/numbers/available/areacodes", 400),
        ("/v2/numbers/available/exchanges", 200),
        ("/v2/routes", 200),
        ("/v2/e911s", 200),
        ("/v2/cnams", 200),
    )
    for window in (
        "limit=0",
        "limit=-1",
        "limit=ten",
        "limit=1.5",
        "limit=",
        f"limit={most + 1 if most else 2**64}",
        "offset=-1",
        "offset=x",
        "offset=1e3",
        f"offset={2**63}",
    )
]

NUMBERS = [
    *(
        Bad(f"{path} {name}={text}", "GET", f"{path}?{name}={text}", 422, at=name)
        for path in ("/v2/numbers", "/v2/numbers/available")
        for name in ("starts_with", "contains", "ends_with")
        for text in ("abc", "12x", "1234567890123456", "")
    ),
    Bad("alias too long", "GET", "/v2/numbers?alias=" + "a" * 65, 422, at="alias"),
    Bad("state a name", "GET", "/v2/numbers/available?state=Washington", 422, at="state"),
    Bad("state a digit", "GET", "/v2/numbers/available?state=1", 422, at="state"),
    Bad("rate centre empty", "GET", "/v2/numbers/available?rate_center=", 422, at="rate_center"),
    Bad("kind unknown", "GET", "/v2/numbers/available?number_type=mobile", 422, at="number_type"),
    Bad("order unknown", "GET", "/v2/numbers/available?order_by=colour", 422, at="order_by"),
    *(
        Bad(
            f"{path} cost {text}",
            "GET",
            f"/v2/numbers/available/{path}?max_setup_cost={text}",
            422,
            at="max_setup_cost",
        )
        for path in ("areacodes", "exchanges")
        for text in ("free", "-1", "NaN", "Infinity", "1e400", "")
    ),
    *(
        Bad(
            f"areacode {text!r}",
            "GET",
            f"/v2/numbers/available/exchanges?areacode={text}",
            422,
            at="areacode",
        )
        for text in ("20", "2067", "abc", "")
    ),
    *(
        Bad(
            f"{method} number {name}",
            method,
            f"/v2/numbers/{text}",
            404,
            {"alias": "x"} if method == "PATCH" else NOTHING,
        )
        for method in ("GET", "PATCH", "DELETE", "POST")
        for name, text in (
            ("of another account", FOREIGN),
            ("of nobody", "12065550998"),
            ("of no form", "abc"),
            ("too long", "1" * 40),
            ("negative", "-12065550100"),
        )
    ),
    Bad("GET number of the inventory", "GET", f"/v2/numbers/{STOCK}", 404),
    Bad("buying an own number", "POST", f"/v2/numbers/{OWN}", 404),
    Bad(
        "patch alias too long", "PATCH", f"/v2/numbers/{OWN}", 422, {"alias": "a" * 65}, at="alias"
    ),
    Bad("patch alias a number", "PATCH", f"/v2/numbers/{OWN}", 422, {"alias": 5}, at="alias"),
    Bad(
        "patch lookup a word",
        "PATCH",
        f"/v2/numbers/{OWN}",
        422,
        {"cnam_lookups_enabled": "perhaps"},
        at="cnam_lookups_enabled",
    ),
    Bad(
        "patch lookup null",
        "PATCH",
        f"/v2/numbers/{OWN}",
        422,
        {"cnam_lookups_enabled": None},
        at="cnam_lookups_enabled",
    ),
    Bad(
        "patch callback nonsense",
        "PATCH",
        f"/v2/numbers/{OWN}",
        422,
        {"messaging_callback_url": "x"},
        at="messaging_callback_url",
    ),
    Bad(
        "purchase with a bad member",
        "POST",
        f"/v2/numbers/{STOCK}",
        422,
        {"cnam_lookups_enabled": 7},
        at="cnam_lookups_enabled",
    ),
]

ROUTES = [
    *(
        Bad(
            f"route without {name}",
            "POST",
            "/v2/routes",
            422,
            route(**{name: NOTHING}),
            at=f"data.attributes.{name}",
        )
        for name in ("alias", "route_type", "value")
    ),
    *(
        Bad(
            f"route {name} {value!r:.30}",
            "POST",
            "/v2/routes",
            422,
            route(**{name: value}),
            at=f"data.attributes.{name}",
        )
        for name, values in (
            ("alias", (None, "", 5, "a" * 65)),
            ("route_type", (None, "", "HOST", "fax", 1)),
            ("value", (None, "", "a b", "host:99999", "host:x", "999.1.1.1", 5, "x" * 600)),
            ("edge_strategy_id", ("x", 99, 1.5)),
        )
        for value in values
    ),
    *(
        Bad(
            f"route {kind} {value!r}",
            "POST",
            "/v2/routes",
            422,
            route(route_type=kind, value=value),
            at="data.attributes.value",
        )
        for kind, value in (
            ("number", "abc"),
            ("number", "123"),
            ("number", "447911123456"),
            ("uri", "http://x.example"),
            ("uri", "sip:"),
            ("uri", "sip:a@b;transport=sctp"),
        )
    ),
    *(
        Bad(
            f"route alias taken: {alias}",
            "POST",
            "/v2/routes",
            422,
            route(alias=alias),
            at="data.attributes.alias",
        )
        for alias in ("office", "sip-reg")
    ),
    Bad("route without data", "POST", "/v2/routes", 422, {}, at="data"),
    Bad("route data null", "POST", "/v2/routes", 422, {"data": None}, at="data"),
    Bad("route data a list", "POST", "/v2/routes", 422, {"data": []}, at="data"),
    Bad(
        "route attributes text",
        "POST",
        "/v2/routes",
        422,
        {"data": {"attributes": "x"}},
        at="data.attributes",
    ),
    Bad("list of a bad kind", "GET", "/v2/routes?route_type=fax", 422, at="route_type"),
    Bad("list of a kind in capitals", "GET", "/v2/routes?route_type=HOST", 422, at="route_type"),
    *(
        Bad(f"unknown member: {name}", method, path, 422, body, at=at)
        for name, method, path, body, at in (
            ("message", "POST", MESSAGES, sms(priority=1), "priority"),
            ("misspelled", "POST", MESSAGES, sms(dlr_calback="https://x.example"), "dlr_calback"),
            (
                "enveloped message",
                "POST",
                MESSAGES,
                {"data": {"type": "message", "attributes": sms(priority=1)}},
                "data.attributes.priority",
            ),
            ("v2 message", "POST", "/v2/messages", sms(is_mms=True), "is_mms"),
            ("route", "POST", "/v2/routes", route(weight=1), "data.attributes.weight"),
            ("route patch", "PATCH", "/v2/routes/1", route(weight=1), "data.attributes.weight"),
            ("number", "PATCH", f"/v2/numbers/{OWN}", {"nickname": "x"}, "nickname"),
            ("address", "POST", "/v2/e911s", e911(floor="2"), "data.attributes.floor"),
            ("caller name", "POST", "/v2/cnams", {"value": "ACME", "note": "x"}, "note"),
            (
                "callback",
                "PUT",
                f"{MESSAGES}/sms_callback",
                {"callback_url": "https://x.example", "method": "GET"},
                "method",
            ),
        )
    ),
    Bad("route patch unknown", "PATCH", "/v2/routes/999", 404, route()),
    Bad("route patch of no form", "PATCH", "/v2/routes/abc", 404, route()),
    Bad("route patch of another account", "PATCH", "/v2/routes/2", 404, route()),
    Bad(
        "route patch alias taken",
        "PATCH",
        "/v2/routes/1",
        422,
        route(alias="backup"),
        at="data.attributes.alias",
    ),
    Bad(
        "route patch bad value",
        "PATCH",
        "/v2/routes/1",
        422,
        route(value="a b"),
        at="data.attributes.value",
    ),
    Bad("route patch of the built-in", "PATCH", "/v2/routes/0", 403, route()),
    Bad("route delete of the built-in", "DELETE", "/v2/routes/0", 403),
    Bad("route delete in use", "DELETE", "/v2/routes/1", 403),
    Bad("route delete unknown", "DELETE", "/v2/routes/999", 404),
    Bad("route delete huge", "DELETE", "/v2/routes/" + "9" * 40, 404),
]

ROUTING = [
    Bad(
        f"{which} {name}",
        "PATCH",
        f"/v2/numbers/{number}/relationships/{which}",
        status,
        body,
        at=at,
    )
    for which in ("primary_route", "failover_route")
    for name, number, status, body, at in (
        ("of another account's number", FOREIGN, 404, {"data": {"id": "1"}}, ""),
        ("of a number of nobody", "12065550998", 404, {"data": {"id": "1"}}, ""),
        ("of a number of no form", "abc", 404, {"data": {"id": "1"}}, ""),
        ("unknown", OWN, 404, {"data": {"type": "route", "id": "999"}}, ""),
        ("of no form", OWN, 422, {"data": {"type": "route", "id": "abc"}}, "data.id"),
        ("without id", OWN, 422, {"data": {"type": "route"}}, "data.id"),
        ("id null", OWN, 422, {"data": {"id": None}}, "data.id"),
        ("id negative", OWN, 422, {"data": {"id": "-1"}}, "data.id"),
        ("without data", OWN, 422, {}, "data"),
        ("data a list", OWN, 422, {"data": [{"id": "1"}]}, "data"),
        ("data text", OWN, 422, {"data": "1"}, "data"),
    )
] + [
    Bad(
        "failover equal to primary",
        "PATCH",
        f"/v2/numbers/{OWN}/relationships/failover_route",
        422,
        {"data": {"type": "route", "id": "1"}},
        at="data",
    ),
    Bad(
        "deleting routing of a foreign number",
        "DELETE",
        f"/v2/numbers/{FOREIGN}/relationships/primary_route",
        404,
    ),
]

CALLBACKS = [
    Bad(
        "account callback without url",
        "PUT",
        "/v2.1/messages/sms_callback",
        422,
        {},
        at="callback_url",
    ),
    Bad(
        "account callback nonsense",
        "PUT",
        "/v2.1/messages/sms_callback",
        422,
        {"callback_url": "x"},
        at="callback_url",
    ),
    Bad(
        "account callback null",
        "PUT",
        "/v2.1/messages/mms_callback",
        422,
        {"data": {"attributes": {"callback_url": None}}},
        at="data.attributes.callback_url",
    ),
    Bad(
        "account callback unknown",
        "PUT",
        "/v2.1/messages/fax_callback",
        404,
        {"callback_url": "https://x.example/"},
    ),
    Bad(
        "number callback unknown",
        "POST",
        f"/v2/numbers/{OWN}/relationships/fax_callback",
        404,
        {"callback_url": "https://x.example/"},
    ),
    Bad(
        "number callback nonsense",
        "POST",
        f"/v2/numbers/{OWN}/relationships/sms_callback",
        422,
        {"callback_url": 5},
        at="callback_url",
    ),
    Bad(
        "number callback of a foreign number",
        "POST",
        f"/v2/numbers/{FOREIGN}/relationships/sms_callback",
        404,
        {"callback_url": "https://x.example/"},
    ),
    Bad(
        "no number callback to delete",
        "DELETE",
        f"/v2/numbers/{OWN}/relationships/mms_callback",
        404,
    ),
]

RECORDS = [
    *(
        Bad(
            f"e911 {verb} {name} {value!r:.30}",
            "POST",
            f"/v2/e911s{verb}",
            422,
            e911(**{name: value}),
            at=f"data.attributes.{name}",
        )
        for verb in ("", "/validate")
        for name, values in (
            ("label", (NOTHING, None, "", 5, "x" * 101)),
            ("first_name", (NOTHING, "")),
            ("last_name", (NOTHING, "")),
            ("street_number", (NOTHING, "12345678901")),
            ("street_name", (NOTHING, "")),
            ("city", (NOTHING, "")),
            ("state", (NOTHING, "Washington", "ZZ", "ON")),
            ("country", (NOTHING, "MX", "")),
            ("zip", (NOTHING, "123", "12345678", "ABCDE")),
            ("address_type", ("Castle",)),
        )
        for value in values
    ),
    Bad(
        "e911 type without number",
        "POST",
        "/v2/e911s",
        422,
        e911(address_type="Suite"),
        at="data.attributes.address_type_number",
    ),
    Bad("e911 without data", "POST", "/v2/e911s", 422, {}, at="attributes"),
    Bad("e911 list of a bad state", "GET", "/v2/e911s?state=xyz", 422, at="state"),
    Bad("cnam without value", "POST", "/v2/cnams", 422, {}, at="value"),
    *(
        Bad(f"cnam {value!r:.30}", "POST", "/v2/cnams", 422, {"value": value}, at="value")
        for value in (None, "", 5, "x" * 16, "12345", "ÄRGER", "A\nB")
    ),
    Bad("cnam list of a bad flag", "GET", "/v2/cnams?is_approved=maybe", 422, at="is_approved"),
    *(
        Bad(
            f"{method} {kind} {name}",
            method,
            f"/v2/{kind}/{text}",
            404,
            e911() if method == "PATCH" else NOTHING,
        )
        for kind, methods in (("e911s", ("GET", "PATCH", "DELETE")), ("cnams", ("GET", "DELETE")))
        for method in methods
        for name, text in (("unknown", "999"), ("of no form", "abc"), ("of no size", "9" * 40))
    ),
    Bad("e911 of an unknown record", "PATCH", f"/v2/numbers/{OWN}/relationships/e911s/999", 404),
    Bad("e911 of a foreign number", "PATCH", f"/v2/numbers/{FOREIGN}/relationships/e911s/1", 404),
    Bad("cnam of an unknown record", "PATCH", f"/v2/numbers/{OWN}/relationships/cnams/999", 404),
    Bad("cnam of a foreign number", "DELETE", f"/v2/numbers/{FOREIGN}/relationships/cnams", 404),
]

PLACES = [
    Bad("unknown path", "GET", "/v2.1/nothing", 404),
    Bad("unknown path below", "GET", f"/v2/numbers/{OWN}/relationships/nothing/at/all", 404),
    Bad("unknown record", "GET", f"{MESSAGES}/mdr2-{'0' * 32}", 404),
    Bad("record of no form", "GET", f"{MESSAGES}/abc", 404),
    Bad("record with NUL", "GET", f"{MESSAGES}/a%00b", 404),
    Bad("record of another account", "GET", f"{MESSAGES}/{{foreign_record}}", 404),
    Bad("attachment of no form", "GET", "/v2.1/media/abc-1", 404),
    Bad("attachment without position", "GET", f"/v2.1/media/mdr2-{'0' * 32}", 404),
    Bad("attachment of another account", "GET", "/v2.1/media/{foreign_record}-1", 404),
    Bad("PATCH of messages", "PATCH", MESSAGES, 405, {}),
    Bad("PUT of messages", "PUT", MESSAGES, 405, {}),
    Bad("DELETE of a record", "DELETE", f"{MESSAGES}/mdr2-{'0' * 32}", 405),
    Bad("POST of numbers", "POST", "/v2/numbers", 405, {}),
    Bad("DELETE of routes", "DELETE", "/v2/routes", 405),
    Bad("POST of area codes", "POST", "/v2/numbers/available/areacodes", 405, {}),
    Bad("GET of a relationship", "GET", f"/v2/numbers/{OWN}/relationships/primary_route", 405),
]

CREDENTIALS = [
    Bad(f"credential {name}", method, path, 401, body, auth=auth, headers=headers)
    for name, auth, headers in (
        ("none", None, ()),
        ("wrong secret", ("alpha", "nope"), ()),
        ("unknown key", ("nobody", "alpha-secret"), ()),
        ("empty pair", ("", ""), ()),
        ("of a provider", ("provider", "provider-secret"), ()),
        ("of an administrator", ("admin", "admin-secret"), ()),
        ("revoked", ("revoked", "revoked-secret"), ()),
        ("expired", ("expired", "expired-secret"), ()),
        ("of an inactive account", ("asleep", "asleep-secret"), ()),
        ("a token", None, (("Authorization", "Bearer alpha-secret"),)),
        ("half a pair", None, (("Authorization", "Basic YWxwaGE="),)),
        ("no base64", None, (("Authorization", "Basic §"),)),
    )
    for method, path, body in (("GET", "/v2/numbers", NOTHING), ("POST", MESSAGES, sms()))
]

TABLE = [
    *SENDING,
    *BODIES,
    *MEDIA,
    *SETS,
    *WINDOWS,
    *NUMBERS,
    *ROUTES,
    *ROUTING,
    *CALLBACKS,
    *RECORDS,
    *PLACES,
    *CREDENTIALS,
]
