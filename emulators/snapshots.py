"""The state of a universe, to put back or to make another one of.

Rows travel as one serialised SQLite database, whatever the universe keeps them in: in memory it is
taken over as a whole, a file gets them table by table. Leases do not travel: they say which worker
of this process holds which link, and that is no part of a world.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from emulators.calls import CallScripts
from emulators.clock import ClockState
from emulators.faults import Faults
from emulators.smsc.scripts import Scripts
from gateway.models import TABLES, Lease
from gateway.models.database import Store, db, using, write
from gateway.models.sqlite import MEMORY

_LEASES = Lease._meta.table_name
_NO_WAL = b"\x01\x01"
"""The header of a file in WAL mode says so, and no database in memory can be opened as one."""
_TABLES = [t._meta.table_name for t in TABLES if t._meta.table_name != _LEASES]


@dataclass(frozen=True)
class Snapshot:
    """`data` are the rows; `randomness` is the state of the random numbers, `last` the newest id.

    `accounts` are the passwords of those who may bind to the SMSC, by system_id.
    """

    data: bytes
    seed: int
    randomness: Any
    last: int
    clock: ClockState
    scripts: Scripts
    call_scripts: CallScripts
    faults: Faults
    accounts: dict[str, str]


def serialised(store: Store) -> bytes:
    """The rows of a store; of a file in the state of its last commit."""
    if store.in_memory:
        return store.dump()
    path: str = store.database.path  # type: ignore[attr-defined]
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(MEMORY)) as copy:
        source.backup(copy)
        data = bytearray(copy.serialize())
    data[18:20] = _NO_WAL
    return bytes(data)


def _without_rows(data: bytes) -> bytes:
    """The same tables, empty."""
    with closing(_opened(data)) as copy:
        copy.execute("PRAGMA foreign_keys = OFF")
        for table in [*_TABLES, _LEASES]:
            copy.execute(f'DELETE FROM "{table}"')
        copy.commit()
        copy.execute("VACUUM")
        return bytes(copy.serialize())


def fill(store: Store, data: bytes) -> None:
    """Give a new store in memory the rows of `serialised`."""
    store.fill(data)
    _forget_leases(store)


def put_rows(store: Store, data: bytes) -> None:
    """Make the rows of a store what they were in `serialised`."""
    if store.in_memory:
        store.restore(data)
        _forget_leases(store)
        return
    with closing(_opened(data)) as copy:
        found = {t: copy.execute(f'SELECT * FROM "{t}"').fetchall() for t in _TABLES}
    with using(store), write():
        # Rows refer to rows of their own table too, so keys are looked at when all are in place.
        db.execute_sql("PRAGMA defer_foreign_keys = ON")
        for table in reversed(_TABLES):
            db.execute_sql(f'DELETE FROM "{table}"')
        for table in _TABLES:
            _insert(table, found[table])


def _forget_leases(store: Store) -> None:
    with using(store), write():
        db.execute_sql(f'DELETE FROM "{_LEASES}"')


def _opened(data: bytes) -> sqlite3.Connection:
    copy = sqlite3.connect(MEMORY)
    copy.deserialize(data)
    return copy


def _insert(table: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        store_many = f'INSERT INTO "{table}" VALUES ({marks})'
        db.execute_many(store_many, rows)


def emptied(snapshot: Snapshot) -> Snapshot:
    """The same without rows, scripts and faults."""
    data = _without_rows(snapshot.data)
    return replace(
        snapshot,
        data=data,
        scripts=Scripts(),
        call_scripts=CallScripts(),
        faults=Faults(snapshot.seed),
    )
