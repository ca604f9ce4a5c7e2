"""calls."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("calls", __name__)
