"""What a customer's hooks receive, signed as the account's secret says."""

from __future__ import annotations

from adapters.jambonz.events.engine import read_status
from adapters.jambonz.events.rendering import HOOK_POLICY, render_event

__all__ = ["HOOK_POLICY", "read_status", "render_event"]
