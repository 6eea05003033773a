"""How annotations stand, counted by hand."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from objclass.curation import status
from objclass.errors import InputError, RunError
from workflows import CENTERS, flat, rows, several


def test_every_status_is_counted_by_class(tmp_path: Path) -> None:
    bench = flat(tmp_path).stamp()
    with bench.annotations.open("a", encoding="utf-8") as file:
        file.write("large,8,8,,,\n")  # line 10: a point on an object that is annotated
        file.write("small,0,0,,,\n")  # line 11: background
        file.write("small,40,40,,,\n")  # 12 and 13 contradict each other
        file.write("large,40,40,,,\n")
        file.write("ignore,40,56,,,\n")  # 14
        file.write(",24,40,,,\n")  # 15: no class yet
    found = status(bench.file)
    assert found.classes == {
        "ignore": {"ignored": 1},
        "large": {"valid": 4, "point": 1, "conflict": 1},
        "small": {"valid": 4, "background": 1, "conflict": 1},
    }
    assert found.headline == "9 of 12 annotations valid"
    assert found.unclassed == 1
    assert found.notes == (
        "1 row on background, not used (line 11)",
        "it is within 6 voxels of an object; to take it: "
        f"objclass annotations reattach {bench.file} --nearest 6",
        "one object with several classes, not used: line 12 small, line 13 large",
        "1 row of the class ignore, not used",
    )
    json.dumps(asdict(found))


def test_rows_are_invalid_once_their_objects_changed(tmp_path: Path) -> None:
    bench = flat(tmp_path).stamp()
    bench.run()
    found = status(bench.edit(("threshold: 0.5", "threshold: 0.4")).file)
    assert found.counts == {"valid": 6, "invalid": 2}
    assert found.headline == "6 of 8 annotations valid; 2 invalid"
    assert found.notes == ("2 rows invalid (lines 8, 9)",)
    assert found.because == ("nuclei: threshold 0.5 -> 0.4",)


def test_several_images_are_told_apart(tmp_path: Path) -> None:
    bench = several(tmp_path)
    said = [*rows((0, 1), "a"), *rows((2,), "b"), ("small", 0, 0, "c")]
    bench.annotate(said, "class,y,x,image")
    found = status(bench.file)
    assert {image: one.rows for image, one in found.images.items()} == {"a": 2, "b": 1, "c": 1}
    assert found.notes == (
        "c: 1 row on background, not used (line 5)",
        "c: it is within 6 voxels of an object; to take it: "
        f"objclass annotations reattach {bench.file} --nearest 6",
    )


def test_no_file_yet_is_a_state_not_a_mistake(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    bench.annotations.unlink()
    found = status(bench.file)
    assert (found.exists, found.counts, found.file) == (False, {}, "annotations.csv")


def test_a_broken_file_is_said_with_its_lines(tmp_path: Path) -> None:
    bench = flat(tmp_path).annotate([("large", "here", 8)])
    with pytest.raises(InputError, match=r"annotations.csv:2:2: .*y is not a voxel"):
        status(bench.file)


def test_a_row_outside_the_image_is_said_with_its_line(tmp_path: Path) -> None:
    bench = flat(tmp_path).annotate([("large", *CENTERS[0]), ("large", 48, 8)])
    with pytest.raises(RunError, match=r"annotations.csv:3: .*lies outside the image"):
        status(bench.file)
