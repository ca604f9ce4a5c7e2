"""The commands `emulate`, `demo` and `replay`: arguments in, exit code out.

Nothing heavy is imported before gevent has patched the process and the arguments are understood, so
that `--help` and mistakes answer at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulators.process import Emulator
    from gateway.settings import Settings

MEMORY = "sqlite:///:memory:"
USUAL_PORT = 8080
FAILED = 1
MISUSED = 2
INTERRUPTED = 130


class Misuse(Exception):
    """The arguments cannot be followed; the text says why."""


def emulate(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT. One JSON line on stdout tells when and where."""
    given = _emulate_parser().parse_args(argv)
    _patch()
    return _guarded(lambda: _emulate(given))


def demo(argv: Sequence[str]) -> int:
    """Tell the story; 0 only if all of it worked. Without --once the emulator stays up."""
    given = _demo_parser().parse_args(argv)
    _patch()
    return _guarded(lambda: _demo(given))


def replay(argv: Sequence[str]) -> int:
    """Play a recording again; 0 only if everything was as recorded, else the first difference."""
    given = _replay_parser().parse_args(argv)
    _patch()
    return _guarded(lambda: _replay(given))


def _emulate_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="polytrunk emulate",
        description="Play the providers in one process: API, worker, SMSC and control API.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=_port, default=USUAL_PORT, help="HTTP port, 0 for a free one"
    )
    parser.add_argument("--smsc-port", type=_port, default=2775, help="SMPP port, 0: any free")
    parser.add_argument("--seed", metavar="FILE", type=Path, help="a bundle in place of the demo")
    parser.add_argument(
        "--database", metavar="URL", default=MEMORY, help="sqlite:///FILE; in memory if not given"
    )
    parser.add_argument(
        "--profile", metavar="DIALECT=NAME", action="append", default=[], type=_profile,
        help="how a dialect answers where sources disagree; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--while-locked", metavar="FILE", type=Path,
        help="end when nobody has a lock (flock) on this file any more",
    )  # fmt: skip
    return parser


def _demo_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="polytrunk demo", description="Send and receive a message and show what happens."
    )
    parser.add_argument("--once", action="store_true", help="stop after the story")
    parser.add_argument("--port", type=_port, help="HTTP port (8080, or a free one with --once)")
    parser.add_argument("--smsc-port", type=_port, default=0, help="SMPP port, 0: any free")
    return parser


def _replay_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="polytrunk replay",
        description="Play a recording in a new universe and show the first answer that differs.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="what GET /recording gave")
    parser.add_argument(
        "--base-url", metavar="URL", help="of an emulator that runs, in place of one in process"
    )
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def _profile(text: str) -> tuple[str, str]:
    dialect, equals, name = text.partition("=")
    if not (dialect and equals and name):
        raise argparse.ArgumentTypeError(f"{text!r} is not DIALECT=NAME")
    return dialect.lower(), name


def _patch() -> None:
    from gevent import monkey

    monkey.patch_all()


def _guarded(work: Any) -> int:
    """Run `work`; what a user can mend becomes one line on stderr."""
    from gateway.domain.problems import Problem

    try:
        return int(work())
    except KeyboardInterrupt:
        return INTERRUPTED
    except Misuse as misuse:
        print(f"polytrunk: {misuse}", file=sys.stderr)
        return MISUSED
    except Problem as problem:
        details = [f"  {path}: {why.text}" for path, whys in problem.fields.items() for why in whys]
        print("\n".join([f"polytrunk: {problem}", *details]), file=sys.stderr)
        return FAILED
    except (OSError, ValueError) as error:
        print(f"polytrunk: {error}", file=sys.stderr)
        return FAILED


# What suits an emulator better than a gateway, where the environment does not decide otherwise.
DEFAULTS: dict[str, Any] = {
    "rate_limit": 0.0,
    "mms": "simulate",
    "access_log": False,
    "log_format": "text",
    "log_level": "WARNING",
    "shutdown_grace": 5.0,
    "hook_concurrency": 128,
}


def _settings(database: str, host: str, port: int, profiles: dict[str, str]) -> Settings:
    from gateway import log
    from gateway.settings import PREFIX, Settings

    if not database.startswith("sqlite:"):
        raise Misuse("the emulator keeps its data in SQLite: --database sqlite:///FILE")
    defaults = {k: v for k, v in DEFAULTS.items() if not os.environ.get(PREFIX + k.upper())}
    settings = Settings.from_env(
        **defaults,
        database_url=database,
        synchronous="NORMAL",
        allow_private_hooks=True,
        bind=f"{host}:{port}",
    )
    log.configure(settings)
    return settings.but(profiles={**settings.profiles, **profiles})


def _emulate(given: argparse.Namespace) -> int:
    from emulators import world
    from emulators.process import Emulator, serve

    settings = _settings(given.database, given.host, given.port, dict(given.profile))
    bundle = world.read_bundle(given.seed) if given.seed else world.demo_bundle()
    users = None if given.while_locked is None else os.open(given.while_locked, os.O_RDONLY)
    emulator = Emulator(settings, bundle=bundle)

    def ready(running: Emulator) -> None:
        _announce(running)
        if users is not None:
            _stop_with_the_last(users, running)

    return serve(emulator, given.host, given.port, given.smsc_port, ready=ready)


def _announce(emulator: Emulator) -> None:
    import orjson

    line = {"event": "ready", "url": emulator.url, "smsc_port": emulator.smsc_port}
    print(orjson.dumps(line).decode(), flush=True)


def _stop_with_the_last(users: int, emulator: Emulator) -> None:
    """Wait for the lock of a file that all users of the emulator share, and keep it to the end, so
    that nobody takes up an emulator that is ending."""
    import fcntl

    import gevent

    gevent.get_hub().threadpool.apply(fcntl.flock, (users, fcntl.LOCK_EX))
    emulator.request_stop()


def _is_free(port: int) -> bool:
    """The demo would rather run on another port than not at all."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _demo(given: argparse.Namespace) -> int:
    from emulators import demo as story
    from emulators import world
    from emulators.process import Emulator, serve

    port = given.port
    if port is None:
        port = 0 if given.once or not _is_free(USUAL_PORT) else USUAL_PORT
    settings = _settings(MEMORY, "127.0.0.1", port, {})
    emulator = Emulator(settings, bundle=world.demo_bundle())
    outcome: list[bool] = []

    def tell(running: Emulator) -> None:
        stays = not given.once
        outcome.append(story.run(running.url, "127.0.0.1", running.port, stays=stays))
        if given.once or not outcome[0]:
            running.request_stop()

    code = serve(emulator, "127.0.0.1", port, given.smsc_port, ready=tell)
    return code if outcome == [True] else FAILED


def _replay(given: argparse.Namespace) -> int:
    from emulators import replay as player

    recording = player.read(given.file)
    if given.base_url:
        stage: Any = player.over_http(recording, given.base_url)
    else:
        stage = player.in_process(recording, _settings(MEMORY, "127.0.0.1", 0, {}))
    with stage as ready:
        difference = player.play(recording, ready)
    if difference is not None:
        print(difference)
        return FAILED
    asked, told = len(recording["requests"]), len(recording["webhooks"])
    print(f"as recorded: {asked} requests, {told} webhooks")
    return 0
