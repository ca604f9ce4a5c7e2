"""sbcs."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("sbcs", __name__)
