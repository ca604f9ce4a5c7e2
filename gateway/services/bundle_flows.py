"""The configs of flow nodes in bundles: they name other rows, of any kind and in circles, so they
are written when every row is in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from gateway.domain import flows
from gateway.domain.context import Context
from gateway.domain.words import NumberHandling
from gateway.models import FlowNode, Number
from gateway.models.prepared import P, Prepared, among
from gateway.services import flow_references, sealing
from gateway.services.bundle_kinds import uid_of
from gateway.services.bundle_reading import Entry, Faults

KIND = "flow_nodes"
CONFIG = "config"

_CONFIGURE = Prepared(lambda: FlowNode.update(config=P("config")).where(FlowNode.uid == P("uid")))

_LEAD = Prepared(
    lambda: Number.update(flow_node=P("node"), handling=P("flow")).where(
        among(Number.uid, "numbers") & Number.flow_node.is_null()
    )
)


class Configs:
    """The configs of a bundle, held back while its rows are placed."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._held = [(entry, entry.values.pop(CONFIG, None)) for entry in entries]

    def write(
        self, ctx: Context, known: Callable[[str], UUID | None], faults: Faults
    ) -> list[Entry]:
        """Resolve and store them; the entries whose stored config was another one."""
        changed = []
        for entry, given in self._held:
            stored = entry.stored.config if entry.stored is not None else {}
            try:
                config = _resolved(entry, stored if given is None else given, known, faults)
            except ValueError as why:
                faults.put(f"{entry.path}.{CONFIG}", "value", str(why))
                continue
            if faults:
                continue
            config = sealing.resealed(config, stored)
            if config != stored:
                _CONFIGURE.run(uid=entry.uid, config=config)
                _lead(entry, config)
                changed.append(entry)
            retyped = entry.stored is not None and entry.stored.type != _type(entry)
            if config != stored or retyped:
                flow_references.store(ctx, _uid(entry), _type(entry), config)
        return changed


def _lead(entry: Entry, config: Mapping[str, Any]) -> None:
    """Calls to the numbers of a start node start there, unless those are led elsewhere."""
    if _type(entry) is flows.FlowType.ROUTE_START:
        numbers = [UUID(text) for text in config.get("ddis") or ()]
        _LEAD.run(node=entry.uid, numbers=numbers, flow=NumberHandling.FLOW)


def _uid(entry: Entry) -> UUID:
    assert entry.uid is not None
    return entry.uid


def _type(entry: Entry) -> flows.FlowType:
    return flows.FlowType(entry.values.get("type") or entry.stored.type)


def _resolved(
    entry: Entry, config: Any, known: Callable[[str], UUID | None], faults: Faults
) -> dict[str, Any]:
    if not isinstance(config, Mapping):
        raise ValueError("must be an object")

    def uid(found: flows.Found) -> str:
        named = known(found.value) if isinstance(found.value, str) else None
        named = named or uid_of(found.value)
        if named is None:
            where = f"{entry.path}.{CONFIG}.{found.path}"
            faults.put(where, "reference", f"names no row of the file: {found.value}")
        return str(named)

    return flows.rewritten(_type(entry), config, uid)


def exported(config: Mapping[str, Any], secrets: bool) -> dict[str, Any]:
    """A config as a bundle has it: its secrets in clear, or left out."""
    if secrets:
        return sealing.opened(config)
    return {name: value for name, value in config.items() if name not in sealing.SECRETS}
