"""The emulated provider: an SMSC one can bind to, send through, and be sent to from.

    smsc = Smsc("127.0.0.1", 0, runtime, [Account("demo", "demo")], journal=print)
    port = smsc.start()
    smsc.inject("demo", "+12065550123", "+12065550100", "hello")
    smsc.stop()

Each universe has an SMSC of its own, and only one of them listens: it passes a peer whose system_id
belongs to another on to that one (`lodge`). A peer inside the process needs no port: `connect`.
Receipts follow the universe's timer, socket timers and delayed answers the machine's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import gevent
from gevent import socket

from emulators.smsc import mo, queries
from emulators.smsc.holds import Holds
from emulators.smsc.journal import as_entry
from emulators.smsc.outbox import Outbox, Parcel
from emulators.smsc.receipts import receipt
from emulators.smsc.scripts import Rule, Script, Scripts
from emulators.smsc.store import Message, Store, Text
from emulators.smsc.submission import Desk
from emulators.smsc.wording import STATES
from gateway.domain.runtime import Runtime
from gateway.transports.smpp.codec import Pdu
from gateway.transports.smpp.commands import BINDS, Command, Status
from gateway.transports.smpp.server import (
    Limits,
    Reply,
    ServerSession,
    SessionState,
    SmppServer,
)

Later = Callable[[float, Callable[[], None]], Any]
Strike = Callable[[Pdu], tuple[str, Script] | None]
MOST_BINDS = 50
_BINDING = (SessionState.OPEN,)
_SENDING = (SessionState.BOUND_TX, SessionState.BOUND_TRX)


@dataclass(eq=False)
class Account:
    """Who may bind. `refuse_status` refuses: always, or `refuse_times` times if that is set."""

    system_id: str
    password: str
    refuse_status: int = 0
    refuse_times: int = 0


class Smsc:
    """See the module's text. `journal` gets a JSON-ready dict of every PDU, passwords left out.

    `later(seconds, call)` is the universe's timer; by default gevent's. `strike(pdu)` says whether
    a fault hits a bind or a submission: its id, and what happens in place of the scripts.
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
        strike: Strike | None = None,
        receipt_seconds: float = 0.05,
        tls: Any = None,
        limits: Limits | None = None,
    ) -> None:
        self.accounts = {account.system_id: account for account in accounts}
        self.scripts = Scripts()
        self.store = Store()
        self.later = later or self._machine_later
        self.holds = Holds()
        self._runtime = runtime
        self._reference = 0
        self._timers: set[Any] = set()
        self._journal, self._strike = journal, strike
        self._struck: dict[tuple[int, int], Script] = {}
        self._lodgers: dict[str, Smsc] = {}
        self._homes: dict[ServerSession, Smsc] = {}
        self.server = SmppServer(
            host,
            port,
            authenticate=self._authenticate,
            on_submit=self._submitted,
            on_command=self._asked,
            on_bound=self._bound,
            on_close=self._closed,
            on_pdu=self._saw,
            on_fault=self._saw_fault,
            tls=tls,
            limits=limits or Limits(system_id="SMSC", response_seconds=10.0),
        )
        self._guests: list[ServerSession] = []
        self.outbox = Outbox(lambda: self.sessions, self._machine_later)
        self.desk = Desk(self.store, self.outbox, self._machine_later, receipt_seconds)

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

    def connect(self) -> Any:
        """One end of a connection inside the process; the other end is served like a peer's."""
        ours, theirs = socket.socketpair()
        gevent.spawn(self.server.serve, theirs, None)
        return ours

    @property
    def sessions(self) -> list[ServerSession]:
        """The peers of this SMSC, also those who came through another's port."""
        own = [session for session in self.server.sessions if session not in self._homes]
        return own + self._guests

    @property
    def pending(self) -> int:
        """Timers that run on the machine's clock: delayed answers, repeats of deliveries, and
        receipts unless the universe has a timer of its own."""
        return len(self._timers)

    @property
    def unacknowledged(self) -> int:
        """Deliveries that peers have not answered yet."""
        return sum(session.unacknowledged for session in self.sessions)

    def now(self) -> datetime:
        return self._runtime.now()

    def _machine_later(self, seconds: float, call: Callable[[], None]) -> None:
        timer = gevent.spawn_later(seconds, call)
        self._timers.add(timer)
        timer.link(self._timers.discard)

    # -- accounts and lodgers

    def lodge(self, system_id: str, other: Smsc) -> None:
        """Let peers of another universe's SMSC in through this one's port.

        Raises ValueError when the system_id is taken.
        """
        if system_id in self.accounts or system_id in self._lodgers:
            raise ValueError(f"system_id {system_id} is taken")
        self._lodgers[system_id] = other

    def evict(self, other: Smsc) -> None:
        """Let peers of another SMSC in no more, and close those that are here."""
        self._lodgers = {name: home for name, home in self._lodgers.items() if home is not other}
        for session in [s for s, home in self._homes.items() if home is other]:
            session.close("its universe is gone")

    def is_free(self, system_id: str) -> bool:
        return system_id not in self.accounts and system_id not in self._lodgers

    def add_account(self, account: Account) -> None:
        """Let a system_id in. Raises ValueError when another universe has it."""
        if account.system_id in self._lodgers:
            raise ValueError(f"system_id {account.system_id} belongs to another universe")
        self.accounts[account.system_id] = account

    def reset(self) -> None:
        """Forget messages, waiting deliveries and rules; sessions stay bound."""
        self.store.clear()
        self.holds.clear()
        for account in self.accounts.values():
            account.refuse_status = account.refuse_times = 0
            self.outbox.forget(account.system_id)
        self.scripts = Scripts()
        self._reference = 0

    # -- what a test does

    def set_rules(self, rules: Iterable[Rule]) -> None:
        """Scripts by destination pattern, asked before the table of destinations."""
        self.scripts.replace(rules)

    def refuse_binds(self, system_id: str, status: int, times: int = 0) -> None:
        """Answer binds with a status (0 lets in again), `times` times or until changed."""
        account = self.accounts[system_id]
        account.refuse_status, account.refuse_times = status, times

    def drop(self, system_id: str | None = None) -> int:
        """Cut the connections of one system_id, or of all; how many were cut."""
        found = [s for s in self.sessions if system_id in (None, s.system_id)]
        for session in found:
            session.close("cut by a test")
        return len(found)

    def unbind(self, system_id: str | None = None) -> None:
        """Ask peers to leave, as a provider does before maintenance."""
        for session in self.sessions:
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
        if system_id not in self.accounts:
            raise KeyError(system_id)
        self._reference = self._reference % 0xFFFF + 1
        how.setdefault("reference", self._reference)
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
        now = self.now()
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

    def messages(self) -> list[Message]:
        """What was accepted, oldest first, one entry per segment."""
        return self.store.messages()

    def texts(self) -> list[Text]:
        """Whole texts, put together from their segments, in the order they were completed."""
        return list(self.store.texts)

    # -- what peers do

    def _home(self, session: ServerSession) -> Smsc:
        return self._homes.get(session, self)

    def _authenticate(self, session: ServerSession, pdu: Pdu) -> int:
        home = self._lodgers.get(session.system_id, self)
        status = home.admit(session, pdu)
        if home is not self and status == Status.OK:
            self._homes[session] = home
            home._guests.append(session)
        return status

    def admit(self, session: ServerSession, pdu: Pdu) -> int:
        """The command_status a bind is answered with."""
        account = self.accounts.get(session.system_id)
        struck = self._struck.pop((session.id, pdu.sequence), None)
        if struck is not None:
            return struck.status
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
        bound = [s for s in self.sessions if s.bound and s.system_id == account.system_id]
        return Status.BIND_FAILED if len(bound) >= MOST_BINDS else Status.OK

    def _bound(self, session: ServerSession) -> None:
        if session.receives:
            self._home(session).outbox.flush(session.system_id)

    def _closed(self, session: ServerSession) -> None:
        home = self._homes.pop(session, None)
        if home is not None:
            home._guests.remove(session)

    def _submitted(self, session: ServerSession, pdu: Pdu) -> Reply | int | None:
        home = self._home(session)
        struck = home._struck.pop((session.id, pdu.sequence), None)
        return home.desk.take(session, home, pdu, struck)

    def _asked(self, session: ServerSession, pdu: Pdu) -> Reply | int | None:
        home = self._home(session)
        return queries.answer(home.store, session.system_id, pdu, home.now())

    # -- journal

    def _saw(self, session: ServerSession, direction: str, pdu: Pdu) -> None:
        home = self._homes.get(session) or self._lodgers.get(pdu.fields.get("system_id", ""), self)
        entry = as_entry(session, direction, pdu)
        if direction == "in" and (fault := home._fault(session, pdu)):
            entry["fault"] = fault
        home.note(entry)

    def _fault(self, session: ServerSession, pdu: Pdu) -> str:
        """The fault that hits what has come, kept until it is answered; empty without one."""
        expected = _BINDING if pdu.command in BINDS else _SENDING
        found = self._strike(pdu) if self._strike and session.state in expected else None
        if found is None:
            return ""
        fault, self._struck[(session.id, pdu.sequence)] = found
        return fault

    def _saw_fault(self, session: ServerSession, fault: Exception) -> None:
        entry = {"direction": "in", "pdu": "malformed", "fault": str(fault)}
        self._home(session).note({**entry, "session": session.id, "system_id": session.system_id})

    def note(self, entry: dict[str, Any]) -> None:
        """Tell the journal of a PDU."""
        if self._journal is not None:
            self._journal(entry)
