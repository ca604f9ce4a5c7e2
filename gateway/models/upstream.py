"""Other systems' view of our objects: the ids a real provider or a fixture gave them."""

from __future__ import annotations

import peewee as pw

from gateway.models.base import Base, index
from gateway.models.fields import UidField


class Alias(Base):
    """A foreign id of an object in one dialect.

    `scope_uid` is the account, else the provider, else the zero uuid.
    """

    scope_uid = UidField()
    dialect = pw.TextField()
    kind = pw.TextField()
    foreign_id = pw.TextField()
    object_uid = UidField()
    connection_uid = UidField(null=True)


index(Alias, "scope_uid", "dialect", "kind", "foreign_id", unique=True)
index(Alias, "object_uid", "dialect", "kind")
