"""Every mistake gets one clear answer: where, what, got, expected, fix; never a traceback.

The screens of the commonest are kept whole; ``OBJCLASS_UPDATE_SCREENS=1`` writes them anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import mistakes_annotations
import mistakes_commands
import mistakes_files
import mistakes_headers
import mistakes_language
import mistakes_learning
import mistakes_results
import numpy as np
import pytest
from mistakes import Mistake, gone
from terminal import Screen, typed

from workflows import Bench, flat, several, write_map, write_raw

ALL = (
    *mistakes_language.MISTAKES,
    *mistakes_headers.MISTAKES,
    *mistakes_files.MISTAKES,
    *mistakes_learning.MISTAKES,
    *mistakes_annotations.MISTAKES,
    *mistakes_results.MISTAKES,
    *mistakes_commands.MISTAKES,
)
COMMON = [mistake for mistake in ALL if mistake.common]
SCREENS = Path(__file__).with_name("screens") / "mistakes"
SECONDS = re.compile(r" +\d+\.\d s$", re.MULTILINE)


@pytest.fixture(autouse=True)
def no_surprises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs of bugs would land in the folder of the test, where they are seen."""
    (tmp_path / "logs").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "logs"))


@pytest.mark.parametrize("mistake", ALL, ids=lambda mistake: mistake.title)
def test_a_mistake_is_answered(mistake: Mistake, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    screen = mistake.made(folder)
    printed = screen.out + screen.err
    assert screen.code == mistake.code, printed
    assert "Traceback" not in printed
    assert not list((tmp_path / "logs").glob("objclass-bug*"))
    if mistake.code == 2:
        assert screen.err == f"{mistake.says}\n"
        assert screen.out == ""
    else:
        lines = SECONDS.sub("", printed).splitlines()
        assert [line for line in mistake.says.splitlines() if line not in lines] == [], printed


@pytest.mark.parametrize("mistake", COMMON, ids=lambda mistake: mistake.title)
def test_the_screen_of_a_common_mistake(mistake: Mistake, tmp_path: Path) -> None:
    shown = f"$ {mistake.command}\n{without_times(mistake.made(tmp_path))}"
    path = SCREENS / f"{mistake.name}.txt"
    if os.environ.get("OBJCLASS_UPDATE_SCREENS"):
        SCREENS.mkdir(parents=True, exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def without_times(screen: Screen) -> str:
    """Return all that was printed and the exit code, without seconds and progress."""
    printed = SECONDS.sub("", screen.out + screen.err)
    lines = printed.splitlines()
    return "\n".join([*lines, f"exit {screen.code}", ""])


def test_the_mistakes_are_many_and_distinct() -> None:
    assert len(ALL) >= 60
    assert len({mistake.title for mistake in ALL}) == len(ALL)
    assert len({(m.says, m.args, m.bench) for m in ALL}) > 0.95 * len(ALL)
    assert len(COMMON) >= 20


def test_every_kept_screen_belongs_to_a_mistake() -> None:
    kept = {path.stem for path in SCREENS.glob("*.txt")}
    assert kept == {mistake.name for mistake in COMMON}


def test_what_is_wrong_with_a_field_is_said_with_line_and_column() -> None:
    """Only files beside the workflow, the command line and the workflow as a whole have none."""
    elsewhere = re.compile(r"annotations\.csv:\d|--|Usage|project|'|celsl|cells\.yaml: |raw\.tif:1")
    about_fields = [
        line
        for mistake in ALL
        if mistake.code == 2 and mistake.args == "run cells.yaml"
        for line in mistake.says.splitlines()
        if not elsewhere.match(line)
    ]
    assert len(about_fields) > 100
    assert [line for line in about_fields if not re.match(r"cells\.yaml:\d+:\d+: ", line)] == []


# --- while running, an answer names image and frame -----------------------------------------


def test_what_is_found_while_running_names_the_image(tmp_path: Path) -> None:
    """Image b has no voxel 0; the others go on."""
    bench = several(tmp_path)
    bench.edit(
        ("    role: prediction_map\n", ""),
        ("prob/{name}.h5", "mask/{name}.tif"),
        ("    axes: yxc\n    channels: [background, nucleus]\n", "    role: segmentation\n"),
        ("    kind: threshold\n", "    kind: components\n"),
        ("    channel: nucleus\n    sigma: 0\n    threshold: 0.5\n", ""),
    )
    masks = {"a": 0, "b": 1, "c": 0}
    for name, low in masks.items():
        mask = np.full((48, 64), low, np.uint8)
        mask[4:13, 4:13] = 7
        write_raw(tmp_path / f"mask/{name}.tif", mask)
    screen = typed("run cells.yaml --until nuclei", tmp_path)
    assert screen.code == 1
    assert (
        "cells.yaml:7:3: node 'prob', image 'b': mask/b.tif has no background: no voxel is 0; "
        "got values 1, 7; expected 0 where there is no object; "
        "write foreground: 7 if 7 is the object, else 1"
    ) in screen.lines
    assert len([line for line in screen.lines if line.startswith("cells.yaml")]) == 1


def test_what_is_found_while_running_names_the_frame(tmp_path: Path) -> None:
    bench = labelled_series(tmp_path)
    screen = typed("run cells.yaml", bench.folder)
    assert screen.code == 1
    assert (
        "cells.yaml:4:3: node 'cells', t 2: cells/f2.tif has ids below 0; got -5; "
        "save it with 0 where there is no object, and ids from 1"
    ) in screen.lines


def labelled_series(folder: Path) -> Bench:
    """Three frames of a label image; the third has a negative id."""
    text = (
        "version: 1\n"
        "nodes:\n"
        "  raw: {kind: input, path: 'raw/f{t}.tif'}\n"
        "  cells: {kind: input, path: 'cells/f{t}.tif', role: label_image}\n"
        "  measured: {kind: features, image: raw, objects: cells, measure: [size]}\n"
    )
    for t, number in enumerate((1, 2, -5)):
        labels = np.zeros((48, 64), np.int32)
        labels[3:9, 3:9] = number
        write_raw(folder / f"cells/f{t}.tif", labels)
        write_raw(folder / f"raw/f{t}.tif", np.zeros((48, 64), np.uint8))
    return Bench(folder, text).edit()


def test_a_file_that_breaks_after_it_was_checked_is_named(tmp_path: Path) -> None:
    """The header is remembered, and so is the content; only the voxels of b are gone."""
    bench = several(tmp_path)
    assert typed("run cells.yaml", tmp_path).code == 0
    gone("prob/b.h5")(tmp_path)
    screen = typed("run cells.yaml", bench.folder)
    assert screen.code == 2
    assert "nothing here pairs with 1 file of raw; got raw/b.tif" in screen.err


# --- nothing found is no mistake ------------------------------------------------------------


def test_no_object_at_all_is_a_valid_result(tmp_path: Path) -> None:
    """A threshold of 0.99 finds nothing: a table with all columns, an image of zeros, exit 0."""
    import pandas as pd
    import tifffile

    bench = reusing(tmp_path)
    assert typed("run cells.yaml", tmp_path).code == 0
    full = pd.read_csv(tmp_path / "results/objects.csv")
    screen = typed("run cells.yaml --set nuclei.threshold=0.99", bench.folder)
    assert screen.code == 0
    assert screen.states()["nuclei"] == "ran"
    assert "0 objects" in screen.out
    empty = pd.read_csv(tmp_path / "results/objects.csv")
    assert (len(full), len(empty)) == (12, 0)
    assert list(empty.columns) == list(full.columns)
    classes = tifffile.imread(tmp_path / "results/raw_classes.tif")
    assert classes.shape == (48, 64)
    assert not classes.any()
    assert (tmp_path / "results/overlay.png").stat().st_size > 0
    counts = pd.read_csv(tmp_path / "results/counts.csv")
    assert counts[["objects", "n_large", "n_small"]].to_numpy().tolist() == [[0, 0, 0]]
    assert counts[["pct_large", "pct_small"]].isna().to_numpy().all()


def reusing(folder: Path) -> Bench:
    """A workflow with a trained classifier that writes everything there is to write."""
    bench = mistakes_learning.reusing(folder)
    return bench.edit(
        ("    from: predicted\n", "    from: predicted\n    image: raw\n"),
        (
            "      table:",
            "      overlay: results/overlay.png\n      counts: results/counts.csv\n      table:",
        ),
    )


def test_an_image_without_objects_among_others_is_a_row_of_zeros(tmp_path: Path) -> None:
    import pandas as pd

    bench = several(tmp_path)
    bench.edit(("      table:", "      counts: results/counts.csv\n      table:"))
    write_map(tmp_path / "prob/c.h5", np.full((48, 64), 0.1, np.float32))
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 0
    counts = pd.read_csv(tmp_path / "results/counts.csv").set_index("image")
    assert counts["objects"].to_dict() == {"a": 12, "b": 12, "c": 0}


def test_what_nobody_has_said_is_not_a_mistake(tmp_path: Path) -> None:
    """Fields of hysteresis beside method simple are told, not refused."""
    bench = flat(tmp_path)
    bench.edit(("    threshold: 0.5\n", "    threshold: 0.5\n    core_threshold: 0.7\n"))
    screen = typed("validate cells.yaml", tmp_path)
    assert screen.code == 0
    assert "note: nuclei: method simple does not use core_threshold and core_channel" in screen.out


def test_objects_on_background_and_contradictions_are_told(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    rows = bench.annotations.read_text(encoding="utf-8")
    bench.annotations.write_text(f"{rows}large,0,0\nsmall,8,9\n", encoding="utf-8")
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 0
    assert "warning: 1 row on background, not used (line 10)" in screen.out
    assert (
        "warning: one object with several classes, not used: line 2 large, line 11 small"
    ) in screen.out
