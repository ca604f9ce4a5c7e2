"""What stays of a text when texts are not to be kept (MASK_TEXT).

The length and the shape stay readable for support, no word does.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.domain.messages import TERMINAL, Status

_DOT: Final = "\u2022"
_WORD: Final = re.compile(r"\S")


def mask_text(text: str | None) -> str | None:
    """The text with every character that is not white space replaced by a bullet."""
    return None if text is None else _WORD.sub(_DOT, text)


def may_forget(status: Status) -> bool:
    """True when nothing will need the text any more: no further try can follow this status."""
    return status in TERMINAL and status is not Status.UNKNOWN


def mask_number(e164: str) -> str:
    """A number for logs: the first five characters and the last two stay."""
    return e164 if len(e164) < 8 else f"{e164[:5]}{_DOT * (len(e164) - 7)}{e164[-2:]}"
