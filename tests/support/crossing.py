"""What is crossed between dialects: kinds of things, and how a dialect says what it does with them.

A dialect joins by a module `tests.adapters.<name>.ways` with `WAYS`: for each case what it can do,
or why it cannot. Paths and bodies name, in braces, the ids of the row in all spellings and the
fixed things of the world.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gateway.domain.ids import CODECS
from gateway.models import (
    AccessList,
    Account,
    Application,
    Call,
    CredentialList,
    Endpoint,
    FlowNode,
    Hook,
    Message,
    Number,
    SmppLink,
    Trunk,
)

ACCOUNT = "11111111-1111-4111-8111-111111111111"
HOME, LIST, APP = (f"0193456{n}-0001-7cde-8f01-23456789abcd" for n in range(3))
USER = "desk9"
TO, FROM, BOTH = "192.0.2.21", "192.0.2.22", "192.0.2.23"
OWN_NUMBER, NEW, FOR_SALE = (f"+1206555017{n}" for n in (6, 7, 8))


@dataclass(frozen=True)
class Request:
    """A request below a dialect's prefix."""

    method: str
    path: str
    body: Any = None


Pick = Callable[[Any, Mapping[str, str]], Any]


def itself(body: Any, names: Mapping[str, str]) -> Any:
    return body


@dataclass(frozen=True)
class Read:
    """Where one object of a row is read; `pick` finds it in the answer, None where it is not."""

    path: str
    pick: Pick = itself


@dataclass(frozen=True)
class Way:
    """What a dialect does with one case. A text instead of a request says why it does not.

    `instead` are changes for things that a certain dialect made, where the usual one has no point.
    """

    make: Request | str
    change: Request | str
    reads: Mapping[str, Read]
    instead: Mapping[str, Request] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One kind of thing as it is made: `kind` is the core's, `model` its table. With `provider` it
    is made and read with the provider's credential, not the account's."""

    kind: str
    model: Any
    provider: bool = False


CASES: Mapping[str, Case] = {
    "account": Case("account", Account, provider=True),
    "trunk": Case("trunk", Trunk),
    "address calls go to": Case("endpoint", Endpoint),
    "address calls come from": Case("endpoint", Endpoint),
    "address both ways": Case("endpoint", Endpoint),
    "SIP URI of a host": Case("endpoint", Endpoint),
    "SIP URI of a user": Case("endpoint", Endpoint),
    "telephone": Case("endpoint", Endpoint),
    "registered user": Case("endpoint", Endpoint),
    "access list": Case("access_list", AccessList),
    "credential list": Case("credential_list", CredentialList),
    "SMPP link": Case("smpp_link", SmppLink),
    "number": Case("number", Number),
    "application": Case("application", Application),
    "hook": Case("hook", Hook),
    "flow node": Case("flow_node", FlowNode),
    "call that goes on": Case("call", Call),
    "message": Case("message", Message),
}


def bundle() -> dict[str, Any]:
    """An account with a trunk, a list of each kind and an application; a number for sale."""
    mine = {"service_provider": "provider", "account": "mine"}
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "provider", "name": "provider"}],
        "accounts": [{"ref": "mine", "uid": ACCOUNT, "service_provider": "provider", "name": "m"}],
        "access_keys": [
            {"key_id": "mine", "secret": "secret-of-mine", "scope": "account", **mine},
            {
                "key_id": "whole", "secret": "secret-of-whole", "scope": "provider",
                "service_provider": "provider",
            },
        ],
        "applications": [{"uid": APP, "account": "mine", "name": "standing"}],
        "trunks": [{"uid": HOME, "ref": "home", **mine, "name": "home", "host_name": "home"}],
        "access_lists": [{"uid": LIST, "ref": "list", **mine, "name": "l", "home_trunk": "home"}],
        "trunk_access_lists": [{"trunk": "home", "access_list": "list"}],
        "credential_lists": [{"ref": "users", **mine, "name": "users"}],
        "sip_credentials": [{"credential_list": "users", "username": USER, "password": "x" * 12}],
        "numbers": [
            {"service_provider": "provider", "account": "mine", "e164": OWN_NUMBER},
            {
                "service_provider": "provider", "e164": FOR_SALE, "status": "available",
                "from_inventory": True, "country": "US",
            }
        ],
    }  # fmt: skip


def names(row: Any) -> dict[str, str]:
    """What paths and bodies may name: the row's ids, and the fixed things of the world."""
    found = {
        "account": ACCOUNT,
        "account24": CODECS["hex24"].encode(UUID(ACCOUNT)),
        "home": HOME,
        "home_ulid": CODECS["ulid"].encode(UUID(HOME)),
        "list_ulid": CODECS["ulid"].encode(UUID(LIST)),
        "application": APP,
        "new": NEW.removeprefix("+"),
        "for_sale": FOR_SALE.removeprefix("+"),
    }
    if row is None:
        return found
    spelled = {codec: CODECS[codec].encode(row.uid) for codec in CODECS}
    for name in ("trunk", "access_list"):
        value = row.__data__.get(name)
        found |= {f"its_{name}": CODECS["ulid"].encode(value)} if value else {}
    route = getattr(row, "route_number", None)
    found |= {"route": str(route)} if route is not None else {}
    return {**found, **spelled, "digits": str(getattr(row, "e164", "")).removeprefix("+")}


def filled(value: Any, known: Mapping[str, str]) -> Any:
    """A path or body with its names filled in; KeyError for one that is not known."""
    text = json.dumps(value)
    for name, given in known.items():
        text = text.replace("{" + name + "}", given)
    if "{" in text.replace("{}", "") and isinstance(value, str):
        raise KeyError(text)
    return json.loads(text)


def found_by(member: str, key: str) -> Pick:
    """The item of a list that has the row's id."""
    return lambda body, known: next(
        (one for one in body[member] if one["id"] == known.get(key)), None
    )


def ways(dialect: str) -> Any:
    """The module with `WAYS`, `HIDDEN` and `sign_in` of a dialect."""
    return importlib.import_module(f"tests.adapters.{dialect}.ways")
