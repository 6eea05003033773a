"""Figures put marks where their numbers say."""

from __future__ import annotations

import re

import pytest

from objclass.report_page.figures import Bar, bars, curves, histogram, plate, shortened

RECT = re.compile(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"')


def test_a_bar_is_as_long_as_its_share_of_the_axis() -> None:
    drawn = bars([Bar("a", 1.0, said="1.00"), Bar("b", 0.25, said="0.25")], "recall")
    widths = [float(width) for _, _, width in RECT.findall(drawn)]
    assert widths[0] == 4 * widths[1]


@pytest.mark.parametrize(("most", "end"), [(1.0, "1"), (0.53, "0.6"), (52.9, "60"), (0.31, "0.4")])
def test_an_axis_ends_at_a_number_that_reads_well(most: float, end: str) -> None:
    assert f">{end}<" in bars([Bar("a", most, said="")], "x", most)


def test_an_unknown_value_has_no_length_and_no_number() -> None:
    drawn = bars([Bar("a", None, said="-")], "recall")
    assert "NaN" not in drawn
    assert "nan" not in drawn
    assert ">-<" in drawn


def test_curves_differ_by_dashes_too() -> None:
    points = [(0.5, 0.5), (1.0, 1.0)]
    drawn = curves({"a": ("#000000", points), "b": ("#FFFFFF", points)}, "x", "u", "v")
    assert drawn.count('stroke-dasharray="7 3"') == 2  # the curve and its line in the legend


def test_outlines_of_classes_have_one_area_however_many_objects_they_hold() -> None:
    drawn = histogram(
        [0, 1, 2], {"few": [1, 1], "many": [50, 50]}, {"few": "#1", "many": "#2"}, "x"
    )
    paths = re.findall(r'<path d="(M[^"]+V120)"', drawn)
    assert len(paths) == 2
    assert paths[0] == paths[1]


def test_a_plate_shows_every_well_where_it_is() -> None:
    drawn = plate({"A01": 1.0, "B03": 2.0, "H12": 3.0}, "objects")
    assert drawn is not None
    assert re.findall(r"<title>([^<]+)</title>", drawn) == ["A01: 1", "B03: 2", "H12: 3"]
    assert drawn.count("<rect") == 96


def test_names_that_are_no_wells_make_no_plate() -> None:
    assert plate({"A01": 1.0, "left": 2.0}, "objects") is None
    assert plate({}, "objects") is None


def test_a_long_name_is_cut_by_how_wide_it_is() -> None:
    assert shortened("interphase", 26) == "interphase"
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("細胞分裂", 4) == "細…"
