"""A dialect made for tests: small, but it uses every seam the kit has."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from uuid import UUID

from gateway.dialect import BodyRules, Dialect, Rendered
from gateway.domain.ids import new
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import InUse, Invalid, NotFound
from gateway.http.kit import Answer, Blueprint, body, change
from gateway.http.paging import Page, Window, next_url, self_url
from gateway.wire import (
    MERGE,
    Computed,
    Const,
    Flag,
    Group,
    Int,
    Length,
    Listed,
    Part,
    Profile,
    Range,
    Ref,
    Text,
    Wire,
    Word,
    apply,
)

MEDIA = "application/vnd.toy+json"
ACCOUNT = UUID("01930000-0000-7000-8000-00000000000a")
KEY = UUID("01930000-0000-7000-8000-00000000000b")
STATUS = {
    "invalid": 422,
    "malformed": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "in_use": 403,
    "conflict": 409,
    "too_large": 413,
    "unsupported_media": 415,
    "method_not_allowed": 405,
    "limited": 429,
    "unavailable": 503,
    "internal": 500,
}


class Toy(Wire):
    dialect = "toy"


class Thing(Toy):
    id = Ref("uuid", attribute="uid", dump_only=True)
    type = Const("thing")
    name = Text(required=True, validate=Length(min=1, max=20))
    size = Int(load_default=1, validate=Range(0, 100))
    active = Flag(attribute="is_active")
    color = Word(words=("red", "green"), fold=True)
    here = Computed(
        "self", out=lambda row, view: f"{view.base}/t1/things/{row.uid}", of=Text(), reads=("uid",)
    )


class ThingLinks(Toy):
    here = Computed("self", out=self_url, of=Text())
    next = Computed(out=next_url, of=Text(), omit_none=True)


class Things(Toy):
    items = Listed(Part(Thing))
    links = Group(ThingLinks)


class ThingQuery(Toy):
    limit = Int(load_default=2, validate=Range(1, 10))
    offset = Int(load_default=0, validate=Range(0))
    name = Text()


class ErrorItem(Toy):
    kind = Text(required=True)
    text = Text()
    request_id = Text()


class Error(Toy):
    error = Part(ErrorItem, required=True)


THING, THINGS, QUERY = Thing(), Things(), ThingQuery()
THING_CHANGE = Thing(partial=True)
MANY = Thing(many=True)


class Shelf:
    """What the toy keeps; one for each dialect object, so tests do not meet."""

    def __init__(self) -> None:
        self.rows: dict[UUID, SimpleNamespace] = {}
        self.seen: list = []

    def add(self, **values) -> SimpleNamespace:
        uid = new(1_700_000_000_000 + len(self.rows), len(self.rows))
        base = {"uid": uid, "name": "", "size": 1, "is_active": None, "color": None}
        row = SimpleNamespace(**{**base, **values})
        self.rows[uid] = row
        return row

    def get(self, text: str) -> SimpleNamespace:
        for row in self.rows.values():
            if str(row.uid) == text:
                return row
        raise NotFound("no such thing")


def blueprint(shelf: Shelf) -> Blueprint:
    blp = Blueprint("things", __name__, description="Things.")

    @blp.operation("GET", "/t1/things", "listThings", query=QUERY, returns=THINGS)
    def list_things(ctx, query):
        """List things."""
        named = {"name": query["name"]} if "name" in query else {}
        window = Window("/t1/things", query["limit"], query["offset"], named)
        rows = [r for r in shelf.rows.values() if r.name == query.get("name", r.name)]
        return Page.ask(window, lambda limit, offset: rows[offset : offset + limit])

    @blp.operation("POST", "/t1/things", "createThing", takes=THING, returns=THING, status=201)
    def create_thing(ctx, change):
        shelf.seen.append(ctx)
        if change["name"] == "taken":
            raise Invalid.one("is_active", "taken", "is taken")
        return shelf.add(**change)

    @blp.operation("GET", "/t1/things/<id>", "getThing", returns=THING)
    def get_thing(ctx, id):
        return shelf.get(id)

    @blp.operation(
        "PATCH", "/t1/things/<id>", "changeThing", takes=THING_CHANGE, mode=None, returns=THING
    )
    def change_thing(ctx, id):
        row = shelf.get(id)
        vars(row).update(apply(row, change(THING, MERGE, row)))
        return row

    @blp.operation(
        "DELETE", "/t1/things/<id>", "deleteThing", status=204, errors=(403,), provenance="facts"
    )
    def delete_thing(ctx, id):
        row = shelf.get(id)
        if row.name == "used":
            raise InUse("the thing is in use")
        del shelf.rows[row.uid]

    odd_corners(blp, shelf)
    return blp


def odd_corners(blp: Blueprint, shelf: Shelf) -> None:
    """Operations for one seam each."""

    @blp.operation("GET", "/t1/all", "allThings", returns=MANY)
    def all_things(ctx):
        return list(shelf.rows.values())

    @blp.operation("POST", "/t1/echo", "echo", public=True, also={202: None})
    def echo(ctx):
        shelf.seen.append(body())
        return Answer(None, 202, {"X-Echo": "1"})

    @blp.operation("GET", "/t1/fail", "fail")
    def fail(ctx):
        raise RuntimeError("secret detail")

    @blp.operation("GET", "/t1/Mixed/<Id>/Case", "mixed", public=True, returns=None)
    def mixed(ctx, id):
        shelf.seen.append(id)
        return Answer(None, 204)


def authenticate(ctx, credentials):
    if (credentials.scheme, credentials.user, credentials.secret) != ("basic", "key", "pa:ss"):
        return None
    return Principal(Scope.ACCOUNT, key_uid=KEY, account_uid=ACCOUNT)


def render_problem(problem, view):
    status = view.profile.status.get(problem.kind, STATUS[problem.kind])
    item = {"kind": problem.kind, "text": problem.text, "request_id": view.request_id}
    if problem.fields:
        item["fields"] = {p: [why.code for why in whys] for p, whys in problem.fields.items()}
    return Rendered(status, {"error": item})


PROFILES = {
    "documented": Profile("documented"),
    "observed": Profile(
        "observed", styles={"flag": "01"}, status={"createThing": 200, "method_not_allowed": 404}
    ),
}


def toy(shelf: Shelf | None = None, **changes) -> Dialect:
    shelf = shelf or Shelf()
    made = Dialect(
        name="toy",
        title="Toy things",
        prefixes=("/t1/",),
        blueprints=lambda: [blueprint(shelf)],
        authenticate=authenticate,
        render_problem=render_problem,
        profiles=PROFILES,
        media_type=MEDIA,
        error_media=MEDIA,
        error_schema=Error,
        challenge='Basic realm="toy"',
        security={"basicAuth": {"type": "http", "scheme": "basic"}},
        body=BodyRules(refused=frozenset({"image/*", "text/csv"})),
    )
    return replace(made, **changes)
