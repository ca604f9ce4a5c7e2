"""The base of all wire objects: fields, schema, presenter and client side; no Flask, no tables."""

from gateway.domain.problems import Why
from gateway.wire.checks import Length, Pattern, Range
from gateway.wire.fields import (
    E164,
    Anything,
    Digits,
    EpochMillis,
    Flag,
    Instant,
    Int,
    JsonObject,
    NanoMoney,
    Ref,
    SecretText,
    Text,
    Word,
)
from gateway.wire.presenter import compile_presenter
from gateway.wire.profile import DOCUMENTED, VIEW, Profile, View
from gateway.wire.reading import CREATE, KEEP, MERGE, REPLACE, Change, Merge, Mode, apply
from gateway.wire.schema import Wire
from gateway.wire.structure import Computed, Const, Extra, Group, Listed, Part

__all__ = [
    "CREATE",
    "DOCUMENTED",
    "E164",
    "KEEP",
    "MERGE",
    "REPLACE",
    "VIEW",
    "Anything",
    "Change",
    "Computed",
    "Const",
    "Digits",
    "EpochMillis",
    "Extra",
    "Flag",
    "Group",
    "Instant",
    "Int",
    "JsonObject",
    "Length",
    "Listed",
    "Merge",
    "Mode",
    "NanoMoney",
    "Part",
    "Pattern",
    "Profile",
    "Range",
    "Ref",
    "SecretText",
    "Text",
    "View",
    "Why",
    "Wire",
    "Word",
    "apply",
    "compile_presenter",
]  # fmt: skip
