"""What an adapter declares about its dialect, and how adapters are found.

An adapter package has one `DIALECT`. Everything the core does differently for a dialect
is data or a function in here; the core never asks for a dialect by name.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.domain import verbs
from gateway.domain.context import Context
from gateway.domain.events import EngineStatus, Event, HookRequest
from gateway.domain.hooks import HookPolicy
from gateway.domain.moves import Move
from gateway.domain.principal import Principal
from gateway.domain.problems import Problem
from gateway.wire.ledger import Shape
from gateway.wire.profile import DOCUMENTED, Profile
from gateway.wire.provider import Provider

ADAPTERS = "adapters"
ERROR_STATUSES = (401, 404, 405, 413, 415, 429, 500, 503)


@dataclass(frozen=True)
class Credentials:
    """What a request shows of who it is. `scheme` is lower case, empty without a usable header.

    `user` is set for Basic; `secret` is its password, or the token of Bearer. `query` and `path`
    are the decoded parameters, for dialects that put a token or an account there; `body` reads the
    members of the body, none of a body that cannot be read, for those that put a token there.
    """

    scheme: str = ""
    user: str = ""
    secret: str = field(default="", repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, Any] = field(default_factory=dict)
    body: Callable[[], Mapping[str, Any]] = dict

    @classmethod
    def parse(
        cls,
        header: str | None,
        query: Mapping[str, str] | None = None,
        path: Mapping[str, Any] | None = None,
        body: Callable[[], Mapping[str, Any]] = dict,
    ) -> Credentials:
        """Read an Authorization header; one that cannot be read gives an empty scheme."""
        scheme, _, rest = (header or "").strip().partition(" ")
        scheme, rest, user = scheme.lower(), rest.strip(), ""
        if scheme == "basic":
            try:
                text = base64.b64decode(rest, validate=True).decode("utf-8")
            except (binascii.Error, ValueError):
                text = ""
            user, colon, rest = text.partition(":")
            if not colon:
                scheme = user = ""
        return cls(scheme, user, rest, query or {}, path or {}, body)


@dataclass(frozen=True)
class ErrorView:
    """What an error body may say besides the problem. `allowed` are the methods of a 405,
    `operation` is the id of the operation that was asked for, empty where there is none; `scope` is
    the caller's, empty for somebody unknown; `at` is the universe's time, where one is known."""

    profile: Profile = DOCUMENTED
    request_id: str = ""
    method: str = ""
    path: str = ""
    allowed: tuple[str, ...] = ()
    operation: str = ""
    scope: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Rendered:
    """An error as it goes out; `body` is any JSON value, or None for an empty body.

    With `media` text/plain or text/html the body is text and goes out as it is.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = ""


@dataclass(frozen=True)
class BodyRules:
    """How request bodies are read. JSON is read whatever the media type says, except:

    `refused` media types (`image/png`, or `image/*`) get 415, and where `accepted` lists any, all
    others do, but a body that names none is read; with `forms` true a
    form-encoded body is read as an object of texts, with `nested_forms` a name like `hook[url]`
    stands for a member of a member. `repeated_keys` false refuses an object that names a member
    twice.
    """

    refused: frozenset[str] = frozenset()
    accepted: tuple[str, ...] = ()
    forms: bool = False
    nested_forms: bool = False
    repeated_keys: bool = False


Authenticate = Callable[[Context, Credentials], Principal | None]
RenderProblem = Callable[[Problem, ErrorView], Rendered]
ErrorContent = Callable[[Profile], Mapping[str, Mapping[str, Any]]]
RenderEvent = Callable[[Event, Profile], HookRequest | None]


ReadEngineStatus = Callable[[Mapping[str, Any]], EngineStatus]
ReadVerbs = Callable[[Any], list[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One provider's REST dialect.

    `prefixes` are native path prefixes, each starting and ending with a slash. `blueprints` is
    called when an app is made, so declaring needs no web framework. `authenticate` answers None
    (or raises Unauthenticated) when the credentials open nothing. `error_schema` is the wire class
    of error bodies, `error_content` tells what a profile answers with instead (JSON schemas by
    media type); `error_statuses` are documented on every operation. `rules` is the closed set
    its profiles may name. `contract` is a file name in fixtures/contracts. With `cors` any web page
    may call the API: answers say so, and OPTIONS is answered before anybody is asked who it is.
    `engine_status` reads what a feature server tells of its calls; ValueError for what it cannot.
    `read_verbs` turns what a call hook answers (the JSON) into the core's verbs; BadVerbs for what
    it cannot. `events` answers None for an event that this dialect does not tell. With `replies` a
    subscriber may answer the webhook of an arriving message with verbs to obey.
    `kinds`, called like `blueprints`, says which wire objects stand for kinds of the core, and
    `provider` how accounts at a real provider of the dialect are read; `moves`, called likewise,
    what such an account can be told when another one moves there.
    """

    name: str
    title: str
    prefixes: tuple[str, ...]
    blueprints: Callable[[], Sequence[Any]]
    authenticate: Authenticate
    render_problem: RenderProblem
    version: str = "1"
    profiles: Mapping[str, Profile] = field(default_factory=lambda: {"documented": DOCUMENTED})
    default_profile: str = "documented"
    rules: frozenset[str] = frozenset()
    media_type: str = "application/json"
    error_media: str = "application/json"
    error_schema: Any = None
    error_content: ErrorContent | None = None
    error_statuses: tuple[int, ...] = ERROR_STATUSES
    challenge: str = ""
    security: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    body: BodyRules = BodyRules()
    plus_is_plus: bool = False
    folds_path_case: bool = False
    cors: bool = False
    events: RenderEvent | None = None
    replies: bool = False
    hook_policy: HookPolicy = field(default_factory=HookPolicy)
    kinds: Callable[[], Mapping[str, Sequence[Shape]]] = dict
    provider: Callable[[], Provider] | None = None
    moves: Callable[[], Sequence[Move]] = tuple
    engine_status: ReadEngineStatus | None = None
    read_verbs: ReadVerbs = verbs.parse
    contract: str = ""
    server_url: str = ""

    def __post_init__(self) -> None:
        if self.default_profile not in self.profiles:
            raise ValueError(f"{self.name}: no profile {self.default_profile!r}")
        for prefix in self.prefixes:
            if not (prefix.startswith("/") and prefix.endswith("/") and len(prefix) > 1):
                raise ValueError(f"{self.name}: prefix {prefix!r} must look like /v2/")
        for profile in self.profiles.values():
            if unknown := profile.rules - self.rules:
                raise ValueError(f"{self.name}: profile {profile.name}: unknown rules {unknown}")

    def profile(self, name: str = "") -> Profile:
        """The named profile, the default one for an empty name; ValueError for an unknown name."""
        try:
            return self.profiles[name or self.default_profile]
        except KeyError:
            known = ", ".join(sorted(self.profiles))
            raise ValueError(f"{self.name} has no profile {name!r}, only {known}") from None


def discover(package: str = ADAPTERS) -> dict[str, Dialect]:
    """All dialects of the adapters package, by name; a folder without DIALECT is an error."""
    found: dict[str, Dialect] = {}
    for entry in pkgutil.iter_modules(importlib.import_module(package).__path__):
        dialect = importlib.import_module(f"{package}.{entry.name}").DIALECT
        if dialect.name != entry.name:
            raise ValueError(f"adapter {entry.name} declares the dialect {dialect.name!r}")
        found[dialect.name] = dialect
    return found
