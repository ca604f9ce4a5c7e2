"""Where calls are together, as newer servers list it."""

from __future__ import annotations

from adapters.jambonz.schemas.common import Jambonz
from gateway.wire import Int, Length, Text


class Queue(Jambonz):
    """A queue in which calls wait."""

    name = Text(required=True)
    length = Int(required=True)


class QueueQuery(Jambonz):
    """Which queues: a part of their name."""

    search = Text(null=False, validate=Length(max=255))
