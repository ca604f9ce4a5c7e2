"""users."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("users", __name__)
