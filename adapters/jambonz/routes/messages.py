"""messages."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("messages", __name__)
