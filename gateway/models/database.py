"""The door to the data: stores, and how code reads and writes through the current one.

    with using(store), connection():          # reads
        Account.get(...)
    with using(store), write():               # one transaction, committed at the end
        insert_account.run(values)
    row = commit_group(lambda: accept(...))   # one transaction shared with whoever else waits

A greenlet starts with no store in use: enter `using(store)` in each, or start it by `spawn`.
"""

from __future__ import annotations

from peewee import IntegrityError

from gateway.models.current import current_store
from gateway.models.migrate import status, upgrade
from gateway.models.store import Store, open_store
from gateway.models.transactions import (
    after_commit,
    commit_group,
    connection,
    db,
    relinquish,
    savepoint,
    spawn,
    using,
    write,
)

__all__ = [
    "IntegrityError",
    "Store",
    "after_commit",
    "commit_group",
    "connection",
    "current_store",
    "db",
    "open_store",
    "relinquish",
    "savepoint",
    "spawn",
    "status",
    "upgrade",
    "using",
    "write",
]
