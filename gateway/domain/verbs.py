"""What a call hook answers: a list of verbs, each one thing to do with the call.

There is no media plane, so a verb is checked, written down and takes the time it would take. The
words are those of the hooks' own language; which members a verb needs follows its reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

MOST_VERBS = 500
LONGEST_SECONDS = 3600.0
LONGEST_LIMIT = 43_200.0
SPOKEN_SECONDS = 0.06
"""How long a character takes to be spoken."""
PLAYED_SECONDS = 3.0
HELD_SECONDS = 10.0
"""How long a call stays in a room or with a bot when nobody ends it."""
GATHER_SECONDS = 5.0


class BadVerbs(ValueError):
    """An answer that is no list of verbs; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Verb:
    """`needs` are members of which one of each group must be there; `answers` is false for a verb
    that runs before the call is answered."""

    needs: tuple[tuple[str, ...], ...] = ()
    answers: bool = True


def _verb(*needs: str, answers: bool = True) -> Verb:
    return Verb(tuple(tuple(need.split("|")) for need in needs), answers)


VERBS: Final[Mapping[str, Verb]] = MappingProxyType(
    {
        "answer": _verb(),
        "cognigy": _verb("url", "token"),
        "conference": _verb("name"),
        "config": _verb(answers=False),
        "dequeue": _verb("name"),
        "dial": _verb("target"),
        "dialogflow": _verb("project", "credentials", "lang"),
        "dtmf": _verb("dtmf"),
        "enqueue": _verb("name"),
        "gather": _verb(),
        "hangup": _verb(answers=False),
        "leave": _verb(),
        "lex": _verb("botId|bot", "region"),
        "listen": _verb("url"),
        "message": _verb("to", "from", "text|media", answers=False),
        "pause": _verb("length"),
        "play": _verb("url"),
        "rasa": _verb("url"),
        "redirect": _verb("actionHook", answers=False),
        "say": _verb("text|ssml"),
        "sip:decline": _verb("status", answers=False),
        "sip:refer": _verb("referTo"),
        "sip:request": _verb("method"),
        "stream": _verb("url"),
        "tag": _verb("data", answers=False),
        "transcribe": _verb(),
    }
)
OURS: Final[Mapping[str, Verb]] = MappingProxyType({"flow": _verb("node", answers=False)})
"""Verbs that no hook may answer with: a dialect makes them out of its own."""
HELD: Final = frozenset(
    {"cognigy", "conference", "dequeue", "dialogflow", "enqueue", "lex", "listen", "rasa", "stream"}
)


def parse(value: Any) -> list[dict[str, Any]]:
    """The verbs of an answer, each with its `verb` member; BadVerbs when there is a fault.

    Both spellings are read: {"verb": "say", "text": ...} and {"say": {"text": ...}}.
    """
    if not isinstance(value, list):
        raise BadVerbs("the answer must be a JSON array of verbs")
    if len(value) > MOST_VERBS:
        raise BadVerbs(f"the answer has more than {MOST_VERBS} verbs")
    return [_parsed(place, one) for place, one in enumerate(value)]


def _parsed(place: int, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise BadVerbs(f"verb {place} must be an object")
    found = dict(given)
    if "verb" not in found:
        if len(found) != 1:
            raise BadVerbs(f"verb {place} has no 'verb' member")
        ((word, members),) = found.items()
        if not isinstance(members, dict):
            raise BadVerbs(f"verb {place}: {word} must be an object")
        found = {**members, "verb": word}
    word = found["verb"]
    known = VERBS.get(word) if isinstance(word, str) else None
    if known is None:
        raise BadVerbs(f"verb {place}: unknown verb {word!r}")
    for group in known.needs:
        if all(found.get(name) in (None, "", [], {}) for name in group):
            raise BadVerbs(f"verb {place}: {word} needs {' or '.join(group)}")
    _check_members(place, word, found)
    return found


def _check_members(place: int, word: str, verb: Mapping[str, Any]) -> None:
    kinds: tuple[tuple[str, str, Any, str], ...] = (
        ("dial", "target", list, "a list"),
        ("tag", "data", dict, "an object"),
        ("pause", "length", int | float, "a number"),
        ("sip:decline", "status", int, "a number"),
        ("say", "text", str | list, "a text"),
        ("play", "url", str | list, "a URL"),
    )
    for owner, name, kind, said in kinds:
        value = verb.get(name)
        if owner == word and value is not None and not _is(value, kind):
            raise BadVerbs(f"verb {place}: {word} needs {said} as {name}")
    if word == "dial":
        _check_targets(place, verb["target"])
    if word == "sip:decline" and not 300 <= verb["status"] <= 699:
        raise BadVerbs(f"verb {place}: sip:decline needs a status from 300 to 699")
    hook = verb.get("actionHook")
    if hook is not None and not (
        isinstance(hook, str) or (isinstance(hook, dict) and isinstance(hook.get("url"), str))
    ):
        raise BadVerbs(f"verb {place}: actionHook must be a text or an object with a url")


def _is(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


DIALLED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"phone": ("number",), "teams": ("number",), "user": ("name",), "sip": ("sipUri",)}
)
IN_HOUSE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"extension": ("extension",), "device": ("id",)}
)
"""Targets of a `dial` that a dialect makes out of its own."""
MOST_TARGETS = 10


