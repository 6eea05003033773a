"""``objclass init``, then the workflow that it wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commands import objclass

from workflows import discs, write_map, write_raw

SCREEN = """\
wrote   cells.yaml
        7 nodes, image 'raw'; no problems
next    objclass annotations new cells.yaml
        objclass run cells.yaml
        objclass label cells.yaml
            instead of both: give objects classes in a browser
        objclass schema -o workflow.schema.json
            so that your editor completes and checks the workflow
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a raw image and its prediction map, in which we are."""
    raw, probability = discs()
    write_raw(tmp_path / "raw.tif", raw)
    write_map(tmp_path / "prob.h5", probability)
    monkeypatch.chdir(tmp_path)
    return tmp_path


INIT = ("init", "--raw", "raw.tif", "--prediction-map", "prob.h5", "--axes", "prob=yxc")


def test_what_is_written_runs_up_to_the_annotations(folder: Path) -> None:
    answer = objclass(*INIT)
    assert (answer.code, answer.out, answer.err) == (0, SCREEN, "")
    assert objclass("validate", "cells.yaml").code == 0
    answer = objclass("run", "cells.yaml")
    assert answer.code == 1
    assert "classes  STOPPED  no annotations yet: there is no cells.annotations.csv" in answer.out


def test_a_workflow_that_is_there_is_never_overwritten(folder: Path) -> None:
    (folder / "cells.yaml").write_text("mine")
    answer = objclass(*INIT)
    assert answer.code == 2
    assert answer.err == (
        "cells.yaml exists already; nothing was written; choose another name with -o\n"
    )
    assert (folder / "cells.yaml").read_text() == "mine"
    assert objclass(*INIT, "-o", "new/cells.yaml").code == 0
    assert "path: ../raw.tif" in (folder / "new/cells.yaml").read_text()


def test_the_axes_of_a_silent_file_are_asked_for_and_nothing_is_written(folder: Path) -> None:
    answer = objclass(*INIT[:5])
    assert answer.code == 2
    assert answer.err.replace(f"{folder}/", "") == (
        "--prediction-map: prob.h5 does not name its axes; got shape (48, 64, 2); "
        "expected letters of tczyx in file order; add for example --axes prob=yxc\n"
    )
    assert not (folder / "cells.yaml").exists()


def test_axes_in_capitals_are_answered_with_what_to_write(folder: Path) -> None:
    assert objclass(*INIT[:5], "--axes", "prob=YXC").err == (
        "--axes prob=YXC; got YXC; expected different letters of tczyx in file order, among them "
        "y and x; write yxc\n"
    )


def test_channels_in_files_are_told_how_they_become_one_image(tmp_path: Path) -> None:
    for stain in ("dna", "actin"):
        write_raw(tmp_path / f"a_{stain}.tif", np.zeros((48, 64), np.uint8))
    write_map(tmp_path / "a.h5", np.zeros((48, 64), np.float32))
    words = ("init", "--prediction-map", tmp_path / "a.h5", "--axes", "prob=yxc")
    answer = objclass(*words, "--raw", tmp_path / "a_{channel}.tif", "-o", tmp_path / "apart.yaml")
    assert answer.lines[1:3] == [
        "note    raw: every {channel} is an image of its own; {c} in its place stacks the files "
        "as channels of one image",
        "        7 nodes, 2 images; no problems",
    ]
    answer = objclass(*words, "--raw", tmp_path / "a_{c}.tif", "-o", tmp_path / "one.yaml")
    assert answer.lines[1] == "        7 nodes, image 'a'; no problems"


def test_files_that_do_not_fit_each_other_are_said_and_no_workflow_stays(folder: Path) -> None:
    write_map(folder / "prob.h5", np.zeros((40, 64), np.float32))
    answer = objclass(*INIT)
    assert answer.code == 2
    assert answer.out == ""
    assert not (folder / "cells.yaml").exists()
    assert answer.err == (
        "node 'feats': shapes differ; got 'raw' is 48 x 64 (yx), "
        "'nuclei' is 40 x 64 (yx); give both the same shape and crop\n"
    )
