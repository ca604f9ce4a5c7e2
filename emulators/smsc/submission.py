"""What happens to a submission: checked, scripted, stored, answered, and its receipts planned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from emulators.smsc.checks import destination_fault, submission_fault
from emulators.smsc.holds import Holds
from emulators.smsc.journal import text_of
from emulators.smsc.outbox import Outbox, Parcel
from emulators.smsc.receipts import is_wanted, receipt
from emulators.smsc.scripts import Script, Scripts
from emulators.smsc.store import Message, Store, concatenation
from emulators.smsc.wording import id_in_form, parse_time
from gateway.transports.smpp.codec import Pdu
from gateway.transports.smpp.commands import Command, Status
from gateway.transports.smpp.server import Reply, ServerSession

# Long enough that a receipt handed to another session arrives before the answer.
_OVERTAKEN_SECONDS = 0.05
_MULTI_ONLY = ("dest_addresses",)


class World(Protocol):
    """What a universe gives its messages: scripts, its clock and its timer."""

    scripts: Scripts

    def now(self) -> datetime: ...
    def later(self, seconds: float, call: Callable[[], None]) -> Any: ...
    @property
    def holds(self) -> Holds: ...


class Desk:
    """Takes submissions for the SMSC. `machine_later` delays answers on the machine's clock."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        machine_later: Callable[[float, Callable[[], None]], Any],
        receipt_seconds: float,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._machine_later = machine_later
        self._receipt_seconds = receipt_seconds

    def take(
        self, session: ServerSession, world: World, pdu: Pdu, struck: Script | None = None
    ) -> Reply | None:
        """The reply to a submit_sm, submit_multi or data_sm; None when it comes later or never.

        `struck` is what a fault does to it, in place of the universe's scripts.
        """
        fault = submission_fault(pdu, world.now())
        if fault:
            return Reply(fault)
        if pdu.command == Command.SUBMIT_MULTI:
            return self._take_many(session, world, pdu)
        script = struck or world.scripts.play(pdu.fields["destination_addr"], partial(text_of, pdu))
        if script.status:
            return self._answer(session, pdu, script, Reply(script.status))
        message, is_new = self._accept(session, world, pdu, pdu.fields, script)
        if is_new and script.receipt_first:
            self._play(world, message)
        reply = self._answer(session, pdu, script, Reply(0, {"message_id": message.id}))
        if is_new and not script.receipt_first:
            self._plan(world, message)
        return reply

    def _take_many(self, session: ServerSession, world: World, pdu: Pdu) -> Reply:
        """One id for all destinations; those refused are listed with their own status."""
        accepted: list[Message] = []
        failed: list[tuple[int, int, str, int]] = []
        for entry in pdu.fields["dest_addresses"]:
            if len(entry) == 1:
                failed.append((0, 0, entry[0], Status.INVALID_LIST_NAME))
                continue
            ton, npi, number = entry
            names = {"dest_addr_ton": ton, "dest_addr_npi": npi, "destination_addr": number}
            script = world.scripts.play(number, partial(text_of, pdu))
            status = destination_fault(names) or script.status
            if status:
                failed.append((ton, npi, number, status))
                continue
            fields = {k: v for k, v in pdu.fields.items() if k not in _MULTI_ONLY} | names
            first = accepted[0] if accepted else None
            message, _ = self._accept(session, world, pdu, fields, script, first)
            accepted.append(message)
            self._plan(world, message)
        if not accepted:
            return Reply(failed[0][3])
        return Reply(0, {"message_id": accepted[0].id, "unsuccess_sme": failed})

    def _accept(
        self,
        session: ServerSession,
        world: World,
        pdu: Pdu,
        fields: dict[str, Any],
        script: Script,
        first: Message | None = None,
    ) -> tuple[Message, bool]:
        """(the stored message, whether it is new); a replaced one keeps its id."""
        now = world.now()
        number = first.number if first else self._store.next_number()
        message_id = id_in_form(number, script.answer_form)
        if first:
            message_id = f"{first.id}/{fields['destination_addr']}"
        concat, user_data = concatenation(pdu, pdu.payload)
        message = Message(
            number=number,
            id=message_id,
            system_id=session.system_id,
            session=session.id,
            fields=fields,
            payload=pdu.payload,
            submitted_at=now,
            expires_at=parse_time(fields.get("validity_period", ""), now),
            script=script,
            concat=concat,
            user_data=user_data,
        )
        if fields.get("replace_if_present_flag"):
            pending = self._store.replaceable(message)
            if pending is not None:
                self._store.replace_text(pending, user_data)
                return pending, False
        self._store.add(message)
        return message, True

    def _answer(
        self, session: ServerSession, pdu: Pdu, script: Script, reply: Reply
    ) -> Reply | None:
        """Answer as the script says; a reply that is handed back is sent at once by the caller."""
        if script.drop == "before":
            session.close("cut by a script")
            return None
        if not script.answers:
            return None
        delay = script.answer_seconds or (_OVERTAKEN_SECONDS if script.receipt_first else 0.0)
        if delay:
            self._machine_later(delay, lambda: session.reply(pdu, reply))
            return None
        if script.drop == "after":
            session.reply(pdu, reply)
            session.close("cut by a script", flush_seconds=1.0)
            return None
        return reply

    # -- receipts

    def _delay(self, message: Message) -> float:
        seconds = message.script.receipt_seconds
        return self._receipt_seconds if seconds is None else seconds

    def _plan(self, world: World, message: Message) -> None:
        """Each state of the script after another delay, the first not before its schedule, or after
        so many more ticks."""
        script = message.script
        now = world.now()
        scheduled = parse_time(message.fields.get("schedule_delivery_time", ""), now)
        start = max(0.0, (scheduled - now).total_seconds()) if scheduled else 0.0
        states = script.states or (script.last_state,)
        calls = [partial(self.move, world, message, state) for state in states]
        calls += [partial(self._tell, world, message, state) for state in script.stale]
        for step, call in enumerate(calls, 1):
            if script.ticks:
                name = message.fields["destination_addr"].removeprefix("+")
                world.holds.hold(step * script.ticks, name, call)
            else:
                world.later(start + step * self._delay(message), call)

    def _tell(self, world: World, message: Message, state: str) -> None:
        """A receipt that says what is no longer so."""
        self.notify(message, state, world.now(), message.script.copies)

    def _play(self, world: World, message: Message) -> None:
        for state in message.script.states:
            self.move(world, message, state)

    def move(self, world: World, message: Message, state: str) -> None:
        """Bring a message into a state and tell its sender, unless it ended before."""
        if message.is_final:
            return
        now = world.now()
        if message.expires_at is not None and now > message.expires_at:
            state = "EXPIRED"
        message.move(state, now)
        if message.script.states:
            self.notify(message, state, now, message.script.copies)

    def notify(self, message: Message, state: str, now: datetime, copies: int = 1) -> list[Parcel]:
        """Post receipts if the sender asked for this state."""
        if not is_wanted(message.fields.get("registered_delivery", 0), state):
            return []
        posted = []
        for _ in range(copies):
            fields, tlvs = receipt(message, state, now)
            parcel = Parcel(message.system_id, fields, tlvs, session=message.session)
            posted.append(self._outbox.post(parcel))
            message.receipts += 1
        return posted
