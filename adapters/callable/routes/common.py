"""What the routes share: where operations come from, paths, the answer of a creation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.domain.context import Context
from gateway.http.kit import Answer

SDK = "vendor client library"
OURS = "polytrunk"
ROOT = "/api/v1"
ACCOUNTS = ROOT + "/account"
ACCOUNT = ACCOUNTS + "/<accountId>"
UUID = {"type": "string", "format": "uuid"}
TEXT = {"type": "string"}


def path(*names: str, **kinds: Mapping[str, Any]) -> dict[str, Any]:
    """`path=` of an operation of an account; the names are UUIDs."""
    return {"accountId": TEXT, **dict.fromkeys(names, UUID), **kinds}


def created(ctx: Context, under: str, row: Any, id: str) -> Answer:
    """The answer of a creation: the new object, and where it is: `under` the path of its list
    below the API's root, by an id in the form that paths have."""
    return Answer(row, headers={"Location": f"{ctx.base_url}{ROOT}{under}/{id}"})
