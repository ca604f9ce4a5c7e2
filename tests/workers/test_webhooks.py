"""One delivery: where it may go, what bounds it, and what is told afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from gevent import socket

from gateway.transports import addresses
from gateway.transports.webhooks import Courier, deliver
from tests.support.receivers import Receiver, certificate, receiving


@dataclass
class Request:
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    body: bytes = b'{"a":1}'
    query: str = ""


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("93.184.216.34", True, True),
        ("2606:2800:220:1::1", True, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("10.1.2.3", False, True),
        ("172.20.0.1", False, True),
        ("192.168.1.1", False, True),
        ("100.64.0.1", False, True),
        ("fd00::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("64:ff9b::a00:1", False, True),
        ("2002:a00:1::1", False, True),
        ("::ffff:169.254.169.254", False, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("169.254.169.254", False, False),
        ("fe80::1", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("ff02::1", False, False),
        ("255.255.255.255", False, False),
        ("240.0.0.1", False, False),
        ("192.0.2.1", False, False),
        ("192.0.0.8", False, False),
        ("fec0::1", False, True),
        ("64:ff9b:1::a00:1", False, False),
        ("fd00:ec2::254", False, False),
        ("100.100.100.200", False, False),
        ("::10.0.0.1", False, False),
        ("not an address", False, False),
    ],
)
def test_which_addresses_may_be_reached(address: str, public: bool, private: bool) -> None:
    assert addresses.may_reach(address) is public
    assert addresses.may_reach(address, allow_private=True) is private


def test_a_delivery_carries_method_headers_body_and_query() -> None:
    with receiving() as receiver:
        outcome = deliver(Request(), receiver.url("/in?a=b c&d=é"), allow_private=True)
    assert (outcome.status, outcome.error, outcome.excerpt) == (200, None, "thank you")
    (hit,) = receiver.hits
    assert (hit.method, hit.path, hit.body) == ("POST", "/in?a=b%20c&d=%C3%A9", b'{"a":1}')
    assert hit.headers["content-type"] == "application/json"
    assert hit.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_a_query_is_added_to_the_one_of_the_url() -> None:
    with receiving() as receiver:
        request = Request(method="GET", query="c=2&d=%2B1", body=b"")
        deliver(request, receiver.url("/in?a=1"), allow_private=True)
        deliver(request, receiver.url("/in#there"), allow_private=True)
    assert [hit.path for hit in receiver.hits] == ["/in?a=1&c=2&d=%2B1", "/in?c=2&d=%2B1"]


def test_as_much_of_an_answer_is_read_as_was_asked_for() -> None:
    with receiving(Receiver(content=b"x" * 5000)) as receiver:
        courier = Courier(allow_private=True)
        short = courier.deliver(Request(), receiver.url())
        whole = courier.deliver(Request(), receiver.url(), most=5000)
        cut = courier.deliver(Request(), receiver.url(), most=4999)
    assert (len(short.body), short.whole, len(short.excerpt)) == (2048, False, 2048)
    assert (len(whole.body), whole.whole, len(whole.excerpt)) == (5000, True, 2048)
    assert (len(cut.body), cut.whole) == (4999, False)


def test_user_and_password_of_the_url_become_basic_credentials() -> None:
    with receiving() as receiver:
        deliver(Request(), f"http://me:p%40ss@127.0.0.1:{receiver.port}/", allow_private=True)
    assert receiver.hits[0].headers["authorization"] == "Basic bWU6cEBzcw=="


def test_private_addresses_are_refused_before_a_connection_is_made() -> None:
    with receiving() as receiver:
        for host in ("127.0.0.1", "localhost", "0177.0.0.1", "2130706433", "[::ffff:127.0.0.1]"):
            outcome = deliver(Request(), f"http://{host}:{receiver.port}/")
            assert outcome.status is None
            assert outcome.error
            assert outcome.error.startswith("refused")
    assert receiver.hits == []


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiving() as elsewhere:
        told = Receiver(status=307, headers=[("Location", elsewhere.url())])
        with receiving(told) as receiver:
            outcome = deliver(Request(), receiver.url(), allow_private=True)
    assert outcome.status == 307
    assert elsewhere.hits == []


def test_a_stalled_receiver_is_bounded_in_time() -> None:
    with receiving(Receiver(stall=30)) as receiver:
        outcome = deliver(Request(), receiver.url(), timeout=0.1, allow_private=True)
    assert outcome.status is None
    assert outcome.error
    assert outcome.error.startswith("timeout")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("ftp://example.org/", "url"),
        ("http:///nothing", "url"),
        ("http://host:99999/", "url"),
        ("http://no-such-host.invalid/", "unresolvable"),
    ],
)
def test_urls_that_cannot_be_called(url: str, kind: str) -> None:
    outcome = deliver(Request(), url, allow_private=True)
    assert outcome.error
    assert outcome.error.startswith(kind)


def test_a_closed_port_is_unreachable() -> None:
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    port = holder.getsockname()[1]
    holder.close()
    outcome = deliver(Request(), f"http://127.0.0.1:{port}/", allow_private=True)
    assert outcome.error
    assert outcome.error.startswith("unreachable")


def test_tls_is_verified_against_the_name_in_the_url(tmp_path: Path) -> None:
    context, file = certificate(tmp_path)
    with receiving(tls=context) as receiver:
        trusting = Courier(allow_private=True, ca_file=str(file))
        assert trusting.deliver(Request(), receiver.url(host="localhost")).status == 200
        wrong_name = trusting.deliver(Request(), receiver.url(host="127.0.0.1"))
        unknown_ca = Courier(allow_private=True).deliver(Request(), receiver.url(host="localhost"))
    assert wrong_name.error
    assert wrong_name.error.startswith("tls")
    assert unknown_ca.error
    assert unknown_ca.error.startswith("tls")
    assert len(receiver.hits) == 1


def test_header_injection_is_refused() -> None:
    with receiving() as receiver:
        request = Request(headers={"X-Thing": "a\r\nX-Other: b"})
        outcome = deliver(request, receiver.url(), allow_private=True)
    assert outcome.error
    assert outcome.error.startswith("protocol")
    assert receiver.hits == []
