"""The verbs of a call hook's answer: what is one, how long it takes, whether it answers a call."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain import verbs
from gateway.domain.verbs import BadVerbs

# A good example of every verb, and the simulated seconds it takes.
GOOD: dict[str, tuple[dict[str, Any], float]] = {
    "answer": ({}, 0),
    "cognigy": ({"url": "u", "token": "t"}, 10),
    "conference": ({"name": "room"}, 10),
    "config": ({}, 0),
    "dequeue": ({"name": "q"}, 10),
    "dial": ({"target": [{"type": "phone", "number": "+1206"}]}, 0),
    "dialogflow": ({"project": "p", "credentials": "c", "lang": "en"}, 10),
    "dtmf": ({"dtmf": "12"}, 1),
    "enqueue": ({"name": "q"}, 10),
    "gather": ({"say": {"text": "x" * 100}, "play": {"url": "u"}}, 9),
    "hangup": ({}, 0),
    "leave": ({}, 0),
    "lex": ({"botId": "b", "region": "us-east-1"}, 10),
    "listen": ({"url": "wss://a"}, 10),
    "message": ({"from": "1", "to": "2", "text": "t"}, 0),
    "pause": ({"length": 2.5}, 2.5),
    "play": ({"url": ["a", "b"]}, 6),
    "rasa": ({"url": "u"}, 10),
    "redirect": ({"actionHook": "/a"}, 0),
    "say": ({"text": "hello"}, 0.5),
    "sip:decline": ({"status": 486}, 0),
    "sip:refer": ({"referTo": "joe"}, 0.5),
    "sip:request": ({"method": "INFO"}, 0.5),
    "stream": ({"url": "wss://a"}, 10),
    "tag": ({"data": {"a": 1}}, 0),
    "transcribe": ({}, 0),
}


def test_every_verb_has_an_example() -> None:
    assert GOOD.keys() == verbs.VERBS.keys()


@pytest.mark.parametrize("word", GOOD)
def test_both_spellings_are_read(word: str) -> None:
    members, seconds = GOOD[word]
    whole = {**members, "verb": word}
    assert verbs.parse([whole, {word: members}]) == [whole, whole]
    assert verbs.seconds(whole) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("word", "name"),
    [(word, name) for word, known in verbs.VERBS.items() for (name, *_) in known.needs],
)
def test_a_verb_without_what_it_needs_is_refused(word: str, name: str) -> None:
    members = {key: value for key, value in GOOD[word][0].items() if key != name}
    for other in ("ssml", "media", "bot"):
        members.pop(other, None)
    with pytest.raises(BadVerbs, match=f"verb 1: {word} needs"):
        verbs.parse([{"verb": "hangup"}, {**members, "verb": word}])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "JSON array"),
        ({}, "JSON array"),
        ("say", "JSON array"),
        ([None], "verb 0 must be an object"),
        ([{}], "no 'verb' member"),
        ([{"a": {}, "b": {}}], "no 'verb' member"),
        ([{"say": "hello"}], "say must be an object"),
        ([{"verb": "sing"}], "unknown verb 'sing'"),
        ([{"sing": {}}], "unknown verb 'sing'"),
        ([{"verb": 1}], "unknown verb 1"),
        ([{"verb": ["say"]}], "unknown verb"),
        ([{"verb": "say", "text": 1}], "needs a text as text"),
        ([{"verb": "play", "url": {"a": 1}}], "needs a URL as url"),
        ([{"verb": "pause", "length": "1"}], "needs a number as length"),
        ([{"verb": "pause", "length": True}], "needs a number as length"),
        ([{"verb": "tag", "data": "x"}], "needs an object as data"),
        ([{"verb": "dial", "target": "joe"}], "needs a list as target"),
        ([{"verb": "dial", "target": [1]}], "names nobody"),
        ([{"verb": "dial", "target": [{"type": "phone"}]}], "names nobody"),
        ([{"verb": "dial", "target": [{"type": [], "number": "1"}]}], "names nobody"),
        ([{"verb": "dial", "target": [{"type": "sip", "name": "x"}]}], "names nobody"),
        ([{"verb": "dial", "target": [{"type": "user", "name": "x"}] * 11}], "more than 10"),
        ([{"verb": "sip:decline", "status": 200}], "from 300 to 699"),
        ([{"verb": "sip:decline", "status": "486"}], "needs a number as status"),
        ([{"verb": "gather", "actionHook": 1}], "actionHook must be"),
        ([{"verb": "gather", "actionHook": {}}], "actionHook must be"),
        ([{"verb": "hangup"}] * 501, "more than 500 verbs"),
    ],
)
def test_what_is_no_list_of_verbs(value: Any, said: str) -> None:
    with pytest.raises(BadVerbs, match=said):
        verbs.parse(value)


@pytest.mark.parametrize(
    ("verb", "answers"),
    [
        ({"verb": "say"}, True),
        ({"verb": "gather"}, True),
        ({"verb": "dial"}, True),
        ({"verb": "dial", "answerOnBridge": True}, False),
        *(
            ({"verb": word}, False)
            for word in ("config", "hangup", "message", "redirect", "sip:decline", "tag")
        ),
    ],
)
def test_which_verbs_answer_a_call(verb: dict[str, Any], answers: bool) -> None:
    assert verbs.answers(verb) is answers


@pytest.mark.parametrize(
    ("verb", "seconds"),
    [
        ({"verb": "say", "text": ["x" * 50, "y"]}, 3),
        ({"verb": "say", "ssml": "x" * 50}, 3),
        ({"verb": "say", "text": "x" * 50, "loop": 3}, 9),
        ({"verb": "play", "url": "u", "loop": "forever"}, 3600),
        ({"verb": "play", "url": "u", "loop": 0}, 3600),
        ({"verb": "play", "url": "u", "loop": -1}, 3),
        ({"verb": "pause", "length": -1}, 0),
        ({"verb": "pause", "length": 1e9}, 3600),
        ({"verb": "transcribe", "transcriptionHook": "/t"}, 0),
        ({"verb": "gather", "say": "odd"}, 0),
    ],
)
def test_how_long_verbs_take(verb: dict[str, Any], seconds: float) -> None:
    assert verbs.seconds(verb) == pytest.approx(seconds)


def test_questions() -> None:
    assert verbs.patience({"verb": "gather"}) == 5
    assert verbs.patience({"verb": "gather", "timeout": 9}) == 9
    assert verbs.patience({"verb": "gather", "timeout": "soon"}) == 5
    assert verbs.wants({"verb": "gather"}, "digits")
    assert not verbs.wants({"verb": "gather"}, "speech")
    assert verbs.wants({"verb": "gather", "input": "speech"}, "speech")
    assert verbs.limit({}, "timeLimit") is None
    assert verbs.limit({"timeLimit": 7}, "timeLimit") == 7


def test_hooks_and_targets() -> None:
    assert verbs.action_hook({"verb": "say"}) is None
    assert verbs.action_hook({"actionHook": "/a"}) == {"url": "/a"}
    assert verbs.action_hook({"actionHook": {"url": "/a", "method": "GET"}})
    assert verbs.dialled({"type": "sip", "sipUri": "sip:a@b"}) == ("sip", "sip:a@b")
