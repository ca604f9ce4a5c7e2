"""Wrong values in every member of every device: refused by its path, and nothing changes."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.callable.schemas.common import TrueFlag, Whole
from adapters.callable.schemas.devices import Device
from gateway.domain.problems import Invalid
from gateway.universe import Universe
from gateway.wire import Anything, Length, Listed, Part, Pattern, Range, Ref, Text
from gateway.wire.reading import touches
from tests.adapters.callable import world
from tests.adapters.callable.device_rows import BODIES, LEG, SPOKEN, device
from tests.support.contract import ContractClient
from tests.support.snapshots import nothing_changes

ALL = f"{world.BASE}/device"
ABSENT: Any = object()
SCHEMA = Device()
once = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
Wrong = tuple[str, Any]


KINDS: tuple[tuple[type[Any], tuple[Any, ...]], ...] = (
    (Part, ("x", 5, [])),
    (Listed, ("x", {}, 5)),
    (Ref, ("", {}, [], True)),
    (Text, (5, True, [], {}, "a\0b")),
    (TrueFlag, ("yes", 1, [])),
    (Whole, ("1", 1.5, True, [], 2**64 - 1)),
    (Anything, ()),
)
"""Values of the wrong kind for each kind of member."""


def wrong_values(field: Any) -> Iterator[Wrong]:
    """Path below the member, and a value that cannot stand there."""
    kinds = next(values for kind, values in KINDS if isinstance(field, kind))
    here = [*kinds, *((ABSENT, None) if field.required else ())]
    if not isinstance(field, Part):
        here += [value for check in field.validators for value in beyond(field, check)]
    yield from (("", value) for value in here)
    for name, inner in inside(field):
        yield from ((f".{name}{rest}", value) for rest, value in wrong_values(inner))


def inside(field: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(field, Part):
        for name, inner in field.schema.fields.items():
            yield inner.data_key or name, inner
    elif isinstance(field, Listed):
        yield "0", field.inner


def beyond(field: Any, check: Any) -> Iterator[Any]:
    """Values of the right kind that a validator refuses."""
    least: Any = getattr(check, "min", None)
    most: Any = getattr(check, "max", None)
    if isinstance(check, Range):
        yield from (least - 1, most + 1)
    elif isinstance(check, Length):
        one: Any = [SPOKEN] if isinstance(field, Listed) else "1"
        yield one * (most + 1)
        if least:
            yield one * 0
    else:
        assert isinstance(check, Pattern), check
        yield "not\nthis"


def spoilt(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The body with one member set, or taken out."""
    whole: Any = copy.deepcopy(body)
    *way, last = path.split(".")
    target = whole
    for name in way:
        target = target[int(name)] if isinstance(target, list) else target[name]
    if isinstance(target, list):
        target[int(last)] = None if value is ABSENT else value
    elif value is ABSENT:
        target.pop(last, None)
    else:
        target[last] = value
    return whole


def cases(type_: str) -> Iterator[tuple[str, dict[str, Any]]]:
    (name,) = BODIES[type_]
    whole = device(type_, extension="777")
    for rest, value in wrong_values(SCHEMA.fields[name]):
        if type_ != "SIP_GATEWAY" and rest[1:] in LEG:
            continue  # these members are the same ones in every type that has them
        yield name + rest, spoilt(whole, name + rest, value)


def test_each_member_of_each_body() -> None:
    made = [case for type_ in BODIES for case in cases(type_)]
    assert len(made) > 500
    for path, body in made:
        with pytest.raises(Invalid) as refused:
            SCHEMA.change(body)
        assert any(touches(path, at) for at in refused.value.fields), (path, body)


def names(answer: Any, path: str) -> bool:
    """Whether the refusal names the member, or one inside it."""
    said = re.sub(r"\.(\d+)", r"[\1]", path)
    return any(
        error.partition(":")[0] == said or error.startswith((f"{said}.", f"{said}["))
        for error in answer.json["errors"]
    )


