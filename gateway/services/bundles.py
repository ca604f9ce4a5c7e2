"""Bundles: a whole world, or one account's inventory, as one JSON document.

Loading is one transaction and can be repeated: a row is recognised by its uid, else by the natural
key of its kind, and changed only where the file says something else. Rows refer to each other by
uid or by `ref`, a text unique in the file, in any order. Every fault is reported at its path
(`numbers[3].e164`), all of a pass at once, and nothing is stored then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.domain.context import Context
from gateway.domain.problems import Invalid
from gateway.models.database import connection, write
from gateway.services import inventory, passwords, tenancy
from gateway.services.bundle_export import export
from gateway.services.bundle_loading import Loaded, Loader
from gateway.services.bundle_reading import INVENTORY, Entry, read

__all__ = ["Loaded", "export", "load"]


def load(ctx: Context, bundle: Any) -> Loaded:
    """Store a bundle; Invalid with `fields` by path when any of it cannot be used."""
    entries, dialect = read(bundle)
    with connection():
        _hash_passwords(bundle, entries)
    with write():
        loader = Loader(ctx, entries, dialect)
        made = loader.run()
        stocked = _stock(ctx, bundle.get(INVENTORY, []), loader)
        return made._replace(created=made.created + stocked)


def _hash_passwords(bundle: Mapping[str, Any], entries: dict[str, list[Entry]]) -> None:
    """Outside of the transaction, for hashing takes its time; a hash that fits is kept."""
    for entry, row in zip(entries["users"], bundle.get("users", []), strict=True):
        if "password" in row:
            stored = tenancy.password_hash_of(entry.values.get("login"))
            fits = stored is not None and passwords.matches(stored, row["password"])
            entry.values["password_hash"] = stored if fits else passwords.hashed(row["password"])


def _stock(ctx: Context, orders: Any, loader: Loader) -> int:
    """The directive `inventory`: numbers for sale, made by the generator."""
    count = 0
    for index, order in enumerate(orders if isinstance(orders, list) else [None]):
        path = f"{INVENTORY}[{index}]"
        known = {"service_provider", "count", "seed", "area_codes"}
        if not isinstance(order, dict) or not set(order) <= known:
            raise Invalid.one(path, "unknown", f"takes {', '.join(sorted(known))}")
        provider = loader.known.get(str(order.get("service_provider")))
        if provider is None:
            raise Invalid.one(f"{path}.service_provider", "reference", "is not in this bundle")
        try:
            count += inventory.stock(
                ctx,
                provider,
                int(order.get("count", 0)),
                seed=int(order.get("seed", 1)),
                area_codes=order.get("area_codes"),
            )
        except (TypeError, ValueError) as why:
            raise Invalid.one(path, "value", str(why)) from None
    return count
