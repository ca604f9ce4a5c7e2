"""billing."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("billing", __name__)
