"""How Sinch names things: ULIDs, and numbers in E.164. Projects are read by authentication."""

from __future__ import annotations

import re

from gateway.domain.ids import Ref
from gateway.domain.problems import NotFound

_NUMBER = re.compile(r"\+?([1-9][0-9]{6,14})", re.ASCII)


def ulid(text: str) -> Ref:
    """An id of a path, unresolved: it may also be one that the real service gave."""
    return Ref("ulid", text)


def number_e164(text: str) -> str:
    """`+15551239898` (the plus may be lost on the way); NotFound for anything else."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise NotFound()
    return f"+{found[1]}"