def _check_targets(place: int, targets: Sequence[Any]) -> None:
    if len(targets) > MOST_TARGETS:
        raise BadVerbs(f"verb {place}: dial has more than {MOST_TARGETS} targets")
    for target in targets:
        kind = target.get("type") if isinstance(target, dict) else None
        members = DIALLED.get(kind, ()) if isinstance(kind, str) else ()
        if not any(isinstance(target.get(name), str) and target[name] for name in members):
            raise BadVerbs(f"verb {place}: dial has a target that names nobody")


def dialled(target: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and value of a target that `parse` let through, or that a dialect made."""
    kind = str(target["type"])
    members = DIALLED.get(kind) or IN_HOUSE[kind]
    return kind, next(str(target[name]) for name in members if target.get(name))


def answers(verb: Mapping[str, Any]) -> bool:
    """Whether a call that is not answered yet is answered for this verb."""
    if verb["verb"] == "dial" and verb.get("answerOnBridge"):
        return False
    return (VERBS.get(verb["verb"]) or OURS[verb["verb"]]).answers


def seconds(verb: Mapping[str, Any]) -> float:
    """How long a verb takes when nobody interrupts it. A question's answer is not in it."""
    word = verb["verb"]
    if word in ("say", "play"):
        return _repeated(verb, _spoken(verb) if word == "say" else _played(verb))
    if word == "gather":
        parts = [{**verb[inner], "verb": inner} for inner in _asked(verb)]
        return min(sum(map(seconds, parts)), LONGEST_SECONDS)
    if word == "pause":
        return _number(verb.get("length"), 1.0)
    if word == "dtmf":
        return 0.5 * len(str(verb.get("dtmf", "")))
    if word in ("sip:request", "sip:refer"):
        return 0.5
    return HELD_SECONDS if word in HELD else 0.0


def _asked(verb: Mapping[str, Any]) -> list[str]:
    return [inner for inner in ("say", "play") if isinstance(verb.get(inner), dict)]


def _spoken(verb: Mapping[str, Any]) -> float:
    text = verb.get("text") or verb.get("ssml") or ""
    text = text[0] if isinstance(text, list) and text else text
    return max(0.5, SPOKEN_SECONDS * len(str(text)))


def _played(verb: Mapping[str, Any]) -> float:
    urls = verb.get("url")
    return PLAYED_SECONDS * (len(urls) if isinstance(urls, list) else 1)


def _repeated(verb: Mapping[str, Any], once: float) -> float:
    loop = verb.get("loop", 1)
    if loop == "forever" or (_is(loop, int) and loop == 0):
        return LONGEST_SECONDS
    times = loop if _is(loop, int) and loop > 0 else 1
    return min(once * times, LONGEST_SECONDS)


def patience(verb: Mapping[str, Any]) -> float:
    """How long a question waits for its answer."""
    return _number(verb.get("timeout"), GATHER_SECONDS)


def limit(verb: Mapping[str, Any], name: str) -> float | None:
    """A number of seconds that a verb sets, such as `timeLimit`; None when it does not."""
    if verb.get(name) is None:
        return None
    return _number(verb[name], LONGEST_SECONDS, LONGEST_LIMIT)


def _number(value: Any, default: float, most: float = LONGEST_SECONDS) -> float:
    if not _is(value, int | float) or value != value:
        return default
    return min(max(float(value), 0.0), most)


def wants(verb: Mapping[str, Any], way: str) -> bool:
    """Whether a question takes `digits` or `speech`."""
    given = verb.get("input", ["digits"])
    return way in (given if isinstance(given, list) else [given])


def action_hook(verb: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What is asked when the verb has ended: at least a `url`, which may be relative."""
    hook = verb.get("actionHook")
    return {"url": hook} if isinstance(hook, str) else hook
