"""Call blocking rules and the projects a key may use (vendor's client)."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

from adapters.sinch.ids import ulid
from adapters.sinch.routes.common import CLIENTS, PROJECT, ids, paged
from adapters.sinch.schemas import blocking as wire
from adapters.sinch.schemas.common import PageQuery
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import call_blocking, scoping
from gateway.wire import REPLACE, Change

blp = Blueprint("call blocking rules", __name__, held=Held.HERE)

RULE, RULES, QUERY = wire.CallBlockingRule(), wire.CallBlockingRules(), PageQuery()
PROJECTS, ADDED = wire.AddProjects(), wire.AddedProjects()
ALL = PROJECT + "/callBlockingRules"
ONE = ALL + "/<id>"


@blp.operation(
    "GET", ALL, "getCallBlockingRules", query=QUERY, returns=RULES, path=ids(), provenance=CLIENTS
)
def get_rules(ctx: Context, project_id: str, query: Change) -> Any:
    """Rules of the project."""
    return paged(query, partial(call_blocking.search, ctx))


@blp.operation(
    "POST", ALL, "createCallBlockingRule", takes=RULE, returns=RULE, status=201, path=ids(),
    provenance=CLIENTS,
)  # fmt: skip
def create_rule(ctx: Context, project_id: str, change: Change) -> Any:
    """Create a rule."""
    return call_blocking.create(ctx, change["body"])


@blp.operation(
    "PUT", ONE, "updateCallBlockingRule", takes=RULE, mode=REPLACE, returns=RULE, path=ids("id"),
    provenance=CLIENTS,
)  # fmt: skip
def update_rule(ctx: Context, project_id: str, id: str, change: Change) -> Any:
    """Replace a rule."""
    return call_blocking.update(ctx, ulid(id), change["body"])


@blp.operation(
    "DELETE", ONE, "deleteCallBlockingRule", status=204, path=ids("id"), provenance=CLIENTS
)
def delete_rule(ctx: Context, project_id: str, id: str) -> None:
    """Delete a rule."""
    call_blocking.delete(ctx, ulid(id))


@blp.operation(
    "POST", PROJECT + "/addProjects", "addProjects", takes=PROJECTS, returns=ADDED, path=ids(),
    provenance=CLIENTS,
)  # fmt: skip
def add_projects(ctx: Context, project_id: str, change: Change) -> Any:
    """Have trunking on for projects: it is on for all that the key can see, which are named."""
    added = [scoping.inside_account(ctx, one).account_uid for one in change["projects"]]
    return SimpleNamespace(projects=[str(uid) for uid in dict.fromkeys(added)])
