"""The SMSC's scripts as the control API reads and writes them.

    {"rules": [{"pattern": "0123$", "script": "undeliverable", "limit": 1}], "default": null}

A script is the name of one of the built-in ones, or an object with members of `Script`.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from emulators.arguments import Arguments
from emulators.smsc import MAGIC, Rule, Script, script_from
from emulators.smsc.scripts import Scripts
from gateway.domain.problems import Invalid

BUILT_IN = {script.name: script for script in MAGIC.values()}


def shown(scripts: Scripts) -> dict[str, Any]:
    """The rules and default in use, and the numbers that choose a script by themselves."""
    return {
        "rules": [
            {
                "pattern": rule.pattern,
                "text": rule.text,
                "limit": rule.limit,
                "script": members(rule.script),
            }
            for rule in scripts.rules
        ],
        "default": members(scripts.default) if scripts.default else None,
        "destinations": {f"...5559{code:03d}": s.summary for code, s in sorted(MAGIC.items())},
    }


def read(body: dict[str, Any]) -> tuple[list[Rule], Script | None]:
    """Rules and default of a PUT body. Raises Invalid with the path of what cannot be used."""
    given = Arguments(body)
    rules = [_rule(f"rules[{n}]", one) for n, one in enumerate(given.take("rules", list, []))]
    default = given.any("default")
    given.any("destinations")
    given.done()
    return rules, None if default is None else script_of("default", default)


def _rule(path: str, value: Any) -> Rule:
    if not isinstance(value, dict):
        raise Invalid.one(path, "type", f"{path} must be an object.")
    given = Arguments(value)
    pattern, words = given.take("pattern", str, ""), given.take("text", str, "")
    limit = given.take("limit", int, 0)
    script = script_of(f"{path}.script", given.any("script"))
    given.done()
    if not pattern and not words:
        text = f"{path} needs a pattern, of a destination, or a text."
        raise Invalid.one(f"{path}.pattern", "required", text)
    for name, expression in (("pattern", pattern), ("text", words)):
        expression_of(f"{path}.{name}", expression)
    return Rule(pattern=pattern, script=script, limit=limit, text=words)


def expression_of(path: str, text: str) -> re.Pattern[str]:
    """A regular expression; raises Invalid."""
    try:
        return re.compile(text)
    except re.error as error:
        said = f"{path} is not a regular expression: {error}."
        raise Invalid.one(path, "pattern", said) from None


def script_of(path: str, value: Any) -> Script:
    """A script by name or by its members. Raises Invalid."""
    if isinstance(value, str):
        if value not in BUILT_IN:
            text = f"{path} must be one of: {', '.join(BUILT_IN)}."
            raise Invalid.one(path, "choice", text)
        return BUILT_IN[value]
    if not isinstance(value, dict):
        raise Invalid.one(path, "type", f"{path} must be a name or an object.")
    try:
        return script_from({"name": "custom", **value})
    except ValueError as error:
        raise Invalid.one(path, "value", f"{path}: {error}") from None


def members(script: Script) -> dict[str, Any]:
    """The members that differ from a plain delivery."""
    plain = asdict(Script())
    differing = {name: value for name, value in asdict(script).items() if value != plain[name]}
    return {"name": script.name, **differing}
