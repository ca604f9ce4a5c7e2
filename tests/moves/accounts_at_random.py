"""Accounts at random, for each dialect of what its provider can hold."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.moves.providers import NUMBERS, OWN, account

Row = dict[str, Any]
NAMES = ("office", "office", "a/b", "a", "b", "a, then b", "x + y", "Zürich 電話", "default", "a#b")
PLACES = ("192.0.2.10", "192.0.2.11", "192.0.2.12", "sip.example.com", "gw_1.example.com")
USERS = ("alice", "bob")


class Maker:
    """Rows with ids of their own, so that equal names are no trouble."""

    def __init__(self, rng: random.Random, longest: int) -> None:
        self.rng, self.longest = rng, longest
        self.rows: dict[str, list[Row]] = {}

    @classmethod
    def of(cls, dialect: str, seed: int) -> Maker:
        return cls(random.Random(f"{dialect} {seed}"), LONGEST[dialect])

    def add(self, rows: str, /, **values: Any) -> str:
        uid = str(UUID(int=self.rng.getrandbits(128), version=4))
        own = {} if rows == "trunk_access_lists" else OWN
        self.rows.setdefault(rows, []).append({"uid": uid, **own, **values})
        return uid

    def perhaps(self, value: Any, chance: float = 0.5) -> Any:
        return value if self.rng.random() < chance else None

    def some(self, values: Any, least: int = 0) -> list[Any]:
        known = list(values)
        return self.rng.sample(known, self.rng.randint(min(least, len(known)), len(known)))

    def name(self) -> str:
        return self.rng.choice([*NAMES, "ab" * (self.longest // 2)])

    def trunk(self, **more: Any) -> str:
        given = {"name": self.name(), **more}
        return self.add("trunks", host_name=f"h{self.rng.getrandbits(40):x}", **given)

    def default(self) -> str:
        return self.trunk(name="default", is_auto=True)

    def host(self, places: tuple[str, ...] = PLACES, **more: Any) -> str:
        place = {"kind": "host", "address": self.rng.choice(places), "port": self.port()}
        name = self.name()
        return self.add("endpoints", **{"name": name, **place, **more})

    def port(self) -> int | None:
        return self.rng.choice([None, 5060, 5080])

    def flag(self) -> bool:
        return self.rng.random() < 0.5

    def number(self, e164: str, **values: Any) -> str:
        return self.add("numbers", e164=e164, **{k: v for k, v in values.items() if v is not None})

    def bundle(self) -> Row:
        return {**account(), **self.rows}


def sinch(make: Maker) -> None:
    rng = make.rng
    trunks = []
    for _ in range(rng.randrange(4)):
        forward = make.perhaps("+1206555019" + rng.choice("01"))
        on = bool(forward) and make.flag()
        trunks.append(make.trunk(
            forward_enabled=on, forward_number=forward, caller_name_lookup=make.flag(),
        ))  # fmt: skip
        for _ in range(rng.randrange(4)):
            more = {"trunk": trunks[-1], "dials": True, "priority": rng.randint(1, 3),
                    "enabled": rng.random() < 0.7}  # fmt: skip
            if rng.random() < 0.8:
                make.host(transport=rng.choice([None, "udp", "tcp", "tls"]), **more)
            else:
                user = rng.choice(USERS)
                make.add("endpoints", name=user, kind="registration", value=user, **more)
    for _ in range(rng.randrange(3)):
        known = make.add("access_lists", name=make.name(), enabled=rng.random() < 0.7)
        for _ in range(rng.randrange(1, 4)):
            length = rng.choice([None, 32, 32, 24, 8])
            make.host(PLACES[:3], port=None, access_list=known, admits=True, prefix_length=length)
        for trunk in make.some(trunks):
            make.add("trunk_access_lists", trunk=trunk, access_list=known)
    for e164 in make.some(NUMBERS, 1):
        make.number(e164, trunk=rng.choice([*trunks, None]))


def jambonz(make: Maker) -> None:
    rng = make.rng
    trunks = []
    applications = [make.add("applications", name=f"app {n}") for n in range(rng.randrange(3))]
    for row in make.rows.get("applications", ()):
        del row["service_provider"]
    for _ in range(rng.randrange(4)):
        registers = make.flag()
        trunk = make.trunk(
            description=make.perhaps("some text"), is_active=rng.random() < 0.7,
            tech_prefix=make.perhaps("99"), leading_plus=make.flag(),
            register_required=registers, register_username=make.perhaps("me"),
            register_realm=make.perhaps("example.com"), register_public_contact=make.flag(),
            register_password=make.perhaps("pw"), application=rng.choice([*applications, None]),
        )  # fmt: skip
        trunks.append(trunk)
        name = f"{make.rows['trunks'][-1]['name']} (auto)"
        gateways = [(make.flag(), make.flag()) for _ in range(rng.randrange(4))]
        known = None
        if any(admits for _, admits in gateways):
            known = make.add("access_lists", name=name, home_trunk=trunk, is_auto=True)
            make.add("trunk_access_lists", trunk=trunk, access_list=known)
        for dials, admits in gateways:
            length = rng.choice([None, 32, 24]) if admits and not dials else None
            make.host(
                PLACES[:3] if length == 24 else PLACES, trunk=trunk, dials=dials, admits=admits,
                prefix_length=length, enabled=rng.random() < 0.7,
                access_list=known if admits else None,
            )  # fmt: skip
    for e164 in make.some(NUMBERS, 1):
        trunk = rng.choice([*trunks, None])
        chosen = rng.choice([*applications, None])
        if trunk is None and chosen is None:
            continue
        make.number(e164, trunk=trunk, application=chosen)


def flowroute(make: Maker) -> None:
    rng = make.rng
    home = make.default()
    on = {"trunk": home, "dials": True}
    routes = [
        make.add("endpoints", **on, name="sip-reg", kind="registration", is_auto=True,
                 route_number=0)
    ] if make.flag() else []  # fmt: skip
    for number in range(1, rng.randrange(1, 7)):
        name = make.name()
        kind = rng.choice(["host", "host", "uri", "uri", "number", "registration"])
        more: Row = {"name": name, "route_number": number, **on}
        if kind == "host":
            routes.append(make.host(**more))
            continue
        value, transport = rng.choice({
            "uri": [
                ("sip:a@192.0.2.10", None), ("sip:192.0.2.10;transport=tcp", "tcp"),
                ("sips:sip.example.com", None), ("sip:+12065550133@sip.example.com:5080", None),
                ("sip:192.0.2.11;weight=10", None), ("sip:192.0.2.10", None),
                ("sip:192.0.2.12:5060;transport=udp", "udp"), ("sip:SIP.example.com", None),
                ("sip:192.0.2.12;transport=tls;lr", "tls"),
            ],
            "number": [("+12065550188", None)],
            "registration": [("alice", None)],
        }[kind])  # fmt: skip
        routes.append(make.add("endpoints", kind=kind, value=value, transport=transport, **more))
    for e164 in make.some(NUMBERS, 1):
        pair = [*make.some(routes), None, None]
        make.number(e164, trunk=home, primary_endpoint=pair[0], failover_endpoint=pair[1])


def callable_(make: Maker) -> None:
    rng = make.rng
    home, trunks = make.default(), []
    known = make.add("access_lists", name="default (auto)", home_trunk=home, is_auto=True)
    make.add("trunk_access_lists", trunk=home, access_list=known)
    for _ in range(rng.randrange(5)):
        trunks.append(make.host(
            PLACES[:3], trunk=home, access_list=known, admits=True,
            description=make.perhaps(make.name()),
        ))  # fmt: skip
    nodes = []
    for at in range(rng.randrange(3)):
        chosen = make.some(trunks)
        for row in make.rows.get("endpoints", ()):
            row["dials"] = row.get("dials", False) or row["uid"] in chosen
        nodes.append(make.add(
            "flow_nodes", name=f"n{at}", type="SIP_GATEWAY", extension=str(600 + at),
            config={"trunks": chosen},
        ))  # fmt: skip
        del make.rows["flow_nodes"][-1]["service_provider"]
    for e164 in make.some(NUMBERS, 1):
        make.number(e164, flow_node=rng.choice([*nodes, None]))


MAKERS: dict[str, Callable[[Maker], None]] = {
    "callable": callable_, "flowroute": flowroute, "jambonz": jambonz, "sinch": sinch,
}  # fmt: skip


LONGEST = {"callable": 254, "flowroute": 64, "jambonz": 64, "sinch": 254}
"""How long a name may be."""


def made(dialect: str, seed: int) -> Row:
    maker = Maker.of(dialect, seed)
    MAKERS[dialect](maker)
    return maker.bundle()
