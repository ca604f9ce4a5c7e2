"""What stays of a message text when texts are not to be kept (MASK_TEXT).

Nothing of it, not even its length: a passcode is known by its shape.
"""

from __future__ import annotations

from typing import Final

MASK: Final = "***"


def mask_text(text: str | None) -> str | None:
    """What is stored or logged in place of a text; no text stays no text."""
    return None if text is None else MASK
