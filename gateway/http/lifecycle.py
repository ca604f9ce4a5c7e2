"""What happens around every request of a dialect: universe, connection, caller, limit, request id.

Order: the universe is entered and a connection allowed, the route is found, the caller proves who
it is, the rate limit counts, and only then the body is read (by the operation). A route is closed
unless its operation says it is public.
"""

from __future__ import annotations

import logging
import random
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import flask

from gateway.dialect import BodyRules, Credentials, Dialect, ErrorView
from gateway.domain.context import CHANGES, OPERATION, Context, Engine
from gateway.domain.problems import Invalid, NotFound, Problem, TooLarge, Unauthenticated
from gateway.http import body as bodies
from gateway.http.errors import allowed_methods, error_response
from gateway.http.limits import RateLimiter
from gateway.http.metrics import Metrics
from gateway.http.paths import CaseFolder
from gateway.http.proxies import Environ, base_url
from gateway.http.routing import Owners
from gateway.models.database import connection
from gateway.wire.profile import Profile

if TYPE_CHECKING:
    from gateway.universe import Universe

log = logging.getLogger("gateway.access")
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
MAX_IDEMPOTENCY_KEY = 255
CORS_METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE"
UNIVERSE, STARTED = "polytrunk.universe", "polytrunk.started"

UniverseOf = Callable[[Environ], "Universe"]


