"""What goes with an account or a provider: everything that is its own, history included.

Numbers of the inventory go back there. Rows go before what they refer to; references in a circle
(account, default trunk, applications, hooks) are cut first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain.words import NumberHandling, NumberStatus
from gateway.models import (
    AccessKey,
    AccessList,
    Account,
    Alert,
    Alias,
    Application,
    Baseline,
    Call,
    CallEvent,
    Connection,
    CountryPermission,
    CredentialList,
    Document,
    Endpoint,
    FlowNode,
    FlowReference,
    Hook,
    HookDelivery,
    IdempotencyKey,
    InboundPart,
    Job,
    Limit,
    Message,
    MessagePart,
    MessageRoute,
    Number,
    Receipt,
    SeenEvent,
    ServiceProvider,
    SipCredential,
    SmppLink,
    SyncItem,
    SyncRun,
    Trunk,
    TrunkAccessList,
    TrunkCredentialList,
    User,
)
from gateway.models.current import current_store
from gateway.models.prepared import P, Prepared

# Rows without an owner of their own go with the row they are part of.
_PARTS: Sequence[tuple[Any, Any, Any, Any]] = (
    (CallEvent, CallEvent.call_uid, Call, Call.account_uid),
    (MessagePart, MessagePart.message_uid, Message, Message.account_uid),
    (Receipt, Receipt.message_uid, Message, Message.account_uid),
    (SyncItem, SyncItem.run, SyncRun, SyncRun.account),
    (Baseline, Baseline.connection, Connection, Connection.account),
    (SeenEvent, SeenEvent.connection_uid, Connection, Connection.account),
)
_OF_ACCOUNT: Sequence[tuple[Any, Any]] = (
    (Call, Call.account_uid),
    (Message, Message.account_uid),
    (Alert, Alert.account_uid),
    (HookDelivery, HookDelivery.account_uid),
    (IdempotencyKey, IdempotencyKey.account_uid),
    (Job, Job.account_uid),
    (AccessKey, AccessKey.account),
    (User, User.account),
    (Document, Document.account),
    (Limit, Limit.owner_uid),
    (CountryPermission, CountryPermission.account),
    (MessageRoute, MessageRoute.account),
    (Connection, Connection.account),
    (SyncRun, SyncRun.account),
    (Alias, Alias.scope_uid),
    (Alias, Alias.object_uid),
)
_OF_PROVIDER: Sequence[tuple[Any, Any]] = (
    (AccessKey, AccessKey.service_provider),
    (User, User.service_provider),
    (Document, Document.service_provider),
    (Limit, Limit.owner_uid),
    (Alias, Alias.scope_uid),
    (Alias, Alias.object_uid),
    (Call, Call.service_provider_uid),
    (Alert, Alert.service_provider_uid),
)
# Ids that somebody else gave to things which go may be known to the provider or to everybody.
_NAMED_BY_OTHERS: Sequence[tuple[Any, Any, Any]] = (
    (Trunk, Trunk.account, Trunk.service_provider),
    (Endpoint, Endpoint.account, Endpoint.service_provider),
    (AccessList, AccessList.account, AccessList.service_provider),
    (CredentialList, CredentialList.account, CredentialList.service_provider),
    (Hook, Hook.account, Hook.service_provider),
    (Number, Number.account, Number.service_provider),
    (AccessKey, AccessKey.account, AccessKey.service_provider),
    (User, User.account, User.service_provider),
    (Document, Document.account, Document.service_provider),
)
_LOCK = Prepared(lambda: Account.select(Account.uid).where(Account.uid == P("uid")).for_update())


def remove_account(uid: UUID) -> None:
    """Remove an account with all that is its own. Inside a transaction.

    Nobody gives the account anything meanwhile: who tries waits, and then finds no account.
    """
    if current_store().kind == "postgres":
        _LOCK.one(uid=uid)
    _forget_names(0, uid)
    _release_numbers(uid)
    for part, column, whole, owner in _PARTS:
        _delete(part, column.in_(whole.select(whole.uid).where(owner == uid)))
    _remove_flows(uid)
    Account.update(parent=None).where(Account.parent == uid).execute()
    _remove_voice(Trunk.account == uid, Endpoint.account == uid, AccessList.account == uid)
    _remove_lists(CredentialList.account == uid)
    _delete(Trunk, Trunk.account == uid)
    _remove_applications(uid)
    _delete(Hook, Hook.account == uid)
    for model, column in _OF_ACCOUNT:
        _delete(model, column == uid)
    _delete(Account, Account.uid == uid)


def remove_provider(uid: UUID) -> None:
    """Remove a provider that has no accounts, with all that is its own. Inside a transaction."""
    mine = Trunk.service_provider == uid
    _forget_names(1, uid)
    _delete(Number, Number.service_provider == uid)
    _remove_voice(mine, Endpoint.service_provider == uid, AccessList.service_provider == uid)
    _remove_lists(CredentialList.service_provider == uid)
    _delete(Trunk, mine)
    hooks = Hook.select(Hook.uid).where(Hook.service_provider == uid)
    _delete(HookDelivery, HookDelivery.hook_uid.in_(hooks))
    _delete(Hook, Hook.service_provider == uid)
    for model, column in _OF_PROVIDER:
        _delete(model, column == uid)
    _delete(ServiceProvider, ServiceProvider.uid == uid)


def _delete(model: Any, which: Any) -> None:
    model.delete().where(which).execute()


def _forget_names(of: int, uid: UUID) -> None:
    """Aliases of the things of an account (0) or a provider (1)."""
    for model, *owners in _NAMED_BY_OTHERS:
        _delete(Alias, Alias.object_uid.in_(model.select(model.uid).where(owners[of] == uid)))


def _release_numbers(uid: UUID) -> None:
    mine = Number.account == uid
    _delete(Number, mine & (Number.from_inventory == False))  # noqa: E712
    blank: dict[str, Any] = {
        "account": None,
        "status": NumberStatus.AVAILABLE,
        "handling": NumberHandling.NONE,
        "trunk": None,
        "application": None,
        "primary_endpoint": None,
        "failover_endpoint": None,
        "flow_node": None,
        "alias": None,
        "cnam_lookup": False,
        "assigned_at": None,
        "connection_uid": None,
        "updated_at": None,
        "extras": {},
    }
    Number.update(blank).where(mine).execute()


def _remove_flows(uid: UUID) -> None:
    mine = FlowNode.select(FlowNode.uid).where(FlowNode.account == uid)
    _off_numbers("flow_node", NumberHandling.FLOW, mine)
    _delete(Alias, Alias.object_uid.in_(mine))
    _delete(FlowReference, FlowReference.flow_node.in_(mine))
    _delete(FlowNode, FlowNode.account == uid)


def _remove_applications(uid: UUID) -> None:
    """Applications; what refers to one from elsewhere lets go of it."""
    mine = Application.select(Application.uid).where(Application.account == uid)
    _off_numbers("application", NumberHandling.APPLICATION, mine)
    Trunk.update(application=None).where(Trunk.application.in_(mine)).execute()
    Account.update(device_application_uid=None).where(
        Account.device_application_uid.in_(mine)
    ).execute()
    _delete(Alias, Alias.object_uid.in_(mine))
    _delete(Application, Application.account == uid)
    hooks = Hook.select(Hook.uid).where(Hook.account == uid)
    for column in (Application.call_hook, Application.status_hook, Application.message_hook):
        Application.update({column: None}).where(column.in_(hooks)).execute()


def _off_numbers(name: str, handling: NumberHandling, gone: Any) -> None:
    """Numbers whose reference of this name goes; those handled by it are handled by nothing."""
    column = getattr(Number, name)
    was = Number.handling == handling
    handled = pw.Case(None, ((was, str(NumberHandling.NONE)),), Number.handling)
    Number.update({column: None, Number.handling: handled}).where(column.in_(gone)).execute()


def _remove_voice(trunk: Any, endpoint: Any, access_list: Any) -> None:
    """Links, endpoints and access lists; numbers of others let go of what they pointed at."""
    trunks = Trunk.select(Trunk.uid).where(trunk)
    lists = AccessList.select(AccessList.uid).where(access_list)
    ours = endpoint | Endpoint.trunk.in_(trunks) | Endpoint.access_list.in_(lists)
    endpoints = Endpoint.select(Endpoint.uid).where(ours)
    _off_numbers("primary_endpoint", NumberHandling.ENDPOINT, endpoints)
    Number.update(failover_endpoint=None).where(Number.failover_endpoint.in_(endpoints)).execute()
    _off_numbers("trunk", NumberHandling.TRUNK, trunks)
    _delete(Endpoint, ours)
    _delete(TrunkAccessList, TrunkAccessList.trunk.in_(trunks))
    _delete(TrunkAccessList, TrunkAccessList.access_list.in_(lists))
    AccessList.update(home_trunk=None).where(AccessList.home_trunk.in_(trunks)).execute()
    _delete(AccessList, access_list)
    links = SmppLink.select(SmppLink.uid).where(SmppLink.trunk.in_(trunks))
    _delete(InboundPart, InboundPart.link_uid.in_(links))
    _delete(Receipt, Receipt.message_uid.is_null() & Receipt.link_uid.in_(links))
    _delete(Alias, Alias.object_uid.in_(links))
    _delete(SmppLink, SmppLink.trunk.in_(trunks))
    _delete(TrunkCredentialList, TrunkCredentialList.trunk.in_(trunks))


def _remove_lists(mine: Any) -> None:
    lists = CredentialList.select(CredentialList.uid).where(mine)
    for model in (TrunkCredentialList, SipCredential):
        _delete(model, model.credential_list.in_(lists))
    _delete(CredentialList, mine)
