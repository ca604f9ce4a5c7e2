"""What the areas share: the base class, links, the error body, the window of a list."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from gateway.http.paging import next_url, self_url
from gateway.wire import Computed, Int, Listed, Part, Profile, Range, Text, View, Wire

MOST = 200
MOST_AREA_CODES = 400
DEFAULT_LIMIT = 10
MAX_OFFSET = 2**31 - 1
MAX_URL = 2048
PORT_FORM = (
    r"0{0,4}([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
)
URL_FORM = (
    r"^\s*[Hh][Tt]{2}[Pp][Ss]?://([A-Za-z0-9._~!$&'()*+,;=%:-]*@)?"
    r"([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?)"
    rf"(:({PORT_FORM})?)?([/?#][^\u0000-\u0020]*)?\s*$"
)
_URL = re.compile(URL_FORM)
_IPV6_URL = re.compile(r"https?://\[([0-9a-f:.]+)\](:[0-9]{1,5})?([/?#].*)?", re.IGNORECASE)


class Flowroute(Wire):
    dialect = "flowroute"


class Sent(Flowroute):
    """What a customer sends: a member it does not know is refused by name, so that a misspelled one
    is not lost in silence. The members every JSON:API resource has may stand in flat bodies."""

    strict = True
    passes = ("type", "id")


class Url(Text):
    """An http or https address, at most 2048 characters; hosts are names, or IPv6 in brackets."""

    schema_type = {"type": "string", "maxLength": MAX_URL, "pattern": URL_FORM}

    def parse(self, value: Any) -> str:
        text = super().parse(value)
        if len(text) > MAX_URL:
            raise self.bad(f"must have at most {MAX_URL} characters", "length")
        if _URL.match(text) is None and not _is_ipv6_url(text.strip()):
            raise self.bad("must be an http or https address", "url")
        return text.strip()


def _is_ipv6_url(text: str) -> bool:
    found = _IPV6_URL.fullmatch(text)
    if found is None or any(character <= " " for character in text):
        return False
    try:
        ipaddress.IPv6Address(found[1])
    except ValueError:
        return False
    return found[2] is None or 0 < int(found[2][1:]) < 65_536


class Lower(Text):
    """Text shown and read in lower case."""

    kind = "lower"
    styles = {"default": str.lower}

    def parse(self, value: Any) -> str:
        return super().parse(value).lower()


class Number(Int):
    """Decimal text on the wire, a whole number in the core; a JSON number is read as well."""

    kind = "decimal_text"
    schema_type = {"type": "string", "pattern": "^[0-9]{1,18}$"}
    styles = {"default": str}

    def parse(self, value: Any) -> int:
        number = super().parse(value)
        if number < 0:
            raise self.bad("must be the id of a resource", "id")
        return number


def link(path: Callable[[Any], str], **options: Any) -> Computed:
    """A member with an address of our own: the root of the request and a path from the row."""

    def out(row: Any, view: View) -> str:
        return view.base + path(row)

    return Computed(out=out, of=Text(doc={"format": "uri"}), **options)


def self_link(name: str, path: Callable[[Any], str]) -> type[Flowroute]:
    """A `links` object with `self` alone."""
    return type(name, (Flowroute,), {"self": link(path)})


def related_link(name: str, path: Callable[[Any], str]) -> type[Flowroute]:
    """A `links` object with `related` alone."""
    return type(name, (Flowroute,), {"related": link(path), "component": name})


def _next() -> Computed:
    """The address of the next page; a client reads it as `next_url`."""
    return Computed(
        out=next_url,
        into=str,
        attribute="next_url",
        of=Text(doc={"format": "uri"}),
        dump_only=True,
        omit_none=True,
    )


class NextLink(Flowroute):
    """`next` alone, when more remain: the links of a record set."""

    next = _next()


class RequestLinks(Flowroute):
    """`self` always spells out limit and offset; `next` only when more remain."""

    self = Computed(out=self_url, of=Text(doc={"format": "uri"}))
    next = _next()


class Detail(Text):
    """Text, or an object of field messages where the profile nests them."""

    def describe(self, profile: Profile) -> dict[str, Any]:
        nested = {"anyOf": [{"type": "string"}, {"type": "object"}]}
        return nested if profile.holds("nested_details") else {"type": "string"}


class ErrorItem(Flowroute):
    detail = Detail(required=True)
    id = Text(required=True)
    status = Int(required=True)
    title = Text()


class Error(Flowroute):
    """Seed 002, Error: the body of every refusal."""

    errors = Listed(Part(ErrorItem))


class Window(Flowroute):
    """`limit` and `offset` of a list; out of bounds is refused (contract reading FO11)."""

    limit = Int(load_default=DEFAULT_LIMIT, null=False, validate=Range(1, MOST))
    offset = Int(load_default=0, null=False, validate=Range(0, MAX_OFFSET))
