"""recent_calls."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("recent calls", __name__)
