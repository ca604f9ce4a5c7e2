"""Test vectors: JSON files of cases, each with an `id` that names it in the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "fixtures" / "vectors"


def load(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def cases(name: str, member: str | None = None) -> list[Any]:
    """The rows of a file (or of one member of it) as parameters with ids."""
    rows = load(name) if member is None else load(name)[member]
    assert rows, f"no vectors in {name}"
    return [pytest.param(row, id=row["id"]) for row in rows]
