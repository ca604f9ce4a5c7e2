"""A run of a suite: step by step, each with an outcome. A step that fails stops no other, but who
needs what it would have given is skipped."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from emulators.conform import judging
from emulators.conform.contract import Document
from emulators.conform.plan import NOBODY, READ, Missing, Plan, Step, all_steps, filled, member
from emulators.conform.sending import Answer, Request, Send
from emulators.openapi import Operation

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
FORM = "application/x-www-form-urlencoded"


@dataclass(kw_only=True)
class Result:
    """What came of a step. `faults` are why it failed, `notes` what was noticed besides; `body` is
    the JSON of the answer."""

    step: Step
    outcome: str = PASSED
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    request: str = ""
    status: int = 0
    seconds: float = 0.0
    body: Any = None

    def fail(self, faults: list[str]) -> None:
        self.faults += faults
        if self.faults:
            self.outcome = FAILED


class Run:
    """`values` are the suite's variables, `allowed` what steps may need; with `strict` members that
    the contract does not know are faults. `run` may be called once."""

    def __init__(
        self,
        plan: Plan,
        document: Document,
        send: Send,
        values: Mapping[str, str],
        *,
        allowed: frozenset[str] = frozenset({READ}),
        strict: bool = False,
    ) -> None:
        self.plan, self.document = plan, document
        self._send, self._allowed, self._strict = send, allowed, strict
        self._values: dict[str, Any] = dict(values)
        self._operations = {operation.name: operation for operation in document.operations}

    def run(self) -> Iterator[Result]:
        """Do every step, one after the other."""
        for step in all_steps(self.plan, self.document):
            yield self._do(step)

    def _do(self, step: Step) -> Result:
        result = Result(step=step)
        if step.needs not in self._allowed:
            result.outcome, result.notes = SKIPPED, [f"needs --{step.needs}"]
            return result
        operation = self._operations[step.call] if step.call else None
        try:
            request = self._request(step, operation)
            wanted = filled(step.answer, self._values)
        except Missing as missing:
            result.outcome, result.notes = SKIPPED, [f"there is no {missing.args[0]}"]
            return result
        result.request = f"{request.method} {request.target}"
        began = time.perf_counter()
        try:
            answer = self._send(request)
        except OSError as error:
            result.fail([f"no answer: {error}"])
            return result
        result.seconds = time.perf_counter() - began
        self._judge(result, operation, answer, wanted)
        return result

    def _judge(
        self, result: Result, operation: Operation | None, answer: Answer, wanted: dict[str, Any]
    ) -> None:
        step, result.status = result.step, answer.status
        statuses = step.statuses or (judging.success(operation) if operation else ())
        result.fail(judging.unexpected_status(answer, statuses))
        if result.faults:
            return
        if operation is not None:
            wrong, extra = judging.against_contract(self.document, operation, answer)
            result.fail(wrong)
            self._beyond(result, extra)
        try:
            result.body = judging.body_of(answer)
        except ValueError:
            result.fail([] if result.faults else ["body: no JSON"])
            return
        result.fail(list(judging.against_expectation(result.body, wanted)))
        self._keep(step, result.body)

    def _beyond(self, result: Result, extra: list[str]) -> None:
        lines = [f"{name}: not in the contract" for name in extra if name not in self.plan.beyond]
        if self._strict:
            result.fail(lines)
        else:
            result.notes += lines

    def _keep(self, step: Step, body: Any) -> None:
        for name, path in step.keep.items():
            try:
                self._values[name] = member(body, path)
            except LookupError:
                self._values.pop(name, None)

    # -- requests

    def _request(self, step: Step, operation: Operation | None) -> Request:
        """Raises Missing."""
        if operation is None:
            method, _, template = step.send.partition(" ")
        else:
            method, template = operation.method.upper(), operation.path
        names = {**self._values, **filled({**self.plan.path, **step.path}, self._values)}
        places = {name: quote(str(value), safe="") for name, value in names.items()}
        target = filled(template, places)
        if step.query:
            target += "?" + urlencode(filled(step.query, self._values))
        headers, data = self._headers(step.who), None
        if step.form is not None:
            data, headers["Content-Type"] = urlencode(filled(step.form, self._values)), FORM
        elif step.body is not None:
            data = orjson.dumps(filled(step.body, self._values)).decode()
            headers["Content-Type"] = _media(operation)
        return Request(method, target, headers, None if data is None else data.encode())

    def _headers(self, who: str) -> dict[str, str]:
        if who == NOBODY:
            return {}
        found = filled(self.plan.credentials[who], self._values)
        if "basic" in found:
            pair = base64.b64encode(":".join(found["basic"]).encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        return {"Authorization": f"Bearer {found['bearer']}"}


def _media(operation: Operation | None) -> str:
    """What a body is sent as: the first media type that the contract has for it."""
    if operation is not None:
        asked = operation.document.deref(operation.body.get("requestBody", {}))
        return str(next(iter(asked.get("content", {})), "application/json"))
    return "application/json"
