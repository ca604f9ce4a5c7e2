"""The core names no dialect, the domain touches no clock, network or randomness of its own."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "gateway").rglob("*.py"))
DOMAIN = sorted((ROOT / "gateway" / "domain").rglob("*.py"))
DIALECTS = re.compile(r"\b(jambonz|sinch|flowroute|callable_dialect)\b", re.IGNORECASE)
# Settings are named per dialect in the environment; the prose of the core may name none of them.
IMPURE_CALLS = {
    "time.time",
    "time.monotonic",
    "time.sleep",
    "datetime.now",
    "datetime.utcnow",
    "random.random",
    "random.randint",
    "random.choice",
    "uuid.uuid4",
    "os.urandom",
}
IMPURE_MODULES = {"socket", "time", "threading", "subprocess", "os", "urllib", "http", "sqlite3"}


def strings_removed(path: Path) -> str:
    """Code without docstrings and comments: what the program does, not what it explains."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                body[0] = ast.Pass()
    return ast.unparse(tree)


@pytest.mark.parametrize("path", CORE, ids=lambda p: str(p.relative_to(ROOT)))
def test_core_names_no_dialect(path: Path) -> None:
    assert DIALECTS.findall(strings_removed(path)) == []


@pytest.mark.parametrize("path", DOMAIN, ids=lambda p: str(p.relative_to(ROOT)))
def test_domain_is_pure(path: Path) -> None:
    tree = ast.parse(path.read_text())
    called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    assert called & IMPURE_CALLS == set()
    imported = {
        a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names
    }
    imported |= {
        (n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)
    }
    assert imported & IMPURE_MODULES == set()
