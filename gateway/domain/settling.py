"""An account's inventory as one dialect tells it, brought to the form that every dialect tells.

Dialects tell the same wire in different rows: one has a gateway that takes and gets calls where
another has an endpoint and a range in a list; some have no trunks, some route numbers by endpoint
and others by trunk. Here what is implied is written out, so that two inventories can be compared
row by row and a plan can be made from either. Rows are mappings of core attributes; `uid` is the
row's name at its provider, references are such names.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from gateway.domain import holdings, routes
from gateway.domain.words import EndpointKind, NumberHandling, Transport

Plain = dict[str, Any]
Rows = Mapping[str, Iterable[Mapping[str, Any]]]
Settled = dict[str, list[Plain]]

DEFAULT = "default"
AGAIN = " again"
ONE_ADDRESS = 32
USUAL = {"port": routes.SIP_PORT, "prefix_length": ONE_ADDRESS, "transport": Transport.UDP.value}
"""What a host that says nothing of it means."""
KINDS = ("trunk", "access_list", "trunk_access_list", "endpoint", "number")
"""What is written out; other kinds stay as they are."""


def auto_list(trunk: str) -> str:
    """What the list of a trunk's own addresses is called."""
    return f"{trunk} (auto)"


def plain(inventory: holdings.Inventory) -> Settled:
    """What was read at a provider as rows by kind: ids and references are the provider's own.

    An address that a provider shows twice under one id, once called and once admitted, is two rows.
    """
    uids = {one.ref: _uid(one) for one in inventory.holdings}
    rows: Settled = {}
    seen: set[str] = set()
    for one in inventory.holdings:
        row: Plain = {"uid": uids[one.ref] + (AGAIN if one.ref in seen else "")}
        seen.add(one.ref)
        for name, value in one.members.items():
            link = isinstance(value, holdings.Link)
            row[f"{name}_uid" if link else name] = uids.get(value) if link else value
        rows.setdefault(one.kind.removesuffix("s"), []).append(row)
    return rows


def _uid(one: holdings.Holding) -> str:
    """The provider's id, which the reference is made of."""
    return one.ref.partition("/")[2]


def without_nameless(rows: Settled) -> tuple[Settled, list[str]]:
    """The inventory without numbers whose digits could not be read, which nothing can be said of;
    a line for each of them."""
    known = [row for row in rows.get("number", ()) if row.get("e164")]
    lost = [row["uid"] for row in rows.get("number", ()) if not row.get("e164")]
    lines = [f"numbers/{uid}: its number cannot be read, so it is left out" for uid in lost]
    return {**rows, "number": known} if lost else rows, lines


def apart(rows: Settled) -> Settled:
    """The inventory with names that tell its trunks from one another, and its lists: the second of
    a name is called so, too. The own list of a trunk is called after it."""
    trunks, was = _numbered(rows.get("trunk", ())), _by_uid(rows.get("trunk", ()))
    names = {row["uid"]: row.get("name") for row in trunks}
    own = {
        (link["access_list_uid"], auto_list(was[link["trunk_uid"]].get("name") or "")): names[
            link["trunk_uid"]
        ]
        for link in rows.get("trunk_access_list", ()) if link["trunk_uid"] in was
    }  # fmt: skip
    lists = []
    for row in rows.get("access_list", ()):
        trunk = own.get((row["uid"], row.get("name") or ""))
        lists.append({**row, "name": auto_list(trunk)} if trunk else row)
    return {**rows, "trunk": trunks, "access_list": _numbered(lists)}


def _numbered(rows: Iterable[Plain]) -> list[Plain]:
    """The rows, with a number after a name that one before has."""
    given, called = list(rows), dict[str, str]()
    taken = {row.get("name") for row in given}
    for row in sorted(given, key=lambda one: str(one["uid"])):
        name = row.get("name")
        if not name:
            continue
        if name in called:
            name = next(
                told for number in itertools.count(2)
                if (told := f"{name} {number}") not in called and told not in taken
            )  # fmt: skip
        called[name] = row["uid"]
    named = {uid: name for name, uid in called.items()}
    return [{**row, "name": named[row["uid"]]} if row["uid"] in named else row for row in given]


