"""Stored words never change their spelling by accident: other versions read the same rows."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from gateway.domain import events, messages, numbers, words

ENUMS = {
    name: value
    for module in (words, messages, numbers, events)
    for name, value in vars(module).items()
    if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum
}


@pytest.mark.parametrize("enum", ENUMS.values(), ids=ENUMS)
def test_values_are_lower_snake(enum: type[StrEnum]) -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", member.value) for member in enum)


@pytest.mark.parametrize(
    ("enum", "values"),
    [
        (words.EndpointKind, "host registration uri number"),
        (words.Transport, "udp tcp tls"),
        (words.NumberStatus, "available owned"),
        (words.NumberHandling, "none application flow endpoint trunk"),
        (words.NumberKind, "standard toll_free inum"),
        (words.Scope, "admin provider account"),
        (words.Alphabet, "gsm latin1 ascii"),
        (words.IdForm, "any exact hex_to_decimal decimal_to_hex"),
        (words.OnAmbiguous, "resend hold"),
        (words.ReceiptRequest, "all last none"),
        (
            events.EventKind,
            "sms mms sms_receipt mms_receipt call call_action call_ended call_status call_summary "
            "registration engine_create engine_update",
        ),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_the_words(enum: type[StrEnum], values: str) -> None:
    assert [member.value for member in enum] == values.split()


def test_events_are_hook_purposes() -> None:
    """But those that go where a call itself says (a verb's own hook, whoever was asked about it,
    what carries it), and the summary, which goes where the states of calls go."""
    kind = events.EventKind
    addressed = {kind.CALL_ACTION, kind.CALL_ENDED, kind.ENGINE_CREATE, kind.ENGINE_UPDATE}
    addressed.add(kind.CALL_SUMMARY)
    assert set(kind) - {p.value for p in words.HookPurpose} == addressed


def test_all_lists_the_words() -> None:
    assert sorted(words.__all__) == sorted(name for name in ENUMS if hasattr(words, name))
