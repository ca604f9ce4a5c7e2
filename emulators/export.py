"""The journal as a file: JSON lines for programs, HAR for the tools that show web traffic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import orjson

from gateway.app import product_version

_KNOWN = frozenset(int(status) for status in HTTPStatus)
Entry = Mapping[str, Any]
UNKNOWN = -1
"""What HAR says for a size that was not kept."""


def lines(entries: Iterable[Entry]) -> bytes:
    """One entry a line, oldest first."""
    return b"".join(orjson.dumps(entry) + b"\n" for entry in entries)


def har(entries: Iterable[Entry]) -> bytes:
    """HTTP Archive 1.2 of the requests and webhooks; PDUs and what was played are no HTTP.

    Times are those of the universe. A webhook that got no answer has status 0 and says why.
    """
    creator = {"name": "polytrunk", "version": product_version()}
    shown = [_har_entry(entry) for entry in entries if "request" in entry]
    return orjson.dumps({"log": {"version": "1.2", "creator": creator, "entries": shown}})


def _har_entry(entry: Entry) -> dict[str, Any]:
    request, answer = entry["request"], entry["answer"] or {}
    status, spent = answer.get("status") or 0, entry["milliseconds"]
    return {
        "startedDateTime": entry["at"],
        "time": spent,
        "request": {
            "method": request["method"].upper(),
            "url": entry.get("url") or _url(request),
            **_common(request.get("headers", {})),
            "queryString": _pairs(request.get("query", {})),
            **({"postData": _content(request)} if request["body"] is not None else {}),
        },
        "response": {
            "status": status,
            "statusText": HTTPStatus(status).phrase if status in _KNOWN else "",
            **_common(answer.get("headers", {})),
            "content": {"size": UNKNOWN, **_content(answer)},
            "redirectURL": "",
        },
        "cache": {},
        "timings": {"send": 0, "wait": spent, "receive": 0},
        "comment": f"{entry['kind']} {entry['seq']} {entry.get('error') or ''}".strip(),
    }


def _url(request: Mapping[str, Any]) -> str:
    query = urlencode(request["query"])
    host = request["headers"].get("Host", "localhost")
    return f"http://{host}{request['path']}" + (f"?{query}" if query else "")


def _common(headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "headersSize": UNKNOWN,
        "bodySize": UNKNOWN,
    }


def _pairs(values: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"name": name, "value": str(value)} for name, value in values.items()]


def _content(message: Mapping[str, Any]) -> dict[str, Any]:
    body = message.get("body")
    headers = {name.lower(): value for name, value in message.get("headers", {}).items()}
    text = body if isinstance(body, str) else orjson.dumps(body).decode()
    kind = headers.get("content-type", "")
    return {"mimeType": kind, "text": "" if body is None else text}
