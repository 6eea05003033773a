"""What a table, the counts and the screen say of objects that were learned from."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

import workflows
from objclass.classification import Examples, ForestSettings, fit
from objclass.classification.folds import parts
from objclass.engine.summary import write_summary
from objclass.evaluation.held_out import predict_held_out
from objclass.report.summary import summarize
from workflows import ANNOTATED, CLASSES, Bench, Ran

TREES = (
    "estimator: {kind: random_forest, trees: 5}",
    "estimator: {kind: random_forest, trees: 60}",
)
WITHOUT = (TREES[0], "estimator: {kind: extra_trees, trees: 9}")
COUNTS = ("      table: results/objects.csv", "      table: results/objects.csv\n"
          "      counts: results/counts.csv")  # fmt: skip


def table(bench: Bench, name: str = "objects") -> list[dict[str, str]]:
    with (bench.folder / f"results/{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def two_images(folder: Path) -> Bench:
    bench = workflows.several(folder, ("a", "b"))
    rows = [*workflows.rows(ANNOTATED, "a"), *workflows.rows((0, 1, 2, 3), "b")]
    return bench.annotate(rows, "class,y,x,image").edit(TREES)


def learned(bench: Bench) -> tuple[Examples, list[tuple[str, int]]]:
    """The examples as the project file keeps them, and the table row each is of."""
    from objclass.io.project import read

    rows = read(bench.folder / "cells.objclass.h5").classifiers["classes"]
    examples = Examples(rows.examples.X, rows.examples.y, rows.model.columns)
    positions = zip(rows.examples.image, rows.examples.position.tolist(), strict=True)
    place = {(r["image"], r["y"], r["x"]): int(r["object"]) for r in table(bench)}
    return examples, [(i, place[i, str(y), str(x)]) for i, (_, y, x) in positions]


def test_annotated_objects_say_what_trees_say_that_have_not_seen_them(tmp_path: Path) -> None:
    bench = two_images(tmp_path)
    assert bench.run().statuses <= {"ran", "cached"}
    examples, keys = learned(bench)
    peer = RandomForestClassifier(
        60, n_jobs=1, random_state=0, oob_score=True, class_weight="balanced"
    ).fit(examples.X, examples.y)
    expected = dict(zip(keys, peer.oob_decision_function_.tolist(), strict=True))
    assert len(expected) == 12
    for row in table(bench):
        key = row["image"], int(row["object"])
        said = [float(row[f"unseen_probability-{name}"]) for name in ("large", "small")]
        if key in expected:
            assert said == pytest.approx(expected[key], abs=1e-12)
            assert row["unseen_class"] == ("large" if said[0] >= said[1] else "small")
            assert row["user_class"]
        else:
            assert np.isnan(said).all()
            assert (row["unseen_class"], row["user_class"]) == ("", "")


def test_the_columns_stand_behind_the_prediction(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.run()
    names = list(table(bench)[0])
    first = names.index("uncertainty")
    assert names[first + 1 : first + 4] == [
        "unseen_class", "unseen_probability-large", "unseen_probability-small"
    ]  # fmt: skip


def test_an_object_every_tree_has_seen_has_no_unseen_class(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path).edit((TREES[0], TREES[0].replace("trees: 5", "trees: 2")))
    bench.run()
    said = [row["unseen_class"] != "" for row in table(bench) if row["user_class"]]
    assert 0 < sum(said) < len(said) == 8


def test_below_the_least_probability_the_unseen_class_is_unclassified_too(tmp_path: Path) -> None:
    sure = ("    classifier: classes\n", "    classifier: classes\n    min_probability: 1.0\n")
    bench = workflows.flat(tmp_path).edit(TREES, sure)
    bench.run()
    for row in (r for r in table(bench) if r["user_class"]):
        most = max(float(row[f"unseen_probability-{name}"]) for name in ("large", "small"))
        assert (row["unseen_class"] == "unclassified") == (most < 1.0)


def test_trees_that_see_all_examples_are_asked_by_parts_held_out(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.annotate(workflows.rows(range(12))).edit(WITHOUT)
    bench.run()
    examples, keys = learned(bench)
    fold = parts(examples.y, 5, 0)
    settings = ForestSettings(kind="extra_trees", trees=9)
    expected = predict_held_out(examples, fold, ("large", "small"), settings, 0)
    found = {int(r["object"]): float(r["unseen_probability-small"]) for r in table(bench)}
    assert [found[number] for _, number in keys] == expected[:, 1].tolist()


def test_a_series_finds_the_frame_of_every_example(tmp_path: Path) -> None:
    bench = workflows.series(tmp_path).edit(TREES, COUNTS)
    bench.run()
    frames = {row["t"] for row in table(bench) if row["unseen_class"]}
    assert frames == {row["t"] for row in table(bench) if row["user_class"]} == {"1"}
    assert sum(row["unseen_class"] != "" for row in table(bench)) == len(ANNOTATED)


def test_a_crop_moves_no_unseen_class(tmp_path: Path) -> None:
    bench = workflows.series(tmp_path).edit(TREES)
    bench.run("raw.crop={t: [1, 3]}", "prob.crop={t: [1, 3]}")
    assert {r["t"] for r in table(bench) if r["unseen_class"]} == {"1"}
    assert [bool(r["unseen_class"]) for r in table(bench)] == [
        bool(r["user_class"]) for r in table(bench)
    ]


def test_one_frame_cut_out_of_a_series_has_its_examples(tmp_path: Path) -> None:
    bench = workflows.series(tmp_path).edit(TREES)
    bench.annotate(workflows.rows())
    bench.run("raw.crop={t: 1}", "prob.crop={t: 1}")
    assert sum(r["unseen_class"] != "" for r in table(bench)) == len(ANNOTATED)


def test_counts_say_how_many_objects_were_learned_from(tmp_path: Path) -> None:
    bench = two_images(tmp_path).edit(COUNTS)
    rows = [*workflows.rows(ANNOTATED, "a"), ("ignore", *workflows.CENTERS[10], "a")]
    bench.annotate(rows, "class,y,x,image")
    bench.run()
    found = {row["image"]: (row["objects"], row["annotated"]) for row in table(bench, "counts")}
    assert found == {"a": ("12", "8"), "b": ("12", "0")}


def test_a_workflow_that_learns_nothing_has_no_such_columns(tmp_path: Path) -> None:
    bench = two_images(tmp_path).edit(COUNTS)
    bench.run()
    (tmp_path / "trained.h5").write_bytes((tmp_path / "cells.objclass.h5").read_bytes())
    bench.edit(("    annotations: annotations.csv\n", "    project: trained.h5\n"), (TREES[1], ""))
    bench.run()
    assert not [name for name in table(bench)[0] if name.startswith("unseen")]
    assert "annotated" not in table(bench, "counts")[0]


def test_counts_add_up_though_a_class_has_the_name_of_those_below_the_limit(
    tmp_path: Path,
) -> None:
    from objclass.data.objects import code_names

    assert code_names(("large", "small")) == ("large", "small", "unclassified")
    names = code_names(("unclassified", "small"))
    assert names == ("unclassified", "small", "unclassified_below_min_probability")
    assert len(set(code_names(names))) == 4


def test_by_default_histograms_are_measured_and_not_learned_from(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    ran = bench.run()
    columns = ran.data("classes.model").columns
    assert "intensity_histogram_3-0" in table(bench)[0]
    assert not [name for name in columns if "histogram" in name]
    assert ran.data("classes.model").facts["settings"]["class_weight"] == "balanced"
    named = bench.run("classes.use=[intensity_histogram]").data("classes.model").columns
    assert len(named) == 64
    everything = bench.run("classes.use=[all]").data("classes.model").columns
    assert {*named, *columns} < {*everything}


@pytest.mark.parametrize("word", ["none", "null"])
def test_weights_can_be_left_out_as_they_were_before(tmp_path: Path, word: str) -> None:
    bench = workflows.flat(tmp_path)
    ran = bench.run(f"classes.estimator={{trees: 5, class_weight: {word}}}")
    model = ran.data("classes.model")
    assert model.facts["settings"]["class_weight"] == "none"
    examples, _ = learned(bench)
    plain = fit(examples, ("large", "small"), ForestSettings(trees=5, class_weight="none"))
    assert np.array_equal(plain.arrays["threshold"], model.arrays["threshold"])


def evaluated(ran: Ran) -> dict[str, object]:
    (outcome,) = ran.of("classes.evaluation")
    assert outcome.known is not None
    return write_summary(outcome.known.summary)


def test_with_two_images_the_score_is_by_image(tmp_path: Path) -> None:
    found = evaluated(two_images(tmp_path).run())
    assert (found["images"], found["score"], found["neighbours"]) == (2, "by_image", "out_of_bag")
    json.dumps(found)


def test_one_image_under_two_names_is_one_image(tmp_path: Path) -> None:
    bench = workflows.several(tmp_path, ("a", "b"))
    for kind, end in (("raw", "tif"), ("prob", "h5")):
        (tmp_path / f"{kind}/b.{end}").write_bytes((tmp_path / f"{kind}/a.{end}").read_bytes())
    rows = [*workflows.rows(ANNOTATED, "a"), *workflows.rows(ANNOTATED, "b")]
    found = evaluated(bench.annotate(rows, "class,y,x,image").edit(TREES).run())
    assert (found["images"], found["score"]) == (1, "out_of_bag")


def test_images_called_otherwise_have_the_same_scores(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    found = evaluated(two_images(first).run())
    bench = two_images(second)
    for kind, end in (("raw", "tif"), ("prob", "h5")):
        (second / f"{kind}/a.{end}").rename(second / f"{kind}/z.{end}")
    text = bench.annotations.read_text().replace(",a\n", ",z\n")
    bench.annotations.write_text(text)
    assert evaluated(bench.run()) == found


def facts(ran: Ran, node: str) -> tuple[int, object]:
    report = next(n for n in summarize(ran.job, ran.outcomes).nodes if n.name == node)
    return report.facts["objects"], report.before.get("objects")


def test_a_changed_frame_is_compared_with_all_frames_of_before(tmp_path: Path) -> None:
    bench = workflows.series_of_files(tmp_path)
    bench.run()
    workflows.write_frame(tmp_path, 2, number=9)
    assert facts(bench.run(), "predicted") == (36, 36)


def test_a_frame_that_loses_objects_is_counted_in_the_whole(tmp_path: Path) -> None:
    bench = workflows.series_of_files(tmp_path)
    bench.run()
    _, probability = workflows.discs(2)
    probability[:16] = 0.05
    workflows.write_map(tmp_path / "prob/f2.h5", probability)
    assert facts(bench.run(), "predicted") == (32, 36)
    assert facts(bench.run(), "nuclei") == (32, None)


def test_a_new_frame_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    bench = workflows.series_of_files(tmp_path)
    bench.run()
    workflows.write_frame(tmp_path, 3)
    workflows.write_frame(tmp_path, 0, number=7)
    assert facts(bench.run(), "predicted") == (48, None)


def test_one_changed_image_of_several_is_compared_with_all(tmp_path: Path) -> None:
    bench = workflows.several(tmp_path)
    bench.run()
    _, probability = workflows.discs(8)
    probability[:16] = 0.05
    workflows.write_map(tmp_path / "prob/c.h5", probability)
    assert facts(bench.run(), "predicted") == (32, 36)


def test_classes_of_the_discs_are_found(tmp_path: Path) -> None:
    """With the defaults, twelve discs of two sizes are told apart from eight annotations."""
    bench = workflows.flat(tmp_path)
    bench.run()
    assert Counter(row["predicted_class"] for row in table(bench)) == Counter(CLASSES)
