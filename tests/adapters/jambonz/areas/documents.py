"""The area documents."""

from __future__ import annotations

from tests.adapters.jambonz.area import Area

AREA = Area(operations={})
