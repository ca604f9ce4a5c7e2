"""Call flows: the nodes a call walks through, and what each of them refers to.

A node's `config` names other rows by uid; every such place is also a row of FlowReference, so that
who uses a row is one indexed query.
"""

from __future__ import annotations

import peewee as pw

from gateway.domain.flows import FlowType, ReferenceKind
from gateway.models.base import Base, index, reference
from gateway.models.fields import EnumField, JsonField, UidField
from gateway.models.tenancy import Account


class FlowNode(Base):
    """One step of an account's call flows; what `config` holds follows from `type`."""

    account = reference(Account, "account", null=False, index=False)
    type = EnumField(FlowType)
    name = pw.TextField()
    extension = pw.TextField()
    config = JsonField(default=dict)
    extras = JsonField(default=dict)


index(FlowNode, "account", "extension", unique=True)
index(FlowNode, "account", "type")


class FlowReference(Base):
    """A place in a node's config (`path`) that names a row. The target carries no constraint, since
    it may be of several tables."""

    flow_node = reference(FlowNode, "flow_node", null=False)
    path = pw.TextField()
    kind = EnumField(ReferenceKind)
    target_uid = UidField(index=True)
