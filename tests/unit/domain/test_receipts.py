from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import instants, receipts
from gateway.domain.messages import MessageState
from gateway.domain.receipts import ReceiptInfo, id_forms, parse
from gateway.domain.words import IdForm
from tests.support.vectors import cases


def parsed(case: dict[str, Any], as_text: bool) -> ReceiptInfo | None:
    octets = bytes.fromhex(case["octets"]) if "octets" in case else case["text"].encode()
    tlvs = {int(tag, 16): bytes.fromhex(value) for tag, value in case.get("tlvs", {}).items()}
    return parse(octets.decode("latin-1") if as_text else octets, tlvs, case["esm"])


def shown(info: ReceiptInfo, name: str) -> Any:
    value = getattr(info, name)
    if isinstance(value, MessageState):
        return value.name
    return instants.iso(value) if name.endswith("_at") and value else value


@pytest.mark.parametrize("case", cases("receipts"))
def test_receipts_of_the_field(case: dict[str, Any]) -> None:
    for as_text in (False,) if "octets" in case else (False, True):
        info = parsed(case, as_text)
        if case["expect"] is None:
            assert info is None
        else:
            assert info is not None
            assert {name: shown(info, name) for name in case["expect"]} == case["expect"]


def test_parameters_may_come_as_lists() -> None:
    info = parse(b"", {0x001E: [b"7\x00", b"8\x00"], 0x0427: [b"\x02"], 0x0423: []}, 4)
    assert info is not None
    assert (info.remote_id, info.state) == ("7", MessageState.DELIVERED)


tags = st.sampled_from([0x001E, 0x0423, 0x0424, 0x0427, 0x1400])
words = st.sampled_from(
    [b"id:", b"stat:", b"DELIVRD", b"done date:", b"2401020304", b"text:", b" ", b"err:", b"sub:"]
)
bodies = st.one_of(
    st.binary(max_size=80),
    st.lists(st.one_of(words, st.binary(max_size=4)), max_size=16).map(b"".join),
)


@given(bodies, st.dictionaries(tags, st.binary(max_size=20), max_size=4), st.integers(0, 255))
def test_parse_never_raises(body: bytes, tlvs: dict[int, bytes], esm_class: int) -> None:
    info = parse(body, tlvs, esm_class)
    assert info is None or info.state in list(MessageState)
    if esm_class & 0x3C in (0x04, 0x20):
        assert info is not None
    if info is not None:
        assert id_forms(info.remote_id)[:1] == ((info.remote_id,) if info.remote_id else ())
        assert len(id_forms(info.remote_id)) < 30


@pytest.mark.parametrize("state", MessageState)
def test_the_state_parameter(state: MessageState) -> None:
    info = parse(b"", {receipts.TAG_MESSAGE_STATE: bytes([state])}, 4)
    assert info is not None
    assert info.state is state


@pytest.mark.parametrize("case", cases("receipt_ids"))
def test_the_stored_id_is_among_the_forms(case: dict[str, str]) -> None:
    forms = id_forms(case["receipt"])
    assert case["stored"] in forms
    assert forms[0] == case["receipt"]
    assert len(set(forms)) == len(forms)


def test_forms_of_a_link_with_a_setting() -> None:
    assert id_forms("0042", IdForm.EXACT) == ("0042",)
    assert id_forms("", IdForm.ANY) == id_forms("", IdForm.EXACT) == ()
    assert "42" not in id_forms("42", IdForm.HEX_TO_DECIMAL)
    assert "66" in id_forms("42", IdForm.HEX_TO_DECIMAL)
    assert id_forms("42", IdForm.DECIMAL_TO_HEX)[0] == "2A"
    assert "2a" in id_forms("42", IdForm.DECIMAL_TO_HEX)
    assert id_forms("not-a-number", IdForm.HEX_TO_DECIMAL) == ("not-a-number",)


@given(st.integers(0, 2**60))
def test_both_bases_find_each_other(number: int) -> None:
    for stored in (f"{number:x}", f"{number:X}", f"{number:08X}", f"{number:010x}"):
        assert stored in id_forms(str(number))
        assert str(number) in id_forms(stored)
