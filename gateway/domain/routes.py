"""What an inbound route's value may be, and how it is kept.

Platforms that route calls to "a host, a URI, a number or whoever registered" write all four as one
text. The core keeps the parts of a host in columns of their own, since other dialects show them
apart, and everything else as one value: a number as E.164, a URI as given. `columns` takes the text
apart and refuses what no call could be sent to; `shown` puts it together again.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, NamedTuple, Protocol

from gateway.domain.words import EndpointKind, Transport

SIP_PORT = 5060
"""What an address without a port means."""

SIPS_PORT = 5061
"""What a `sips:` URI without a port means."""

BUILTIN_NUMBER = 0
"""`route_number` of the registration every account has."""

BUILTIN_NAME = "sip-reg"

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE | re.ASCII)
_USER = re.compile(r"(?:[a-z0-9\-_.!~*'()&=+$,;?/]|%[0-9a-f]{2})+", re.IGNORECASE | re.ASCII)
_PASSWORD = re.compile(r"(?:[a-z0-9\-_.!~*'()&=+$,]|%[0-9a-f]{2})*", re.IGNORECASE | re.ASCII)
_TOKEN = re.compile(r"[a-z0-9\-_.!~*'()%+]+", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"\+?(1[2-9]\d{9})", re.ASCII)
_ACCOUNT = re.compile(r"[a-z0-9\-_.!~*'+]{1,128}", re.IGNORECASE | re.ASCII)
MAX_VALUE = 512


class SipUri(NamedTuple):
    """A SIP URI taken apart; `weight` shares calls between a number's two routes."""

    scheme: str
    user: str | None
    host: str
    port: int | None
    transport: Transport | None
    weight: int | None


class EndpointLike(Protocol):
    """The columns of an Endpoint that make up its text."""

    kind: str
    address: str | None
    port: int | None
    value: str | None


def columns(kind: str, text: str | None) -> dict[str, Any]:
    """Endpoint columns (address, port, transport, value) of a route's text.

    Raises ValueError with the reason as text.
    """
    text = (text or "").strip()
    if not text:
        raise ValueError("must not be empty")
    if len(text) > MAX_VALUE:
        raise ValueError(f"must have at most {MAX_VALUE} characters")
    blank: dict[str, Any] = {"address": None, "port": None, "transport": None, "value": None}
    match EndpointKind(kind):
        case EndpointKind.HOST:
            address, port = split_host(text)
            return {**blank, "address": address, "port": port}
        case EndpointKind.URI:
            uri = parse_sip_uri(text)
            return {**blank, "transport": uri.transport, "value": text}
        case EndpointKind.NUMBER:
            return {**blank, "value": _e164(text)}
        case EndpointKind.REGISTRATION:
            return {**blank, "value": _account(text)}


def shown(row: EndpointLike) -> str | None:
    """The text of an endpoint: `host[:port]`, a URI, digits, a user name; None for the built-in."""
    if row.kind == EndpointKind.HOST:
        address = row.address or ""
        if row.port is None:
            return address
        return f"[{address}]:{row.port}" if ":" in address else f"{address}:{row.port}"
    if row.kind == EndpointKind.NUMBER and row.value:
        return row.value.removeprefix("+")
    return row.value


def split_host(text: str) -> tuple[str, int | None]:
    """Host name or address and port of `host[:port]`; an IPv6 address takes brackets."""
    if text.startswith("["):
        address, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError("must be a host name or address, with an optional :port")
        return _host(address), _port(rest[1:]) if rest else None
    if text.count(":") > 1:
        return _host(text), None
    host, colon, port = text.partition(":")
    return _host(host), _port(port) if colon else None


def bare_host(text: str) -> str:
    """A host name or address that has no port; raises ValueError with the reason."""
    host, port = split_host(text)
    if port is not None:
        raise ValueError("must not have a port")
    return host


def parse_sip_uri(text: str) -> SipUri:
    """`sip:` or `sips:`, [user@]host[:port] and parameters; raises ValueError with the reason."""
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.lower() not in ("sip", "sips"):
        raise ValueError("must begin with sip: or sips:")
    user, at, rest = rest.rpartition("@")
    if at:
        name, _, password = user.partition(":")
        if not _USER.fullmatch(name) or not _PASSWORD.fullmatch(password):
            raise ValueError("has a user part that is not valid in a SIP URI")
    place, *parameters = rest.split(";")
    host, port = split_host(place)
    given = _parameters(parameters)
    return SipUri(
        scheme.lower(), user or None, host, port, _transport(given), _weight(given.get("weight"))
    )


def _parameters(parts: list[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if not _TOKEN.fullmatch(name) or (equals and not _TOKEN.fullmatch(value)):
            raise ValueError("has a parameter that is not valid in a SIP URI")
        if name.lower() in given:
            raise ValueError(f"has the parameter {name.lower()} twice")
        given[name.lower()] = value
    return given


def _transport(given: dict[str, str]) -> Transport | None:
    if "transport" not in given:
        return None
    try:
        return Transport(given["transport"].lower())
    except ValueError:
        raise ValueError("has a transport other than udp, tcp and tls") from None


def _weight(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text[:9]) > 65_535:
        raise ValueError("has a weight that is not a whole number from 0 to 65535")
    return int(text)


def _host(text: str) -> str:
    """A host name or address in lower case; a name that looks like an IPv4 address must be one."""
    if ":" in text or text.replace(".", "").isdigit():
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            raise ValueError("is not an IP address") from None
    name = text.removesuffix(".")
    if not name or len(name) > 253 or not all(map(_LABEL.fullmatch, name.split("."))):
        raise ValueError("must be a host name or address, with an optional :port")
    return name.lower()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 65_535:
        raise ValueError("has a port that is not a whole number from 1 to 65535")
    return int(text)


def _e164(text: str) -> str:
    match = _NUMBER.fullmatch(text)
    if not match:
        raise ValueError("must be a number of 11 digits that begins with 1")
    return f"+{match[1]}"


def _account(text: str) -> str:
    if not _ACCOUNT.fullmatch(text):
        raise ValueError("must be a user name without spaces, at most 128 characters")
    return text
