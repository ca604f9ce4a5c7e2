"""A webhook receiver on loopback for tests: it keeps what came and answers as told."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from gevent import ssl
from gevent.pywsgi import WSGIServer


@dataclass
class Hit:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`status` answers every hit, unless `answers` still holds statuses to use first.

    `stall` seconds pass before an answer (cut short when the receiver stops). The body of an answer
    is `content`, or what `paths` has for the path without its query.
    """

    status: int = 200
    answers: list[int] = field(default_factory=list)
    stall: float = 0.0
    headers: list[tuple[str, str]] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    content: bytes = b"thank you"
    paths: dict[str, bytes] = field(default_factory=dict)
    port: int = 0
    scheme: str = "http"

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        headers = {
            name[5:].replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        headers["content-type"] = environ.get("CONTENT_TYPE", "")
        path = environ.get("PATH_INFO", "") + (
            f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
        )
        body = environ["wsgi.input"].read()
        self.hits.append(Hit(environ["REQUEST_METHOD"], path, headers, body))
        if self.stall:
            gevent.sleep(self.stall)
        status = self.answers.pop(0) if self.answers else self.status
        start_response(f"{status} Told", [("Content-Type", "text/plain"), *self.headers])
        return [self.paths.get(environ.get("PATH_INFO", ""), self.content)]


@contextmanager
def receiving(
    receiver: Receiver | None = None, *, port: int = 0, tls: Any = None
) -> Iterator[Receiver]:
    """Serve a receiver on a free (or the given) port of loopback."""
    receiver = receiver or Receiver()
    options = {"ssl_context": tls} if tls is not None else {}
    server = WSGIServer(("127.0.0.1", port), receiver, log=None, error_log=None, **options)
    server.start()
    receiver.port = server.server_port
    receiver.scheme = "https" if tls is not None else "http"
    try:
        yield receiver
    finally:
        server.stop(timeout=0.1)


def until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Wait for a condition, letting greenlets run; fails loudly when it does not come true."""
    with gevent.Timeout(seconds, AssertionError(f"not true within {seconds} s: {condition}")):
        while not (value := condition()):
            gevent.sleep(0.005)
        return value


def certificate(folder: Path, name: str = "localhost") -> tuple[Any, Path]:
    """(server TLS context, file with its self-signed certificate) for one DNS name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))]
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + built.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(file))
    return context, file
