from __future__ import annotations

import pytest
from hypothesis import given

from gateway.domain import privacy
from gateway.domain.messages import Status
from tests.support.strategies import texts


def test_masking_keeps_the_shape() -> None:
    assert privacy.mask_text("Code 12\n€😀") == "•••• ••\n••"
    assert privacy.mask_text("") == ""
    assert privacy.mask_text(None) is None


@given(texts)
def test_no_character_survives(text: str) -> None:
    masked = privacy.mask_text(text)
    assert masked is not None
    assert len(masked) == len(text)
    assert "".join(masked.split()).strip("•") == ""
    assert privacy.mask_text(masked) == masked


@pytest.mark.parametrize(
    ("status", "may"),
    [
        (Status.ACCEPTED, False),
        (Status.QUEUED, False),
        (Status.SENDING, False),
        (Status.SENT, False),
        (Status.UNKNOWN, False),
        (Status.DELIVERED, True),
        (Status.UNDELIVERED, True),
        (Status.EXPIRED, True),
        (Status.REJECTED, True),
        (Status.FAILED, True),
        (Status.RECEIVED, True),
    ],
)
def test_when_a_text_may_be_forgotten(status: Status, may: bool) -> None:
    assert privacy.may_forget(status) is may


@pytest.mark.parametrize(
    ("number", "shown"), [("+12065550100", "+1206•••••00"), ("12345", "12345"), ("", "")]
)
def test_numbers_in_logs(number: str, shown: str) -> None:
    assert privacy.mask_number(number) == shown
