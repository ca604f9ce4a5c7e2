"""What is asked of each dialect: one resource, a list of a hundred, one more resource."""

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
BEARER = {"Authorization": f"Bearer {bundle.VOICE_SECRET}", "Content-Type": "application/json"}


@dataclass(frozen=True)
class Api:
    """The HTTP cases of one dialect; `contract` is a file in fixtures/contracts, for the peer."""

    name: str
    contract: str
    resource: str
    get: Make
    list: Make
    create: Make


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


_numbers = [f"/v2/numbers/{bundle.FIRST_NUMBER + i}" for i in range(bundle.NUMBERS)]
_carriers = [f"/v1/VoipCarriers/{bundle.carrier_uid(i)}" for i in range(bundle.CARRIERS)]

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
)
