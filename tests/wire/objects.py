"""A small catalogue of wire objects that uses every kind of member, and rows for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

from gateway.domain.problems import Invalid
from gateway.wire import (
    E164,
    Anything,
    Computed,
    Const,
    Digits,
    EpochMillis,
    Extra,
    Flag,
    Group,
    Instant,
    Int,
    Length,
    Listed,
    NanoMoney,
    Part,
    Pattern,
    Profile,
    Range,
    Ref,
    SecretText,
    Text,
    Wire,
    Word,
)

UID = UUID("01930000-0000-7000-8000-000000000001")
OTHER = UUID("01930000-0000-7000-8000-000000000002")
AT = datetime(2024, 10, 19, 1, 21, 21, 987654, tzinfo=UTC)

PROFILES = (
    Profile("documented"),
    Profile(
        "observed",
        styles={
            "e164": "digits",
            "money": "dollars",
            "flag": "01",
            "instant": "epoch_ms",
            "secret": "stars",
        },
    ),
    Profile("third", styles={"e164": "int", "money": "text", "instant": "hundredths"}),
)


class Toy(Wire):
    dialect = "toy"


class HookPart(Toy):
    url = Text(required=True)
    method = Word(words={"GET": "get", "POST": "post"}, fold=True, load_default="post")
    password = SecretText(load_only=True)


class GatewayItem(Toy):
    """Only rows that dial are shown."""

    address = Text(required=True, validate=Length(min=1, max=20))
    port = Int(load_default=5060, validate=Range(1, 65535))

    @staticmethod
    def shows(row):
        return row.dials


class SettingsPart(Toy):
    """Over a JSON object."""

    window = Int()
    form = Word(words=("hex", "decimal"))


class Attributes(Toy):
    """One level down, same row; `value` needs `kind`."""

    alias = Text(attribute="name", required=True, validate=Length(max=10))
    kind = Word(words={"host": "host", "sip-reg": "registration"}, required=True)
    value = Text(validate=Pattern("[a-z.]+"))
    price = NanoMoney(attribute="price_nano", dump_only=True)

    def settle(self, change, row):
        kind = change.get("kind", getattr(row, "kind", None))
        if kind == "registration" and change.get("value"):
            raise Invalid.one("value", "kind", "is not used by this kind")
        if kind == "host" and not change.get("value") and row is None:
            raise Invalid.one("value", "required", "is required")
        return change


class Links(Toy):
    here = Computed("self", out=lambda row, view: f"{view.base}/things/{row.name}", reads=("name",))
    next = Text(attribute="next_url", omit_none=True)


class Data(Toy):
    id = Ref("uuid", attribute="uid", dump_only=True)
    type = Const("thing")
    attributes = Group(Attributes, required=True)
    links = Group(Links, dump_only=True)


class Document(Toy):
    """Two levels of groups, as JSON:API has them."""

    data = Group(Data, required=True)
    included = Listed(
        Part(GatewayItem), source=lambda row: [g for g in row.gateways or () if g is not None]
    )


class Thing(Toy):
    """Flat, with every kind of field."""

    envelope = ("data", "attributes")

    id = Ref("ulid", attribute="uid", dump_only=True)
    short = Ref("text", attribute="route_number", alias="uid", dump_only=True)
    trunk = Ref("hex24", attribute="trunk_uid")
    name = Text(required=True, also=("title",))
    count = Int(load_default=3)
    active = Flag(attribute="is_active")
    kind = Word(words={"long-code": "longcode", "longcode": "longcode", "toll-free": "toll_free"})
    number = E164(attribute="e164")
    digits = Digits(attribute="prefix")
    number_text = E164(attribute="e164", style="digits", twin=True)
    at = Instant(attribute="queued_at")
    seconds = Instant(attribute="queued_at", style="seconds", dump_only=True)
    millis = EpochMillis(attribute="ended_at")
    price = NanoMoney(attribute="price_nano")
    nano = NanoMoney(attribute="price_nano", style="nano", dump_only=True, twin=True)
    secret = SecretText(style="head6")
    note = Text(omit_none=True)
    vendor = Extra(of=Text(validate=Length(max=5)))
    zones = Extra("zoneList", of=Listed(Text()))
    spoof = Extra(default="none", of=Text())
    window = Int(attribute="settings.window")
    tag = Anything()
    hook = Part(HookPart, attribute="hook")
    options = Part(SettingsPart, attribute="settings", json=True, dump_only=True)
    gateways = Listed(Part(GatewayItem))
    media = Listed(Text(), validate=Length(max=2))
    size = Computed(out=lambda row, view: len(row.name or ""), of=Int(), reads=("name",))
    host = Computed(
        out=lambda row, view: None if row.address is None else f"{row.address}:{row.port}",
        into=lambda text: dict(zip(("address", "port"), text.split(":"), strict=False)),
        of=Text(),
        reads=("address", "port"),
    )


class Strict(Toy):
    strict = True

    name = Text(required=True, also=("title",))
    uid = Ref("uuid", dump_only=True)


SCHEMAS = (Thing, Document, Attributes, HookPart, GatewayItem)


def gateway(**values):
    return SimpleNamespace(**{"address": "sip.example", "port": 5060, "dials": True, **values})


def row(**values):
    """A full row; override single columns."""
    base = {
        "uid": UID,
        "route_number": 98396,
        "trunk_uid": OTHER,
        "name": "box",
        "count": 2,
        "is_active": True,
        "kind": "longcode",
        "e164": "+12065550100",
        "prefix": "0206",
        "queued_at": AT,
        "ended_at": AT + timedelta(seconds=1),
        "price_nano": 4_000_000,
        "secret": "abcdefghij",
        "note": None,
        "extras": {"toy": {"vendor": "acme", "zoneList": ["a"]}, "else": {"vendor": "x"}},
        "settings": {"window": 10, "form": "hex"},
        "tag": {"a": [1]},
        "hook": SimpleNamespace(url="https://h", method="post", password="p"),
        "gateways": [gateway(), gateway(dials=False), gateway(port=None)],
        "media": ["https://m"],
        "address": "sip.example",
        "port": 5060,
        "value": "sip.example",
        "next_url": "/next",
        "url": "https://h",
        "method": "get",
        "password": "x",
        "dials": True,
    }
    return SimpleNamespace(**{**base, **values})


EMPTY = {name: None for name in vars(row()) if name not in ("uid", "name", "route_number", "dials")}


def rows():
    """Rows that differ in what matters to a presenter."""
    return {
        "full": row(),
        "empty": row(**EMPTY),
        "empty extras": row(extras={}),
        "other extras": row(extras={"else": {"vendor": "x"}}),
        "null in extras": row(extras={"toy": {"vendor": None, "spoof": None}}),
        "no lists": row(gateways=[], media=[], settings={}),
        "off": row(is_active=False, count=0, price_nano=0, port=0, note="n"),
        "odd stored words": row(kind="registration", method="put"),
    }
