"""``objclass annotations list``: every row, and what became of it."""

from __future__ import annotations

import json
from pathlib import Path

from commands import objclass

from workflows import flat, series, several


def test_every_row_is_listed_with_what_became_of_it(tmp_path: Path) -> None:
    bench = flat(tmp_path).annotate([("large", 8, 8), ("small", 8, 24), ("small", 0, 0)])
    assert [line.split() for line in objclass("annotations", "list", bench.file).lines] == [
        ["line", "image", "class", "status", "y", "x", "object"],
        ["annotations.csv:2", "raw", "large", "point", "8", "8", "1"],
        ["annotations.csv:3", "raw", "small", "point", "8", "24", "3"],
        ["annotations.csv:4", "raw", "small", "background", "0", "0"],
    ]


def test_only_those_of_one_status_are_listed(tmp_path: Path) -> None:
    bench = flat(tmp_path).stamp()
    answer = objclass(
        "annotations", "list", bench.file, "--set", "nuclei.threshold=0.4", "--status", "invalid"
    )
    assert [line.split()[-1] for line in answer.lines[1:]] == ["9", "11"]


def test_frames_and_images_have_columns_where_there_are_any(tmp_path: Path) -> None:
    assert "  t  " in objclass("annotations", "list", series(tmp_path / "s").file).lines[0]
    answer = objclass("annotations", "list", several(tmp_path / "m").file, "--json")
    found = json.loads(answer.out)["annotations"]
    assert {row["image"] for row in found} == {"a"}
    assert set(found[0]) == {
        "file", "line", "image", "t", "z", "y", "x", "class", "status", "object",
    }  # fmt: skip


def test_nothing_is_listed_where_there_is_nothing(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    bench.annotations.unlink()
    assert objclass("annotations", "list", bench.file).lines == ["no annotations"]


def test_a_status_that_does_not_exist_is_named(tmp_path: Path) -> None:
    answer = objclass("annotations", "list", flat(tmp_path).file, "--status", "vald")
    assert answer.code == 2
    assert answer.err.startswith("--status vald: there is no such status; expected valid, point")
    assert answer.err.endswith("did you mean valid?\n")
