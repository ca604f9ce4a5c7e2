"""carriers."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("carriers", __name__)
