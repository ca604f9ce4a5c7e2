"""Carries a client's requests to a real provider over HTTP.

`Web` makes one attempt, bounded in time and size, and follows no redirect, so that credentials go
nowhere else. `Line` makes as many as are right: it keeps to a rate, waits as long as the provider
asks, tries again what may be tried again, and leaves a provider that is down alone for a while.
Decisions follow the clock that is handed in, and so does waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

import requests
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from gateway.domain.breaker import Breaker
from gateway.domain.bucket import TokenBucket
from gateway.domain.exchanges import Request, Response
from gateway.domain.problems import Unavailable

MOST_OCTETS = 32 * 1024 * 1024
TOO_MANY, SERVER_FAULT = 429, 500
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
IDEMPOTENCY_KEY = "Idempotency-Key"
_CHUNK = 64 * 1024


class NotSent(OSError):
    """There was no connection, so the provider knows nothing of the request."""


class Unreached(Unavailable):
    """The provider knows nothing of the request: there was no connection, or it is left alone."""


class Carrier(Protocol):
    """One attempt; OSError when no whole answer came back."""

    def send(self, request: Request) -> Response: ...

    def close(self) -> None:
        """Let go of what it holds."""


@dataclass
class Web:
    """One attempt over pooled connections. `timeout` in seconds bounds each wait and the time to
    the last octet, so that no attempt takes longer than twice that. `ca_file` has the authorities
    to trust in place of the usual ones; `apart` the address of what lives elsewhere, by the
    beginning of its path.
    """

    base_url: str
    timeout: float = 15.0
    most: int = MOST_OCTETS
    ca_file: str | None = None
    apart: Mapping[str, str] = field(default_factory=dict)
    _session: requests.Session = field(default_factory=requests.Session, init=False, repr=False)

    def __post_init__(self) -> None:
        self._session.trust_env = False  # a .netrc would put its own login in place of ours
        self._session.headers["User-Agent"] = "polytrunk"
        self._session.verify = self.ca_file or True

    def send(self, request: Request) -> Response:
        ends = time.monotonic() + self.timeout
        try:
            answer = self._session.request(
                request.method,
                self._address(request.target),
                headers=dict(request.headers),
                data=request.body or None,
                timeout=self.timeout,
                allow_redirects=False,
                stream=True,
            )
            with answer:
                body = self._body(answer, ends)
        except (requests.RequestException, HTTPError) as problem:
            raise _told(problem) from None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, headers, body)

    def _address(self, target: str) -> str:
        bases = (base for path, base in self.apart.items() if target.startswith(path))
        return next(bases, self.base_url).rstrip("/") + target

    def _body(self, answer: requests.Response, ends: float) -> bytes:
        """The whole body, as long as it is in time, however slowly it drips."""
        parts, size = [], 0
        while part := answer.raw.read1(_CHUNK, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > self.most:
                raise OSError(f"the answer is longer than {self.most} octets")
            if time.monotonic() > ends:
                raise TimeoutError("timed out")
        return b"".join(parts)

    def close(self) -> None:
        self._session.close()


def _told(problem: Exception) -> OSError:
    """The failure without the address and whatever else a library puts into its text."""
    reason = getattr(problem.args[0], "reason", None) if problem.args else None
    if isinstance(problem, requests.exceptions.SSLError):
        return NotSent("TLS could not be agreed upon")
    if isinstance(problem, requests.ConnectTimeout):
        return NotSent("timed out while connecting")
    if isinstance(problem, requests.Timeout | ReadTimeoutError):
        return TimeoutError("timed out")
    if isinstance(reason, NewConnectionError):
        why = str(reason).rpartition("] ")[2].rstrip(")")
        return NotSent(f"no connection could be made: {why}")
    return OSError(f"the connection broke ({type(problem).__name__})")


@dataclass
class Line:
    """A provider as a client's transport; keep one for each, since it remembers how it fares.

    `rate` is requests a second, `tries` the most attempts of a request, `patience` the seconds all
    waiting for one request may take. A request is tried again when the provider did not take it
    (429, no connection), and after other failures only when taking it twice changes nothing.
    """

    carrier: Carrier
    name: str
    clock: Callable[[], float] = time.time
    wait: Callable[[float], None] = time.sleep
    rate: float = 10.0
    tries: int = 4
    patience: float = 60.0
    breaker: Breaker = field(default_factory=Breaker)
    _bucket: TokenBucket = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._bucket = TokenBucket(self.rate)

    def send(self, request: Request) -> Response:
        """The last answer there was, whatever its status. Unavailable when there was none, and
        Unreached where that means that nothing was asked."""
        left = self.patience
        for attempt in range(1, self.tries + 1):
            self._keep_to_rate()
            self._check_open(attempt)
            try:
                answer = self.carrier.send(request)
            except OSError as problem:
                self.breaker.failed(self.clock())
                pause = _backoff(attempt)
                again = isinstance(problem, NotSent) or _may_repeat(request)
                if not again or self._is_last(attempt, pause, left):
                    unknown = attempt > 1 or not isinstance(problem, NotSent)
                    kind = Unavailable if unknown else Unreached
                    raise kind(f"{self.name}: {problem}") from None
            else:
                self._note(answer)
                asked = _asked(answer, self.clock())
                pause = _backoff(attempt) if asked is None else asked
                if not _repeats(request, answer) or self._is_last(attempt, pause, left):
                    return answer
            left -= pause
            self.wait(pause)
        raise AssertionError("a line has at least one try")

    def close(self) -> None:
        self.carrier.close()

    def _is_last(self, attempt: int, pause: float, left: float) -> bool:
        """Whether what came of this attempt is the last word."""
        return attempt == self.tries or pause > left or self.breaker.is_open(self.clock())

    def _keep_to_rate(self) -> None:
        while (pause := self._bucket.take(self.clock())) > 0:
            self.wait(pause)

    def _check_open(self, attempt: int) -> None:
        pause = self.breaker.wait(self.clock())
        if pause > 0:
            text = f"{self.name}: failed again and again, and is left alone for {pause:.0f} s"
            kind = Unavailable if attempt > 1 else Unreached
            raise kind(text, retry_after=max(1, round(pause)))

    def _note(self, answer: Response) -> None:
        if answer.status >= SERVER_FAULT:
            self.breaker.failed(self.clock())
        else:
            self.breaker.worked()


def _may_repeat(request: Request) -> bool:
    """Whether taking the request twice comes to the same as once."""
    return request.method.upper() in REPEATABLE or IDEMPOTENCY_KEY in request.headers


def _repeats(request: Request, answer: Response) -> bool:
    if answer.status == TOO_MANY:
        return True
    return answer.status >= SERVER_FAULT and _may_repeat(request)


def _backoff(attempt: int) -> float:
    return 0.5 * float(2 ** (attempt - 1))


def _asked(answer: Response, now: float) -> float | None:
    """Seconds the provider wants us to wait: a number or a date; None when it does not say."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.fromtimestamp(now, UTC)).total_seconds())
