"""applications."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("applications", __name__)
