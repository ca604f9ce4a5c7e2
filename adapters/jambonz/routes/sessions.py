"""sessions."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("sessions", __name__)
