"""gateways."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("gateways", __name__)
