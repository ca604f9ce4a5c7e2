"""Trunks: addresses of an account's own equipment."""

from __future__ import annotations

from collections.abc import Callable as Function
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from adapters.callable import words
from adapters.callable.schemas.common import Id, Sent, TrueFlag, Whole
from gateway.domain.routes import SIP_PORT
from gateway.services import countries
from gateway.wire import Computed, Extra, Length, Profile, Range, Text, View, Word

MOST = Length(1, 255)
DESCRIPTION = "SIP Trunk"
PORT = Range(1, 65_535)
INT32 = Range(-(2**31), 2**31 - 1)


class IPv4(Text):
    """One IPv4 address in its usual form."""

    def describe(self, profile: Profile) -> dict[str, Any]:
        return {"type": "string", "format": "ipv4"}

    def parse(self, value: Any) -> str:
        try:
            return str(IPv4Address(super().parse(value)))
        except AddressValueError:
            raise self.bad("must be an IPv4 address", "format") from None


class Country(Text):
    """An ISO 3166 code of two letters."""

    def describe(self, profile: Profile) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Za-z]{2}$"}

    def parse(self, value: Any) -> str:
        code = super().parse(value).upper()
        if code not in countries.table():
            raise self.bad("must be a country code of two letters", "choice")
        return code


def number_format(name: str) -> Computed:
    """How numbers are written there. Where nothing was chosen the trunk tells."""

    def shown(row: Any, view: View) -> str:
        own: str | None = ((row.extras or {}).get(Trunk.dialect) or {}).get(name)
        plus = row.home is not None and row.home.leading_plus
        return own or ("e164p" if plus else "national")

    return Computed(
        out=shown,
        into=str,
        attribute=f"extras.{Sent.dialect}.{name}",
        reads=("extras", "home.leading_plus"),
        load_default="national",
        of=Word(words=words.FORMATS),
    )


def otherwise(attribute: str, default: Any) -> Function[[Any, View], Any]:
    """The column, or what a row without it means."""

    def shown(row: Any, view: View) -> Any:
        value = getattr(row, attribute)
        return default if value is None else value

    return shown


class Trunk(Sent):
    """An address that may call; the members it lacks take their usual values."""

    id = Id(attribute="uid", dump_only=True, required=True)
    ip = IPv4(attribute="address", required=True)
    port = Computed(
        out=otherwise("port", SIP_PORT), into=int, attribute="port",
        load_default=SIP_PORT, of=Whole(validate=PORT),
    )  # fmt: skip
    vendor = Extra(of=Text(validate=MOST), default="generic", load_default="generic")
    callerFormat = number_format("callerFormat")
    calledFormat = number_format("calledFormat")
    description = Computed(
        out=otherwise("description", DESCRIPTION), into=str, attribute="description",
        load_default=DESCRIPTION, of=Text(validate=Length(max=255)),
    )  # fmt: skip
    zone = Extra(of=Text(validate=MOST), default="eu-west-1", load_default="eu-west-1")
    countryCode = Extra(of=Country(), default="GB", load_default="GB")
    priority = Extra(of=Whole(validate=INT32), load_only=True)
    monitored = Extra(of=TrueFlag(), load_only=True)
