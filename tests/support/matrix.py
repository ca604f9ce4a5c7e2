"""What a dialect tells the tenant matrix: a world, credentials, one request an operation.

A dialect joins by a module `tests.adapters.<name>.samples` with `SAMPLES`. The matrix is made from
the route table, so an operation without a sample is a failure, not a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Send = Callable[..., Any]
"""`send(method, path, body, headers=None)` as the owner, the answer's JSON."""


@dataclass(frozen=True)
class Sample:
    """A request that succeeds for the account that owns what it names.

    `values` fill the path, `body` is sent as JSON, or with `form` as a form. `foreign` is the
    status for a stranger's valid credential: 404 where the path names an object of the account,
    None where the operation serves each account its own things (then nothing of the owner may
    show). `another` is a different body that succeeds, given where an Idempotency-Key is honoured.
    `owner` and `stranger` are headers for an operation that the dialect's usual ones do not open;
    they may name what `prepare` made.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    query: str = ""
    foreign: int | None = None
    another: Any = None
    owner: Mapping[str, str] | None = None
    stranger: Mapping[str, str] | None = None
    form: bool = False


@dataclass(frozen=True)
class Paging:
    """How a dialect's lists are cut. `limit` and `offset` are names of query parameters.

    `ids(body)` names the rows of a page; `itself(body)` and `following(body)` are its links, None
    where it has none.
    """

    limit: str
    offset: str
    ids: Callable[[Any], list[str]]
    itself: Callable[[Any], str | None]
    following: Callable[[Any], str | None]


@dataclass(frozen=True)
class Samples:
    """`refused` maps a kind of credential to (its header, the status it gets everywhere).

    `prepare(send)` makes what cannot stand in the bundle, as the owner, and gives its path values.
    `marks` are texts that only the owner's data holds. `narrower` names, by operation, what the
    served document knowingly does not have of the contract (in the words of `shapes.Comparison`).
    `crowd(n, made)` is a bundle with n more rows for each list, `made` what `prepare` gave.
    `state_refused` names operations whose valid request may be refused because of what is stored
    already, with these statuses; a document cannot say that. `wide` names those of them with bodies
    of so many forms that only an owner tries each. `stateless` names operations that ask
    the database nothing, `writing` those that write although they are a GET, `closing` those by
    which the owner may come to an end, with the path value that does it. `fixed` are path
    parameters without which every request is a stranger's.
    """

    bundle: Callable[[], dict[str, Any]]
    owner: Mapping[str, str]
    stranger: Mapping[str, str]
    refused: Mapping[str, tuple[Mapping[str, str], int]]
    operations: Mapping[str, Sample]
    marks: tuple[str, ...]
    prepare: Callable[[Send], Mapping[str, str]] = lambda send: {}
    state_refused: Mapping[str, Sequence[int]] = field(default_factory=dict)
    wide: tuple[str, ...] = ()
    stateless: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    writing: tuple[str, ...] = ()
    closing: Mapping[str, str] = field(default_factory=dict)
    narrower: Mapping[str, Sequence[str]] = field(default_factory=dict)
    paging: Paging | None = None
    crowd: Callable[[int, Mapping[str, str]], dict[str, Any]] = lambda n, made: {"polytrunk": 1}
