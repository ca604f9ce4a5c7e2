"""What ids of the wire name, one by one and many at a time."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from gateway.domain.ids import CODECS, Ref
from gateway.models.database import Store, write
from gateway.services import aliases
from tests.support.pipeline import World


def test_many_ids_name_what_each_of_them_names(store: Store) -> None:
    """Whole ids, shortened ones, two rows that begin alike, aliases, and what names nothing."""
    world = World()
    plain = [world.add_number(f"+4416329600{n:02}", world.account_uid) for n in range(120)]
    twins = [UUID(int=plain[0].int + (1 << 40) + last) for last in (1, 2)]
    for place, twin in enumerate(twins):
        world.add_number(f"+44163296019{place}", world.account_uid, uid=twin)
    short = [Ref("hex24", CODECS["hex24"].encode(uid)) for uid in (*plain, *twins)]
    ctx = world.ctx()
    named = {"scope": world.account_uid, "dialect": ctx.dialect, "kind": "number"}
    with write():
        aliases.put(ctx, **named, foreign_id="main", object_uid=plain[7])
    assert ctx.principal is not None
    ctx = replace(ctx, principal=replace(ctx.principal, has_aliases=True))
    given = [
        plain[3], *short, Ref("uuid", str(plain[1])), Ref("hex24", "main"), Ref("uuid", "main"),
        Ref("hex24", "0" * 24), Ref("hex24", "joe"), Ref("uuid", "joe"), Ref("uuid", "a\0b"),
    ]  # fmt: skip
    alone = {one: aliases.uid_of(ctx, one, "number") for one in given}
    found = aliases.uids_of(ctx, given, "number")
    assert found == {one: uid for one, uid in alone.items() if uid is not None}
    assert len(found) == 120 + 4