COMMON: dict[str, Any] = {
    "type": [ABSENT, None, "", "sip_gateway", "SIP GATEWAY", 5, [], {}],
    "name": [ABSENT, None, "", "x" * 256, 5, [], "a\0b"],
    "extension": ["", "12a", "x" * 21, "1" * 21, "-1", True, [], {}, 1.5],
    "priority": ["1", -1, 2**31, 1.5, True, []],
}


@once
def test_each_member_of_a_device(client: ContractClient, universe: Universe) -> None:
    with universe.entered(), nothing_changes():
        for path, values in COMMON.items():
            for value in values:
                body = spoilt(device("SAY"), path, value)
                for answer in (
                    client.post(ALL, json=body),
                    client.put(f"{ALL}/{SPOKEN}", json=body),
                ):
                    assert answer.status_code == 400, body
                    assert names(answer, path), (body, answer.json)
        for data in (b"", b"[]", b"5", b'"x"', b"{", b"null", b"{}"):
            answer = client.post(ALL, data=data, content_type="application/json")
            assert answer.status_code == 400, data
        answer = client.post(ALL, data=b"<say/>", content_type="application/xml")
        assert answer.status_code == 415


@once
def test_there_is_exactly_the_body_of_the_type(client: ContractClient, universe: Universe) -> None:
    say = device("SAY")
    wrong = {
        "say": ({**say, "say": None}, {"type": "SAY", "name": "n"}, {**say, "type": "PLAY"}),
        "play": ({**say, **BODIES["PLAY"]}, {**BODIES["PLAY"], "type": "SAY", "name": "n"}),
        "script": ({**say, **BODIES["SCRIPT"]},),
    }
    with universe.entered(), nothing_changes():
        for path, bodies in wrong.items():
            for body in bodies:
                answer = client.post(ALL, json=body)
                assert answer.status_code == 400, body
                assert names(answer, path), (body, answer.json)


TIMES: dict[str, Any] = {
    "dateRangeRoute.start": ["2026-02-30T10:00:00", "2026-01-01", "10:00", "2026-01-01T25:00:00"],
    "timeRangeRoute.end": ["24:00", "9:00", "09:60", "noon", "2026-01-01T09:00:00"],
    "timeBasedRoute.timeOfDayRoutes.0.dateFrom": ["2026-02-29", "2026-13-01", "01/02/2026"],
    "timeBasedRoute.timeOfDayRoutes.0.dateTo": ["2025-12-31"],
    "timeBasedRoute.timeOfDayRoutes.0.timeTo": ["17.30"],
    "timeBasedRoute.timeOfDayRoutes.0.days": [[], [0], [8], [1] * 8, ["monday"]],
    "dayOfWeekRoute.days": [[], [0], [1, 8], [True], "1"],
    "regexRoute.regExp": ["(", "[", "*", "(?P<a>x)(?P<a>y)", "(4+)+"],
    "play.url": ["ftp://x/y", "media.example", "http://", "http://a b"],
    "voicemail.emailRecipients.0": ["nobody", "a b@c", "@"],
    "voicemail.finishOnKey": ["", "##", "a"],
    "sipGateway.countryCode": ["G", "GBR", "44"],
    "sipGateway.ringTime": [2, 181],
    "sipGateway.maxCallTime": [59, 14401],
    "voicemail.timeout": [4, 21],
    "voicemail.maxLength": [4, 181],
}


@once
def test_forms_and_ranges(client: ContractClient, universe: Universe) -> None:
    types = {body: type_ for type_, bodies in BODIES.items() for body in bodies}
    with universe.entered(), nothing_changes():
        for path, values in TIMES.items():
            for value in values:
                body = spoilt(device(types[path.partition(".")[0]]), path, value)
                answer = client.post(ALL, json=body)
                assert answer.status_code == 400, (path, value)
                assert names(answer, path), (path, value, answer.json)
