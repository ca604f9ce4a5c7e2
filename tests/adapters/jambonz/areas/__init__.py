"""The areas of the dialect, one module each with `AREA`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.adapters.jambonz.area import Area

AREAS: dict[str, Area] = {
    entry.name: import_module(f"{__name__}.{entry.name}").AREA for entry in iter_modules(__path__)
}
