"""``classes: {small: {count: false}}``: tables keep the class, whatever counts leaves it out."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from terminal import typed

from workflows import CLASSES, Bench, flat

LEFT_OUT = "    classes: {large: {}, small: {color: gray, count: false}}\n"
LEARNING = "    annotations: annotations.csv\n"
WRITING = "      predictions: results/{image}_classes.tif\n"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Six large and six small discs; the small ones are not counted."""
    counts = (WRITING, "      counts: results/counts.csv\n")
    return flat(tmp_path).edit((LEARNING, LEARNING + LEFT_OUT), counts)


def test_counts_and_percentages_are_of_the_other_classes(bench: Bench) -> None:
    screen = typed("run cells.yaml", bench.folder)
    assert screen.code == 0
    counts = pd.read_csv(bench.folder / "results/counts.csv")
    assert counts.to_dict("records") == [
        {"image": "raw", "objects": 6, "not_counted": 6, "annotated": 8, "n_large": 6,
         "pct_large": 100.0}
    ]  # fmt: skip
    assert "6 large" in screen.out
    assert "not counted: 6 small" in screen.out


def test_the_table_keeps_the_class(bench: Bench) -> None:
    bench.run()
    found = pd.read_csv(bench.folder / "results/objects.csv")
    assert sorted(found["predicted_class"]) == sorted(CLASSES)


def test_counting_it_again_changes_no_prediction_and_trains_nothing(bench: Bench) -> None:
    first = bench.run()
    again = bench.edit(("count: false", "count: true")).run()
    (before,), (after,) = (ran.of("predicted") for ran in (first, again))
    assert before.known is not None
    assert after.known is not None
    assert after.known.artifact == before.known.artifact
    assert "classes.model" not in again.ran_parts
    counts = pd.read_csv(bench.folder / "results/counts.csv")
    assert counts[["objects", "n_small"]].to_dict("records") == [{"objects": 12, "n_small": 6}]
    assert "not_counted" not in counts


def test_a_project_says_so_and_a_batch_leaves_it_out_like_the_run(bench: Bench) -> None:
    assert typed("run cells.yaml", bench.folder).code == 0
    shown = typed("project show cells.objclass.h5", bench.folder).out
    assert "small  4 examples  #808080  not counted" in shown
    described = json.loads(typed("project show cells.objclass.h5 --json", bench.folder).out)
    classes = described["classifiers"]["classes"]["classes"]
    assert [each.get("count", True) for each in classes] == [True, False]
    screen = typed(
        "batch cells.objclass.h5 --raw raw.tif --prediction-map prob.h5 --out out", bench.folder
    )
    assert "6 objects; 6 large; 6 not counted" in screen.out
    for name in ("summary.csv", "counts.csv"):
        found = pd.read_csv(bench.folder / "out" / name)
        assert found[["objects", "not_counted", "n_large"]].to_numpy().tolist() == [[6, 6, 6]]
        assert "n_small" not in found
    (bench.folder / "out/counts.csv").unlink()
    assert typed("batch --resume out", bench.folder).code == 0
    assert pd.read_csv(bench.folder / "out/counts.csv")["not_counted"].to_list() == [6]


def test_a_workflow_that_uses_the_project_leaves_it_out_too(bench: Bench) -> None:
    bench.run()
    bench.edit((LEARNING + LEFT_OUT, "    project: cells.objclass.h5\n"))
    bench.edit(("    estimator: {kind: random_forest, trees: 5}\n", ""))
    bench.run()
    counts = pd.read_csv(bench.folder / "results/counts.csv")
    assert counts[["objects", "not_counted"]].to_numpy().tolist() == [[6, 6]]


def test_extracting_gives_the_setting_back(bench: Bench) -> None:
    bench.run()
    assert typed("project extract cells.objclass.h5 -o there", bench.folder).code == 0
    assert "count: false" in (bench.folder / "there/cells.yaml").read_text(encoding="utf-8")


def test_an_unknown_option_is_refused_where_it_is_written(bench: Bench) -> None:
    bench.edit(("count: false", "cuont: false"))
    screen = typed("validate cells.yaml", bench.folder)
    assert screen.code == 2
    assert "classes gives 'small' an unknown option 'cuont'" in screen.err + screen.out
    assert "did you mean count?" in screen.err + screen.out
