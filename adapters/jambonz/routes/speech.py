"""speech."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("speech", __name__)
