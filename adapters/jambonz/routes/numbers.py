"""numbers."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("numbers", __name__)
