"""webhooks."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("webhooks", __name__)
