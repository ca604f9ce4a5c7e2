"""Which store the running code works on.

Model classes are shared by all stores of a process (the main universe, universes of tests), so the
store is looked up in a context variable; greenlets inherit it from the one that spawned them.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.models.database import Store

CURRENT: ContextVar[Store] = ContextVar("polytrunk_store")


def current_store() -> Store:
    """The store named by the nearest `using(store)`; LookupError outside of one."""
    try:
        return CURRENT.get()
    except LookupError:
        raise LookupError("no store in use: wrap the code in `with using(store):`") from None