def settled(inventory: Rows) -> Settled:
    """The inventory with all that it implies; what it was made of is left alone."""
    rows: Settled = {kind: [dict(row) for row in inventory[kind]] for kind in inventory}
    for kind in KINDS:
        rows.setdefault(kind, [])
    countries = rows.get("country_permission", [])
    rows["country_permission"] = [one for one in countries if one.get("enabled")]
    for row in (*rows["endpoint"], *rows["access_list"]):
        row.setdefault("enabled", True)
    for row in rows["endpoint"]:
        _place(row)
    _house(rows)
    _attach(rows)
    _join(rows)
    _list(rows)
    _route(rows)
    return rows


def _place(row: Plain) -> None:
    """A URI without a user is a host with a transport; hosts say what is usual, too."""
    row["kind"] = row.get("kind") or EndpointKind.HOST.value
    if row["kind"] == EndpointKind.URI:
        _host_of_uri(row)
    if row["kind"] == EndpointKind.HOST:
        for name, usual in USUAL.items():
            row[name] = row.get(name) or usual


def _host_of_uri(row: Plain) -> None:
    text = str(row.get("value"))
    host = as_host(text)
    said = {name.partition("=")[0].lower() for name in text.split(";")[1:]}
    if host and said <= {"transport"}:
        row.update(host)


def as_host(text: str) -> Plain:
    """What a URI without a user says as a host; nothing for any other. `weight` and the like are
    left out."""
    try:
        uri = routes.parse_sip_uri(text)
    except ValueError:
        return {}
    if uri.user is not None:
        return {}
    secure = uri.scheme == "sips"
    port = uri.port or (routes.SIPS_PORT if secure else routes.SIP_PORT)
    transport = Transport.TLS if secure else uri.transport or Transport.UDP
    return {
        "kind": EndpointKind.HOST.value, "address": uri.host, "port": port,
        "transport": transport.value, "value": None,
    }  # fmt: skip


def _by_uid(rows: Iterable[Plain]) -> dict[str, Plain]:
    return {row["uid"]: row for row in rows}


def _house(rows: Settled) -> None:
    """Endpoints without a trunk live in the default one; admitting ones on its own list."""
    trunks, lists = _by_uid(rows["trunk"]), _by_uid(rows["access_list"])
    for row in rows["endpoint"]:
        row["trunk_uid"] = row.get("trunk_uid") or row.get("home_trunk_uid")
        if row["trunk_uid"] is None and row.get("access_list_uid") not in lists:
            row["trunk_uid"] = DEFAULT
    if any(row["trunk_uid"] == DEFAULT for row in rows["endpoint"]) and DEFAULT not in trunks:
        rows["trunk"].append({"uid": DEFAULT, "name": DEFAULT})


def _attach(rows: Settled) -> None:
    """Ranges live on the first trunk of their list; other admitting addresses get a list."""
    trunks, lists = _by_uid(rows["trunk"]), _by_uid(rows["access_list"])
    links = {(link["trunk_uid"], link["access_list_uid"]) for link in rows["trunk_access_list"]}
    for one in rows["access_list"]:
        links |= {(trunk, one["uid"]) for trunk in one.get("trunks") or ()}
    homes: dict[str, str] = {}
    for trunk in trunks:
        homes.update({known: trunk for at, known in links if at == trunk and known not in homes})
    for row in rows["endpoint"]:
        if row["trunk_uid"] is None:
            row["trunk_uid"] = homes.get(row["access_list_uid"])
        elif row.get("admits") and not row.get("access_list_uid"):
            trunk = row["trunk_uid"]
            name = auto_list(trunks[trunk]["name"]) if trunk in trunks else auto_list(trunk)
            uid = next((one["uid"] for one in lists.values() if one["name"] == name), name)
            lists.setdefault(uid, {"uid": uid, "name": name, "enabled": True})
            links.add((trunk, uid))
            row["access_list_uid"] = uid
    rows["access_list"] = list(lists.values())
    rows["trunk_access_list"] = [
        {"uid": f"{trunk}/{known}", "trunk_uid": trunk, "access_list_uid": known}
        for trunk, known in sorted(links)
    ]


