"""Asking a customer's hook what to do with a call, and doing what it says.

The question is asked outside of any transaction; its answer is used in one, together with the end
of the job. A worker that dies in between asks again. Without an answer that can be used an alert
says why, and the call ends if it has nothing else to do.

A hook can be given a call altogether (`control`): it is asked after each verb that finds something
out, its answers are obeyed or it loses the call, and it is told when the call ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urljoin
from uuid import UUID

import orjson

from gateway.dialect import Dialect, ReadVerbs
from gateway.domain.calls import TERMINAL, CallStatus
from gateway.domain.context import Context
from gateway.domain.events import EventKind
from gateway.domain.verbs import BadVerbs
from gateway.domain.words import Direction
from gateway.services import alerts, call_hooks, call_legs, call_progress, call_verbs, hook_jobs
from gateway.services.alerts import AlertType
from gateway.services.hook_jobs import Outcome, Target

MOST_OCTETS = 256 * 1024
"""The longest answer that is read."""
MOST_LISTS = 500
"""How many lists of verbs one call may be given: a hook that sends it in a circle ends here."""
CALL, ACTION, REDIRECT, WHISPER, ENDED = "call", "action", "redirect", "whisper", "ended"
KINDS = {ACTION: EventKind.CALL_ACTION, ENDED: EventKind.CALL_ENDED}
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class Answer(Outcome, Protocol):
    """An outcome with the body of the answer."""

    body: bytes
    whole: bool


@dataclass(frozen=True)
class Question:
    """A question ready to be asked. `index` is the verb it comes after, of `program`; `control` is
    the hook if it has the call in hand, `then` what the call goes on with after it."""

    row: Any
    purpose: str
    webhook: hook_jobs.Call
    read: ReadVerbs
    program: str = ""
    index: int = -1
    control: Mapping[str, Any] | None = None
    then: Mapping[str, Any] | None = None


def plan(
    ctx: Context,
    row: Any,
    purpose: str = CALL,
    hook: Mapping[str, Any] | None = None,
    name: str = "",
) -> None:
    """Have a call's hook, or the given one, asked now."""
    hook = hook or call_hooks.of(row, "call")
    if hook is None:
        _give_up(ctx, row, "the call has no application")
        return
    call_progress.plan(
        ctx,
        row.uid,
        row.account_uid,
        "ask",
        f"{purpose}:{name}",
        purpose=purpose,
        hook=dict(hook),
        url=hook["url"],
    )


def control(
    ctx: Context, row: Any, hook: Mapping[str, Any], then: Mapping[str, Any] | None = None
) -> None:
    """Give a call to a hook (`call_hooks.of_row`), which is asked now what to do with it.

    When its verbs have run out, or it gives no answer that can be obeyed, the job `then` goes on
    ({"step": ..., ...}, with `outcome` added, one of `call_verbs.OUTCOMES`); without `then` the
    call ends. In the caller's transaction.
    """
    call_progress.plan(
        ctx,
        row.uid,
        row.account_uid,
        "ask",
        f"control:{ctx.runtime.new_uid().hex}",
        purpose=CALL,
        hook=dict(hook),
        url=hook["url"],
        control=dict(hook),
        then=then and dict(then),
    )


def prepare(
    ctx: Context,
    job: Any,
    row: Any,
    dialects: Mapping[str, Dialect],
    profiles: Mapping[str, str] | None = None,
) -> Question | None:
    """The question of a job; None when there is nothing left to ask."""
    payload = job.payload
    purpose, program = payload["purpose"], payload.get("program", "")
    if row.status in TERMINAL and purpose != ENDED:
        return None
    given = call_verbs.in_force(row, program) if program else None
    if program and given is None:
        return None
    data: Mapping[str, Any] = given.data if given is not None else payload
    hook = payload.get("hook") or _action_hook(row, payload["action"])
    dialect = dialects.get(hook.get("dialect", ""))
    if dialect is None:
        return None
    verb = given.data["verbs"][payload["index"]]["verb"] if given is not None else ""
    kind = KINDS.get(purpose, EventKind.CALL)
    event = call_hooks.event_for(
        ctx,
        kind,
        row,
        hook,
        uid=job.uid,
        at=ctx.runtime.now(),
        facts={"said": payload.get("facts") or {}, "verb": verb},
    )
    uid = UUID(hook["hook"]) if hook.get("hook") else None
    target = Target(dialect.name, hook["url"], uid)
    webhook = hook_jobs.rendered(dialect, profiles, event, call_hooks.login_of(hook), target)
    if webhook is None:
        return None
    return Question(
        row,
        purpose,
        webhook,
        dialect.read_verbs,
        program,
        payload.get("index", -1),
        data.get("control"),
        data.get("then"),
    )


