"""The emulated provider: an SMSC one can bind to, send through, and be sent to from.

    smsc = Smsc("127.0.0.1", 0, runtime, [Account("demo", "demo")], journal=print)
    port = smsc.start()
    smsc.inject("demo", "+12065550123", "+12065550100", "hello")
    smsc.stop()

One SMSC serves all universes: the account a peer binds as says which one it belongs to, and each
universe has its own scripts, clock and timer. Receipts follow the universe's timer, socket timers
and delayed answers the machine's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import gevent

from emulators.smsc import mo, queries
from emulators.smsc.journal import as_entry
from emulators.smsc.outbox import Outbox, Parcel
from emulators.smsc.receipts import receipt
from emulators.smsc.scripts import Rule, Scripts
from emulators.smsc.store import Message, Store, Text
from emulators.smsc.submission import Desk
from emulators.smsc.wording import STATES
from gateway.domain.runtime import Runtime
from gateway.transports.smpp.codec import Pdu
from gateway.transports.smpp.commands import Command, Status
from gateway.transports.smpp.server import Limits, Reply, ServerSession, SmppServer

Later = Callable[[float, Callable[[], None]], Any]
MOST_BINDS = 50


@dataclass(eq=False)
class Account:
    """Who may bind. `refuse_status` refuses: always, or `refuse_times` times if that is set."""

    system_id: str
    password: str
    universe: str = "main"
    refuse_status: int = 0
    refuse_times: int = 0


class Universe:
    """One world's scripts, clock and timer, as the SMSC needs them."""

    def __init__(self, runtime: Runtime, later: Later) -> None:
        self.runtime = runtime
        self.later = later
        self.scripts = Scripts()
        self.reference = 0

    def now(self) -> datetime:
        return self.runtime.now()

    def next_reference(self) -> int:
        self.reference = self.reference % 0xFFFF + 1
        return self.reference


