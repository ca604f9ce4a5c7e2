from __future__ import annotations

import pytest

from gateway.domain import privacy


@pytest.mark.parametrize("text", ["Code 123456", "", "\U0001f600", privacy.MASK])
def test_nothing_of_a_text_stays(text: str) -> None:
    assert privacy.mask_text(text) == privacy.MASK


def test_no_text_stays_no_text() -> None:
    assert privacy.mask_text(None) is None
