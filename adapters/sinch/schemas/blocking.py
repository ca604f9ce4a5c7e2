"""Call blocking rules and added projects (vendor's client)."""

from __future__ import annotations

from adapters.sinch.schemas.common import (
    MAX_NAME,
    Paged,
    Sent,
    Sinch,
    create_time,
    own_id,
    project_id,
    update_time,
)
from gateway.wire import Length, Listed, Part, Pattern, Ref, Text, Word

DIRECTIONS = ("inbound", "outbound")
COUNTRY = Pattern(r"[A-Z]{2}|\*", "must be a country code of two letters, or *")
MATCH = Pattern(r"\+?[0-9*]{1,32}", "must be digits, with * for any")


def _country(attribute: str) -> Text:
    return Text(attribute=f"body.{attribute}", validate=COUNTRY)


def _match(attribute: str) -> Text:
    return Text(attribute=f"body.{attribute}", validate=MATCH)


class CallBlockingRule(Sent):
    """Calls that are not let through, by direction, countries and numbers."""

    id = own_id()
    name = Text(attribute="body.name", required=True, validate=Length(1, MAX_NAME))
    direction = Word(attribute="body.direction", words=DIRECTIONS, fold=True, required=True)
    callerCountry = _country("caller_country")
    calleeCountry = _country("callee_country")
    callerMatch = _match("caller_match")
    calleeMatch = _match("callee_match")
    createTime = create_time()
    updateTime = update_time()
    projectId = project_id()


class CallBlockingRules(Paged):
    callBlockingRules = Listed(Part(CallBlockingRule), attribute="items")


class AddProjects(Sent):
    projectIds = Listed(Ref("uuid", null=False), attribute="projects", required=True)


class AddedProjects(Sinch):
    addedProjects = Listed(Text(), attribute="projects")
