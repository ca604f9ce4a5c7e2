"""keys."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("keys", __name__)
