"""accounts."""

from __future__ import annotations

from gateway.http.kit import Blueprint

blp = Blueprint("accounts", __name__)
