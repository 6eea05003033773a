"""Names that a spreadsheet would run are kept from it, and come back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objclass.data.formula import escape, unescape

WRITTEN = {
    "=1+1": "'=1+1",
    "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
    "-neg": "'-neg",
    "+1+2": "'+1+2",
    "@SUM(A1)": "'@SUM(A1)",
    "\tx": "'\tx",
    "\rx": "'\rx",
    "'=x": "''=x",
    "-1.5e-3x": "'-1.5e-3x",
}
KEPT = ["", "a", "CD3+", "-", "+", "-1", "+2.5", "-1.5e-3", "-.5", "-inf", "'quoted'", "'", "'-5"]


@pytest.mark.parametrize(("text", "cell"), WRITTEN.items())
def test_a_formula_gets_an_apostrophe_and_loses_it_again(text: str, cell: str) -> None:
    assert escape(text) == cell
    assert unescape(cell) == text


@pytest.mark.parametrize("text", KEPT)
def test_numbers_signs_and_all_other_texts_stay(text: str) -> None:
    assert (escape(text), unescape(text)) == (text, text)


@given(st.text(st.sampled_from("'=+-@\t\r1.e5xn \n"), max_size=8))
def test_every_text_comes_back_exactly(text: str) -> None:
    assert unescape(escape(text)) == text
    assert escape(text)[:1] not in ("=", "@", "\t", "\r")
