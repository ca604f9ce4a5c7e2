"""Regular expressions that customers write, kept to those that cannot run away.

A pattern with a choice inside a repetition, or with many choices, can take longer than the sun will
last. The numbers it is asked about are short, so a few choices side by side do no harm.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

MOST_CHARACTERS: Final = 200
MOST_CHOICES: Final = 8
"""Repetitions and alternatives a pattern may have."""
_TOKEN: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|\(\?[:=!]|.", re.DOTALL)


class BadPattern(ValueError):
    """A pattern that is none, or that might take too long; the text says which."""


@lru_cache(maxsize=512)
def compiled(text: str) -> re.Pattern[str]:
    """The pattern, ready for short texts. Raises BadPattern."""
    if len(text) > MOST_CHARACTERS:
        raise BadPattern(f"it has more than {MOST_CHARACTERS} characters")
    try:
        found = re.compile(text, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadPattern(f"it is no regular expression: {error}") from None
    _check(text)
    return found


def _check(text: str) -> None:
    """Count choices, group by group: a group that holds one may not be repeated."""
    tokens, choices, holds = _TOKEN.findall(text), 0, [False]
    for place, token in enumerate(tokens):
        after = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token.startswith("("):
            if token == "(" and after == "?":
                raise BadPattern("it has a group of a kind that is not taken")
            holds.append(False)
        elif token == ")":
            inner = holds.pop()
            if inner and _repeats(after):
                raise BadPattern("it repeats a group that holds a choice")
            holds[-1] = holds[-1] or inner
        elif token == "|" or _repeats(token):
            choices, holds[-1] = choices + 1, True
    if choices > MOST_CHOICES:
        raise BadPattern(f"it has more than {MOST_CHOICES} choices")


def _repeats(token: str) -> bool:
    return token in ("*", "+", "?") or (token.startswith("{") and len(token) > 2)
