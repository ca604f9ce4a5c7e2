"""What is wrong with a call or its verbs: 400 with the path of each member, and nothing happens."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.models import Call, CallEvent, Job
from tests.adapters.callable import device_rows, world
from tests.adapters.callable.calling import CHANNELS
from tests.adapters.callable.channel_rows import LIVE, SAY, SIP

NO_TEXT = (5, True, [], {})
NO_NUMBER = ("x", True, [], {}, 1.5)
NO_OBJECT = ("x", 5, [])
URL = "https://media.example/a"


def each(path: str, values: Any, body: Any) -> list[Any]:
    """Cases of one member: `body(value)` is the body that has a value there."""
    return [(f"{path}={value!r}", body(value), path) for value in values]


def verb(word: str, **members: Any) -> dict[str, Any]:
    return {"target": SIP, "verbs": [{word: members}]}


def member(word: str, name: str, values: Any, **others: Any) -> list[Any]:
    return each(f"verbs[0].{word}.{name}", values, lambda v: verb(word, **{**others, name: v}))


def dialled(values: Any, path: str) -> list[Any]:
    return each(f"verbs[0].dial.targets{path}", values, lambda v: verb("dial", targets=v))


def inner(word: str, part: str, name: str, values: Any, **others: Any) -> list[Any]:
    """Cases of a member of a member."""
    return each(
        f"verbs[0].{word}.{part}.{name}",
        values,
        lambda v: verb(word, **{**others, part: {name: v}}),
    )


TARGETS = [SIP]
CASES = [
    ("no members", {}, "target"),
    ("no target", {"verbs": [SAY]}, "target"),
    ("no verbs", {"target": SIP}, "verbs"),
    *each("callerId", NO_TEXT, lambda v: {"target": SIP, "verbs": [SAY], "callerId": v}),
    *each("tag", NO_OBJECT, lambda v: {"target": SIP, "verbs": [SAY], "tag": v}),
    *each("tag.data", NO_OBJECT, lambda v: {"target": SIP, "verbs": [SAY], "tag": {"data": v}}),
    *each("target", [*NO_OBJECT, {}, {"user": {}}], lambda v: {"target": v, "verbs": [SAY]}),
    *each("target", [{**SIP, "phoneNumber": {"number": "+441632960001"}}],
          lambda v: {"target": v, "verbs": [SAY]}),
    *each("target.phoneNumber.number", ["", "x", "12", True, [], {}],
          lambda v: {"target": {"phoneNumber": {"number": v}}, "verbs": [SAY]}),
    *each("target.phoneNumber", NO_OBJECT,
          lambda v: {"target": {"phoneNumber": v}, "verbs": [SAY]}),
    *each("target.extension.extension", ["", "a b", "x" * 65, *NO_TEXT],
          lambda v: {"target": {"extension": {"extension": v}}, "verbs": [SAY]}),
    *each("target.extension.overrideTo", ["", "a b", *NO_TEXT],
          lambda v: {"target": {"extension": {"extension": "601", "overrideTo": v}},
                     "verbs": [SAY]}),
    *each("target.sipUri.uri", ["", "joe", "tel:5", "sip: x", *NO_TEXT],
          lambda v: {"target": {"sipUri": {"uri": v}}, "verbs": [SAY]}),
    *each("target.device.id",
          ["", "x", device_rows.FOREIGN, "0193456a-0000-7cde-8f01-000000000000", *NO_TEXT],
          lambda v: {"target": {"device": {"id": v}}, "verbs": [SAY]}),
    *each("verbs", ["x", {}, [], [SAY] * 101], lambda v: {"target": SIP, "verbs": v}),
    *each("verbs[0]", ["x", 5, None, [], {}, {"shout": {}}, {**SAY, "hangup": {}},
                       {**SAY, "shout": 1}, {"SAY": {}}],
          lambda v: {"target": SIP, "verbs": [v]}),
    *[(f"{word}={v!r}", {"target": SIP, "verbs": [SAY, {word: v}]}, f"verbs[1].{word}")
      for word in ("dial", "say", "play", "gather", "reject", "hangup", "redirect", "tag")
      for v in (*NO_OBJECT, None)],
    *[(f"{word} bare", verb(word), f"verbs[0].{word}.{name}")
      for word, name in (("dial", "targets"), ("say", "text"), ("play", "url"),
                         ("redirect", "device"), ("tag", "data"))],
    *member("dial", "callerId", NO_TEXT, targets=TARGETS),
    *member("dial", "timeout", [*NO_NUMBER, 0, 3601], targets=TARGETS),
    *member("dial", "timeLimit", [*NO_NUMBER, 0, 43201], targets=TARGETS),
    *member("dial", "record", NO_OBJECT, targets=TARGETS),
    *inner("dial", "record", "url", ["", "ftp://x", *NO_TEXT], targets=TARGETS),
    *inner("dial", "record", "username", ["", *NO_TEXT], targets=TARGETS),
    *inner("dial", "record", "password", ["", *NO_TEXT], targets=TARGETS),
    *inner("dial", "record", "transcribe", NO_OBJECT, targets=TARGETS),
    *dialled(["x", {}, [], [SIP] * 11], ""),
    *dialled([["x"], [{}], [{**SIP, "device": {"id": "x"}}], [{"user": {}}]], "[0]"),
    *dialled([[SIP, {"device": {"id": "x"}}]], "[1].device.id"),
    *member("say", "text", [5, True, {}, [], "", ["x"] * 101]),
    *each("verbs[0].say.text[1]", ["", *NO_TEXT], lambda v: verb("say", text=["a", v])),
    *member("say", "loop", [*NO_NUMBER, 0, 101], text="a"),
    *member("say", "voice", ["", *NO_TEXT], text="a"),
    *member("play", "url", ["", "x", "file:///a", *NO_TEXT]),
    *member("play", "asset", NO_OBJECT, url=URL),
    *member("play", "loop", [*NO_NUMBER, 0, 101], url=URL),
    *member("gather", "input", ["x", {}, [], ["digits"] * 3]),
    *each("verbs[0].gather.input[0]", ["fingers", *NO_TEXT], lambda v: verb("gather", input=[v])),
    *member("gather", "finishOnKey", ["##", "x", *NO_TEXT]),
    *member("gather", "numDigits", [*NO_NUMBER, 0, 129]),
    *member("gather", "timeout", [*NO_NUMBER, 0, 3601]),
    *member("gather", "say", NO_OBJECT),
    *member("gather", "play", NO_OBJECT),
    *member("gather", "hints", ["x", {}, 5]),
    *each("verbs[0].gather.hints[0]", ["", *NO_TEXT], lambda v: verb("gather", hints=[v])),
    *member("gather", "language", ["", *NO_TEXT]),
    *member("gather", "redirect", NO_OBJECT),
    *inner("gather", "say", "text", ["", *NO_TEXT[:2]]),
    *each("verbs[0].gather.redirect.device.id", ["x", device_rows.FOREIGN],
          lambda v: verb("gather", redirect={"device": {"id": v}})),
    *member("reject", "rejectType", ["", "decline", 603, *NO_TEXT]),
    *member("reject", "reason", ["", *NO_TEXT]),
    *member("hangup", "reason", ["", *NO_TEXT]),
    *member("redirect", "device", NO_OBJECT),
    *inner("redirect", "device", "id", ["", "x", device_rows.FOREIGN, *NO_TEXT]),
    *member("tag", "data", NO_OBJECT),
]  # fmt: skip


def kept() -> tuple[int, ...]:
    return tuple(model.select().count() for model in (Call, CallEvent, Job))


def test_what_is_wrong_is_named_and_nothing_happens(client: Any) -> None:
    """Every case, in a new call and, where it is about verbs, for a live one."""
    one = f"{CHANNELS}/{world.hex24(LIVE)}"
    before, row = kept(), client.get(one).json
    for name, body, path in CASES:
        answers = [client.post(CHANNELS, json=body)]
        if path.startswith("verbs"):
            answers.append(client.put(one, json={k: v for k, v in body.items() if k == "verbs"}))
        for answer in answers:
            assert answer.status_code == 400, (name, answer.text)
            assert answer.json["messages"] == ["Validation Error"]
            paths = [error.partition(": ")[0] for error in answer.json["errors"]]
            assert path in paths, (name, answer.json["errors"])
    assert (kept(), client.get(one).json) == (before, row)


def test_a_reference_to_nothing_is_called_so(client: Any) -> None:
    body = {"target": {"device": {"id": device_rows.FOREIGN}}, "verbs": [SAY]}
    answer = client.post(CHANNELS, json=body)
    assert answer.json["errors"] == ["target.device.id: unknown reference"]


@pytest.mark.parametrize("sid", [world.NOBODY, "x", "019345680004", world.hex24(world.uid(8, 4))])
def test_a_call_that_is_not_the_accounts_is_not_found(client: Any, sid: str) -> None:
    one = f"{CHANNELS}/{sid}"
    before = kept()
    for answer in (client.get(one), client.put(one, json={"verbs": [SAY]}), client.delete(one)):
        assert (answer.status_code, answer.json["messages"]) == (404, ["could not find resource"])
    assert kept() == before


def test_other_media_and_broken_bodies(client: Any) -> None:
    text = client.post(CHANNELS, data="x", content_type="text/plain")
    assert text.status_code == 415
    broken = client.post(CHANNELS, data=b"{", content_type="application/json")
    assert (broken.status_code, broken.json["messages"]) == (400, ["Malformed JSON"])


@pytest.mark.parametrize("profile", ["strict"])
def test_the_strict_profile_starts_calls_and_nothing_else(client: Any) -> None:
    body = {"target": SIP, "verbs": [SAY]}
    assert client.post(CHANNELS, json=body).status_code == 201
    unknown = client.post(CHANNELS, json={**body, "colour": "red"})
    assert (unknown.status_code, unknown.json["errors"]) == (400, ["colour: is not known"])
    assert client.get(CHANNELS).status_code == 405
    assert client.get(f"{CHANNELS}/{world.hex24(LIVE)}").status_code == 404
