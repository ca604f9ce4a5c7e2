"""providers."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("providers", __name__)
