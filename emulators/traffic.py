"""What the outside world does to the product when a test says so.

An inbound text is a real deliver_sm from the SMSC, single or in parts, and takes the real way. A
media message has no such way, since SMPP carries no media: it is stored directly and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import gevent

from emulators.arguments import Arguments, e164
from emulators.smsc import Parcel, Smsc
from emulators.smsc.wording import STATES
from emulators.world import ESME_SYSTEM_ID, LINK_SYSTEM_ID
from gateway.domain import numbers
from gateway.domain.problems import Invalid, NotFound
from gateway.domain.segments import Method
from gateway.services import inbound_mms

if TYPE_CHECKING:
    from emulators.worlds import World

ANSWER_SECONDS = 5.0


def sms(world: World, given: Arguments) -> dict[str, Any]:
    """{from, to, text, system_id?, method?, alphabet?, reference?, order?, missing?}.

    The carrier's peer with `system_id` gets the parts; the answer has what it said to each.
    """
    smsc = world.smsc
    source, destination = _address(given, "from"), _address(given, "to")
    text = given.take("text", str)
    world.attendant.bind()
    system_id = _system_id(world, given)
    how: dict[str, Any] = {
        "method": given.take("method", str, "udh8", choices=tuple(Method)),
        "alphabet": given.take("alphabet", str, "gsm", choices=("gsm", "latin1", "ascii")),
    }
    for name, kind in (("reference", int), ("order", list), ("missing", list)):
        if (value := given.take(name, kind, None)) is not None:
            how[name] = value
    given.done()
    try:
        parcels = smsc.inject(system_id, source, destination, text, **how)
    except (ValueError, TypeError) as error:
        raise Invalid.one("text", "value", f"The message cannot be made: {error}.") from None
    played = {"what": "sms", "from": source, "to": destination, "text": text}
    return _answered(world, system_id, played, parcels)


def receipt(world: World, given: Arguments) -> dict[str, Any]:
    """{message_id or to, state?, error?, system_id?}: a receipt for a submitted message, now.

    `message_id` is the SMSC's; `to` means all parts of the last text to that number.
    """
    smsc = world.smsc
    world.attendant.bind()
    system_id = _system_id(world, given)
    message_id = given.take("message_id", str, None)
    to = given.take("to", str, None)
    state = given.take("state", str, "DELIVRD", choices=tuple(STATES))
    error = given.take("error", str, None)
    given.done()
    ids = [message_id] if message_id else _last_to(smsc, system_id, to)
    try:
        parcels = [smsc.send_receipt(system_id, one, state, error=error) for one in ids]
    except KeyError as unknown:
        raise NotFound(f"The SMSC has no message {unknown.args[0]}.") from None
    played = {"what": "receipt", "message_ids": ids, "state": state}
    return _answered(world, system_id, played, parcels)


def mms(world: World, given: Arguments) -> dict[str, Any]:
    """{from, to, text?, media?}: media are URLs, or objects with url, file_name, file_size,
    mime_type."""
    source, destination = e164(given, "from"), e164(given, "to")
    text = given.take("text", str, "")
    media = [_media(n, one) for n, one in enumerate(given.take("media", list, []))]
    given.done()
    with world.universe.entered():
        ctx = world.universe.context()
        uid = inbound_mms.arrive(ctx, source, destination, text, media)
    played = {"what": "mms", "from": source, "to": destination, "text": text, "media": media}
    world.journal.add("traffic", {**played, "id": str(uid), "simulated": True})
    return {"id": str(uid), "simulated": True}


def _system_id(world: World, given: Arguments) -> str:
    system_id = given.take("system_id", str, None) or _carrier(world)
    if system_id not in world.smsc.accounts:
        known = ", ".join(sorted(world.smsc.accounts))
        raise Invalid.one("system_id", "unknown", f"system_id must be one of: {known}.")
    return str(system_id)


def _carrier(world: World) -> str:
    """The demo link, or if that is not bound another link that is."""
    outside = {ESME_SYSTEM_ID}
    if world.smpp_account is not None:
        outside.add(world.smpp_account.system_id)
    bound = [session.system_id for session in world.smsc.sessions if session.receives]
    links = [name for name in bound if name not in outside]
    return LINK_SYSTEM_ID if LINK_SYSTEM_ID in bound or not links else links[0]


def _address(given: Arguments, name: str) -> str:
    """A number in any spelling, a short code or an alphanumeric sender."""
    try:
        return numbers.parse_address(given.take(name, str)).value
    except ValueError as error:
        raise Invalid.one(name, "value", f"{name} is no address: {error}.") from None


def _media(index: int, value: Any) -> dict[str, Any]:
    path = f"media[{index}]"
    if isinstance(value, str):
        return {"url": value}
    if not isinstance(value, dict):
        raise Invalid.one(path, "type", f"{path} must be a URL or an object.")
    given = Arguments(value)
    members = {"url": given.take("url", str)}
    for name, kind in (("file_name", str), ("file_size", int), ("mime_type", str)):
        if (member := given.take(name, kind, None)) is not None:
            members[name] = member
    given.done()
    return members


def _last_to(smsc: Smsc, system_id: str, to: str | None) -> list[str]:
    if not to:
        raise Invalid.one("message_id", "required", "message_id or to is needed.")
    wanted = to.removeprefix("+")
    texts = [t for t in smsc.texts() if t.system_id == system_id]
    for text in reversed(texts):
        if text.destination.removeprefix("+") == wanted:
            return [m.id for m in smsc.messages() if m.number in text.parts]
    raise NotFound(f"The SMSC has no message to {to}.")


def _answered(
    world: World, system_id: str, played: dict[str, Any], parcels: Sequence[Parcel]
) -> dict[str, Any]:
    """Wait until the peer has answered each parcel, if one is bound, and record what was played."""
    with gevent.Timeout(ANSWER_SECONDS, False):
        while any(parcel.outcome == "sent" for parcel in parcels):
            world.attendant.tick()
            gevent.sleep(0.002)
    parts = [{"outcome": parcel.outcome, "status": parcel.status} for parcel in parcels]
    entry = world.journal.add("traffic", {**played, "system_id": system_id, "parts": parts})
    return {"id": f"{played['what']}-{entry.seq}", "system_id": system_id, "parts": parts}
