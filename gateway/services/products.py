"""What can be subscribed to, with its price: data of the installation, read once.

Amounts are in hundredths of the currency, for one unit and one month.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from gateway.domain.context import Context
from gateway.domain.words import LimitCategory

FIXTURE = Path(__file__).parents[2] / "fixtures" / "products.json"


@dataclass(frozen=True, kw_only=True)
class Product:
    """One thing that is sold by number.

    `trial` and `free` are how many come with those plans, `per_call_session` how many come with
    each call session of any plan.
    """

    uid: UUID
    name: str
    description: str | None
    unit_label: str
    category: LimitCategory
    price_id: str
    unit_amount: int
    currency: str
    in_starter_set: bool = False
    per_call_session: int = 0
    trial: int = 0
    free: int = 0


class Line(NamedTuple):
    """So many of a product."""

    product: Product
    quantity: int

    @property
    def amount(self) -> int:
        """What it costs in a month."""
        return self.product.unit_amount * self.quantity


@cache
def catalogue() -> dict[UUID, Product]:
    """Every product by its uid, in the order they are listed in."""
    found = [_product(entry) for entry in orjson.loads(FIXTURE.read_bytes())]
    return {product.uid: product for product in found}


def _product(entry: dict[str, Any]) -> Product:
    given = {"uid": UUID(entry["uid"]), "category": LimitCategory(entry["category"])}
    return Product(**{**entry, **given})


def search(ctx: Context) -> list[Product]:
    """The products, for anybody who is known."""
    _ = ctx.caller
    return list(catalogue().values())


def monthly(lines: Iterable[Line]) -> int:
    """What lines cost in a month."""
    return sum(line.amount for line in lines)


def quotas(lines: Iterable[Line]) -> dict[LimitCategory, int]:
    """The limits that lines buy. Of what is bought by rate nothing bought means no limit of it."""
    bought = {line.product.category: line for line in lines}
    sessions = bought[LimitCategory.CALLS].quantity if LimitCategory.CALLS in bought else 0
    found = {}
    for category, line in bought.items():
        quantity = line.quantity + line.product.per_call_session * sessions
        if quantity or category is not LimitCategory.API:
            found[category] = quantity
    return found
