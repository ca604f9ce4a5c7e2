"""How often a provider is asked, and when it is left alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import gevent
import pytest

from gateway.domain.breaker import Breaker
from gateway.domain.exchanges import Request, Response
from gateway.domain.problems import Unavailable
from gateway.transports.upstream import Line, NotSent, Web
from tests.support.receivers import certificate, receiving
from tests.support.serving import served

GET, POST = Request("GET", "/things"), Request("POST", "/things")
KEYED = Request("POST", "/things", {"Idempotency-Key": "k"})
START = datetime(2026, 3, 1, tzinfo=UTC).timestamp()


@dataclass
class Fake:
    """Answers in turn, the last for ever; a line's waits move its clock."""

    answers: list[Response | OSError]
    now: float = START
    asked: int = 0
    waits: list[float] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def line(self, **more: Any) -> Line:
        return Line(self, "them", clock=lambda: self.now, wait=self.wait, **more)


def answer(status: int, **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()})


LATER = format_datetime(datetime.fromtimestamp(START + 9, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("header", "pause"), [({"retry_after": "7"}, 7.0), ({"retry_after": LATER}, 9.0),
                          ({"retry_after": "soon"}, 0.5), ({}, 0.5)],
    ids=["seconds", "date", "nonsense", "nothing"],
)  # fmt: skip
def test_a_provider_that_is_busy_is_asked_when_it_says(
    header: dict[str, str], pause: float
) -> None:
    fake = Fake([answer(429, **header), answer(200)])
    assert fake.line().send(POST).status == 200
    assert fake.waits == [pause]


def test_too_long_a_wait_is_handed_on() -> None:
    fake = Fake([answer(429, retry_after="61")])
    assert fake.line().send(GET).status == 429
    assert (fake.asked, fake.waits) == (1, [])


@pytest.mark.parametrize(
    ("request_", "trouble", "asked"),
    [
        (GET, answer(500), 4), (POST, answer(500), 1), (KEYED, answer(503), 4),
        (GET, TimeoutError("timed out"), 4), (POST, TimeoutError("timed out"), 1),
        (POST, NotSent("no connection"), 4), (GET, answer(404), 1),
    ],
    ids=["get", "post", "keyed", "lost-get", "lost-post", "unsent-post", "refusal"],
)  # fmt: skip
def test_only_what_may_be_repeated_is(
    request_: Request, trouble: Response | OSError, asked: int
) -> None:
    fake = Fake([trouble])
    if isinstance(trouble, OSError):
        with pytest.raises(Unavailable, match=f"them: {trouble}"):
            fake.line().send(request_)
    else:
        assert fake.line().send(request_) is trouble
    assert fake.asked == asked
    assert fake.waits == [0.5, 1.0, 2.0][: asked - 1]


def test_a_provider_that_is_down_is_left_alone_until_one_request_worked() -> None:
    fake = Fake([answer(502)])
    line = fake.line(tries=1)
    for _ in range(5):
        line.send(GET)
    with pytest.raises(Unavailable, match="left alone for 30 s") as left:
        line.send(GET)
    assert (fake.asked, left.value.retry_after) == (5, 30)
    fake.now += 30
    assert line.send(GET).status == 502  # one finds out, and failed
    with pytest.raises(Unavailable):
        line.send(GET)
    fake.now += 30
    fake.answers = [answer(200)]
    assert [line.send(GET).status for _ in range(3)] == [200, 200, 200]
    assert fake.asked == 9


def test_the_last_words_of_a_provider_that_goes_down_are_handed_on() -> None:
    fake = Fake([answer(500)])
    line = fake.line()
    assert [line.send(GET).status for _ in range(2)] == [500, 500]
    assert fake.asked == 5
    with pytest.raises(Unavailable, match="left alone"):
        line.send(GET)


def test_while_one_finds_out_nobody_else_asks() -> None:
    breaker = Breaker(most=1, rest=10)
    breaker.failed(0)
    assert breaker.wait(10) == 0
    assert breaker.wait(10) == 10
    assert breaker.wait(20) == 0  # the first was never heard of again
    breaker.worked()
    assert breaker.wait(10) == 0


def test_requests_keep_to_a_rate() -> None:
    fake = Fake([answer(200)])
    line = fake.line(rate=2.0)
    for _ in range(6):
        line.send(GET)
    assert sum(fake.waits) == pytest.approx(2.0)


# over real sockets


@contextmanager
def replying(status: str, headers: list[tuple[str, str]], parts: Any) -> Iterator[list[Any]]:
    """A server that answers everything alike, and the environments of its requests."""
    seen: list[Any] = []

    def app(environ: Any, start_response: Any) -> Any:
        seen.append({"body": environ["wsgi.input"].read(), **environ})
        start_response(status, headers)
        return parts()

    with served(app) as url:
        seen.append(url)
        yield seen


def test_a_request_over_a_socket() -> None:
    headers = [("Content-Type", "application/json"), ("Retry-After", "3")]
    with replying("201 Made", headers, lambda: [b'{"a": 1}']) as seen:
        web = Web(seen[0] + "/base/")
        found = web.send(Request("POST", "/v1/x?y=%2B", {"Authorization": "Bearer t"}, b"body"))
        web.close()
    assert (found.status, found.body, found.headers["retry-after"]) == (201, b'{"a": 1}', "3")
    (asked,) = seen[1:]
    assert (asked["PATH_INFO"], asked["QUERY_STRING"]) == ("/base/v1/x", "y=%2B")
    assert (asked["body"], asked["HTTP_AUTHORIZATION"]) == (b"body", "Bearer t")


def test_what_lives_elsewhere_is_asked_there() -> None:
    with replying("200 OK", [], lambda: [b""]) as seen:
        web = Web("http://127.0.0.1:1", apart={"/oauth2/": seen[0] + "/there"})
        assert web.send(Request("POST", "/oauth2/token")).status == 200
    assert seen[1]["PATH_INFO"] == "/there/oauth2/token"
    with pytest.raises(NotSent):
        web.send(GET)


def test_redirects_are_not_followed() -> None:
    with replying("302 Elsewhere", [("Location", "http://127.0.0.1:1/")], lambda: [b""]) as seen:
        assert Web(seen[0]).send(GET).status == 302
        assert len(seen) == 2


@pytest.mark.parametrize(
    "headers", [[], [("Content-Length", "9")]], ids=["chunked", "of a told length"]
)
def test_an_answer_that_drips_is_cut_off(headers: list[tuple[str, str]]) -> None:
    enough = threading.Event()

    def drips() -> Iterator[bytes]:
        for _ in range(9):
            yield b"x"
            enough.wait(0.05)

    with replying("200 OK", headers, drips) as seen:
        with pytest.raises(TimeoutError, match="timed out"):
            Web(seen[0], timeout=0.1).send(GET)
        enough.set()


def test_an_answer_that_stalls_is_cut_off() -> None:
    enough = threading.Event()

    def stalls() -> Iterator[bytes]:
        enough.wait(10)
        yield b"x"

    with replying("200 OK", [], stalls) as seen:
        with pytest.raises(TimeoutError, match="timed out"):
            Web(seen[0], timeout=0.1).send(GET)
        enough.set()


def test_a_certificate_must_be_trusted(tmp_path: Path) -> None:
    context, authority = certificate(tmp_path)
    with receiving(tls=context) as server:
        url, pool = server.url("", "localhost"), gevent.get_hub().threadpool
        with pytest.raises(NotSent, match="TLS"):
            pool.apply(Web(url).send, (GET,))
        assert pool.apply(Web(url, ca_file=str(authority)).send, (GET,)).status == 200


def test_an_answer_without_end_is_cut_off() -> None:
    with (
        replying("200 OK", [], lambda: [b"x" * 70_000] * 3) as seen,
        pytest.raises(OSError, match="longer than 100000 octets"),
    ):
        Web(seen[0], most=100_000).send(GET)


def test_nobody_listens() -> None:
    with replying("200 OK", [], lambda: [b""]) as seen:
        url = seen[0]
    with pytest.raises(NotSent):
        Web(url).send(GET)


def test_what_is_carried_does_not_show_what_is_secret() -> None:
    shown = repr(Request("GET", "/x", {"Authorization": "Bearer hush"}, b"hush"))
    shown += repr(Response(200, {"set-cookie": "hush"}, b"hush"))
    assert "hush" not in shown
