"""What adapters build routes with: one decorator that declares an operation, and short helpers.

    @blp.operation("POST", "/v2/things", "createThing", takes=NEW_THING, returns=THING, status=201)
    def create_thing(ctx, change):
        return things.create(ctx, change)

The decorated function gets the context, the path's parameters (`AccountSid` as `account_sid`),
`query` and `change` where the operation declares them, calls one service and returns a row, rows or
an `Answer`. Everything else (reading, presenting, documenting, closing the route to strangers)
follows from the declaration.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import flask
import flask_smorest
import gevent
import orjson
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter

from gateway.dialect import BodyRules, Dialect
from gateway.domain.context import Context
from gateway.domain.problems import Conflict, Invalid, Malformed, NotFound
from gateway.http import body as bodies
from gateway.http.lifecycle import Lifecycle, current, read_body
from gateway.http.openapi import Api, phrase
from gateway.services import aliases, forwarding
from gateway.wire import CREATE, Change, Mode, View, Wire, compile_presenter
from gateway.wire.schema import Refused

log = logging.getLogger(__name__)

Handler = Callable[..., Any]
LOSS = "X-Polytrunk-Loss"
MOST_LOSSES = 20
WHOLE = 1000
REMARKABLE = 10_000
SEED = "seed"
DIALECT = "polytrunk.dialect"


@dataclass(frozen=True)
class Answer:
    """A result with another status or headers than the operation declares."""

    value: Any = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Held(StrEnum):
    """Who has what an operation is about: nobody keeps it as inventory; providers may, so that
    changes go through to them; or we alone do, whatever providers hold the account."""

    NOT = "not"
    SHARED = "shared"
    HERE = "here"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path.

    `takes` is read in `mode` and handed over as `change`; with mode None the function reads it
    itself by `change()`, as it must where a stored row comes into it. `body` says how the body is
    read where that is not the dialect's usual way. `also` maps further success
    statuses to their schemas. `rate` is a limit of its own, requests a second and at once, where
    limits are on at all. `raw` is the JSON Schema of an answer that is no JSON: the function
    returns its octets. `held` says who has what it is about, `before` asks providers what a change
    must know, and is called like the function, without what was read. `provenance` says where an
    operation comes from that the seed does not have.
    """

    id: str
    method: str
    rule: str
    handler: Handler
    status: int = 200
    returns: Wire | None = None
    takes: Wire | None = None
    body: BodyRules | None = None
    mode: Mode | None = CREATE
    query: Wire | None = None
    public: bool = False
    rate: tuple[float, int] | None = None
    provenance: str = SEED
    errors: tuple[int, ...] = ()
    also: Mapping[int, Wire | None] = field(default_factory=dict)
    media_type: str = ""
    raw: Mapping[str, Any] | None = None
    held: Held = Held.NOT
    before: Callable[..., None] | None = None
    body_required: bool = True
    summary: str = ""
    tags: tuple[str, ...] = ()
    path: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    doc: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, **values: Any) -> flask.Response:
        """Serve the current request."""
        try:
            result = self._result(flask.g.ctx, values)
        except Refused:
            raise
        except (Invalid, Conflict) as problem:
            raise self.at_wire(problem) from None
        if isinstance(result, flask.Response):
            return result
        answer = result if isinstance(result, Answer) else Answer(result)
        response = self.respond(answer)
        if lost := flask.g.ctx.notes.get(forwarding.LOSSES):
            response.headers[LOSS] = told_losses(lost, self._member)
        return response

    def _result(self, ctx: Context, values: Mapping[str, Any]) -> Any:
        """What the function makes of the request; what providers hold, too, goes through to them,
        and may read the request more than once."""

        def work() -> Any:
            given = dict(values)
            if self.query is not None:
                given["query"] = query(self.query)
            if self.takes is not None and self.mode is not None:
                given["change"] = change(self.takes, self.mode)
            return self.handler(ctx, **given)

        if self.before is not None:
            self.before(ctx, **values)
        if self.held is Held.NOT or self.method == "GET":
            return work()
        if self.held is Held.HERE:
            return forwarding.only_here(ctx, self.id, work)
        return forwarding.through(ctx, work)

    def at_wire(self, problem: Invalid | Conflict) -> Invalid | Conflict:
        """A service's refusal, which names attributes, in the members the client sent."""
        if not problem.fields:
            return problem
        found = {self._member(a): why for a, why in problem.fields.items()}
        return type(problem)(problem.text, fields=found)

    def _member(self, attribute: str) -> str:
        """Where the client sent an attribute; the attribute itself where it could not."""
        sent = body() if self.takes is not None else {}
        schemas = (schema for schema in (self.takes, self.query) if schema is not None)
        found = (schema.path_of(attribute, sent) for schema in schemas)
        return next(filter(None, found), attribute)

    def respond(self, answer: Answer) -> flask.Response:
        status = answer.status or flask.g.profile.status.get(self.id, self.status)
        schema = self.also.get(status, self.returns)
        if isinstance(answer.value, bytes):
            return self._made(answer.value, status, answer)
        if schema is None or answer.value is None:
            empty = flask.Response(b"", status, answer.headers)
            empty.headers.pop("Content-Type", None)
            return empty
        if schema.many and len(answer.value) > WHOLE:
            return self._made(_in_pieces(schema, answer.value), status, answer)
        return self._made(orjson.dumps(present(schema, answer.value)), status, answer)

    def _made(self, content: Any, status: int, answer: Answer) -> flask.Response:
        return flask.Response(content, status, answer.headers, content_type=self.media)

    @property
    def media(self) -> str:
        return self.media_type or _dialect().media_type


