"""limits."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("limits", __name__)
