"""Many files of one kind are told in three lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from objclass.cli.screen import _files
from objclass.engine.reason import Change, show
from objclass.report.reasons import condense
from objclass.report.summary import RunReport


def report(*paths: str) -> RunReport:
    return RunReport((), tuple(Path.cwd() / path for path in paths), (), (), (), 0.0)


def test_a_few_files_are_told_one_by_one() -> None:
    assert list(_files(report("out/a.tif", "out/b.tif", "t.csv"))) == [
        "wrote   out/a.tif",
        "wrote   out/b.tif",
        "wrote   t.csv",
    ]


def test_of_many_files_in_a_folder_two_are_told_and_how_many_more() -> None:
    many = [f"out/{k}.tif" for k in range(93)]
    assert list(_files(report(*many, "out/t.csv"))) == [
        "wrote   out/0.tif",
        "wrote   out/1.tif",
        "wrote   91 more .tif files in out",
        "wrote   out/t.csv",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"path": "a.tif", "dataset": None}, "a.tif"),
        ({"path": "a.h5", "dataset": "raw"}, "{path: a.h5, dataset: raw}"),
        ({"y": 1, "x": None}, "{y: 1}"),
    ],
)
def test_what_nobody_wrote_is_not_told(value: object, text: str) -> None:
    assert show(value) == text


def test_frames_are_counted() -> None:
    names = Change("frame_names.f", ["0", "1"], ["0", "1", "2"])
    assert str(condense(names)) == "frames of f 2 -> 3"
    renamed = Change("frame_names.f", ["0", "1"], ["00", "01"])
    assert str(condense(renamed)) == "files of f one name -> another"