def _dialect() -> Dialect:
    return flask.current_app.extensions[DIALECT]  # type: ignore[no-any-return]


# helpers for route functions


def ctx() -> Context:
    return flask.g.ctx  # type: ignore[no-any-return]


def view() -> View:
    """What answers of this request depend on: profile, aliases primed in the context, links."""
    _, g = current()
    return View(g.profile, g.ctx.notes.get("aliases", {}), g.ctx.base_url)


def peer_address() -> str:
    """Where the request came from, by the nearest proxy that is trusted. A request without a
    connection was made inside this process."""
    return str(flask.request.environ.get("REMOTE_ADDR", "127.0.0.1"))


def body() -> Any:
    """The request's body, as `lifecycle.read_body` reads it."""
    return read_body(flask.g.operation.body or _dialect().body)


def change(schema: Wire, mode: Mode = CREATE, row: Any = None) -> Change:
    """The body read by a schema; a body that is no object is Malformed."""
    value = body()
    if not isinstance(value, dict):
        raise Malformed("the body must be an object")
    return schema.change(value, mode, flask.g.profile, row)


def query(schema: Wire) -> Change:
    """The query read by a schema; a name given several times is a list."""
    given = bodies.gathered(flask.request.args.items(multi=True))
    return schema.change(given, CREATE, flask.g.profile)


def present(schema: Wire, value: Any) -> Any:
    """A row, or rows for a `many` schema, as the wire object; a hidden row is NotFound."""
    _prime(schema, value)
    show, seen = compile_presenter(schema, flask.g.profile), view()
    if schema.many:
        return [show(row, seen) for row in value if not schema.hides or schema.shows(row)]
    if schema.hides and not schema.shows(value):
        raise NotFound()
    return show(value, seen)


def _prime(schema: Wire, value: Any) -> None:
    """Look up the ids that somebody else gave to what the answer names: one query, if there are."""
    made: Context = flask.g.ctx
    if made.principal is None or not made.principal.has_aliases:
        return
    rows = value if schema.many else (value,)
    uids = {uid for row in rows for uid in schema.named(row)}
    made.notes["aliases"] = aliases.of_objects(made, uids)


def told_losses(lost: Sequence[forwarding.Lost], member: Callable[[str], str]) -> str:
    """A header of structured items: the connection, with the member and the reason as parameters.
    At most MOST_LOSSES, the last one then says how many more there are."""

    def quoted(text: str) -> str:
        plain = text.encode("ascii", "replace").decode().replace("\\", "\\\\")
        return '"' + plain.replace('"', '\\"') + '"'

    shown = lost[:MOST_LOSSES]
    items = [
        f"{quoted(one.connection)};member={quoted(_named(one, member))};why={quoted(one.why)}"
        for one in shown
    ]
    if more := len(lost) - len(shown):
        items.append(f'"";more={more}')
    return ", ".join(items)


def _named(one: forwarding.Lost, member: Callable[[str], str]) -> str:
    """The member the client sent, else the one its dialect would show."""
    found = member(one.attribute)
    return one.member if found == one.attribute else found


