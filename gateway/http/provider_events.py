"""Where providers tell of events: one address for each connection, opened by the token in it.

The token is a secret, so the path of such a request is logged without it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import flask
import orjson
from werkzeug.exceptions import MethodNotAllowed

from gateway.dialect import Dialect
from gateway.domain.problems import NotFound
from gateway.http.lifecycle import UniverseOf, in_store
from gateway.http.limits import RateLimiter
from gateway.http.metrics import Metrics
from gateway.services import event_addresses, provider_events
from gateway.universe import Universe

log = logging.getLogger("gateway.access")
OPERATION = "tellEvent"
METHODS = ("GET", "POST")


@dataclass(frozen=True)
class ProviderEvents:
    """The view of an address. Requests are counted by connection, and by their own address where
    they open none."""

    dialects: Mapping[str, Dialect]
    universe_of: UniverseOf
    metrics: Metrics
    limiter: RateLimiter | None = None

    def take(self, uid: str, token: str) -> flask.Response:
        """Take an event: 200 also for one that is known already, since that is what ends the
        repeating everywhere."""
        request = flask.request
        universe = self.universe_of(request.environ)
        watch = _Watch(universe, self.metrics, uid)
        flask.after_this_request(watch.finished)
        if request.method not in METHODS:
            raise MethodNotAllowed(METHODS)
        source = self._opened(universe, uid, token)
        watch.dialect = source.dialect
        request.max_content_length = universe.settings.max_body_bytes
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = {
            name: values if len(values) > 1 else values[0]
            for name, values in request.args.to_dict(flat=False).items()
        }
        body = request.get_data()
        with in_store(universe):
            ctx = universe.context(dialect=source.dialect)
            new = provider_events.take(ctx, source, headers, query, body)
        return flask.Response(orjson.dumps({"taken": new}), content_type="application/json")

    def _opened(self, universe: Universe, uid: str, token: str) -> event_addresses.Source:
        try:
            with in_store(universe):
                source = event_addresses.opened(self.dialects, uid, token)
        except NotFound:
            self._count(universe, flask.request.remote_addr or "")
            raise
        self._count(universe, str(source.uid))
        return source

    def _count(self, universe: Universe, key: str) -> None:
        if self.limiter is not None:
            self.limiter.check(f"{universe.name} {key}")


class _Watch:
    """Counts and logs one request as the dialects do theirs."""

    def __init__(self, universe: Universe, metrics: Metrics, uid: str) -> None:
        self.universe, self.metrics, self.uid = universe, metrics, uid
        self.dialect, self.started = "none", time.perf_counter()

    def finished(self, response: flask.Response) -> flask.Response:
        seconds = time.perf_counter() - self.started
        self.metrics.request(self.dialect, OPERATION, response.status_code, seconds)
        if self.universe.settings.access_log:
            facts: dict[str, Any] = {
                "dialect": self.dialect,
                "operation": OPERATION,
                "method": flask.request.method,
                "path": f"{event_addresses.PATH}/{self.uid}/***",
                "status": response.status_code,
                "ms": round(seconds * 1000, 2),
            }
            log.info("request", extra=facts)
        return response
