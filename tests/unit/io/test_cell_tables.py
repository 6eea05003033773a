"""Tables of a CellProfiler database are found by their columns, or by a properties file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from written_annotations import cell_database, cell_properties

from objclass.errors import InputError
from objclass.io.annotation_formats.cell_tables import read_tables


def test_only_the_images_that_are_asked_for_are_read(tmp_path: Path) -> None:
    files = {1: ("a.tif", "a_gfp.tif"), 2: ("b.tif",)}
    cell_database(tmp_path / "c.db", files, {(1, 1): (3.4, 5.6), (2, 1): (7.0, 8.0)})
    found = read_tables(cell_properties(tmp_path / "c.properties", "c.db"), [1])
    assert found.files == {1: ("a.tif", "a_gfp.tif")}
    assert found.centres == {(1, 1): (3.4, 5.6)}


def test_columns_have_the_names_that_the_properties_say(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "my cells.db")) as base, base:
        base.execute('CREATE TABLE "per ""image" (Image, "File DNA", Plate)')
        base.execute('INSERT INTO "per ""image" VALUES (4, ?, ?)', ("x.tif", "P1"))
        base.execute("CREATE TABLE things (Image, Thing, X, Y, Area)")
        base.execute("INSERT INTO things VALUES (4, 2, 1.5, 2.5, 9), (4, 3, NULL, 2, 9)")
    (tmp_path / "p.properties").write_text(
        "db_type = sqlite\ndb_sqlite_file = C:\\old\\my cells.db\nimage_id = Image\n"
        'object_id = Thing\nimage_table = per "image\nobject_table = things\n'
        "image_file_cols = File DNA, File GFP\ncell_x_loc = X\ncell_y_loc = Y\n"
    )
    found = read_tables(tmp_path / "p.properties", [4])
    assert found.files == {4: ("x.tif",)}
    assert found.centres == {(4, 2): (1.5, 2.5)}


def test_a_database_is_not_changed_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = cell_database(tmp_path / "c.db", {1: ("a.tif",)}, {})
    before = path.read_bytes()
    path.chmod(0o444)
    assert read_tables(path, [1]).files == {1: ("a.tif",)}
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["c.db"]


def test_a_database_that_is_gone_is_named(tmp_path: Path) -> None:
    path = cell_properties(tmp_path / "c.properties", "/data/c.db")
    with pytest.raises(InputError, match="which is not there"):
        read_tables(path, [1])


def test_tables_that_tell_nothing_of_these_images_are_refused(tmp_path: Path) -> None:
    path = cell_database(tmp_path / "c.db", {1: ("a.tif",)}, {})
    with pytest.raises(InputError, match="tells neither the files of images 7"):
        read_tables(path, [7])


def test_what_was_not_measured_has_no_place(tmp_path: Path) -> None:
    path = tmp_path / "Nuclei.csv"
    path.write_text(
        "ImageNumber,ObjectNumber,Location_Center_X,Location_Center_Y\n"
        "1,1,3,4\n1,2,nan,4\n1,nan,3,4\n1,4,inf,4\nnan,5,3,4\n"
    )
    assert read_tables(path, [1]).centres == {(1, 1): (3.0, 4.0)}
