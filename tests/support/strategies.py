"""Hypothesis strategies that are cheap: `st.text()` alone spends over a second on its tables."""

from __future__ import annotations

from hypothesis import strategies as st

# All code points but the surrogates, small ones more often.
characters = st.one_of(
    st.integers(0x00, 0x7F).map(chr),
    st.integers(0x80, 0xD7FF).map(chr),
    st.integers(0xE000, 0x10FFFF).map(chr),
)
texts = st.text(characters, max_size=80)
