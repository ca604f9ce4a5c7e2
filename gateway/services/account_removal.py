"""What goes with an account or a provider: everything that is its own, history included.

Numbers of the inventory go back there. Rows go before what they refer to; references in a circle
(account, default trunk, applications, hooks) are cut first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.domain.words import NumberHandling, NumberStatus
from gateway.models import (
    AccessKey,
    AccessList,
    Account,
    Alert,
    Alias,
    Application,
    Call,
    CallEvent,
    CredentialList,
    Document,
    Endpoint,
    Hook,
    HookDelivery,
    IdempotencyKey,
    Job,
    Limit,
    Message,
    MessagePart,
    Number,
    Receipt,
    ServiceProvider,
    SipCredential,
    SmppLink,
    Trunk,
    TrunkAccessList,
    TrunkCredentialList,
    User,
)

# Rows without an owner of their own go with the row they are part of.
_PARTS: Sequence[tuple[Any, Any, Any, Any]] = (
    (CallEvent, CallEvent.call_uid, Call, Call.account_uid),
    (MessagePart, MessagePart.message_uid, Message, Message.account_uid),
    (Receipt, Receipt.message_uid, Message, Message.account_uid),
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
    (Alias, Alias.scope_uid),
)
_OF_PROVIDER: Sequence[tuple[Any, Any]] = (
    (AccessKey, AccessKey.service_provider),
    (User, User.service_provider),
    (Document, Document.service_provider),
    (Limit, Limit.owner_uid),
    (Alias, Alias.scope_uid),
    (Alert, Alert.service_provider_uid),
)


def remove_account(uid: UUID) -> None:
    """Remove an account with all that is its own. Inside a transaction."""
    _release_numbers(uid)
    for part, column, whole, owner in _PARTS:
        owned = whole.select(whole.uid).where(owner == uid)
        part.delete().where(column.in_(owned)).execute()
    Account.update(device_application_uid=None).where(Account.uid == uid).execute()
    Account.update(parent=None).where(Account.parent == uid).execute()
    _remove_voice(Trunk.account == uid, Endpoint.account == uid, AccessList.account == uid)
    _remove_lists(CredentialList.account == uid)
    Trunk.delete().where(Trunk.account == uid).execute()
    Application.delete().where(Application.account == uid).execute()
    Hook.delete().where(Hook.account == uid).execute()
    for model, column in _OF_ACCOUNT:
        model.delete().where(column == uid).execute()
    Account.delete().where(Account.uid == uid).execute()


def _release_numbers(uid: UUID) -> None:
    mine = Number.account == uid
    Hook.delete().where(Hook.number_uid.in_(Number.select(Number.uid).where(mine))).execute()
    Number.delete().where(mine & (Number.from_inventory == False)).execute()  # noqa: E712
    blank: dict[str, Any] = {
        "account": None,
        "status": NumberStatus.AVAILABLE,
        "handling": NumberHandling.NONE,
        "trunk": None,
        "application": None,
        "primary_endpoint": None,
        "failover_endpoint": None,
        "alias": None,
        "cnam_lookup": False,
        "assigned_at": None,
        "updated_at": None,
        "extras": {},
    }
    Number.update(blank).where(mine).execute()


def _remove_voice(trunk: Any, endpoint: Any, access_list: Any) -> None:
    """Links, endpoints and access lists; numbers of others let go of what they pointed at."""
    trunks = Trunk.select(Trunk.uid).where(trunk)
    lists = AccessList.select(AccessList.uid).where(access_list)
    ours = endpoint | Endpoint.trunk.in_(trunks) | Endpoint.access_list.in_(lists)
    endpoints = Endpoint.select(Endpoint.uid).where(ours)
    for column in (Number.primary_endpoint, Number.failover_endpoint):
        Number.update({column: None}).where(column.in_(endpoints)).execute()
    Number.update(trunk=None).where(Number.trunk.in_(trunks)).execute()
    Endpoint.delete().where(ours).execute()
    links = TrunkAccessList.trunk.in_(trunks) | TrunkAccessList.access_list.in_(lists)
    TrunkAccessList.delete().where(links).execute()
    AccessList.update(home_trunk=None).where(AccessList.home_trunk.in_(trunks)).execute()
    AccessList.delete().where(access_list).execute()
    SmppLink.delete().where(SmppLink.trunk.in_(trunks)).execute()
    TrunkCredentialList.delete().where(TrunkCredentialList.trunk.in_(trunks)).execute()


def _remove_lists(mine: Any) -> None:
    lists = CredentialList.select(CredentialList.uid).where(mine)
    for model in (TrunkCredentialList, SipCredential):
        model.delete().where(model.credential_list.in_(lists)).execute()
    CredentialList.delete().where(mine).execute()


def remove_provider(uid: UUID) -> None:
    """Remove a provider that has no accounts, with all that is its own. Inside a transaction."""
    mine = Trunk.service_provider == uid
    Number.delete().where(Number.service_provider == uid).execute()
    _remove_voice(mine, Endpoint.service_provider == uid, AccessList.service_provider == uid)
    _remove_lists(CredentialList.service_provider == uid)
    Trunk.delete().where(mine).execute()
    Hook.delete().where(Hook.service_provider == uid).execute()
    for model, column in _OF_PROVIDER:
        model.delete().where(column == uid).execute()
    ServiceProvider.delete().where(ServiceProvider.uid == uid).execute()
