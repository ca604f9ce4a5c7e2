"""signup."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("signup", __name__)
