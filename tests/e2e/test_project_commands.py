"""``objclass project show | extract`` on the project of a real run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import objclass

from workflows import Bench, flat


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A workflow that ran."""
    found = flat(tmp_path).edit(("version: 1", "version: 1\ntitle: Discs"))
    found.run()
    monkeypatch.chdir(tmp_path)
    return found


def test_a_project_says_what_it_holds(bench: Bench) -> None:
    answer = objclass("project", "show", "cells.objclass.h5")
    assert answer.code == 0
    for line in (
        "project             cells.objclass.h5 (format 1)",
        "title               Discs",
        "input               raw  raw  yx  uint8  channels 0",
        "objects             nuclei  threshold  channel nucleus  core_threshold 0.8  image prob  "
        "merge_objects yes  method simple  min_size 10  sigma 0  threshold 0.5",
        "classes of classes  large  4 examples  #56b4e9",
        "                    small  4 examples  #e69f00",
        "annotations         annotations.csv (9 lines)",
    ):
        assert line.lower() in answer.out.lower().splitlines()
    found = json.loads(objclass("project", "show", "cells.objclass.h5", "--json").out)
    assert found["classifiers"]["classes"]["facts"]["seed"] == 0


def test_workflow_and_annotations_come_back(bench: Bench) -> None:
    answer = objclass("project", "extract", "cells.objclass.h5", "-o", "out")
    assert answer.lines == ["wrote   out/cells.yaml", "wrote   out/annotations.csv"]
    assert Path("out/cells.yaml").read_bytes() == bench.file.read_bytes()
    assert Path("out/annotations.csv").read_bytes() == bench.annotations.read_bytes()
    answer = objclass("project", "extract", "cells.objclass.h5", "-o", "out")
    assert answer.code == 2
    assert answer.err.startswith("out holds cells.yaml, annotations.csv already; nothing was")


@pytest.mark.parametrize("verb", [("show",), ("extract", "-o", "out")])
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data: data[: len(data) // 2], "is damaged or cut short"),
        (lambda data: b"version: 1\n", "is not a project file"),
        (lambda data: b"", "is not a project file"),
        (lambda data: data[:600] + b"\xff" * 600 + data[1200:], "project file"),
    ],
)
def test_a_spoilt_project_gives_one_message(
    bench: Bench, verb: tuple[str, ...], spoil: object, said: str
) -> None:
    path = Path("cells.objclass.h5")
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    answer = objclass("project", verb[0], path, *verb[1:])
    assert answer.code == 2
    assert answer.out == ""
    assert len(answer.err.splitlines()) == 1
    assert said in answer.err
    assert not Path("out").exists()
