"""Chaos scripts: faults that belong together, named after what users have met in the field.

Each is a file of `fixtures/scripts`: {"summary": text, "faults": [definitions]}.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import orjson

from emulators.faults.reading import read
from emulators.faults.rules import Fault
from emulators.world import FIXTURES
from gateway.domain.problems import NotFound

FOLDER = FIXTURES / "scripts"


@dataclass(frozen=True)
class ChaosScript:
    """`faults` are definitions, as the control API takes them."""

    name: str
    summary: str
    faults: tuple[dict[str, Any], ...]

    def made(self, dialects: Collection[str]) -> list[Fault]:
        """New faults that know which script they are part of."""
        found = [read(one, dialects, f"faults[{n}]") for n, one in enumerate(self.faults)]
        for fault in found:
            fault.script = self.name
        return found


def known() -> list[ChaosScript]:
    return [_read(path.stem) for path in sorted(FOLDER.glob("*.json"))]


def named(name: str) -> ChaosScript:
    """Raises NotFound."""
    names = [path.stem for path in sorted(FOLDER.glob("*.json"))]
    if name not in names:
        raise NotFound(f"There is no chaos script {name}; there are {', '.join(names)}.")
    return _read(name)


def _read(name: str) -> ChaosScript:
    data = orjson.loads((FOLDER / f"{name}.json").read_bytes())
    return ChaosScript(name, data["summary"], tuple(data["faults"]))
