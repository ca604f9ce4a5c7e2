"""The one data model: each table is defined once and read by every dialect in its own words."""

from __future__ import annotations

from gateway.models.apps import Application, Document, Hook
from gateway.models.base import Base
from gateway.models.calls import Alert, Call, CallEvent
from gateway.models.flows import FlowNode, FlowReference
from gateway.models.jobs import HookDelivery, IdempotencyKey, Job, Lease
from gateway.models.messages import InboundPart, Message, MessagePart, Receipt
from gateway.models.numbers import Number
from gateway.models.tenancy import (
    AccessKey,
    Account,
    CountryPermission,
    Limit,
    RevokedToken,
    ServiceProvider,
    User,
)
from gateway.models.upstream import Alias, Connection, SyncItem, SyncRun
from gateway.models.voice import (
    AccessList,
    CredentialList,
    Endpoint,
    SipCredential,
    SmppLink,
    Trunk,
    TrunkAccessList,
    TrunkCredentialList,
)

TABLES: tuple[type[Base], ...] = (
    ServiceProvider,
    Account,
    User,
    AccessKey,
    RevokedToken,
    Limit,
    CountryPermission,
    Hook,
    Application,
    Document,
    Trunk,
    AccessList,
    Endpoint,
    TrunkAccessList,
    CredentialList,
    SipCredential,
    TrunkCredentialList,
    SmppLink,
    FlowNode,
    FlowReference,
    Number,
    Message,
    MessagePart,
    Receipt,
    InboundPart,
    Job,
    Lease,
    HookDelivery,
    IdempotencyKey,
    Connection,
    SyncRun,
    SyncItem,
    Alias,
    Call,
    CallEvent,
    Alert,
)
"""All tables, parents before children."""

__all__ = [
    "TABLES",
    "AccessKey",
    "AccessList",
    "Account",
    "Alert",
    "Alias",
    "Application",
    "Base",
    "Call",
    "CallEvent",
    "Connection",
    "CountryPermission",
    "CredentialList",
    "Document",
    "Endpoint",
    "FlowNode",
    "FlowReference",
    "Hook",
    "HookDelivery",
    "IdempotencyKey",
    "InboundPart",
    "Job",
    "Lease",
    "Limit",
    "Message",
    "MessagePart",
    "Number",
    "Receipt",
    "RevokedToken",
    "ServiceProvider",
    "SipCredential",
    "SmppLink",
    "SyncItem",
    "SyncRun",
    "Trunk",
    "TrunkAccessList",
    "TrunkCredentialList",
    "User",
]
