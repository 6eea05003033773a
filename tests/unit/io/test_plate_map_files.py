"""Plate maps as files: tables, condition tables of Fractal, and plates that list their wells."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from written_zarr import VERSIONS, write_group

from objclass.errors import InputError
from objclass.io.plate_map import read_plate_map
from objclass.wells.plate_map import map_images

WELLS = {"wells": [{"path": "B/03"}, {"path": "C/04"}]}
TABLE = pd.DataFrame({"row": ["B", "C"], "column": [3, 4], "Drug": ["DMSO", "taxol"]})
IMAGES = [{"plate": "p", "well": "C04"}, {"plate": "p", "well": "B03"}]


def write_conditions(plate: Path, name: str, suffix: str, version: str) -> Path:
    """A condition table as ngio writes it, with its rows numbered."""
    folder = plate / "tables" / name
    write_group(plate / "tables", {"tables": [name]}, version)
    folder.mkdir(parents=True)
    said = {"type": "condition_table", "table_version": "1", "backend": suffix}
    write_group(folder, said, "0.4")
    if suffix == "csv":
        TABLE.to_csv(folder / "table.csv", index=False)
    else:
        TABLE.to_parquet(folder / "table.parquet")
    return folder


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_condition_table_is_found_by_its_folder_and_by_its_plate(
    suffix: str, version: str, tmp_path: Path
) -> None:
    plate = tmp_path / "p.ome.zarr"
    write_group(plate, {"plate": WELLS}, version)
    folder = write_conditions(plate, "drugs", suffix, version)
    for path in (plate, folder):
        mapped = map_images(read_plate_map(path), IMAGES)
        assert mapped.conditions == ({"Drug": "taxol"}, {"Drug": "DMSO"})


def test_a_plate_without_conditions_says_which_wells_there_are(tmp_path: Path) -> None:
    write_group(tmp_path / "p.zarr", {"plate": WELLS})
    mapped = map_images(read_plate_map(tmp_path / "p.zarr"), [*IMAGES, {"well": "D01"}])
    assert mapped.conditions == ({}, {}, {})
    assert mapped.notes == (f"{tmp_path}/p.zarr has no row for D01",)


def test_what_is_no_plate_map_is_refused_with_what_would_be(tmp_path: Path) -> None:
    plate = tmp_path / "p.zarr"
    write_group(plate, {"plate": WELLS})
    write_conditions(plate, "one", "csv", "0.4")
    write_conditions(plate, "two", "csv", "0.4")
    with pytest.raises(InputError, match=r"p\.zarr has 2 condition tables; got one, two; name one"):
        read_plate_map(plate)
    (plate / "tables/one/table.csv").rename(plate / "tables/one/x")
    with pytest.raises(InputError, match="expected csv, parquet; write it with the backend csv"):
        read_plate_map(plate / "tables/one")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty is no plate map; expected a table, a condition"):
        read_plate_map(tmp_path / "empty")
    with pytest.raises(InputError, match=r"gone\.csv"):
        read_plate_map(tmp_path / "gone.csv")
