"""teams."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("teams", __name__)
