"""How jambonz names things: every object has a sid, a UUID; text of another form names nothing."""

from __future__ import annotations

from gateway.domain.ids import Ref


def sid(text: str) -> Ref:
    """A sid of a path, unresolved: it may also be an id that a real server gave."""
    return Ref("uuid", text)
