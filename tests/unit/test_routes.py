"""Route values: what each kind takes, refuses, keeps in which column and shows again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.domain import routes


def row(kind: str, text: str) -> Any:
    return SimpleNamespace(kind=kind, **routes.columns(kind, text))


@pytest.mark.parametrize(
    ("kind", "text", "shown", "address", "port", "transport", "value"),
    [
        ("host", "sbc.example.com", None, "sbc.example.com", None, None, None),
        ("host", " SBC.Example.com.:5070 ", "sbc.example.com:5070", "sbc.example.com", 5070, None,
         None),
        ("host", "192.0.2.7", None, "192.0.2.7", None, None, None),
        ("host", "192.0.2.7:5060", None, "192.0.2.7", 5060, None, None),
        ("host", "2001:db8::1", None, "2001:db8::1", None, None, None),
        ("host", "[2001:db8::1]:5061", None, "2001:db8::1", 5061, None, None),
        ("host", "[2001:DB8::1]", "2001:db8::1", "2001:db8::1", None, None, None),
        ("number", "16476998778", None, None, None, None, "+16476998778"),
        ("number", "+16476998778", "16476998778", None, None, None, "+16476998778"),
        ("uri", "sip:alice@example.com", None, None, None, None, "sip:alice@example.com"),
        ("uri", "sips:a%20b@example.com:5061;transport=TLS;weight=5", None, None, None, "tls",
         "sips:a%20b@example.com:5061;transport=TLS;weight=5"),
        ("uri", "SIP:192.0.2.1;transport=udp;lr", None, None, None, "udp",
         "SIP:192.0.2.1;transport=udp;lr"),
        ("registration", "desk-12", None, None, None, None, "desk-12"),
    ],
)  # fmt: skip
def test_values_that_are_taken(
    kind: str,
    text: str,
    shown: str | None,
    address: str | None,
    port: int | None,
    transport: str | None,
    value: str | None,
) -> None:
    made = row(kind, text)
    assert (made.address, made.port, made.transport, made.value) == (
        address, port, transport, value,
    )  # fmt: skip
    assert routes.shown(made) == (shown or text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("host", ""), ("host", None), ("host", "   "), ("host", "-a.example"), ("host", "a b"),
        ("host", "a..b"), ("host", "999.1.1.1"), ("host", "1.2.3"), ("host", "a:0"),
        ("host", "a:65536"), ("host", "a:port"), ("host", "a:"), ("host", "[2001:db8::1"),
        ("host", "[::1]5060"), ("host", "x" * 64), ("host", "a." * 130 + "a"), ("host", "a:\u0663"),
        ("host", "2001:db8::zz"), ("host", "x" * 513), ("host", "sip:a@b"),
        ("number", "2065550100"), ("number", "26476998778"), ("number", "1647699877"),
        ("number", "1 647 699 8778"), ("number", "10476998778"), ("number", "1647699877\u0668"),
        ("uri", "example.com"), ("uri", "http://example.com"), ("uri", "sip:"), ("uri", "sip:@a"),
        ("uri", "sip:a b@c"), ("uri", "sip:a@c;transport=sctp"), ("uri", "sip:a@c;weight=x"),
        ("uri", "sip:a@c;weight=70000"), ("uri", "sip:a@c;lr;lr"), ("uri", "sip:a@c;=5"),
        ("uri", "sip:a@c:99999"), ("uri", "sip:a@c;x=y z"),
        ("registration", "a b"), ("registration", "a" * 129), ("registration", ""),
    ],
)  # fmt: skip
def test_values_that_are_refused(kind: str, text: str | None) -> None:
    with pytest.raises(ValueError):
        routes.columns(kind, text)


def test_parts_of_a_uri() -> None:
    uri = routes.parse_sip_uri("sips:bob:pw@Example.com:5071;weight=10;transport=tcp")
    assert uri == ("sips", "bob:pw", "example.com", 5071, "tcp", 10)


def test_the_built_in_registration_shows_no_value() -> None:
    built_in = SimpleNamespace(kind="registration", address=None, port=None, value=None)
    assert routes.shown(built_in) is None
