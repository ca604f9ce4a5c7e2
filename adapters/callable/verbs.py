"""Verbs of this dialect in the words of the core, which plays them, and whom they name.

A verb whose answer matters (`gather`, `dial`) asks the hook that has the call in hand, so its
action hook is empty; in a list that came through the API nobody is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.callable.profiles import EXTENDED
from adapters.callable.schemas.verbs import MOST_VERBS, Verb
from adapters.callable.words import REJECTIONS
from gateway.domain.ids import Ref
from gateway.domain.verbs import BadVerbs
from gateway.wire.reading import CREATE, Reader

Wire = Mapping[str, Any]
VERB = Verb()
KINDS: Final = {
    "phoneNumber": ("phone", "number"),
    "extension": ("extension", "extension"),
    "sipUri": ("sip", "uri"),
    "device": ("device", "id"),
}
"""Of each kind of target its kind in the core, and the member that names it."""
MEMBERS: Final = {"phone": "number", "extension": "extension", "sip": "sipUri", "device": "id"}
SHOWN: Final = {kind: (word, member) for word, (kind, member) in KINDS.items()}


# whom


def core_target(target: Wire) -> dict[str, Any]:
    """The target of a call as the core keeps it."""
    ((word, given),) = target.items()
    kind, member = KINDS[word]
    found = {"kind": kind, "value": given[member]}
    return {**found, "override": given["overrideTo"]} if given.get("overrideTo") else found


def wire_target(target: Wire) -> dict[str, Any] | None:
    """The target of any call, whoever made it; a user of another dialect is a SIP address."""
    kind, value = target.get("kind"), target.get("value")
    if not value:
        return None
    if kind == "teams":
        kind = "phone"
    elif kind == "user":
        kind, value = "sip", f"sip:{value}"
    word, member = SHOWN.get(kind or "", SHOWN["phone"])
    found = {member: value}
    if target.get("override"):
        found["overrideTo"] = target["override"]
    return {word: found}


def devices(target: Wire | None, verbs: Sequence[Wire]) -> Iterator[tuple[str, Ref]]:
    """Every device that a call and its verbs name, by wire path."""
    if target is not None:
        yield from _device("target", target)
    for place, verb in enumerate(verbs):
        path = f"verbs.{place}"
        for number, one in enumerate(verb.get("dial", {}).get("targets", ())):
            yield from _device(f"{path}.dial.targets.{number}", one)
        yield from _device(f"{path}.redirect", verb.get("redirect", {}))
        yield from _device(f"{path}.gather.redirect", verb.get("gather", {}).get("redirect", {}))


def _device(path: str, holder: Wire) -> Iterator[tuple[str, Ref]]:
    if "device" in holder:
        yield f"{path}.device.id", Ref("uuid", holder["device"]["id"])


# what


def read_verbs(value: Any) -> list[dict[str, Any]]:
    """What a flow hook answers, as the core plays it; BadVerbs."""
    if not isinstance(value, list):
        raise BadVerbs("the answer must be a JSON array of verbs")
    if len(value) > MOST_VERBS:
        raise BadVerbs(f"the answer has more than {MOST_VERBS} verbs")
    reader = Reader(CREATE, profile=EXTENDED)
    found = [dict(VERB.collect(one, reader, f"verbs[{i}]")) for i, one in enumerate(value)]
    for path, whys in reader.faults.items():
        raise BadVerbs(f"{path}: {whys[0].text}")
    return program(found, asks=True)


def program(verbs: Sequence[Wire], *, asks: bool) -> list[dict[str, Any]]:
    """The core's verbs for a list that was read; with `asks` a hook has the call in hand."""
    found: list[dict[str, Any]] = []
    for verb in verbs:
        ((word, members),) = verb.items()
        made = TRANSLATED[word](members)
        found.append({**made, "actionHook": ""} if asks and word in ASKING else made)
        if word == "gather" and members.get("redirect"):
            found.append(_redirect(members["redirect"]))
    return found


def _dial(given: Wire) -> dict[str, Any]:
    found = {
        "verb": "dial",
        "target": [_dialled(target) for target in given["targets"]],
        "timeout": given["timeout"],
        "timeLimit": given["timeLimit"],
        "answerOnBridge": True,
        "callerId": given.get("callerId"),
        "mainNumber": True,
    }
    return {**found, "record": True} if given.get("record") else found


def _dialled(target: Wire) -> dict[str, Any]:
    core = core_target(target)
    found = {"type": core["kind"], MEMBERS[core["kind"]]: core["value"]}
    return {**found, "override": core["override"]} if "override" in core else found


def _say(given: Wire) -> dict[str, Any]:
    said = {"verb": "say", "text": " ".join(given["text"]), "loop": given["loop"]}
    return {**said, "voice": given["voice"]} if given.get("voice") else said


def _play(given: Wire) -> dict[str, Any]:
    asset = given.get("asset") or {}
    url = given.get("url") or str(asset.get("url") or asset.get("id") or "asset")
    return {"verb": "play", "url": url, "loop": given["loop"]}


def _gather(given: Wire) -> dict[str, Any]:
    kept = ("finishOnKey", "numDigits", "timeout", "hints", "language")
    found = {"verb": "gather", "input": given.get("input") or ["digits"]}
    found |= {name: given[name] for name in kept if given.get(name) is not None}
    for name, made in (("say", _say), ("play", _play)):
        if given.get(name):
            found[name] = {k: v for k, v in made(given[name]).items() if k != "verb"}
    return found


def _reject(given: Wire) -> dict[str, Any]:
    status = REJECTIONS[given["rejectType"]]
    return {"verb": "sip:decline", "status": status, "reason": given.get("reason")}


def _hangup(given: Wire) -> dict[str, Any]:
    return {"verb": "hangup", "reason": given.get("reason")}


def _redirect(given: Wire) -> dict[str, Any]:
    return {"verb": "flow", "node": given["device"]["id"]}


def _tag(given: Wire) -> dict[str, Any]:
    return {"verb": "tag", "data": given["data"]}


ASKING: Final = frozenset({"gather", "dial"})
TRANSLATED: Final[Mapping[str, Callable[[Wire], dict[str, Any]]]] = {
    "dial": _dial,
    "say": _say,
    "play": _play,
    "gather": _gather,
    "reject": _reject,
    "hangup": _hangup,
    "redirect": _redirect,
    "tag": _tag,
}
