"""alerts."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("alerts", __name__)
