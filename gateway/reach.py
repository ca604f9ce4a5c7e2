"""What carries requests to the providers of connections, one line for each, kept while it serves.

A line remembers how its provider fares: the rate, the failures in a row, the connections that are
open. So a process has one of these, made with the application or the worker, and hands it down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import gevent

from gateway.dialect import Dialect
from gateway.services.connections import provider_of
from gateway.services.move_plans import End
from gateway.transports.upstream import Line, Web


@dataclass
class Reach:
    """Ends of connections. Lines follow the machine's clock, whatever a universe's says."""

    dialects: Mapping[str, Dialect]
    _lines: dict[UUID, tuple[tuple[Any, ...], Line]] = field(default_factory=dict)

    def end(self, row: Any) -> End:
        """The provider of a connection; LookupError when nobody speaks its dialect any more."""
        return End(row, self.dialects[row.dialect], self.line(row))

    def line(self, row: Any) -> Line:
        """The line of a connection, a new one when its address or settings changed."""
        mark = (row.base_url, row.dialect, row.settings)
        kept = self._lines.get(row.uid)
        if kept is None or kept[0] != mark:
            if kept is not None:
                kept[1].close()
            kept = self._lines[row.uid] = (mark, line_of(row, self.dialects[row.dialect]))
        return kept[1]

    def wait(self, seconds: float) -> None:
        gevent.sleep(seconds)

    def close(self) -> None:
        for _, line in self._lines.values():
            line.close()
        self._lines.clear()


def line_of(row: Any, dialect: Dialect) -> Line:
    """A line with the settings of a connection: `timeout`, `rate`, `ca_file`."""
    settings, provider = row.settings, provider_of(dialect)
    web = Web(
        row.base_url,
        timeout=float(settings.get("timeout") or Web.timeout),
        ca_file=settings.get("ca_file"),
        apart=provider.apart if row.base_url == provider.base_url else {},
    )
    return Line(web, row.name, rate=float(settings.get("rate") or Line.rate))
