"""The contracts that the tests judge answers by, and what is needed to read them."""

from __future__ import annotations

from functools import lru_cache

from emulators.conform.contract import JSON_MEDIA, Document, formats, read_contract
from emulators.openapi import Operation

__all__ = ["JSON_MEDIA", "Document", "Operation", "formats", "load_contract"]


@lru_cache
def load_contract(name: str) -> Document:
    """The contract of a dialect as carried in fixtures/contracts, its base path in every path."""
    return Document(read_contract(name))