def _action_hook(row: Any, action: Mapping[str, Any]) -> dict[str, Any]:
    """The hook of a verb: a relative one is at the place the verb came from, with its login."""
    came_from = call_progress.latest(row.uid, call_verbs.PROGRAM)
    in_hand = came_from.data.get("control") if came_from is not None else None
    if in_hand is not None:
        return dict(in_hand)
    base: Mapping[str, Any] = call_hooks.of(row, "call") or {}
    at = came_from.data["url"] if came_from is not None else base.get("url", "")
    url = action["url"]
    found = {"url": urljoin(at, url), "method": str(action.get("method") or "post").lower()}
    if found["method"] not in ("get", "post"):
        found["method"] = "post"
    login = call_hooks.Login(action.get("username"), action.get("password"))
    if not _ABSOLUTE.match(url):
        login = call_hooks.login_of(base)
    return call_hooks.hook_of({**found, "dialect": base.get("dialect", "")}, login)


# the answer


def answered(ctx: Context, question: Question, outcome: Answer) -> None:
    """Do what the hook says. In the transaction that ends the job."""
    webhook, row = question.webhook, call_progress.held(question.row.uid)
    if row is None:
        return
    hook_jobs.write_down(ctx, row.account_uid, webhook, outcome)
    if row.status in TERMINAL and question.purpose != ENDED:
        return
    if not webhook.policy.delivered(outcome.status):
        why = outcome.error or f"answered {outcome.status}"
        text = f"The {question.purpose} hook of a call failed: {why}"
        hook_jobs.alert(ctx, row.account_uid, webhook, outcome, text)
        _failed(ctx, row, question, f"the hook failed: {why}")
        return
    if question.purpose == ENDED:
        return
    try:
        found = _verbs(question, outcome)
    except BadVerbs as fault:
        _alert_payload(ctx, row, webhook, str(fault))
        why = f"the hook's answer cannot be used: {fault}"
        if not _taken_away(ctx, row, question):
            _end_or_stay(ctx, row, question, why)
        return
    _go_on(ctx, row, question, found)


def _verbs(question: Question, outcome: Answer) -> list[dict[str, Any]]:
    """The verbs of an answer. An action hook that answers with no list has nothing to say."""
    if not outcome.whole and len(outcome.body) >= MOST_OCTETS:
        raise BadVerbs(f"the answer is longer than {MOST_OCTETS} octets")
    lenient = question.purpose == ACTION and question.control is None
    if not outcome.body.strip() and question.control is None:
        return []
    try:
        value = orjson.loads(outcome.body)
    except orjson.JSONDecodeError:
        if lenient:
            return []
        raise BadVerbs("the answer is no JSON") from None
    if lenient and not isinstance(value, list):
        return []
    if question.purpose == WHISPER and isinstance(value, dict):
        value = [value]
    return question.read(value)


def _go_on(ctx: Context, row: Any, question: Question, found: list[dict[str, Any]]) -> None:
    if question.purpose == WHISPER:
        call_progress.note(ctx, row.uid, "whispered", {"verbs": found})
        return
    if question.purpose == ACTION:
        program = call_verbs.in_force(row, question.program)
        if program is None:
            return
        if not found:
            call_verbs.plan_verb(ctx, row, program.uid, question.index + 1)
            return
    if call_progress.how_many(row.uid, call_verbs.PROGRAM) >= MOST_LISTS:
        fault = f"the call was given more than {MOST_LISTS} lists of verbs"
        _alert_payload(ctx, row, question.webhook, fault)
        _give_up(ctx, row, fault)
        return
    if question.purpose == REDIRECT:
        call_legs.drop(ctx, row)
    call_verbs.begin(
        ctx,
        row,
        found,
        question.webhook.target.url,
        then=question.then,
        control=question.control,
    )


def _taken_away(ctx: Context, row: Any, question: Question) -> bool:
    """A hook that had the call in hand and cannot be obeyed loses it, if there is a way on."""
    if question.control is None or question.then is None:
        return False
    call_verbs.go_on(ctx, row, question.then, call_verbs.FAIL, question.webhook.event.uid)
    return True


def _failed(ctx: Context, row: Any, question: Question, why: str) -> None:
    """A hook that cannot be asked: a call without verbs ends, another goes on with those it has."""
    if question.purpose == ENDED or _taken_away(ctx, row, question):
        return
    if question.purpose == ACTION and question.control is None:
        program = call_verbs.in_force(row, question.program)
        if program is not None:
            call_verbs.plan_verb(ctx, row, program.uid, question.index + 1)
    else:
        _end_or_stay(ctx, row, question, why)


def _end_or_stay(ctx: Context, row: Any, question: Question, why: str) -> None:
    if question.purpose in (CALL, ACTION):
        _give_up(ctx, row, why)


def _give_up(ctx: Context, row: Any, why: str) -> None:
    """A call nobody answered is declined, one that is answered breaks."""
    inbound = row.direction == Direction.INBOUND and row.answered_at is None
    call_progress.claim(
        ctx,
        row.uid,
        CallStatus.FAILED,
        sip_status=call_progress.DECLINED if inbound else 500,
        reason=why,
        ended_by=call_progress.SYSTEM,
    )


def _alert_payload(ctx: Context, row: Any, webhook: hook_jobs.Call, fault: str) -> None:
    alerts.add(
        ctx,
        AlertType.PAYLOAD_INVALID,
        f"A hook gave a call an answer that cannot be used: {fault}",
        account_uid=row.account_uid,
        service_provider_uid=row.service_provider_uid,
        details={"url": webhook.target.url, "call": str(row.uid), "fault": fault},
    )
