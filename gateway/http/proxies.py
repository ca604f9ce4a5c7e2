"""Which address, scheme, host and path a client really used, when a trusted proxy stands between.

Headers of anybody else are dropped, so nothing further down can believe them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gateway.settings import Network, Settings

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]
FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PREFIX",
)


def is_trusted(address: str, networks: Sequence[Network]) -> bool:
    try:
        ip = ipaddress.ip_address(address.strip().strip("[]"))
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return any((mapped or ip) in network for network in networks)


def apply_forwarded(environ: Environ, networks: Sequence[Network]) -> None:
    """Rewrite the environ from X-Forwarded-* of a trusted peer, and take the headers out."""
    given = [environ.pop(name, "").strip() for name in FORWARDED]
    if not any(given) or not is_trusted(environ.get("REMOTE_ADDR", ""), networks):
        return
    chain, scheme, host, prefix = given
    hops = [hop.strip() for hop in chain.split(",") if hop.strip()]
    while hops:
        environ["REMOTE_ADDR"] = hops.pop()
        if not is_trusted(environ["REMOTE_ADDR"], networks):
            break
    if (last := _last(scheme).lower()) in ("http", "https"):
        environ["wsgi.url_scheme"] = last
    if _last(host):
        environ["HTTP_HOST"] = _last(host)
    if _last(prefix).startswith("/"):
        environ["SCRIPT_NAME"] = _last(prefix).rstrip("/") + environ.get("SCRIPT_NAME", "")


def _last(values: str) -> str:
    """The value the nearest proxy set."""
    return values.rpartition(",")[2].strip()


def base_url(environ: Environ, settings: Settings) -> str:
    """Root of links without a final slash: PUBLIC_URL, else scheme and Host; then SCRIPT_NAME."""
    if settings.public_url:
        root = settings.public_url.rstrip("/")
    else:
        host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        root = f"{environ.get('wsgi.url_scheme', 'http')}://{host}"
    return root + environ.get("SCRIPT_NAME", "").rstrip("/")
