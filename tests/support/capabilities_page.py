"""docs/capabilities.md: what the dialects can do, and each for another, read off declarations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.dialect import Dialect
from gateway.http.capabilities import FATES, capabilities

HEAD = """# Capabilities

<!-- written by `make docs` from the declarations of the dialects; do not edit -->

The same as JSON: `GET /_gateway/capabilities`, open to everybody (`abilities` and `pairs`). Which
member is which, is in [Mapping](mapping.md); what becomes of the values of one row, or of an
account, is told by the ledgers ([Between dialects](operations.md#between-dialects)).
"""
PAIRS = """## From one dialect to another

How many members of the objects that a row has in the one dialect are *kept* in the other (written
alike), *converted* (in another form, or part of another member), *parked* (no member there; the
value stays with the row, and a provider is not told it), or *impossible* (no object there), in this
order. What every row has is left out: its id, its account, the times. A value may be impossible
where its member is not.
"""
HERE: Mapping[str, str] = {
    "operations": "operations served",
    "messages": "messages can be sent",
    "events": "webhooks",
    "replies": "answers to webhooks of messages are obeyed",
}
THERE: Mapping[str, str] = {
    "reads": "is read",
    "messages": "messages are sent there",
    "events": "its webhooks are understood",
    "connects": "is a platform that providers are connected to",
}
STEPS = ("create", "change", "delete")


def page(dialects: Mapping[str, Dialect]) -> str:
    told = capabilities(dialects)
    titles = {name: dialects[name].title for name in sorted(dialects)}
    parts = [_here(told, titles), _there(told, titles), _moves(told, titles), _pairs(told, titles)]
    return "\n".join([HEAD, *parts])


def _here(told: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    abilities = told["abilities"]
    rows = [[text, *(_cell(abilities[name][key]) for name in titles)] for key, text in HERE.items()]
    kinds = sorted({kind for one in abilities.values() for kind in one["kinds"]})
    for kind in kinds:
        shown = (abilities[name]["kinds"].get(kind, ()) for name in titles)
        rows.append([f"`{kind}`", *(_cell([f"`{one}`" for one in objects]) for objects in shown)])
    return _section("Served here", rows, titles)


def _there(told: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    providers = [told["abilities"][name]["provider"] or {} for name in titles]
    rows = [[text, *(_cell(one.get(key)) for one in providers)] for key, text in THERE.items()]
    return _section("An account at a provider", rows, titles)


def _moves(told: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """What a move writes; by hand and for good below the table."""
    moves = {name: told["abilities"][name]["moves"] for name in titles}
    kinds = {kind: None for known in moves.values() for kind in known}
    rows = [[f"`{kind}`", *(_written(moves[name].get(kind)) for name in titles)] for kind in kinds]
    notes = [
        f"* `{kind}` at {titles[name]}: {row[note]}"
        for name, known in moves.items()
        for kind, row in known.items()
        for note in ("by_hand", "lasting")
        if row[note]
    ]
    about = "What the parts of a kind are told with requests of their own stands in parentheses.\n"
    return "\n".join([_section("Written by a move", rows, titles), about, *notes, ""])


def _written(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    buys = ["bought"] if row["buys"] else []
    steps = [step for step in STEPS if row[step]] + buys
    parts = (f"({name}: {', '.join(s for s in STEPS if part[s])})"
             for name, part in row["parts"].items())  # fmt: skip
    return " ".join([", ".join(steps), *parts])


def _pairs(told: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    return "\n".join([PAIRS, *_tables(told["pairs"], titles)])


def _tables(pairs: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[str]:
    for source, targets in pairs.items():
        kinds = {kind: None for known in targets.values() for kind in known}
        rows = [[f"`{kind}`", *(_counts(known[kind]) for known in targets.values())]
                for kind in kinds]  # fmt: skip
        yield _section(
            f"From {titles[source]}", rows, {name: titles[name] for name in targets}, "###"
        )


def _counts(row: Mapping[str, int]) -> str:
    return " / ".join(str(row[str(fate)]) for fate in FATES)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _section(
    title: str, rows: list[list[str]], titles: Mapping[str, str], level: str = "##"
) -> str:
    lines = [["", *titles.values()], ["---"] * (len(titles) + 1), *rows]
    return "\n".join([f"{level} {title}\n", *(f"| {' | '.join(row)} |" for row in lines), ""])
