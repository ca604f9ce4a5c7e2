"""A plan as people read it: what happens in order, then what is lost, and what is left to do."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.domain.migration import Action, Item, Plan, summary

_SIGNS = {
    Action.CREATE: "+", Action.CHANGE: "~", Action.DELETE: "-",
    Action.NONE: "=", Action.MANUAL: "?", Action.BLOCKED: "!",
}  # fmt: skip
NANO = 10**9


def text(plan: Plan) -> str:
    """Lines without colour, the same for the same plan."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    source, target = plan.dialects
    yield f"from {plan.source} ({source}) to {plan.target} ({target}), source {plan.digest[:12]}"
    yield ""
    for position, item in enumerate(plan.items, 1):
        yield f"{position:4} {_SIGNS[item.action]} {item.key}{_detail(item)}"
    yield from _section("losses", (line for item in plan.items for line in _losses(item)))
    yield from _section("needs", (line for item in plan.items for line in _needs(item)))
    hand = (f"{item.key}: {item.by_hand}" for item in plan.items if item.by_hand)
    yield from _section("by hand", hand)
    yield from _section("not understood of the providers' answers", iter(plan.unread))
    yield ""
    yield _counted(plan)
    yield f"readiness of {target}: {plan.score}%, policy {plan.policy}"
    if plan.refused:
        yield f"refused: {plan.refused}"


def _detail(item: Item) -> str:
    if item.action is Action.CHANGE:
        changed = (name for name in item.values if item.values[name] != item.before.get(name))
        pairs = (f"{name} {item.before.get(name)} -> {item.values[name]}" for name in changed)
        return f": {', '.join(sorted(pairs))}"
    return f": {item.why}" if item.why else ""


def _losses(item: Item) -> Iterator[str]:
    for loss in item.losses:
        yield f"{item.key}: {loss.object}.{loss.member}: {loss.why}"


def _needs(item: Item) -> Iterator[str]:
    for path, why in item.needs.items():
        yield f"{item.key}: {path}: {why}"


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield f"{title}:"
        yield from (f"  {line}" for line in found)


def _counted(plan: Plan) -> str:
    counts = summary(plan)
    usual = (action for action in Action if action is not Action.DELETE or counts[str(action)])
    told = ", ".join(f"{counts[str(action)]} {action}" for action in usual)
    cost = counts["monthly_cost_nano"] / NANO
    unknown = f", {counts['unpriced']} without a known price" if counts["unpriced"] else ""
    return f"{told}; {cost:.2f} a month for new numbers{unknown}"
