"""Forwarded headers count only from trusted peers; links follow what the client really used."""

from __future__ import annotations

import ipaddress

import pytest

from gateway.http.proxies import apply_forwarded, base_url
from gateway.settings import Settings
from tests.http.conftest import BASIC

TRUSTED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128"))
HEADERS = {
    "HTTP_X_FORWARDED_FOR": "203.0.113.9, 10.0.0.7",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "api.example",
    "HTTP_X_FORWARDED_PREFIX": "/tele/",
}


def environ(peer, **changes):
    base = {
        "REMOTE_ADDR": peer,
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "inner:8080",
        "SCRIPT_NAME": "",
        **HEADERS,
        **changes,
    }
    apply_forwarded(base, TRUSTED)
    return base


@pytest.mark.parametrize("peer", ["10.1.2.3", "::1", "::ffff:10.0.0.1"])
def test_a_trusted_peer_is_believed(peer):
    seen = environ(peer)
    assert base_url(seen, Settings()) == "https://api.example/tele"
    assert seen["REMOTE_ADDR"] == "203.0.113.9"
    assert not set(HEADERS) & set(seen)


@pytest.mark.parametrize("peer", ["203.0.113.5", "", "not an address", "::2"])
def test_anybody_else_is_not(peer):
    seen = environ(peer)
    assert base_url(seen, Settings()) == "http://inner:8080"
    assert seen["REMOTE_ADDR"] == peer
    assert not set(HEADERS) & set(seen)


def test_the_client_is_the_last_untrusted_hop():
    seen = environ("10.0.0.1", HTTP_X_FORWARDED_FOR="1.1.1.1, 203.0.113.9, 10.0.0.8")
    assert seen["REMOTE_ADDR"] == "203.0.113.9"
    assert environ("10.0.0.1", HTTP_X_FORWARDED_FOR="10.0.0.9")["REMOTE_ADDR"] == "10.0.0.9"


def test_the_nearest_proxy_decides_and_nonsense_is_ignored():
    seen = environ(
        "10.0.0.1",
        HTTP_X_FORWARDED_PROTO="https, gopher",
        HTTP_X_FORWARDED_HOST="evil, good",
        HTTP_X_FORWARDED_PREFIX="http://x",
    )
    assert base_url(seen, Settings()) == "http://good"


def test_public_url_wins():
    settings = Settings(public_url="https://public.example/a/")
    assert base_url(environ("10.0.0.1"), settings) == "https://public.example/a/tele"


def test_without_a_host_header_the_server_names_itself():
    seen = {"SERVER_NAME": "box", "SERVER_PORT": "8080", "SCRIPT_NAME": ""}
    assert base_url(seen, Settings()) == "http://box:8080"


def test_links_of_a_proxied_request(make_site):
    site = make_site(trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"),))
    headers = {**BASIC, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example"}
    made = site.client.post(
        "/toy/t1/things",
        json={"name": "a"},
        headers=headers,
        environ_overrides={"REMOTE_ADDR": "127.0.0.1"},
    ).json
    assert made["self"].startswith("https://api.example/toy/t1/things/")
    forged = site.client.post(
        "/t1/things",
        json={"name": "a"},
        headers=headers,
        environ_overrides={"REMOTE_ADDR": "192.0.2.1"},
    ).json
    assert forged["self"].startswith("http://localhost/t1/things/")
