"""The part of an account that some of its numbers need, so that they can move ahead of the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gateway.domain.problems import Invalid
from gateway.domain.settling import DEFAULT, Plain, Settled


def narrowed(rows: Settled, numbers: Collection[str]) -> Settled:
    """The numbers (E.164) with where their calls go: trunks with all that is on them, or, where
    addresses belong to no trunk, just the addresses chosen. Everything for no numbers.

    Invalid for a number that is not there.
    """
    if not numbers:
        return rows
    chosen = [row for row in rows["number"] if row["e164"] in numbers]
    if lacking := sorted(set(numbers) - {row["e164"] for row in chosen}):
        raise Invalid.one("number", "unknown", f"the source has no number {lacking[0]}")
    named = {
        row[name] for row in chosen for name in ("primary_endpoint_uid", "failover_endpoint_uid")
        if row.get(name)
    }  # fmt: skip
    homes = {row["uid"]: row.get("trunk_uid") for row in rows["endpoint"]}
    uids = {row.get("trunk_uid") for row in chosen} | {homes.get(uid) for uid in named}
    trunks = [row for row in rows["trunk"] if row["uid"] in uids]
    whole = {row["uid"] for row in trunks if row["name"] != DEFAULT}
    links = [row for row in rows["trunk_access_list"] if row["trunk_uid"] in whole]
    lists = {row["access_list_uid"] for row in links}
    homes_of = {row["access_list_uid"]: row["trunk_uid"] for row in reversed(links)}
    endpoints = [
        _at_home(row, uids, homes_of) for row in rows["endpoint"]
        if row["uid"] in named or row.get("trunk_uid") in whole
        or row.get("access_list_uid") in lists
    ]  # fmt: skip
    found: Settled = {kind: [] for kind in rows}
    found |= {
        "number": chosen, "trunk": trunks, "endpoint": endpoints, "trunk_access_list": links,
        "access_list": [row for row in rows["access_list"] if row["uid"] in lists],
    }  # fmt: skip
    return found


def _at_home(row: Plain, trunks: Collection[str | None], homes: Mapping[str, str]) -> Plain:
    """The row on a trunk that comes along: a range of a list lives on the first that has the list,
    which may be another one."""
    home = homes.get(row.get("access_list_uid") or "")
    if row.get("trunk_uid") in trunks or home is None or row.get("dials"):
        return row
    return {**row, "trunk_uid": home, "home_trunk_uid": home}
