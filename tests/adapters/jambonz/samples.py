"""What the shared tests need to know of this dialect, put together from its areas."""

from __future__ import annotations

from collections.abc import Mapping

from tests.adapters.jambonz import world
from tests.adapters.jambonz.areas import AREAS
from tests.adapters.jambonz.crowd import crowd
from tests.support.matrix import Samples, Send

REFUSED = {
    "none": ({}, 401),
    "unknown key": ({"Authorization": f"Bearer {world.NOBODY}"}, 401),
    "wrong secret": ({"Authorization": "Bearer alpha"}, 401),
    "empty": ({"Authorization": "Bearer "}, 401),
    "revoked": (world.bearer("revoked"), 401),
    "expired": (world.bearer("expired"), 401),
    "inactive account": (world.bearer("asleep"), 401),
    "basic": ({"Authorization": "Basic YWxwaGE6YWxwaGE="}, 401),
    "no token of ours": ({"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}, 401),
}


def prepare(send: Send) -> Mapping[str, str]:
    made: dict[str, str] = {}
    for area in AREAS.values():
        made.update(area.prepare(send))
    return made


SAMPLES = Samples(
    bundle=world.bundle,
    owner=world.bearer("alpha"),
    closing={"deleteAccount": world.ALPHA, "deleteApiKey": world.ALPHAS_KEY},
    stranger=world.bearer("beta"),
    refused=REFUSED,
    operations={k: v for area in AREAS.values() for k, v in area.operations.items()},
    marks=("alpha inc", *(mark for area in AREAS.values() for mark in area.marks)),
    prepare=prepare,
    state_refused={k: v for area in AREAS.values() for k, v in area.state_refused.items()},
    writing=tuple(name for area in AREAS.values() for name in area.writing),
    stateless=tuple(name for area in AREAS.values() for name in area.stateless),
    crowd=crowd,
    narrower={k: v for area in AREAS.values() for k, v in area.narrower.items()},
)
