"""``objclass graph``."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import objclass

from workflows import flat

GRAPH = """\
flowchart LR
    raw[/"raw<br>input"/]
    prob[/"prob<br>input"/]
    nuclei["nuclei<br>threshold"]
    measured["measured<br>features"]
    classes{{"classes<br>classifier"}}
    predicted["predicted<br>predict"]
    out[\\"out<br>export"\\]
    raw -->|image| measured
    prob -->|image| nuclei
    nuclei -->|objects| measured
    measured --> classes
    measured --> predicted
    classes -->|model| predicted
    predicted -->|predictions| out
"""


def test_a_workflow_is_drawn_without_reading_its_files(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    (tmp_path / "raw.tif").unlink()
    answer = objclass("graph", bench.file)
    assert (answer.code, answer.out, answer.err) == (0, GRAPH, "")
    assert not (tmp_path / ".objclass").exists()


@pytest.mark.parametrize("direction", ["TB", "tb", "RL"])
def test_the_direction_may_be_chosen(tmp_path: Path, direction: str) -> None:
    answer = objclass("graph", flat(tmp_path).file, "--direction", direction)
    assert answer.lines[0] == f"flowchart {direction.upper()}"


def test_what_is_wrong_with_the_workflow_is_said(tmp_path: Path) -> None:
    bench = flat(tmp_path).edit(("image: prob", "image: porb"))
    answer = objclass("graph", bench.file)
    assert answer.code == 2
    assert "node 'nuclei'" in answer.err
    assert "did you mean prob?" in answer.err