def _in_pieces(schema: Wire, rows: Sequence[Any]) -> Iterator[bytes]:
    """A long list, written piece by piece so that other requests go on in between."""
    if len(rows) > REMARKABLE:
        log.warning("a list of %d rows was asked for", len(rows))
    _prime(schema, rows)
    show, seen = compile_presenter(schema, flask.g.profile), view()
    shown = [row for row in rows if not schema.hides or schema.shows(row)]

    def pieces() -> Iterator[bytes]:
        start = b"["
        for first in range(0, len(shown), WHOLE):
            written = orjson.dumps([show(row, seen) for row in shown[first : first + WHOLE]])
            yield start + written[1:-1]
            start = b","
            gevent.sleep(0)
        yield b"[]" if start == b"[" else b"]"

    return pieces()


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A group of operations; its name is their default tag. `held` is what they are about."""

    def __init__(
        self, name: str, import_name: str, *, held: Held = Held.NOT, **options: Any
    ) -> None:
        super().__init__(name, import_name, **options)
        self.held = held
        self.operations: list[Operation] = []

    def operation(
        self, method: str, rule: str, id: str, **declared: Any
    ) -> Callable[[Handler], Handler]:
        """Declare an operation; may be stacked to serve one function under several paths."""

        def decorator(handler: Handler) -> Handler:
            told = {"held": self.held, **declared}
            made = Operation(id=id, method=method, rule=rule, handler=handler, **told)
            self._serve(made)
            return handler

        return decorator

    def _serve(self, operation: Operation) -> None:
        names = {name: snake(name) for name in _variables(operation.rule)}

        def run(**values: Any) -> flask.Response:
            return operation(**{names[name]: value for name, value in values.items()})

        run.operation = operation  # type: ignore[attr-defined]
        self.operations.append(operation)
        flask.Blueprint.add_url_rule(
            self,
            operation.rule,
            operation.id,
            run,
            methods=[operation.method],
            provide_automatic_options=False,
        )

    def register_views_in_doc(
        self, api: Api, app: flask.Flask, spec: Any, *, name: str, parameters: Any
    ) -> None:
        """Write the operations into the document."""
        for operation in self.operations:
            if not api.profile.serves(operation.provenance):
                continue
            rule = next(app.url_map.iter_rules(f"{name}.{operation.id}"))
            docs = {operation.method.lower(): _documented(operation, api, name)}
            spec.path(rule=rule, operations=docs)


def _variables(rule: str) -> list[str]:
    return re.findall(r"<(?:\w+:)?(\w+)>", rule)


def snake(name: str) -> str:
    """The name a path's variable has in Python: `AccountSid` -> `account_sid`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    names, text = _variables(operation.rule), {"type": "string"}
    return [
        {"in": "path", "name": name, "required": True, "schema": operation.path.get(name, text)}
        for name in names
    ]


def _documented(operation: Operation, api: Api, tag: str) -> dict[str, Any]:
    dialect = api.dialect
    summary = operation.summary or (operation.handler.__doc__ or "").strip().partition("\n")[0]
    found: dict[str, Any] = {
        "operationId": operation.id,
        "tags": list(operation.tags or (tag,)),
        "responses": _responses(operation, api),
        "x-provenance": operation.provenance,
        **operation.doc,
    }
    if summary:
        found["summary"] = summary.rstrip(".")
    parameters: list[dict[str, Any]] = _path_parameters(operation)
    if operation.query is not None:
        parameters.append({"in": "query", "schema": operation.query})
    if parameters:
        found["parameters"] = parameters
    if operation.takes is not None:
        media = operation.media_type or dialect.media_type
        if operation.body is not None and operation.body.accepted:
            media = operation.body.accepted[0]
        found["requestBody"] = {
            "required": operation.body_required,
            "content": {media: {"schema": operation.takes}},
        }
    if operation.public:
        found["security"] = []
    if operation.provenance != SEED:
        found["x-beyond-the-seed"] = True
    return found


def _responses(operation: Operation, api: Api) -> dict[str, Any]:
    media = operation.media_type or api.dialect.media_type
    found: dict[str, Any] = {}
    for status, schema in {operation.status: operation.returns, **operation.also}.items():
        response: dict[str, Any] = {"description": phrase(status)}
        if schema is not None:
            response["content"] = {media: {"schema": schema}}
        elif operation.raw is not None and status == operation.status:
            response["content"] = {media: {"schema": dict(operation.raw)}}
        found[str(status)] = response
    for status in sorted({*api.dialect.error_statuses, *operation.errors}):
        asked = status in operation.errors or not operation.public
        if status == HTTPStatus.UNAUTHORIZED and not asked:
            continue
        found.setdefault(str(status), api.error(status))
    return found


class NoSessions(SessionInterface):
    """Nobody signs in with a cookie: one empty session for all requests."""

    def __init__(self) -> None:
        self.none = NullSession()

    def open_session(self, app: flask.Flask, request: flask.Request) -> NullSession:
        return self.none


class DialectApp(flask.Flask):
    """Flask without what costs each request something and an API has no use for: sessions, hosts in
    routes, and the question, asked at every call, whether a function is a coroutine."""

    session_interface = NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func

    def create_url_adapter(self, request: flask.Request | None) -> MapAdapter | None:
        if request is None:
            return None
        return MapAdapter(
            self.url_map, "", request.root_path, "", request.scheme, request.path, request.method
        )


def make_app(
    dialect: Dialect, lifecycle: Lifecycle, max_body_bytes: int, profile_name: str = ""
) -> flask.Flask:
    """The Flask app of one dialect, its document at `app.extensions["polytrunk.api"]`."""
    app = DialectApp(f"polytrunk.{dialect.name}", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.config.update(MAX_CONTENT_LENGTH=max_body_bytes + 1)
    app.extensions[DIALECT] = dialect
    api = Api(app, dialect, dialect.profile(profile_name))
    app.extensions["polytrunk.api"] = api
    blueprints: Sequence[Any] = dialect.blueprints()
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    lifecycle.install(app)
    return app
