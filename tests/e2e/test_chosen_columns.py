"""``use: auto``: a few columns are chosen, said and kept; scores choose them anew."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from doc_folders import ROOT, plates
from terminal import typed

from workflows import CLASSES, Bench, flat

LEARNING = "    annotations: annotations.csv\n"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Twelve discs with columns of size and intensity; the classes go by size."""
    return flat(tmp_path).edit((LEARNING, LEARNING + "    use: auto\n"))


def test_the_columns_are_said_kept_in_the_project_and_used_by_a_batch(bench: Bench) -> None:
    screen = typed("run cells.yaml", bench.folder)
    assert screen.code == 0
    assert "columns chosen: 1 of " in screen.out
    shown = typed("project show cells.objclass.h5", bench.folder).out
    assert "columns chosen: 1 of " in shown
    described = json.loads(typed("project show cells.objclass.h5 --json", bench.folder).out)
    assert len(described["classifiers"]["classes"]["columns"]) == 1
    line = "batch cells.objclass.h5 --raw raw.tif --prediction-map prob.h5 --out out"
    assert typed(line, bench.folder).code == 0
    own, there = (
        pd.read_csv(bench.folder / name).set_index(["y", "x"])["predicted_class"]
        for name in ("results/objects.csv", "out/raw_objects.csv")
    )
    assert sorted(own) == sorted(CLASSES)
    assert own.equals(there)


def test_scores_do_not_come_from_objects_that_the_columns_were_chosen_by(bench: Bench) -> None:
    ran = bench.run()
    facts = ran.data("classes.evaluation").facts
    assert facts["out_of_bag"] == {"skipped": "the columns were chosen by all examples"}
    assert facts["score"] == "cross_validation"


def test_choosing_again_gives_the_same_model_in_any_order_of_rows(
    bench: Bench, tmp_path: Path
) -> None:
    first = bench.run().digests
    rows = bench.annotations.read_text(encoding="utf-8").splitlines()
    bench.annotations.write_text("\n".join([rows[0], *rows[:0:-1]]) + "\n", encoding="utf-8")
    assert bench.run(cache=tmp_path / "other").digests == first


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ("atuo", "use is not a list; got 'atuo'; did you mean auto?"),
        ("[auto, size]", "use has auto beside other entries"),
    ],
)
def test_mistakes_are_named(use: str, said: str, bench: Bench) -> None:
    bench.edit(("use: auto", f"use: {use}"))
    screen = typed("validate cells.yaml", bench.folder)
    assert screen.code == 2
    assert said in screen.out + screen.err


def test_held_out_images_sets_and_a_full_evaluation_go_by_the_chosen_columns(
    tmp_path: Path,
) -> None:
    plates(tmp_path)
    page = (ROOT / "docs/how-to/classes-and-columns.md").read_text(encoding="utf-8")
    *_, text = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    options = "hold_out: {plate: P2}, missing: impute, estimator: {kind: random_forest, trees: 5}"
    text = text.replace("use: auto", f"use: auto, {options}")
    text = text.replace("classifier: kinds}", "classifier: kinds, coverage: 0.6}")
    (tmp_path / "few.yaml").write_text(text, encoding="utf-8")
    rows, *_ = re.findall(r"```csv\n(.*?)```", page, re.DOTALL)
    (tmp_path / "wells.csv").write_text(rows, encoding="utf-8")
    screen = typed("run few.yaml", tmp_path)
    assert screen.code == 0
    assert "on 2 objects held out (plate P2)" in screen.out
    assert "prediction_set" in (tmp_path / "out/few.csv").read_text(encoding="utf-8")
    assert "columns chosen: 1 of 17" in typed("evaluate few.yaml", tmp_path).out
