"""Names that no disk takes, NUL characters, and quotes that are never closed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from terminal import typed

from workflows import flat, several

LONG = "n" * 300


def said(folder: Path) -> str:
    """What a run refuses, before work."""
    screen = typed("run cells.yaml", folder)
    assert screen.code == 2, screen.out
    return screen.err.rstrip("\n")


def test_a_file_name_that_is_no_text_fails_its_image_and_no_other(tmp_path: Path) -> None:
    """A zip file from elsewhere leaves names in another encoding."""
    several(tmp_path, ["a", "b"])
    for path in (tmp_path / "raw/b.tif", tmp_path / "prob/b.h5"):
        path.rename(path.with_name(os.fsdecode(b"\xff") + path.suffix))
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 1
    assert "\ufffd.tif is not UTF-8; rename the file" in screen.out
    assert "please report" not in screen.out + screen.err


@pytest.mark.parametrize(
    "words",
    ["run", "plan", "validate", "annotations status", "evaluate", "report", "audit", "warm"],
)
def test_every_command_says_why_no_image_of_a_workflow_can_be_worked_on(
    words: str, tmp_path: Path
) -> None:
    several(tmp_path, ["a"])
    for path in (tmp_path / "raw/a.tif", tmp_path / "prob/a.h5"):
        path.rename(path.with_name(os.fsdecode(b"\xff") + path.suffix))
    screen = typed(f"{words} cells.yaml", tmp_path)
    assert screen.code == 2
    assert "\ufffd.tif is not UTF-8; rename the file" in screen.err


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("path: raw.tif", f"path: {LONG}.tif", "5:11: node 'raw': path"),
        ("objects.csv", f"{LONG}.csv", "37:14: node 'out': write.table"),
        ("annotations.csv", f"{LONG}.csv", "27:18: node 'classes': annotations"),
    ],
)
def test_a_name_that_no_disk_takes_is_refused_where_it_stands(
    tmp_path: Path, old: str, new: str, place: str
) -> None:
    flat(tmp_path).edit((old, new))
    text = said(tmp_path)
    assert text.startswith(
        f"cells.yaml:{place} holds a name of 304 bytes, which no disk takes; got"
    )
    assert text.endswith("expected at most 255 between two slashes")


def test_an_image_whose_name_makes_a_file_name_too_long_is_named(tmp_path: Path) -> None:
    several(tmp_path, ["a", "b" * 248])
    text = said(tmp_path)
    assert "a name of 260 bytes, which no disk takes" in text
    assert text.endswith("expected at most 255; shorten the image's name")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            "class,y,x\nlarge\0,8,8\n",
            "annotations.csv:2: node 'classes': the table holds a NUL character; it may be "
            "damaged: save it again as CSV UTF-8",
        ),
        (
            "cl\0ass,y,x\nlarge,8,8\n",
            "annotations.csv:1: node 'classes': the table holds a NUL character; it may be "
            "damaged: save it again as CSV UTF-8",
        ),
        (
            'class,y,x\nlarge,8,8\n"large' + "x" * 3_000_000 + "\nsmall,8,24\n",
            "annotations.csv:3: node 'classes': a cell is longer than 131,072 characters; if a "
            "quote that opens from here on is never closed, close it, or double it inside text",
        ),
        (
            'class,y,x\n"large,8,8\nsmall,8,24\n',
            "annotations.csv:2: node 'classes': a quote that opens from here on is never closed; "
            "close it, or double it inside text",
        ),
    ],
    ids=["NUL in a cell", "NUL in a title", "3 MB quote", "open quote"],
)
def test_a_table_that_cannot_be_read_is_answered_with_its_line(
    tmp_path: Path, table: str, message: str
) -> None:
    flat(tmp_path)
    (tmp_path / "annotations.csv").write_text(table)
    assert said(tmp_path) == message
