"""A run goes by what people edit as it was when it began; edits meanwhile are named at its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from objclass.engine.graph import Step
from objclass.io.project import read
from objclass.report.summary import summarize
from workflows import ANNOTATED, Bench, Ran, rows, several

PLUGIN = """\
from objclass.measure.plugin import Object, object_family

@object_family("mine", columns={"twice": "Twice the voxels."}, source="here")
def mine(thing: Object) -> dict[str, float]:
    return {"twice": 2.0 * thing.mask.sum()}
"""


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Bench]:
    """Makes a workflow that reads a sheet, annotations and a plugin, in a folder of that name."""

    def made(name: str) -> Bench:
        bench = several(tmp_path / name)
        (bench.folder / "mine.py").write_text(PLUGIN, encoding="utf-8")
        lines = ["name,raw,prob", *(f"{n},raw/{n}.tif,prob/{n}.h5" for n in "abc")]
        (bench.folder / "sheet.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return bench.edit(
            ("version: 1\n", "version: 1\nplugins: [mine.py]\nimages: sheet.csv\n"),
            ("measure: [size, intensity]", "measure: [size, intensity, mine]"),
            ("      predictions: results/{image}_classes.tif\n", ""),
        )

    return made


EDITS: dict[str, tuple[str, str, str]] = {
    "cells.yaml": ("threshold: 0.5", "threshold: 0.4", "the workflow"),
    "annotations.csv": ("large", "small", "the annotations of 'classes'"),
    "sheet.csv": ("b,raw/b.tif,prob/b.h5\n", "", "the sheet of images"),
    "mine.py": ("2.0 *", "3.0 *", "a plugin"),
}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("name", EDITS)
def test_a_file_edited_during_a_run_is_named_and_the_run_goes_by_it_as_it_was(
    name: str, workers: int, make: Callable[[str], Bench]
) -> None:
    plain, bench = make("plain"), make("edited")
    expected = plain.run(workers=1)
    before, after, what = EDITS[name]
    path = bench.folder / name
    text = path.read_text(encoding="utf-8")
    told: list[object] = []

    def edit(event: object) -> None:
        if isinstance(event, Step) and not told:
            told.append(event)
            path.write_text(text.replace(before, after), encoding="utf-8")

    job = bench.job(tell=edit, workers=workers)
    ran = Ran(job, job.run())
    assert told
    assert path.read_text(encoding="utf-8") != text
    assert ran.digests == expected.digests
    notes = summarize(job, ran.outcomes).notes
    assert (
        f"{name} ({what}) was edited while this ran, which went by it as it was; run again" in notes
    )
    tables = [pd.read_csv(b.folder / "results/objects.csv") for b in (plain, bench)]
    assert tables[0].equals(tables[1])
    project, other = (read(b.folder / "cells.objclass.h5") for b in (plain, bench))
    assert project.annotations == other.annotations
    assert project.plugins == other.plugins
    assert project.workflow == other.workflow


def test_a_run_in_which_nobody_edits_names_nothing(make: Callable[[str], Bench]) -> None:
    bench = make("quiet")
    job = bench.job(workers=1)
    outcomes = job.run()
    assert [note for note in summarize(job, outcomes).notes if "while this ran" in note] == []
    assert len(rows(ANNOTATED, "a")) == len(bench.annotations.read_text().splitlines()) - 1
