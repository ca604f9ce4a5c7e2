"""How far ends of calls behave in an emulator: rules of a test before the table of destinations.

    {"rules": [{"pattern": "0123$", "script": "hangs up", "limit": 1}], "default": null}

A script is the name of a built-in one, a SIP status to be refused with, or an object:

    {"steps": [{"status": "trying"}, {"status": "ringing", "after": 1},
               {"status": "in_progress", "after": 2}], "digits": ["1", "4711"], "talks": 30}
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import orjson

from emulators.arguments import Arguments
from emulators.scripting import expression_of
from gateway.domain import call_scripts
from gateway.domain.call_scripts import ANSWER, MAGIC, CallScript
from gateway.domain.problems import Invalid
from gateway.services import call_devices, call_steps

BUILT_IN = {script.name: script for script in MAGIC.values()}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Play `script` for destinations the pattern matches (`re.search`), and if `tag` is given only
    for calls whose tag it matches, as JSON, at most `limit` times."""

    pattern: re.Pattern[str]
    script: CallScript
    limit: int = 0
    tag: re.Pattern[str] | None = None

    def fits(self, destination: str, tag: Any) -> bool:
        if not self.pattern.search(destination):
            return False
        return self.tag is None or bool(tag and self.tag.search(orjson.dumps(tag).decode()))


class CallScripts:
    """The rules of one world, asked in order."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.replace([], None)

    def replace(self, rules: list[Rule], default: CallScript | None) -> None:
        self.rules, self.default = rules, default
        self._played: Counter[int] = Counter()

    def choose(self, row: Any) -> CallScript:
        """The script for a call. A rule counts each time it is chosen."""
        destination = call_devices.destination(row)
        for index, rule in enumerate(self.rules):
            spent = rule.limit and self._played[index] >= rule.limit
            if not spent and rule.fits(destination, row.tag):
                self._played[index] += 1
                return rule.script
        found = call_steps.by_destination(row)
        return self.default if found is ANSWER and self.default else found


def shown(scripts: CallScripts) -> dict[str, Any]:
    """The rules and default in use, and the numbers that choose a script by themselves."""
    return {
        "rules": [
            {
                "pattern": rule.pattern.pattern,
                "tag": rule.tag.pattern if rule.tag else "",
                "limit": rule.limit,
                "script": call_scripts.shown(rule.script),
            }
            for rule in scripts.rules
        ],
        "default": call_scripts.shown(scripts.default) if scripts.default else None,
        "destinations": {
            **{f"...5559{code:03d}": one.summary for code, one in sorted(MAGIC.items())},
            "...5558300 to ...5558699": "refused with the SIP status of the last three digits",
        },
    }


def put(scripts: CallScripts, body: Any) -> None:
    """Set rules and default. Raises Invalid with the path of what cannot be used."""
    if not isinstance(body, dict):
        raise Invalid.one("calls", "type", "calls must be an object.")
    given = Arguments(body)
    found = given.take("rules", list, [])
    rules = [_rule(f"calls.rules[{place}]", one) for place, one in enumerate(found)]
    default = given.any("default")
    given.any("destinations")
    given.done()
    scripts.replace(rules, None if default is None else script("calls.default", default))


def _rule(path: str, value: Any) -> Rule:
    if not isinstance(value, dict):
        raise Invalid.one(path, "type", f"{path} must be an object.")
    given = Arguments(value)
    pattern, tag = given.take("pattern", str, ""), given.take("tag", str, "")
    limit = given.take("limit", int, 0)
    played = script(f"{path}.script", given.any("script"))
    given.done()
    if not pattern and not tag:
        text = f"{path} needs a pattern, of a destination, or a tag."
        raise Invalid.one(f"{path}.pattern", "required", text)
    return Rule(
        pattern=expression_of(f"{path}.pattern", pattern),
        script=played,
        limit=limit,
        tag=expression_of(f"{path}.tag", tag) if tag else None,
    )


def script(path: str, value: Any) -> CallScript:
    """A script by name, status or members. Raises Invalid at the path."""
    if isinstance(value, int) and not isinstance(value, bool):
        least, most = call_scripts.LEAST_FAILURE, call_scripts.MOST_FAILURE
        if not least <= value <= most:
            text = f"{path} must be a status from {least} to {most}."
            raise Invalid.one(path, "range", text)
        return call_scripts.refused(value)
    if isinstance(value, str):
        if value not in BUILT_IN:
            text = f"{path} must be one of: {', '.join(BUILT_IN)}."
            raise Invalid.one(path, "choice", text)
        return BUILT_IN[value]
    if not isinstance(value, dict):
        text = f"{path} must be a name, a status or an object."
        raise Invalid.one(path, "type", text)
    try:
        return call_scripts.script_of({"name": "custom", **value})
    except (ValueError, TypeError) as error:
        raise Invalid.one(path, "value", f"{path}: {error}.") from None
