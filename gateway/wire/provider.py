"""How a dialect's account at a real provider is reached and read.

A dialect declares a `Provider`: how a client is made from a login, and one function for each part
of an account that reads it into holdings. The functions see the dialect's client only, so what
carries its requests, and how often they are tried, is no concern of theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.domain.holdings import Holding, Link, Name
from gateway.domain.ids import Ref
from gateway.wire.messages import Messages
from gateway.wire.notices import ReadEvents
from gateway.wire.reading import KEEP, Change
from gateway.wire.upstream import Refused, Transport

NOT_FOUND = 404
_ALIAS_KINDS = {
    "trunks": "trunk",
    "endpoints": "endpoint",
    "access_lists": "access_list",
    "credential_lists": "credential_list",
    "smpp_links": "link",
    "applications": "application",
    "hooks": "hook",
    "flow_nodes": "flow_node",
    "numbers": "number",
    "documents": "document",
}
"""The word aliases use for a kind of rows; rows of other kinds have no names of their own."""


@dataclass(frozen=True)
class Login:
    """Who we are at a provider. `key` is a name, an id or nothing, whatever goes with a secret
    there; `account` is the provider's own name of the account, where a login opens several.
    `settings` are those of the connection."""

    key: str
    secret: str = field(repr=False)
    account: str
    now: Callable[[], datetime]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Reading:
    """One reading of an account; what people should be told of it is put into `notes`."""

    client: Any
    account: str
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def holding(
        self,
        kind: str,
        change: Change,
        takes: Iterable[str],
        more: Mapping[str, Any] | None = None,
        *,
        links: Mapping[str, str] | None = None,
        own: str = "",
        alias: bool = True,
    ) -> Iterator[Holding]:
        """The row of an object that was read; none, and a note, where the object has no name.

        `takes` are the attributes that are columns, `links` those that name rows of a kind, `more`
        are columns and what is in them. `own` is the row's name, by default the object's `uid`.
        """
        own = own or named(change.get("uid"))
        if not own:
            self.note(f"one of the {kind} has no id and is left out")
            return
        members: dict[str, Any] = {}
        for name in takes:
            if change.get(name) is KEEP:
                self.note(f"the {name} of {kind} is not told")
            elif (value := plain(change.get(name))) is not None:
                members[name] = value
        for name, target in (links or {}).items():
            if other := named(change.get(name)):
                members[name.removesuffix("_uid")] = Link.to(target, other)
        members |= {name: value for name, value in (more or {}).items() if value is not None}
        odd = {path: whys[0].text for path, whys in change.odd.items()}
        names = (Name(_ALIAS_KINDS[kind], own),) if alias and kind in _ALIAS_KINDS else ()
        yield Holding(kind, Link.to(kind, own), members, names, odd)

    def looked_up(self, name: str, what: str, **path: str) -> Change | None:
        """One object of a list; None, and a note, when it has gone since the list was read."""
        try:
            found: Change = self.client.call(name, **path)
        except Refused as refusal:
            if refusal.status != NOT_FOUND:
                raise
            self.note(f"{what} vanished while the account was read")
            return None
        return found


def named(value: Any) -> str:
    """An id of a provider as text, empty where there is none."""
    if value is None:
        return ""
    return value.text if isinstance(value, Ref) else str(value)


def plain(value: Any) -> Any:
    """A value that was read as JSON, without what is not set."""
    if isinstance(value, Ref):
        return value.text
    if isinstance(value, Mapping):
        inner = {name: plain(one) for name, one in value.items()}
        return {name: one for name, one in inner.items() if one is not None} or None
    if isinstance(value, list):
        return [plain(one) for one in value]
    if value is KEEP:
        return None
    return value if value is None or isinstance(value, Link | int | float) else str(value)


Reader = Callable[[Reading], Iterator[Holding]]
Offered = Callable[[Any, Mapping[str, Any]], Iterable[Change]]


@dataclass(frozen=True)
class Shop:
    """What a provider sells, asked for with the client and the filters that our own inventory
    takes: numbers, area codes and exchanges, as core attributes."""

    numbers: Offered
    area_codes: Offered
    exchanges: Offered


ReadProof = Callable[[str], Any]
Border = Callable[[Reading], Iterator[Mapping[str, Any]]]


@dataclass(frozen=True)
class Provider:
    """`readers` come in an order in which what is referred to is read first. `probes` name for a
    kind of bundle rows the operation that lists them, to be asked in a test of the connection.
    `apart` is what lives elsewhere than at `base_url`, by the beginning of its path.

    A platform that is connected to providers has a `border`: it tells the addresses (`address`,
    `port`) its calls come from and go to. The others are providers; `by_hand` says of `dials` and
    `admits` what a person must do there so that an address is called or let in, where the API does
    neither tell nor take it.

    `events` reads what the provider tells of by webhook, None where it tells of nothing;
    `event_proof` reads what it proves itself with there (ValueError for what it cannot be), None
    where it has no way to. `messages` says how one is sent, None where none can be; `shop` what the
    provider sells, None where nothing can be bought over the API."""

    base_url: str
    connect: Callable[[Transport, Login], Any]
    readers: Sequence[Reader]
    probes: Mapping[str, str]
    apart: Mapping[str, str] = field(default_factory=dict)
    messages: Messages | None = None
    border: Border | None = None
    by_hand: Mapping[str, str] = field(default_factory=dict)
    events: ReadEvents | None = None
    event_proof: ReadProof | None = None
    shop: Shop | None = None
