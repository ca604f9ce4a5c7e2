"""How long the emulator takes to make a universe of the demo world and to put a snapshot back."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from emulators import world
from emulators.bench.report import Bar
from emulators.process import Emulator
from gateway.dialect import Dialect
from gateway.settings import Settings

MAKE_MS, RESTORE_MS = 10.0, 20.0


@dataclass(frozen=True)
class Figures:
    """Milliseconds of processor time, one for each universe; all exist at once at the end."""

    made: list[float]
    restored: list[float]


def measure(count: int, dialects: Mapping[str, Dialect] | None = None) -> Figures:
    """Make so many universes in this process, then put each back to its start."""
    settings = Settings(database_url="sqlite:///:memory:")
    emulator = Emulator(settings, bundle=world.demo_bundle(), dialects=dialects)
    emulator.start()
    try:
        names = [f"bench-{number}" for number in range(count)]
        made = [_timed(partial(emulator.universes.make, name)) for name in names]
        worlds = [emulator.universes.get(name) for name in names]
        restored = [_timed(partial(one.put_back, one.seeded)) for one in worlds]
    finally:
        emulator.stop()
    return Figures(made, restored)


def bars(figures: Figures) -> list[Bar]:
    return [
        ("a universe made, cpu ms", statistics.median(figures.made), MAKE_MS, False),
        ("a snapshot put back, cpu ms", statistics.median(figures.restored), RESTORE_MS, False),
    ]


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000
