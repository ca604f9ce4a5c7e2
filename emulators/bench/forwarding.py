"""What a change costs that goes through us to a provider, beside asking that provider directly.

One request at a time: the same changes are made at an account of ours alone, at a provider, and at
an account of ours that this provider holds. Where the provider speaks another dialect the direct
ones are what an app of that dialect asks for the same.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from emulators.bench import cases, load, progress
from emulators.bench.processes import Child
from emulators.bench.providers import ALONE, CROSS, SAME, Emulated, Held, address

WARM_UP = 3
PROJECT = f"/v1/projects/{CROSS.uid}"


@dataclass(frozen=True)
class Timed:
    """Changes of one kind. `cpu_ms` is processor time of our web process for each, `asked` how many
    requests each came to at the provider."""

    result: load.Result
    cpu_ms: float = 0.0
    asked: float = 0.0

    def ms(self, share: float) -> float:
        return self.result.percentile(share)


@dataclass(frozen=True)
class Row:
    """The same change three ways."""

    name: str
    here: Timed
    through: Timed
    direct: Timed

    def added(self, share: float) -> float:
        """Milliseconds at this share (0..1) above asking the provider directly."""
        return self.through.ms(share) - self.direct.ms(share)


class App:
    """An app with one kept-alive connection. `answers` are the bodies of the last requests; `turns`
    counts its changes of numbers, so that each changes something."""

    def __init__(
        self,
        url: str,
        held: Held,
        used: Callable[[], float] = lambda: 0.0,
        asked: Callable[[], int] = lambda: 0,
    ) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self.held, self.answers, self.turns = held, list[Any](), itertools.count()
        self._path, self._host = parts.path, parts.netloc
        self._client = load.Client((parts.hostname, parts.port))
        self._used, self._asked = used, asked

    def timed(self, method: str, changes: Iterable[tuple[Any, ...]]) -> Timed:
        """Each path asked with each of its bodies (None for none) in turn, which is one change.
        RuntimeError when one is refused."""
        whole = [[self._request(method, path, body) for body in more] for path, *more in changes]
        used, asked, latencies = self._used(), self._asked(), []
        self.answers = []
        for requests in whole:
            began = time.perf_counter()
            answers = [self._client.ask(request) for request in requests]
            latencies.append(time.perf_counter() - began)
            refused = [answer for answer in answers if not 200 <= answer[0] < 300]
            if refused:
                raise RuntimeError(f"{self.held.name}: {refused[0]}")
            self.answers.append(json.loads(answers[-1][1] or b"null"))
        count = len(whole)
        cpu_ms = (self._used() - used) / count * 1000
        result = load.Result(count, sum(latencies), sorted(latencies))
        return Timed(result, cpu_ms, (self._asked() - asked) / count)

    def _request(self, method: str, path: str, body: Any) -> bytes:
        octets = b"" if body is None else json.dumps(body).encode()
        return load.request(method, self._path + path, self._host, self.held.headers, octets)

    def close(self) -> None:
        self._client.close()


# what an app asks


def routes(app: App, times: int) -> list[Timed]:
    """Routes made, then taken away."""
    made = app.timed("POST", [("/v2/routes", _route(number)) for number in range(times)])
    paths = [f"/v2/routes/{answer['data']['id']}" for answer in app.answers]
    return [made, app.timed("DELETE", [(path, None) for path in paths])]


def _route(number: int) -> Any:
    value = f"198.51.100.{number % 250 + 1}:{5060 + number // 250}"
    attributes = {"alias": f"b{number}", "route_type": "host", "value": value}
    return {"data": {"type": "route", "attributes": attributes}}


def sip_endpoints(app: App, times: int) -> list[Timed]:
    """The same in a project: addresses of its trunk."""
    app.timed("GET", [(f"{PROJECT}/trunks", None)])
    path = f"{PROJECT}/trunks/{app.answers[0]['trunks'][0]['id']}/endpoints"
    bodies = [
        {"name": f"b{number}", "address": f"198.51.100.{number % 250 + 1}",
         "port": 5060 + number // 250, "priority": 1}
        for number in range(times)
    ]  # fmt: skip
    made = app.timed("POST", [(path, body) for body in bodies])
    paths = [f"{path}/{answer['id']}" for answer in app.answers]
    return [made, app.timed("DELETE", [(one, None) for one in paths])]


def primary_routes(app: App, times: int, numbers: int) -> list[Timed]:
    """Calls of numbers sent to the other route, and back once all were."""
    app.timed("GET", [("/v2/routes", None)])
    ids = {one["attributes"]["alias"]: one["id"] for one in app.answers[0]["data"]}
    wanted = [
        (f"/v2/numbers/{number}/relationships/primary_route",
         {"data": {"type": "route", "id": ids[f"sbc-{route}"]}})
        for number, route in turned(app.held, itertools.islice(app.turns, times), numbers)
    ]  # fmt: skip
    return [app.timed("PATCH", wanted)]


def other_trunks(app: App, times: int, numbers: int) -> list[Timed]:
    """The same in a project: a number is taken off its trunk and put on the other one."""
    app.timed("GET", [(f"{PROJECT}/trunks", None)])
    ids = {one["name"]: one["id"] for one in app.answers[0]["trunks"]}
    wanted = [
        (f"{PROJECT}/phoneNumbers", {"phoneNumber": f"+{number}", "sipTrunkId": None},
         {"phoneNumber": f"+{number}", "sipTrunkId": ids[address(route)]})
        for number, route in turned(app.held, itertools.islice(app.turns, times), numbers)
    ]  # fmt: skip
    return [app.timed("POST", wanted)]


def turned(held: Held, turns: Iterable[int], numbers: int) -> Iterator[tuple[int, int]]:
    """A number for each turn, with the one of two routes that it does not have then."""
    for turn in turns:
        at, times = turn % numbers, turn // numbers
        yield held.first + at, 2 - (at + times) % 2


def details(app: App, times: int, numbers: int) -> list[Timed]:
    paths = [f"/v2/numbers/{app.held.first + turn % numbers}" for turn in range(times)]
    return [app.timed("GET", [(path, None) for path in paths])]


# the cases


def changes(gateway: Child, url: str, there: Emulated, times: int, numbers: int) -> list[Row]:
    """All rows, on accounts of so many numbers."""
    used = partial(gateway.cpu_seconds, "web")
    alone = App(url, ALONE, used)
    ours = {held: App(url, held, used, partial(there.asked, held)) for held in (SAME, CROSS)}
    theirs = {held: App(there.urls[held.name], held) for held in (SAME, CROSS)}
    made = ("POST a route", "DELETE it")
    primary, read = ("PATCH a primary route",), ("GET a number",)
    put, move, get = (
        partial(case, numbers=numbers) for case in (primary_routes, other_trunks, details)
    )
    try:
        return [
            row
            for names, case, held, direct in (
                (made, routes, SAME, routes), (primary, put, SAME, put), (read, get, SAME, get),
                (made, routes, CROSS, sip_endpoints), (primary, put, CROSS, move),
            )
            for row in _rows(
                [f"{name} ({held.dialect})" for name in names], times, case,
                (alone, ours[held]), direct, theirs[held],
            )
        ]  # fmt: skip
    finally:
        for app in (alone, *ours.values(), *theirs.values()):
            app.close()


Case = Callable[[App, int], list[Timed]]


def _rows(
    names: Sequence[str],
    times: int,
    case: Case,
    ours: tuple[App, App],
    direct: Case,
    theirs: App,
) -> list[Row]:
    """The provider is asked directly last: we know nothing of what that changes."""
    for app in ours:
        case(app, WARM_UP)
    here, through = (case(app, times) for app in ours)
    direct(theirs, WARM_UP)
    asked = direct(theirs, times)
    return [Row(*row) for row in zip(names, here, through, asked, strict=True)]


def messages(
    gateway: Child, port: int, ask: progress.Ask, times: int, numbers: int
) -> tuple[cases.Messages, cases.Messages]:
    """So many messages to a provider's API, and over SMPP in the same processes."""

    def sent(held: Held) -> cases.Messages:
        make = partial(cases.texts, headers=held.headers, first=held.first, numbers=numbers)
        return cases.message_path(gateway, port, ask, times, make=make, warm_up=WARM_UP * 10)

    return sent(SAME), sent(ALONE)
