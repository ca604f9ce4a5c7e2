"""One request for each operation, and what the shared tests need to know besides."""

from __future__ import annotations

from typing import Any

from tests.adapters.callable import world
from tests.adapters.callable.crowd import crowd
from tests.support.matrix import Sample, Samples

ACCOUNT = {"accountId": world.hex24(world.ALPHA)}
LOGIN = {"username": "demo", "password": world.PASSWORD}


def mine(values: dict[str, str], body: Any = None, **more: Any) -> Sample:
    """A request inside the account; for a stranger there is none."""
    return Sample(values, body, foreign=404, **more)


OPERATIONS = {
    "authorize": Sample(body=LOGIN, form=True),
    "refresh": Sample(body={"token": world.token(world.BOTH_USER, typ="Refresh")}, form=True),
    "listAccounts": Sample(),
}

REFUSED = {
    "none": ({}, 401),
    "wrong secret": ({"Authorization": "Bearer alpha-secret"}, 401),
    "unsigned token": ({"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}, 401),
    "basic": ({"Authorization": "Basic YWxwaGE6YWxwaGEtc2VjcmV0"}, 401),
    "refresh token": (world.bearer(world.BOTH_USER, typ="Refresh"), 401),
    "expired": (world.bearer(world.BOTH_USER, exp=world.SECONDS), 401),
    "another audience": (world.bearer(world.BOTH_USER, aud="sinch"), 401),
    "another issuer": (world.bearer(world.BOTH_USER, iss="somebody"), 401),
    "nobody": (world.bearer(world.uid(4, 99)), 401),
    "no subject": (world.bearer("nobody"), 401),
    "inactive user": (world.bearer(world.ASLEEP), 401),
    "revoked": (world.bearer(world.REVOKED_KEY), 401),
    "inactive account": (world.bearer(world.ASLEEP_KEY), 401),
    "administrator of the installation": (world.bearer(world.ADMIN_KEY), 401),
    "without a role": (world.bearer(world.RECORDER), 403),
}

SAMPLES = Samples(
    bundle=world.bundle,
    owner=world.bearer(world.BOTH_USER),
    stranger=world.bearer(world.FOREIGN_USER),
    refused=REFUSED,
    operations=OPERATIONS,
    fixed=ACCOUNT,
    crowd=crowd,
    marks=(
        "owners office", "owners lane", "owners-plugin", "owners-event", "owners organisation",
        "ownerspizzas",
    ),
)  # fmt: skip
