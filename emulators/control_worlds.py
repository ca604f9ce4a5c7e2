"""The control calls about whole worlds: universes, snapshots, reset, and time.

What is made or moved here belongs to the world of the request, except that `/universes` and
`/snapshots` are lists of the whole emulator.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import flask
import orjson
from flask import Response, g, request

from emulators.arguments import Arguments, json_object, within
from emulators.clock import EARLIEST, FROZEN, LATEST, LIVE, Clock, ClockState, machine
from emulators.universes import EMPTY, MOST_SEED, SEED
from emulators.worlds import World
from gateway.domain.instants import parse_instant
from gateway.domain.problems import Conflict, Invalid
from gateway.http.proxies import base_url

MOST_TICKS = 1_000
MOST_ADVANCE_SECONDS = 10 * 365 * 86_400.0

blueprint = flask.Blueprint("worlds", __name__)


def body() -> Arguments:
    """The members of the request's JSON object."""
    return Arguments(json_object(request.get_data()))


def answer(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, mimetype="application/json")


# -- universes


@blueprint.get("/universes")
def universes() -> Response:
    return answer([_brief(world) for world in g.universes])


@blueprint.post("/universes")
def make() -> Response:
    given = body()
    name = given.take("name", str, None)
    template = given.take("template", str, SEED)
    profiles = _profiles(given.take("profiles", dict, {}))
    seed, clock = _seed(given), _clock_of(given)
    given.done()
    made = g.universes.make(name, template, seed=seed, clock=clock, profiles=profiles)
    return answer(_shown(made), 201)


@blueprint.get("/universes/<name>")
def universe(name: str) -> Response:
    return answer(_shown(g.universes.get(name)))


@blueprint.delete("/universes/<name>")
def delete(name: str) -> Response:
    g.universes.delete(name)
    return Response(status=204)


@blueprint.post("/universes/<name>/fork")
def fork(name: str) -> Response:
    source = g.universes.get(name)
    given = body()
    wanted = given.take("name", str, None)
    seed, clock = _seed(given), _clock_of(given)
    given.done()
    return answer(_shown(g.universes.fork(source, wanted, seed=seed, clock=clock)), 201)


def _brief(world: World) -> dict[str, Any]:
    root = base_url(request.environ, world.universe.settings)
    root = root.removesuffix(request.environ.get("SCRIPT_NAME", ""))
    return {
        "name": world.name,
        "base_url": root + world.universe.mount,
        "seed": world.seed_number,
        "clock": _clock(world),
        "profiles": dict(world.universe.profiles),
    }


def _shown(world: World) -> dict[str, Any]:
    found = _brief(world)
    if world.given is not None and world.smpp_account is not None:
        found |= {
            "accounts": world.given.accounts,
            "admin_token": world.given.admin_token,
            "smpp": {
                "host": request.host.rpartition(":")[0] or request.host,
                "port": world.smsc_port,
                "system_id": world.smpp_account.system_id,
                "password": world.smpp_account.password,
            },
        }
    return found


def _profiles(given: Mapping[str, Any]) -> dict[str, str]:
    if not all(isinstance(value, str) for value in given.values()):
        raise Invalid.one("profiles", "type", "profiles must be names of profiles by dialect.")
    return dict(given)


def _seed(given: Arguments) -> int | None:
    seed = given.take("seed", int, None)
    return None if seed is None else int(within("seed", seed, 0, MOST_SEED))


# -- snapshots


@blueprint.get("/snapshots")
def snapshots() -> Response:
    return answer(g.universes.snapshots)


@blueprint.put("/snapshots/<name>")
def save(name: str) -> Response:
    g.universes.save(name, g.world)
    return answer({"name": name}, 201)


@blueprint.post("/snapshots/<name>")
def restore(name: str) -> Response:
    g.world.put_back(g.universes.template(name))
    return Response(status=204)


@blueprint.delete("/snapshots/<name>")
def forget(name: str) -> Response:
    g.universes.forget(name)
    return Response(status=204)


@blueprint.post("/reset")
def reset() -> Response:
    given = body()
    to = given.take("to", str, SEED)
    given.done()
    if to in (SEED, EMPTY):
        g.world.reset(to)
    else:
        g.world.put_back(g.universes.template(to))
    return Response(status=204)


# -- time


@blueprint.get("/clock")
def clock() -> Response:
    return answer(_clock(g.world))


@blueprint.put("/clock")
def set_clock() -> Response:
    given = body()
    mode = given.take("mode", str, g.world.clock.mode, choices=(LIVE, FROZEN))
    at = _instant(given)
    given.done()
    if mode == LIVE and g.world.recording is not None:
        raise Conflict("While a universe is recorded its clock stands still.")
    g.world.set_clock(mode == FROZEN, at or g.world.now())
    return answer(_clock(g.world))


@blueprint.post("/clock/advance")
def advance() -> Response:
    given = body()
    seconds = within("seconds", given.take("seconds", float), 0, MOST_ADVANCE_SECONDS)
    given.done()
    ran = g.world.advance(seconds)
    return answer({**_clock(g.world), "ran": ran})


@blueprint.post("/run")
def run() -> Response:
    given = body()
    until = given.take("until", str, "due", choices=("due", "idle"))
    given.done()
    ran = g.world.run(until)
    return answer({"now": g.world.now().isoformat(), "ran": ran})


@blueprint.post("/tick")
def tick() -> Response:
    given = body()
    to = given.take("to", str, None)
    times = int(within("times", given.take("times", int, 1), 1, MOST_TICKS))
    given.done()
    name = None if to is None else to.removeprefix("+")
    return answer({"gone": sum(g.world.tick(name) for _ in range(times))})


def _clock(world: World) -> dict[str, Any]:
    return {"mode": world.clock.mode, "now": world.now().isoformat()}


def _clock_of(given: Arguments) -> ClockState | None:
    """The clock of a new world: frozen if only an instant is given."""
    members = given.take("clock", dict, None)
    if members is None:
        return None
    inner = Arguments(members)
    at = _instant(inner)
    mode = inner.take("mode", str, LIVE if at is None else FROZEN, choices=(LIVE, FROZEN))
    inner.done()
    made = Clock()
    (made.freeze if mode == FROZEN else made.go)(at or machine())
    return made.state


def _instant(given: Arguments) -> datetime | None:
    text = given.take("now", str, None)
    if text is None:
        return None
    try:
        at = parse_instant(text)
    except ValueError as error:
        raise Invalid.one("now", "value", f"now is no instant: {error}.") from None
    if not EARLIEST <= at <= LATEST:
        raise Invalid.one("now", "range", "now must be from the year 2000 to 2200.")
    return at
