"""Ready-made trunks of well-known providers: what is known of them, and copies for customers.

A copy has the template's addresses and links; what only the customer knows (their login, their
domain) stands in it as a text to be replaced.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from gateway.domain.context import Context
from gateway.domain.ids import CODECS, Ref
from gateway.models.database import write
from gateway.services import addresses, owning, smpp_links, trunks
from gateway.wire.reading import Merge

FIXTURE = Path(__file__).parents[2] / "fixtures" / "predefined_carriers.json"
COPIED = (
    "leading_plus",
    "register_required",
    "register_username",
    "register_realm",
    "register_password",
    "register_from_user",
    "register_from_domain",
    "register_public_contact",
    "tech_prefix",
)


@dataclass(frozen=True, kw_only=True)
class Template:
    """One provider's trunk by the names of its columns. `diversion` is the number calls are shown
    to be diverted by, for dialects that have it."""

    uid: UUID
    name: str
    requires_static_ip: bool
    leading_plus: bool
    register_required: bool
    register_username: str | None = None
    register_realm: str | None = None
    register_password: str | None = None
    register_from_user: str | None = None
    register_from_domain: str | None = None
    register_public_contact: bool = False
    tech_prefix: str | None = None
    inbound_username: str | None = None
    inbound_password: str | None = None
    diversion: str | None = None
    endpoints: tuple[dict[str, Any], ...] = ()
    smpp_links: tuple[dict[str, Any], ...] = ()


@cache
def _all() -> dict[UUID, Template]:
    found = [
        Template(**{**entry, "uid": UUID(entry["uid"])})
        for entry in orjson.loads(FIXTURE.read_bytes())
    ]
    return {template.uid: template for template in found}


def search() -> list[Template]:
    """Every template."""
    return list(_all().values())


def copy(ctx: Context, template: Ref | UUID) -> Any:
    """A trunk made from a template for the caller, with its addresses and links.

    Invalid at `template` when there is no such template. A name that the owner has already is made
    its own by an id.
    """
    uid = template if isinstance(template, UUID) else CODECS[template.codec].decode(template.text)
    known = _all().get(uid) if uid is not None else None
    if known is None:
        raise owning.unknown("template", template)
    with write():
        trunk = trunks.create(ctx, _values(ctx, known))
        for address in known.endpoints:
            addresses.create(ctx, {**address, "home_trunk_uid": trunk.uid})
        for link in known.smpp_links:
            smpp_links.create(ctx, {**link, "trunk_uid": trunk.uid})
    return trunk


def _values(ctx: Context, template: Template) -> dict[str, Any]:
    owner = owning.owner_of_new(ctx, None)
    name = template.name
    if trunks.has_name(owner, name):
        name = f"{name}-{ctx.runtime.new_uid().hex[-22:]}"
    return {
        "name": name,
        **{column: getattr(template, column) for column in COPIED},
        "credential": {
            "username": template.inbound_username,
            "password": template.inbound_password,
        },
        "extras": Merge({ctx.dialect: Merge(diversion=template.diversion)}),
    }