def _join(rows: Settled) -> None:
    """A trunk's own list repeats addresses it calls: one row then, called and admitted."""
    trunks, lists = _by_uid(rows["trunk"]), _by_uid(rows["access_list"])
    called = {
        (row["trunk_uid"], row.get("address")): row
        for row in rows["endpoint"]
        if row.get("dials") and not row.get("admits") and row.get("address")
    }
    kept = []
    for row in rows["endpoint"]:
        trunk, known = row["trunk_uid"], str(row.get("access_list_uid"))
        own = trunk in trunks and known in lists
        own = own and lists[known]["name"] == auto_list(trunks[trunk]["name"])
        twin = called.get((trunk, row.get("address")))
        single = row.get("prefix_length") in (None, ONE_ADDRESS)
        if own and single and row.get("admits") and not row.get("dials") and twin is not None:
            twin.update(admits=True, access_list_uid=known)
        else:
            kept.append(row)
    rows["endpoint"] = kept


def _list(rows: Settled) -> None:
    """Access lists tell their ranges, each once; a host's name is none."""
    for one in rows["access_list"]:
        ranges = {
            (row["address"], row.get("prefix_length") or ONE_ADDRESS)
            for row in rows["endpoint"]
            if row.get("admits") and row.get("access_list_uid") == one["uid"]
            and _is_ipv4(row.get("address"))
        }  # fmt: skip
        one["ranges"] = [
            {"address": address, "prefix_length": length} for address, length in sorted(ranges)
        ]


def _is_ipv4(address: str | None) -> bool:
    try:
        IPv4Address(address or "")
    except AddressValueError:
        return False
    return True


def _route(rows: Settled) -> None:
    """Numbers tell both the trunk they are on and the addresses their calls go to, and whether
    those are `routed`: chosen for the number itself. The built-in registration, which every account
    has that knows such, is no choice but after another route."""
    endpoints = _by_uid(rows["endpoint"])
    dialling: dict[str, list[str]] = {}
    for row in sorted(rows["endpoint"], key=lambda row: row.get("priority") or 1):
        row["home_trunk_uid"] = row["trunk_uid"]
        if row.get("dials") and row.get("enabled") is not False and not built_in(row):
            dialling.setdefault(row["trunk_uid"], []).append(row["uid"])
    only = [row["uid"] for row in rows["trunk"]] == [DEFAULT]
    for row in rows["number"]:
        if only:
            row["trunk_uid"] = DEFAULT
        primary = _chosen(row, endpoints)
        if primary is not None:
            row["trunk_uid"] = primary["trunk_uid"]
        elif row.get("trunk_uid") in dialling:
            best, second = dialling[row["trunk_uid"]], row.get("failover_endpoint_uid")
            row["primary_endpoint_uid"] = next((uid for uid in best if uid != second), best[0])
            if second is None and len(best) > 1:
                row["failover_endpoint_uid"] = best[1]
        for name in ("primary_endpoint_uid", "failover_endpoint_uid"):
            chosen = endpoints.get(row.get(name) or "")
            if chosen is not None and built_in(chosen) and not row["routed"]:
                row[name] = None


def _chosen(row: Plain, endpoints: Mapping[str, Plain]) -> Plain | None:
    """The primary address that a number has for itself. What an earlier choice left behind while
    the trunk is in force says nothing."""
    is_left = row.get("handling") == NumberHandling.TRUNK and "routed" not in row
    if is_left and row.pop("primary_endpoint_uid", None):
        row.pop("failover_endpoint_uid", None)
    primary = endpoints.get(row.get("primary_endpoint_uid") or "")
    in_force = row.get("handling") in (None, NumberHandling.ENDPOINT)
    row.setdefault("routed", bool(primary and in_force and not built_in(primary)))
    return primary


def built_in(row: Mapping[str, Any]) -> bool:
    """Whether an endpoint is the registration of whoever logs in for the account."""
    return row.get("kind") == EndpointKind.REGISTRATION and row.get("value") is None


def place(row: Mapping[str, Any]) -> str:
    """Where an endpoint is, as text: what tells it from others of its trunk."""
    where = row.get("address") or row.get("value") or DEFAULT
    port = row.get("port") or routes.SIP_PORT
    text = where if row.get("address") is None or port == routes.SIP_PORT else f"{where}:{port}"
    if row.get("transport") not in (None, Transport.UDP):
        text = f"{text};{row['transport']}"
    prefix = row.get("prefix_length") or ONE_ADDRESS
    return text if prefix == ONE_ADDRESS else f"{text}/{prefix}"
