"""The gateway's own paths: health, readiness, documents, capabilities, metrics, the last 404."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import flask
import orjson
from werkzeug.exceptions import HTTPException

from gateway.dialect import Credentials, Dialect
from gateway.domain.principal import Scope
from gateway.domain.problems import Limited, NotFound, Problem, Unavailable
from gateway.http import metrics as measures
from gateway.http.asking import Asker, asking
from gateway.http.capabilities import capabilities
from gateway.http.ledgers import Ledgers, window
from gateway.http.lifecycle import UniverseOf, in_store, store_answers
from gateway.http.limits import RateLimiter
from gateway.http.pages import page, reference
from gateway.http.provider_events import METHODS, ProviderEvents
from gateway.http.proxies import base_url
from gateway.services import access, call_engine, call_routes, event_addresses

log = logging.getLogger(__name__)
BASE = "/_gateway"
CLOSED = {"WWW-Authenticate": 'Bearer realm="polytrunk"'}
REFUSALS = {
    "invalid": 400, "malformed": 400, "unauthenticated": 401, "forbidden": 403, "not_found": 404,
}  # fmt: skip
"""What the closed paths say of a problem."""


@dataclass(frozen=True)
class Ops:
    """What the paths look at. `documents` gives a dialect's OpenAPI document below a base URL."""

    dialects: Mapping[str, Dialect]
    documents: Mapping[str, Callable[[str], dict[str, Any]]]
    universe_of: UniverseOf
    metrics: measures.Metrics
    version: str = ""
    limiter: RateLimiter | None = None

    def app(self) -> flask.Flask:
        app = flask.Flask("polytrunk.ops", static_folder=None)
        app.url_map.strict_slashes = False
        app.url_map.merge_slashes = False
        for rule, view in (
            ("/health", self.health),
            ("/ready", self.ready),
            ("/docs", self.contents),
            ("/docs/<name>", self.docs),
            ("/openapi/<name>.json", self.openapi),
            ("/capabilities", self.capabilities),
            ("/metrics", self.exposition),
            ("/hidden", self.hidden),
            ("/routes/explain", self.route),
            ("/ledger/<name>", self.readiness),
            ("/ledger/<name>/<kind>/<uid>", self.ledger),
        ):
            app.add_url_rule(BASE + rule, view_func=view, provide_automatic_options=False)
        app.add_url_rule(
            f"{BASE}/engine/<name>/<account>/<token>",
            view_func=self.engine_status,
            methods=["POST"],
            provide_automatic_options=False,
        )
        events = ProviderEvents(self.dialects, self.universe_of, self.metrics, self.limiter)
        app.add_url_rule(
            f"{event_addresses.PATH}/<uid>/<token>",
            view_func=events.take,
            methods=list(METHODS),
            provide_automatic_options=False,
        )
        app.register_error_handler(Exception, self.failed)
        return app

    # open paths

    def health(self) -> flask.Response:
        """The process answers."""
        return _json({"status": "ok"})

    def ready(self) -> flask.Response:
        """The database answers; 503 when it does not."""
        try:
            store_answers(self.universe_of(flask.request.environ))
        except Exception as error:
            log.warning("not ready", exc_info=error)
            return _json({"status": "unavailable", "database": "unreachable"}, 503)
        return _json({"status": "ok", "database": "ok"})

    def openapi(self, name: str) -> flask.Response:
        return _json(self._document(name))

    def docs(self, name: str) -> flask.Response:
        text = reference(self._document(name), f"../openapi/{name}.json")
        return flask.Response(text, content_type="text/html; charset=utf-8")

    def contents(self) -> flask.Response:
        items = "".join(
            f'<li><a href="docs/{name}">{escape(dialect.title)}</a>'
            for name, dialect in sorted(self.dialects.items())
        )
        return flask.Response(page("Dialects", f"<ul>{items}</ul>"), content_type="text/html")

    def capabilities(self) -> flask.Response:
        universe = self.universe_of(flask.request.environ)
        base = base_url(flask.request.environ, universe.settings)
        dialects = {
            name: {
                "title": dialect.title,
                "version": dialect.version,
                "base_url": f"{base}/{name}",
                "native_prefixes": list(dialect.prefixes),
                "profile": dialect.profile(universe.profiles.get(name, "")).name,
                "profiles": sorted(dialect.profiles),
                "openapi": f"{base}{BASE}/openapi/{name}.json",
                "docs": f"{base}{BASE}/docs/{name}",
            }
            for name, dialect in sorted(self.dialects.items())
        }
        return _json({"version": self.version, "dialects": dialects, **self.matrix})

    @cached_property
    def matrix(self) -> dict[str, Any]:
        """What the dialects can do, and each for another; declarations do not change."""
        return capabilities(self.dialects)

    # closed paths

    def engine_status(self, name: str, account: str, token: str) -> flask.Response:
        """What a feature server tells of a call. The token opens it, and only it was told that."""
        read = self.dialects[name].engine_status if name in self.dialects else None
        if read is None:
            flask.abort(404)
        universe = self.universe_of(flask.request.environ)
        flask.request.max_content_length = universe.settings.max_body_bytes
        try:
            body = orjson.loads(flask.request.get_data())
            told = read(body if isinstance(body, dict) else {})
        except ValueError as error:
            return _error(400, "invalid", str(error))
        try:
            with in_store(universe):
                call_engine.take(universe.context(dialect=name), account, token, told)
        except NotFound:
            return _error(404, "not_found", "there is no such call here")
        return flask.Response(status=204)

    def ledger(self, name: str, kind: str, uid: str) -> flask.Response:
        """An object of one dialect, and what becomes of its members in another (`to=`)."""
        with self._ledgers() as (_, ledgers):
            return _json(ledgers.of_object(name, kind, uid, flask.request.args.get("to", "")))

    def readiness(self, name: str) -> flask.Response:
        """What becomes of the whole account, as one dialect shows it, in others (`to=`)."""
        args = flask.request.args
        with self._ledgers() as (_, ledgers):
            return _json(ledgers.of_account(name, args.getlist("to"), *window(args)))

    def hidden(self) -> flask.Response:
        """What of the account the asking dialect (or `dialect=`) cannot show."""
        args = flask.request.args
        with self._ledgers(args.get("dialect", "")) as (name, ledgers):
            return _json(ledgers.hidden(name, args.getlist("kind"), *window(args)))

    def route(self) -> flask.Response:
        """Where a call to a number of the caller's would go, and why."""
        args = flask.request.args
        with self._asking() as asker:
            ctx = asker.inside_one_account() if "account" in args else asker.ctx
            told = call_routes.explain(
                ctx,
                args.get("number", ""),
                caller=args.get("from", ""),
                at=args.get("at", ""),
                zone=args.get("zone", ""),
                outcomes=args.getlist("outcome"),
            )
        return _json(told)

    @contextmanager
    def _ledgers(self, eyes: str = "") -> Iterator[tuple[str, Ledgers]]:
        profiles = self.universe_of(flask.request.environ).profiles
        with self._asking(eyes) as asker:
            ctx = asker.inside_one_account()
            yield asker.dialect.name, Ledgers(self.dialects, profiles, ctx)

    def _asking(self, eyes: str = "") -> AbstractContextManager[Asker]:
        universe = self.universe_of(flask.request.environ)
        return asking(universe, self.dialects, eyes, self.limiter)

    def exposition(self) -> flask.Response:
        """Prometheus metrics: for anybody on loopback, else for an admin key."""
        universe = self.universe_of(flask.request.environ)
        if not universe.settings.on_loopback and not self._is_admin():
            return _error(401, "unauthenticated", "an admin key is needed", CLOSED)
        return flask.Response(self.metrics.text(), content_type=measures.MEDIA)

    def _is_admin(self) -> bool:
        shown = Credentials.parse(flask.request.headers.get("Authorization"))
        universe = self.universe_of(flask.request.environ)
        with in_store(universe):
            ctx = universe.context()
            if shown.scheme == "bearer":
                principal = access.by_secret(ctx, shown.secret)
            elif shown.scheme == "basic":
                principal = access.by_pair(ctx, shown.user, shown.secret)
            else:
                return False
        return principal is not None and principal.scope is Scope.ADMIN

    # errors

    def failed(self, error: Exception) -> flask.Response:
        if isinstance(error, Unavailable):
            return _error(503, error.kind, "try again later", {"Retry-After": "1"})
        if isinstance(error, Limited):
            wait = {"Retry-After": str(error.retry_after)}
            return _error(429, error.kind, str(error), wait)
        if isinstance(error, Problem) and error.kind in REFUSALS:
            closed = CLOSED if error.kind == "unauthenticated" else None
            return _error(REFUSALS[error.kind], error.kind, str(error), closed)
        if not isinstance(error, HTTPException) or error.code is None or error.code >= 500:
            log.error("request failed", exc_info=error)
            return _error(500, "internal", "internal error")
        if error.code == 404:
            return self.not_found()
        response: Any = error.get_response()
        response.data = _body(error.name.lower().replace(" ", "_"), error.description or "")
        response.content_type = "application/json"
        return flask.Response(response.data, error.code, response.headers)

    def not_found(self) -> flask.Response:
        """The 404 of a path nobody serves, naming the paths that are served."""
        prefixes = {name: list(d.prefixes) for name, d in sorted(self.dialects.items())}
        text = f"nothing is served at {flask.request.path}"
        return _error(404, "not_found", text, prefixes=prefixes)

    def _document(self, name: str) -> dict[str, Any]:
        if name not in self.documents:
            flask.abort(404)
        environ = flask.request.environ
        return self.documents[name](base_url(environ, self.universe_of(environ).settings))


def _body(kind: str, text: str, **more: Any) -> bytes:
    return orjson.dumps({"error": {"kind": kind, "text": text, **more}})


def _error(
    status: int, kind: str, text: str, headers: Mapping[str, str] | None = None, **more: Any
) -> flask.Response:
    content = _body(kind, text, **more)
    return flask.Response(content, status, headers, content_type="application/json")


def _json(value: Any, status: int = 200) -> flask.Response:
    return flask.Response(orjson.dumps(value), status, content_type="application/json")
