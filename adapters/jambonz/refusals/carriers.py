"""What the carriers operations say when they refuse."""

from __future__ import annotations

from adapters.jambonz.refusals import Table

TABLE: Table = {}
