from __future__ import annotations

import pytest

from gateway.domain import command_status
from gateway.domain.command_status import NAMES, Treatment, read_overrides, treat
from tests.support.vectors import load

ROWS = [
    pytest.param(int(code, 16), name, Treatment(treatment), id=name)
    for treatment, table in load("command_status").items()
    for code, name in table.items()
]


@pytest.mark.parametrize(("code", "name", "treatment"), ROWS)
def test_name_and_treatment(code: int, name: str, treatment: Treatment) -> None:
    assert NAMES[code] == command_status.name(code) == f"ESME_{name}"
    assert treat(code) is treatment


def test_the_table_is_complete() -> None:
    assert set(NAMES) == {row.values[0] for row in ROWS}
    assert len(NAMES) == 67


@pytest.mark.parametrize("code", [0x400, 0x4FF, 0x09, 0xFFFFFFFF], ids=hex)
def test_unknown_codes_are_permanent(code: int) -> None:
    assert treat(code) is Treatment.PERMANENT
    assert command_status.name(code) == command_status.describe(code) == f"0x{code:08X}"


def test_a_link_may_have_its_own_table() -> None:
    overrides = read_overrides({"0x45": "permanent", "1025": "throttle", "0x0": "retry"})
    assert treat(0x45, overrides) is Treatment.PERMANENT
    assert treat(0x401, overrides) is Treatment.THROTTLE
    assert treat(0x58, overrides) is Treatment.THROTTLE
    assert treat(0x00, overrides) is Treatment.RETRY


@pytest.mark.parametrize(
    "table", [{"x": "retry"}, {"0x45": "maybe"}, {"": "retry"}], ids=["code", "word", "empty"]
)
def test_a_wrong_table_is_refused(table: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        read_overrides(table)


def test_describe() -> None:
    assert command_status.describe(0x58) == "ESME_RTHROTTLED (0x00000058)"
