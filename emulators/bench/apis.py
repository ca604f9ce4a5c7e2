"""What is asked of each dialect: one resource, a list of a hundred, one more resource, and of one
that has it the first and a late page of a very long list."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from emulators.bench import bundle, load

Make = Callable[[str, int], Iterator[bytes]]

JSON_API = "application/vnd.api+json"
CREDENTIAL = base64.b64encode(f"{bundle.KEY}:{bundle.SECRET}".encode()).decode()
HEADERS = {"Authorization": f"Basic {CREDENTIAL}", "Accept": JSON_API, "Content-Type": JSON_API}
_voice = base64.b64encode(f"{bundle.VOICE_KEY}:{bundle.VOICE_SECRET}".encode()).decode()
PAIR = {"Authorization": f"Basic {_voice}", "Content-Type": "application/json"}
PROJECT = f"/v1/projects/{bundle.VOICE}"
BEARER = {"Authorization": f"Bearer {bundle.VOICE_SECRET}", "Content-Type": "application/json"}


@dataclass(frozen=True)
class Api:
    """The HTTP cases of one dialect; `contract` is a file in fixtures/contracts, for the peer.

    `pages` are the first and a late page of a list of `rows` calls.
    """

    name: str
    contract: str
    resource: str
    get: Make
    list: Make
    create: Make
    pages: tuple[Make, Make] | None = None
    rows: int = 0


def repeated(method: str, paths: list[str], headers: Mapping[str, str]) -> Make:
    """Each request another of the paths, in turns."""

    def make(host: str, times: int) -> Iterator[bytes]:
        many = [load.request(method, path, host, dict(headers)) for path in paths]
        return itertools.islice(itertools.cycle(many), times)

    return make


def route(host: str, times: int) -> Iterator[bytes]:
    """POST of a route with an alias of its own."""
    for number in range(times):
        attributes = {"alias": f"b{number}", "route_type": "host", "value": "192.0.2.1:5060"}
        body = {"data": {"type": "route", "attributes": attributes}}
        yield load.request("POST", "/v2/routes", host, HEADERS, json.dumps(body).encode())


def carrier(host: str, times: int) -> Iterator[bytes]:
    """POST of a carrier with a name of its own."""
    for number in range(times):
        body = json.dumps({"name": f"carrier {number}", "e164_leading_plus": True}).encode()
        yield load.request("POST", "/v1/VoipCarriers", host, BEARER, body)


def trunk(host: str, times: int) -> Iterator[bytes]:
    """POST of a trunk with a host name of its own."""
    for number in range(times):
        body = json.dumps({"name": f"trunk {number}", "hostName": f"bench-{number}"}).encode()
        yield load.request("POST", f"{PROJECT}/trunks", host, PAIR, body)


def calls(page: int) -> Make:
    """GET of a page of a month's calls."""
    path = f"{PROJECT}/calls?createTime%3E=2026-03-01&pageSize=100&page={page}"
    return repeated("GET", [path], PAIR)


_numbers = [f"/v2/numbers/{bundle.FIRST_NUMBER + i}" for i in range(bundle.NUMBERS)]
_carriers = [f"/v1/VoipCarriers/{bundle.carrier_uid(i)}" for i in range(bundle.CARRIERS)]
_trunks = [f"{PROJECT}/trunks/{bundle.trunk_id(i)}" for i in range(bundle.CARRIERS)]

APIS = (
    Api(
        "flowroute",
        "flowroute.json",
        "number",
        repeated("GET", _numbers, HEADERS),
        repeated("GET", ["/v2/numbers?limit=100"], HEADERS),
        route,
    ),
    Api(
        "jambonz",
        "jambonz.json",
        "carrier",
        repeated("GET", _carriers, BEARER),
        repeated("GET", ["/v1/VoipCarriers"], BEARER),
        carrier,
    ),
    Api(
        "sinch",
        "sinch-est.json",
        "trunk",
        repeated("GET", _trunks, PAIR),
        repeated("GET", [f"{PROJECT}/trunks?pageSize=100"], PAIR),
        trunk,
        pages=(calls(1), calls(200)),
        rows=bundle.CALLS,
    ),
)
