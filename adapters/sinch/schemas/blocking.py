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


def _country(name: str) -> Text:
    return Text(name, attribute=f"body.{name}", validate=COUNTRY)


def _match(name: str) -> Text:
    return Text(name, attribute=f"body.{name}", validate=MATCH)


class CallBlockingRule(Sent):
    """Calls that are not let through, by direction, countries and numbers."""

    id = own_id()
    name = Text(attribute="body.name", required=True, validate=Length(1, MAX_NAME))
    direction = Word(attribute="body.direction", words=DIRECTIONS, fold=True, required=True)
    callerCountry = _country("callerCountry")  # noqa: N815
    calleeCountry = _country("calleeCountry")  # noqa: N815
    callerMatch = _match("callerMatch")  # noqa: N815
    calleeMatch = _match("calleeMatch")  # noqa: N815
    createTime = create_time()  # noqa: N815
    updateTime = update_time()  # noqa: N815
    projectId = project_id()  # noqa: N815


class CallBlockingRules(Paged):
    callBlockingRules = Listed(Part(CallBlockingRule), attribute="items")  # noqa: N815


class AddProjects(Sent):
    projectIds = Listed(Ref("uuid"), attribute="projects", required=True)  # noqa: N815


class AddedProjects(Sinch):
    addedProjects = Listed(Text(), attribute="projects")  # noqa: N815
