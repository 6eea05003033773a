"""What plates say of their wells, and wells of their fields."""

from __future__ import annotations

from typing import Any

import pytest

from objclass.errors import InputError
from objclass.io.plate import Plate, fields_of, plate_of

WELLS = [{"path": "B/03", "rowIndex": 1}, {"path": "C/11"}]


@pytest.mark.parametrize(
    "said",
    [
        {"plate": {"version": "0.4", "wells": WELLS, "field_count": 2}},
        {"ome": {"version": "0.5", "plate": {"wells": WELLS, "field_count": 2}}},
    ],
    ids=["0.4", "0.5"],
)
def test_a_well_is_called_by_row_and_column_without_the_slash(said: dict[str, Any]) -> None:
    assert plate_of(said, "p.zarr") == Plate({"B03": "B/03", "C11": "C/11"}, 2)
    assert fields_of(said, "p.zarr") is None


def test_fields_come_in_the_order_of_the_well() -> None:
    said = {"well": {"images": [{"path": "2"}, {"path": "0", "acquisition": 1}]}}
    assert fields_of(said, "p.zarr/B/03") == ("2", "0")
    assert fields_of({"ome": said}, "p.zarr/B/03") == ("2", "0")
    assert plate_of(said, "p.zarr") is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"wells": [{}]}, "p.zarr: its OME-Zarr metadata are broken; got wells.0.path: field req"),
        ("A/01", "its OME-Zarr metadata are broken; got wells: "),
        ({"version": "0.6"}, "this version of OME-Zarr is not known; got 0.6; expected 0.4 or 0.5"),
        (
            {"wells": [{"path": "A/11"}, {"path": "A1/1"}]},
            "p.zarr: two wells are called A11; got A/11 and A1/1",
        ),
    ],
)
def test_a_plate_that_breaks_the_standard_is_one_message(said: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        plate_of({"plate": said}, "p.zarr")
    assert words in str(caught.value)