class Smsc:
    """See the module's text. `journal` gets a JSON-ready dict of every PDU, passwords left out.

    `later(seconds, call)` is the timer of the main universe; by default gevent's.
    """

    def __init__(
        self,
        host: str,
        port: int,
        runtime: Runtime,
        accounts: Iterable[Account] = (),
        *,
        journal: Callable[[dict[str, Any]], None] | None = None,
        later: Later | None = None,
        receipt_seconds: float = 0.05,
        tls: Any = None,
        limits: Limits | None = None,
    ) -> None:
        self.accounts = {account.system_id: account for account in accounts}
        self.store = Store()
        self._timers: set[Any] = set()
        self._journal = journal
        self.server = SmppServer(
            host,
            port,
            authenticate=self._authenticate,
            on_submit=self._submitted,
            on_command=self._asked,
            on_bound=self._bound,
            on_pdu=self._saw,
            on_fault=self._saw_fault,
            tls=tls,
            limits=limits or Limits(system_id="SMSC", response_seconds=10.0),
        )
        self.outbox = Outbox(lambda: self.server.sessions, self._machine_later)
        self.desk = Desk(self.store, self.outbox, self._machine_later, receipt_seconds)
        self.universes = {"main": Universe(runtime, later or self._machine_later)}

    # -- life

    def start(self) -> int:
        """Listen; the port in use. Raises OSError when it is taken."""
        return self.server.start()

    def stop(self) -> None:
        self.server.stop()
        gevent.killall(list(self._timers), timeout=1.0)

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def pending(self) -> int:
        """Timers that run: receipts and delayed answers to come, repeats of deliveries."""
        return len(self._timers)

    @property
    def unacknowledged(self) -> int:
        """Deliveries that peers have not answered yet."""
        return sum(session.unacknowledged for session in self.server.sessions)

    def _machine_later(self, seconds: float, call: Callable[[], None]) -> None:
        timer = gevent.spawn_later(seconds, call)
        self._timers.add(timer)
        timer.link(self._timers.discard)

    # -- worlds and accounts

    def add_universe(self, name: str, runtime: Runtime, later: Later | None = None) -> Universe:
        self.universes[name] = Universe(runtime, later or self._machine_later)
        return self.universes[name]

    def remove_universe(self, name: str) -> None:
        """Close its sessions and forget its accounts and messages."""
        for account in [a for a in self.accounts.values() if a.universe == name]:
            self.remove_account(account.system_id)
        self.store.forget(name)
        self.universes.pop(name, None)

    def add_account(self, account: Account) -> None:
        """Let a system_id in; raises ValueError when another universe has it."""
        known = self.accounts.get(account.system_id)
        if known is not None and known.universe != account.universe:
            raise ValueError(f"system_id {account.system_id} belongs to another universe")
        self.accounts[account.system_id] = account

    def remove_account(self, system_id: str) -> None:
        self.accounts.pop(system_id, None)
        self.outbox.forget(system_id)
        self.drop(system_id)

    def reset(self, universe: str = "main") -> None:
        """Forget messages, waiting deliveries and rules of a universe; sessions stay bound."""
        self.store.forget(universe)
        for account in self.accounts.values():
            if account.universe == universe:
                account.refuse_status = account.refuse_times = 0
                self.outbox.forget(account.system_id)
        self.universes[universe].scripts = Scripts()

    # -- what a test does

    def set_rules(self, rules: Iterable[Rule], universe: str = "main") -> None:
        """Scripts by destination pattern, asked before the table of destinations."""
        self.universes[universe].scripts.replace(rules)

    def refuse_binds(self, system_id: str, status: int, times: int = 0) -> None:
        """Answer binds with a status (0 lets in again), `times` times or until changed."""
        account = self.accounts[system_id]
        account.refuse_status, account.refuse_times = status, times

    def drop(self, system_id: str | None = None) -> int:
        """Cut the connections of one system_id, or of all; how many were cut."""
        found = [s for s in self.server.sessions if system_id in (None, s.system_id)]
        for session in found:
            session.close("cut by a test")
        return len(found)

    def unbind(self, system_id: str | None = None) -> None:
        """Ask peers to leave, as a provider does before maintenance."""
        for session in list(self.server.sessions):
            if system_id in (None, session.system_id):
                session.unbind()

    def inject(
        self,
        system_id: str,
        source: str,
        destination: str,
        text: str,
        *,
        command: int = Command.DELIVER_SM,
        **how: Any,
    ) -> list[Parcel]:
        """Send a mobile-originated text to a customer; `how` as `mo.deliveries` takes it.

        With DATA_SM the text travels in message_payload. Raises KeyError for an unknown customer.
        """
        universe = self.universes[self.accounts[system_id].universe]
        how.setdefault("reference", universe.next_reference())
        posted = []
        for fields, tlvs in mo.deliveries(source, destination, text, **how):
            if command == Command.DATA_SM:
                fields, tlvs = mo.as_data(fields, tlvs)
            posted.append(self.outbox.post(Parcel(system_id, fields, tlvs, command)))
        return posted

    def send_receipt(
        self, system_id: str, message_id: str, state: str, *, error: str | None = None
    ) -> Parcel:
        """Send a receipt for a stored message now, whatever was sent before or asked for.

        Raises KeyError when the message is not known, ValueError for an unknown state.
        """
        if state not in STATES:
            raise ValueError(f"state is one of {', '.join(STATES)}")
        message = self.store.get(system_id, message_id)
        if message is None:
            raise KeyError(message_id)
        now = self.universes[message.universe].now()
        message.move(state, now)
        fields, tlvs = receipt(message, state, now, error)
        message.receipts += 1
        return self.outbox.post(Parcel(system_id, fields, tlvs, session=message.session))

    def deliver_raw(
        self,
        system_id: str,
        fields: Mapping[str, Any],
        tlvs: Mapping[int, list[bytes]] | None = None,
        command: int = Command.DELIVER_SM,
    ) -> Parcel:
        """Send any deliver_sm or data_sm, as odd as a test needs it."""
        return self.outbox.post(Parcel(system_id, dict(fields), dict(tlvs or {}), command))

    def messages(self, universe: str | None = None) -> list[Message]:
        """What was accepted, oldest first, one entry per segment."""
        return self.store.messages(universe)

    def texts(self, universe: str | None = None) -> list[Text]:
        """Whole texts, put together from their segments, in the order they were completed."""
        return [text for text in self.store.texts if universe in (None, text.universe)]

    # -- what peers do

    def _authenticate(self, session: ServerSession, pdu: Pdu) -> int:
        account = self.accounts.get(session.system_id)
        if account is None:
            return Status.INVALID_SYSTEM_ID
        if account.refuse_status:
            status = account.refuse_status
            if account.refuse_times:
                account.refuse_times -= 1
                if not account.refuse_times:
                    account.refuse_status = 0
            return status
        if pdu.fields["password"] != account.password:
            return Status.INVALID_PASSWORD
        bound = [s for s in self.server.sessions if s.bound and s.system_id == account.system_id]
        if len(bound) >= MOST_BINDS:
            return Status.BIND_FAILED
        session.account = account
        return Status.OK

    def _bound(self, session: ServerSession) -> None:
        if session.receives:
            self.outbox.flush(session.system_id)

    def _submitted(self, session: ServerSession, pdu: Pdu) -> Reply | int | None:
        world = self.universes.get(session.account.universe)
        if world is None:
            return Status.SYSTEM_ERROR
        return self.desk.take(session, world, session.account.universe, pdu)

    def _asked(self, session: ServerSession, pdu: Pdu) -> Reply | int | None:
        world = self.universes.get(session.account.universe)
        if world is None:
            return Status.SYSTEM_ERROR
        return queries.answer(self.store, session.system_id, pdu, world.now())

    # -- journal

    def _saw(self, session: ServerSession, direction: str, pdu: Pdu) -> None:
        if self._journal is not None:
            self._journal(as_entry(session, direction, pdu, self._universe_of(session, pdu)))

    def _saw_fault(self, session: ServerSession, fault: Exception) -> None:
        if self._journal is not None:
            entry = {"direction": "in", "pdu": "malformed", "fault": str(fault)}
            self._journal({**entry, "session": session.id, "system_id": session.system_id})

    def _universe_of(self, session: ServerSession, pdu: Pdu) -> str:
        account = session.account or self.accounts.get(pdu.fields.get("system_id", ""))
        return account.universe if account else ""
