"""Messages that a subscriber sends by answering the webhook of an arriving one.

The answer is a list of verbs (`domain/verbs.py`), of which `message` is obeyed. Each reply is sent
under an Idempotency-Key made of the event and its place in the list, before the webhook counts as
delivered: a webhook that is sent again after a crash makes no second reply.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

import orjson

from gateway.domain import numbers, verbs
from gateway.domain.context import Context
from gateway.domain.events import EventKind
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Problem, Unavailable
from gateway.models.database import write
from gateway.services import alerts, hooks, links, messages
from gateway.services.alerts import AlertType
from gateway.services.hook_jobs import Call

log = logging.getLogger("polytrunk.worker")

ARRIVALS = frozenset({EventKind.SMS, EventKind.MMS})
MOST_OCTETS = 65_536
MOST_REPLIES = 20


@dataclass(frozen=True)
class Webhook(Principal):
    """The subscriber of a webhook, who acts for its account."""

    name: str = ""

    @property
    def actor(self) -> str:
        return f"hook:{self.name}"


def expected(call: Call, dialect: Any) -> bool:
    """Whether the answer to a webhook may ask for replies."""
    return bool(dialect.replies) and call.event.kind in ARRIVALS


def send(ctx: Context, call: Call, answer: bytes) -> int:
    """Send what an answer asks for; how many replies were accepted.

    An answer that is no list of verbs, and a reply that is refused, raise an alert of the account;
    the event counts as taken all the same. Raises Unavailable when the store cannot take them.
    """
    try:
        wanted = [verb for verb in _verbs(answer) if verb["verb"] == "message"]
    except ValueError as problem:
        _alert(ctx, call, f"The answer to a webhook cannot be used: {problem}")
        return 0
    done = 0
    for place, verb in enumerate(wanted[:MOST_REPLIES]):
        try:
            messages.send(_as_account(ctx, call, place), _change(call, verb))
            done += 1
        except Unavailable:
            raise
        except (Problem, ValueError) as problem:
            _alert(ctx, call, f"A reply was refused: {problem}")
    if len(wanted) > MOST_REPLIES:
        _alert(ctx, call, f"A webhook was answered with more than {MOST_REPLIES} replies.")
    return done


def _verbs(answer: bytes) -> list[dict[str, Any]]:
    """An empty answer, and an object (a customer's own acknowledgement), ask for nothing."""
    if not answer.strip():
        return []
    value = orjson.loads(answer)
    return verbs.parse(value) if isinstance(value, list) else []


def _as_account(ctx: Context, call: Call, place: int) -> Context:
    account_uid = call.event.message.account_uid
    principal = Webhook(
        Scope.ACCOUNT,
        service_provider_uid=links.provider_of(account_uid),
        account_uid=account_uid,
        name=str(call.target.hook_uid or call.event.uid),
    )
    return replace(
        ctx,
        principal=principal,
        dialect=call.target.dialect,
        idempotency_key=f"{call.event.uid}:{call.target.mark}:{place}",
    )


def _change(call: Call, verb: Mapping[str, Any]) -> dict[str, Any]:
    """A `message` verb as a message; ValueError for an address or a URL that cannot be used."""
    found: dict[str, Any] = {
        "from_number": numbers.parse_e164(_text(verb, "from")),
        "to_number": numbers.parse_e164(_text(verb, "to")),
    }
    for name in ("text", "media"):
        if verb.get(name):
            found[name] = _text(verb, name)
    if trunk_name := verb.get("provider") or verb.get("carrier"):
        found["trunk_name"] = str(trunk_name)
    if hook := verb.get("actionHook"):
        url = hook["url"] if isinstance(hook, Mapping) else hook
        found["callback_url"] = hooks.checked_url(urljoin(call.target.url, url))
    return found


def _text(verb: Mapping[str, Any], name: str) -> str:
    value = verb[name]
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(f"{name} must be text")
    return value


def _alert(ctx: Context, call: Call, text: str) -> None:
    message = call.event.message
    log.warning("event %s: %s", call.event.uid, text)
    with write():
        alerts.add(
            ctx,
            AlertType.PAYLOAD_INVALID,
            text[:500],
            account_uid=message.account_uid,
            details={"url": call.target.url, "event": str(call.event.uid)},
        )