class Lifecycle:
    """Installed once in each dialect's Flask app."""

    def __init__(
        self,
        dialect: Dialect,
        universe_of: UniverseOf,
        limiter: RateLimiter | None = None,
        metrics: Metrics | None = None,
        engine: Engine | None = None,
        reach: Any = None,
    ) -> None:
        self.dialect, self.universe_of, self.engine = dialect, universe_of, engine
        self.reach = reach
        self.limiter, self.metrics = limiter, metrics
        self.limiters: dict[str, RateLimiter] = {}
        self.fold: Callable[[str], str] | None = None
        self.owners: dict[str, Owners] = {}

    def install(self, app: flask.Flask) -> None:
        """Wrap the app; call when all its routes are known."""
        for profile in self.dialect.profiles.values():
            rules = [rule for rule in app.url_map.iter_rules() if _served(app, rule, profile)]
            self.owners[profile.name] = Owners(rules)
        if self.dialect.folds_path_case:
            self.fold = CaseFolder(rule.rule for rule in app.url_map.iter_rules())
        app.wsgi_app = self._around(app.wsgi_app)  # type: ignore[method-assign]
        if self.dialect.cors:
            app.before_request(_preflight)
            app.after_request(_open_to_pages)
        app.before_request(self._begin)
        app.after_request(self._finish)
        app.register_error_handler(Exception, self._failed)

    def _around(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
            environ[STARTED] = time.perf_counter()
            self._tidy(environ)
            universe = environ.get(UNIVERSE) or self.universe_of(environ)
            environ[UNIVERSE] = universe
            with in_store(universe):
                return inner(environ, start_response)  # type: ignore[no-any-return]

        return serve

    def _tidy(self, environ: Environ) -> None:
        if self.dialect.plus_is_plus and "+" in environ.get("QUERY_STRING", ""):
            environ["QUERY_STRING"] = environ["QUERY_STRING"].replace("+", "%2B")
        if self.fold is not None:
            environ["PATH_INFO"] = self.fold(environ["PATH_INFO"])

    def _begin(self) -> None:
        request, g = current()
        universe: Universe = request.environ[UNIVERSE]
        g.profile = self.dialect.profile(universe.profiles.get(self.dialect.name, ""))
        g.ctx = ctx = Context(
            universe.runtime,
            universe.settings,
            dialect=self.dialect.name,
            profile=g.profile.name,
            request_id=_request_id(request.headers.get("X-Request-ID"), universe.runtime.rng),
            base_url=base_url(request.environ, universe.settings),
            engine=self.engine,
            ports=universe.ports,
            mount=universe.mount,
            reach=universe.reach or self.reach,
        )
        self._owned(request, g.profile)
        if request.routing_exception is not None:
            return
        if "\0" in request.path:
            raise NotFound()  # no id has one, and no database takes it
        g.operation = operation = operation_of(request)
        if operation is not None:
            ctx.notes[OPERATION] = operation.id
            ctx.notes[CHANGES] = operation.method != "GET"
        if operation is None or not operation.public:
            ctx.principal = self._authenticated(ctx, request)
        caller = ctx.principal.actor if ctx.principal else request.remote_addr
        self._count(caller)
        self._count_here(operation, caller)
        ctx.idempotency_key = _idempotency_key(request.headers.get("Idempotency-Key"))

    def _owned(self, request: flask.Request, profile: Profile) -> None:
        """A path that one route spells out is not another's, whatever the method; what a profile
        does not serve is not there."""
        owners = self.owners[profile.name]
        found: Any = request.routing_exception
        operation = operation_of(request)
        if operation is not None and not profile.serves(operation.provenance):
            request.routing_exception = owners.unserved(request.path)
        elif found is not None:
            request.routing_exception = owners.narrowed(found, request.path)
        elif request.url_rule is not None:
            request.routing_exception = owners.refusal(request.url_rule.rule, request.path)

    def _count(self, key: str | None) -> None:
        if self.limiter is not None:
            self.limiter.check(_of_universe(key))

    def _count_here(self, operation: Any, key: str | None) -> None:
        """The limit of a single operation, beside the one of all."""
        rate = getattr(operation, "rate", None)
        if self.limiter is None or rate is None:
            return
        own = self.limiters.get(operation.id)
        if own is None:
            a_second, at_once = rate
            own = RateLimiter(a_second, at_once, self.limiter.clock)
            self.limiters[operation.id] = own
        own.check(_of_universe(key))

    def _authenticated(self, ctx: Context, request: flask.Request) -> Any:
        credentials = Credentials.parse(
            request.headers.get("Authorization"), request.args, request.view_args, self._members
        )
        try:
            principal = self.dialect.authenticate(ctx, credentials)
            if principal is None:
                raise Unauthenticated("the credentials are missing or wrong")
        except Unauthenticated:
            self._count(request.remote_addr)  # guessing is limited by address
            raise
        return principal

    def _members(self) -> dict[str, Any]:
        """The body for a credential that may be in it; what cannot be read holds none."""
        try:
            value = read_body(self.rules())
        except Problem:
            return {}
        return value if isinstance(value, dict) else {}

    def rules(self) -> BodyRules:
        """How the request's body is read: as the dialect says, unless the operation does."""
        _, g = current()
        return getattr(g.get("operation"), "body", None) or self.dialect.body

    def _failed(self, error: Exception) -> Any:
        return error_response(error, self.dialect, error_view(self.dialect, error))

    def _finish(self, response: flask.Response) -> flask.Response:
        request, g = current()
        ctx = g.get("ctx")
        if ctx is None:
            return response
        response.headers["X-Request-ID"] = ctx.request_id
        operation = g.get("operation")
        name = operation.id if operation else "none"
        seconds = time.perf_counter() - request.environ[STARTED]
        if self.metrics is not None:
            self.metrics.request(self.dialect.name, name, response.status_code, seconds)
        if ctx.settings.access_log:
            self._log(ctx, request, response, name, seconds)
        return response

    def _log(
        self,
        ctx: Context,
        request: flask.Request,
        response: flask.Response,
        operation: str,
        seconds: float,
    ) -> None:
        facts = {
            "request_id": ctx.request_id,
            "dialect": self.dialect.name,
            "operation": operation,
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "ms": round(seconds * 1000, 2),
            "actor": ctx.principal.actor if ctx.principal else None,
        }
        log.info("request", extra=facts)


def current() -> tuple[flask.Request, Any]:
    """The request and its namespace, looked up once: every use of the proxies costs a look-up."""
    found: Any = flask.request
    return found._get_current_object(), flask.g._get_current_object()  # type: ignore[attr-defined]


def error_view(dialect: Dialect, error: Exception) -> ErrorView:
    """What the answer to an error of the current request may speak of."""
    request, g = current()
    ctx = g.get("ctx")
    return ErrorView(
        profile=g.get("profile") or dialect.profile(),
        request_id=ctx.request_id if ctx else "",
        method=request.method,
        path=request.path,
        allowed=allowed_methods(error),
        operation=getattr(g.get("operation"), "id", ""),
        scope=str(ctx.principal.scope) if ctx and ctx.principal else "",
        at=ctx.runtime.now() if ctx else None,
    )


def read_body(rules: BodyRules) -> Any:
    """The request's body; an empty one is an empty object.

    Raises UnsupportedMedia, Malformed, and TooLarge above the bound. The framework lets one byte
    more through, since it cuts a chunked body at its bound without a word.
    """
    request, g = current()
    settings = g.ctx.settings
    raw = request.get_data(cache=True)
    if len(raw) > settings.max_body_bytes:
        raise TooLarge(f"the body is larger than {settings.max_body_bytes} bytes")
    media = request.mimetype
    if raw:
        encoding = request.headers.get("Content-Encoding", "")
        bodies.check_media(media, encoding, rules)
    return bodies.parse(raw, media, rules, settings.max_json_depth)


def _preflight() -> flask.Response | None:
    """What a browser asks before it lets a page call an API of another origin."""
    request, _ = current()
    if request.method != "OPTIONS":
        return None
    wanted = request.headers.get("Access-Control-Request-Headers", "Authorization, Content-Type")
    headers = {"Access-Control-Allow-Methods": CORS_METHODS, "Access-Control-Allow-Headers": wanted}
    return flask.Response(status=204, headers=headers)


def _open_to_pages(response: flask.Response) -> flask.Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _served(app: flask.Flask, rule: Any, profile: Profile) -> bool:
    operation = getattr(app.view_functions.get(rule.endpoint), "operation", None)
    return operation is None or profile.serves(operation.provenance)


def operation_of(request: flask.Request) -> Any:
    """The operation behind a matched request, None for anything else."""
    view = flask.current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "operation", None)


def _request_id(given: str | None, rng: random.Random) -> str:
    """The caller's, else a new one: it stands in error bodies, so it repeats as ids do."""
    if given and REQUEST_ID.fullmatch(given):
        return given
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _of_universe(key: str | None) -> str:
    """Equal callers of different universes are counted apart."""
    request, _ = current()
    return f"{request.environ[UNIVERSE].name} {key or ''}"


def _idempotency_key(given: str | None) -> str | None:
    key = (given or "").strip()
    if len(key) > MAX_IDEMPOTENCY_KEY:
        text = f"must have at most {MAX_IDEMPOTENCY_KEY} characters"
        raise Invalid.one("Idempotency-Key", "length", text)
    return key or None


@contextmanager
def in_store(universe: Universe) -> Iterator[None]:
    """Statements of the block reach the universe's database."""
    with universe.entered(), connection():
        yield


def store_answers(universe: Universe) -> None:
    """Raise what is wrong when the universe's database cannot be reached."""
    with in_store(universe):
        universe.store.database.execute_sql("SELECT 1")
