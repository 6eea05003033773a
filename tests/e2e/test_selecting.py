"""``select: {class: large}``: a second classifier for the objects of one class of the first.

Six discs are large. Those of the first row are dim, the other four bright, so the second
classifier finds two dim and four bright ones and says nothing of the six small discs.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import tifffile
from terminal import typed

import objclass
from objclass.annotations.row_order import in_order
from objclass.classification import Examples, ForestSettings, fit, predict, predict_selected
from objclass.data.objects import Prediction
from objclass.nodes.annotated import ImageAnnotations
from objclass.nodes.classifier.summary import OutsideSummary
from objclass.testing import check_node
from workflows import CENTERS, CLASSES, KINDS, Bench, Ran, flat, several

LARGE = [k for k, name in enumerate(CLASSES) if name == "large"]
SECOND = """\
  stages:
    kind: classifier
    features: measured
    annotations: stages.csv
    select: {class: large}
    use: [intensity_mean]
  staged:
    kind: predict
    features: measured
    classifier: stages
  stages_out:
    kind: export
    from: staged
    image: raw
    write:
      table: results/stages.csv
      counts: results/counts.csv
      predictions: results/{image}_stages.tif
      probabilities: results/{image}_probabilities.tif
      uncertainty: results/{image}_uncertainty.tif
      overlay: results/{image}_overlay.png
"""
SAID = (("dim", 0), ("dim", 2), ("bright", 5), ("bright", 7), ("bright", 8), ("bright", 10))
SMALL = ("dim", 1)
"""A person called a small disc dim: it is annotated for a class that it is not selected for."""


HALO = "    block: 16\n    mode: halo\n    halo: 4\n"


def write_stages(bench: Bench, *said: tuple[str, int]) -> Bench:
    """Write the annotations of the second classifier."""
    lines = [f"{name},{CENTERS[k][0]},{CENTERS[k][1]}" for name, k in said]
    text = "\n".join(["class,y,x", *lines]) + "\n"
    (bench.folder / "stages.csv").write_text(text, encoding="utf-8")
    return bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Twelve discs, of which six are large."""
    bench = flat(tmp_path)
    bench.text += SECOND
    bench.edit(("    estimator: {kind: random_forest, trees: 5}\n", ""))
    return write_stages(bench, *SAID)


def discs_of(table: pd.DataFrame) -> list[int]:
    """The disc that every row is."""
    places = zip(table["y"], table["x"], strict=True)
    return [CENTERS.index(place) for place in places]


def test_only_selected_objects_have_a_class_and_numbers(bench: Bench) -> None:
    bench.run()
    table = pd.read_csv(bench.folder / "results/stages.csv", keep_default_na=False)
    table.index = pd.Index(discs_of(table))
    called = table["predicted_class"].to_dict()
    assert called == {
        k: ("dim" if k in (0, 2) else "bright") if k in LARGE else "" for k in range(12)
    }
    others = [k for k in range(12) if k not in LARGE]
    for name in ("probability-bright", "probability-dim", "uncertainty"):
        assert list(table.loc[others, name]) == ["nan"] * 6
        assert "nan" not in list(table.loc[LARGE, name])


def test_counts_show_the_others_apart_and_shares_are_of_selected_objects(bench: Bench) -> None:
    bench.run()
    (row,) = pd.read_csv(bench.folder / "results/counts.csv").to_dict("records")
    assert row == {
        "image": "raw", "objects": 6, "not_selected": 6, "annotated": 6, "n_bright": 4,
        "n_dim": 2, "pct_bright": 66.67, "pct_dim": 33.33,
    }  # fmt: skip


def test_others_are_painted_as_background_in_every_image(bench: Bench) -> None:
    ran = bench.run()
    ids = ran.labels("nuclei").read()
    classes = tifffile.imread(bench.folder / "results/raw_stages.tif")
    probabilities = tifffile.imread(bench.folder / "results/raw_probabilities.tif")
    uncertainty = tifffile.imread(bench.folder / "results/raw_uncertainty.tif")
    for k, (y, x) in enumerate(CENTERS):
        assert ids[y, x] > 0
        assert classes[y, x] == (0 if k not in LARGE else 2 if k in (0, 2) else 1)
        assert probabilities[..., y, x].sum() == (1 if k in LARGE else 0)
    assert np.isfinite(uncertainty).all()
    assert (bench.folder / "results/raw_overlay.png").is_file()


@pytest.mark.parametrize("k", range(2))
def test_why_tells_the_class_of_selected_objects_only(bench: Bench, k: int) -> None:
    number = int(bench.run().labels("nuclei").read()[CENTERS[k]])
    shown = typed(f"why raw:{number} --of cells.yaml", bench.folder)
    (line,) = [line for line in shown.out.splitlines() if line.startswith("class ")]
    large = "class      dim by staged (dim 0.99, bright 0.01)"
    assert line == (large if k in LARGE else "class      none: staged does not select it")


def test_the_code_of_the_others_is_none_of_a_class_nor_of_the_unclassified(bench: Bench) -> None:
    bench.edit(("    classifier: stages\n", "    classifier: stages\n    min_probability: 1.0\n"))
    write_stages(bench, ("dim", 0), ("dim", 2), ("bright", 7), ("bright", 10))
    found: Prediction = bench.run().data("staged.predictions")
    unclassified = 3
    assert unclassified in found.code
    assert ((found.code == 0) == np.isnan(found.uncertainty)).all()
    assert (found.code == 0).sum() == 6


def test_the_screen_and_the_json_say_how_many_are_not_selected(bench: Bench) -> None:
    screen = typed("run cells.yaml", bench.folder)
    assert "6 objects; 4 bright, 2 dim; not selected: 6" in screen.out
    told = json.loads(typed("run cells.yaml --json", bench.folder).out)
    (facts,) = [each["facts"] for each in told["nodes"] if each["name"] == "staged"]
    assert facts == {"classes": {"bright": 4, "dim": 2}, "objects": 6, "not_selected": 6}


def test_annotated_objects_outside_are_named_by_line_and_learned_from(bench: Bench) -> None:
    write_stages(bench, *SAID, SMALL)
    screen = typed("run cells.yaml", bench.folder)
    said = "1 annotated object is not large of 'predicted', and learned from all the same: line 8"
    assert said in screen.out
    assert "7 examples: 4 bright, 3 dim" in screen.out
    (bench.folder / "stages.csv").write_text(
        "\n" + (bench.folder / "stages.csv").read_text(encoding="utf-8"), encoding="utf-8"
    )
    again = typed("run cells.yaml", bench.folder)
    assert "learned from all the same: line 9" in again.out
    assert "stages      cached" in again.out


def test_new_predictions_of_the_first_reach_the_second_without_training_it(bench: Bench) -> None:
    bench.run()
    said = bench.annotations.read_text(encoding="utf-8")
    bench.annotations.write_text(said.replace("large", "x").replace("small", "large"), "utf-8")
    again = bench.run()
    assert "staged.predictions" in again.ran_parts
    assert "stages.model" not in again.ran_parts
    found: Prediction = again.data("staged.predictions")
    assert (found.code == 0).sum() == 6
    labels = again.labels("nuclei")
    small = [labels.read()[CENTERS[k]] for k in range(12) if k not in LARGE]
    assert sorted(found.ids[found.code > 0].tolist()) == sorted(int(i) for i in small)


def test_the_same_classes_of_the_first_predict_nothing_again(bench: Bench) -> None:
    bench.run()
    with bench.annotations.open("a", encoding="utf-8") as file:  # one more example, same classes
        file.write("large,24,56\n")
    again = bench.run()
    assert "predicted.predictions" in again.ran_parts
    assert "staged.predictions" not in again.ran_parts


def test_several_classes_select_the_objects_of_all(bench: Bench) -> None:
    bench.edit(("{class: large}", "{from: predicted, class: [small, large]}"))
    found: Prediction = bench.run().data("staged.predictions")
    assert (found.code == 0).sum() == 0


def test_all_selected_is_as_without_select(bench: Bench) -> None:
    every: Prediction = (
        bench.edit(("{class: large}", "{class: [small, large]}")).run().data("staged.predictions")
    )
    plain: Prediction = (
        bench.edit(("    select: {class: [small, large]}\n", "")).run().data("staged.predictions")
    )
    for name in ("ids", "code", "probability", "uncertainty"):
        assert (getattr(every, name) == getattr(plain, name)).all()


def test_none_selected_is_no_mistake(bench: Bench) -> None:
    learning = "    annotations: annotations.csv\n"
    bench.edit((learning, f"{learning}    classes: [large, small, huge]\n"))
    bench.edit(("{class: large}", "{class: huge}"))
    screen = typed("run cells.yaml", bench.folder)
    assert screen.code == 0
    assert "0 objects; 0 bright, 0 dim; not selected: 12" in screen.out
    counts = pd.read_csv(bench.folder / "results/counts.csv")
    assert counts[["objects", "not_selected", "n_dim"]].to_numpy().tolist() == [[0, 12, 0]]
    assert np.isnan(counts["pct_dim"][0])
    assert tifffile.imread(bench.folder / "results/raw_stages.tif").max() == 0


def test_project_batch_and_arrays_say_the_same_as_the_run(bench: Bench) -> None:
    assert typed("run cells.yaml", bench.folder).code == 0
    shown = typed("project show cells.objclass.h5", bench.folder).out
    assert "only objects of class large" in shown
    screen = typed(
        "batch cells.objclass.h5 --raw raw.tif --prediction-map prob.h5 --out out", bench.folder
    )
    assert "staged: 6 objects; 4 bright, 2 dim; 6 not selected" in screen.out
    told = json.loads(typed("batch --resume out --json", bench.folder).out)
    assert told["images"][0]["results"]["staged"] == {
        "objects": 6, "classes": {"bright": 4, "dim": 2}, "not_selected": 6,
    }  # fmt: skip
    here = bench.folder / "out"
    (row,) = pd.read_csv(here / "summary.csv").to_dict("records")
    assert [row["staged_objects"], row["staged_not_selected"], row["staged_n_dim"]] == [6, 6, 2]
    counts = pd.read_csv(here / "staged_counts.csv")
    assert counts[["objects", "not_selected"]].to_numpy().tolist() == [[6, 6]]
    (here / "staged_counts.csv").unlink()
    assert typed("batch --resume out", bench.folder).code == 0
    assert pd.read_csv(here / "staged_counts.csv")["not_selected"].to_list() == [6]
    run = pd.read_csv(bench.folder / "results/stages.csv")["predicted_class"]
    table = pd.read_csv(here / "raw_staged_objects.csv")
    assert table["predicted_class"].fillna("").to_list() == run.fillna("").to_list()
    raw = tifffile.imread(bench.folder / "raw.tif")
    probability = _map(bench.folder / "prob.h5")
    project = objclass.Project.open(bench.folder / "cells.objclass.h5")
    found = project.predict(raw=raw, prediction_map=probability, result="staged")
    assert found.classes == ("bright", "dim")
    assert np.isnan(found.probabilities).any(axis=1).sum() == 6
    assert found.table["predicted_class"].fillna("").to_list() == run.fillna("").to_list()


def _map(path: Path) -> np.ndarray:
    with h5py.File(path) as file:
        return np.asarray(file["exported_data"])


def test_a_workflow_that_uses_the_project_needs_select_to_do_the_same(bench: Bench) -> None:
    bench.run()
    shutil.copy(bench.folder / "cells.objclass.h5", bench.folder / "trained.h5")
    said = "    annotations: stages.csv\n    select: {class: large}\n    use: [intensity_mean]\n"
    bench.edit((said, "    project: trained.h5\n    select: {class: large}\n"))
    found: Prediction = bench.run().data("staged.predictions")
    assert (found.code == 0).sum() == 6
    bench.edit(("    select: {class: large}\n", ""))
    screen = typed("run cells.yaml", bench.folder)
    assert "it was trained for objects of class large and classifies all of them here" in screen.out
    bench.edit(
        ("    project: trained.h5\n", "    project: trained.h5\n    select: {class: small}\n")
    )
    screen = typed("run cells.yaml", bench.folder)
    assert "it was trained for objects of class large and is used for small of" in screen.out


@pytest.mark.parametrize("workers", [1, 2])
def test_blocks_and_workers_say_the_same(tmp_path: Path, workers: int) -> None:
    plain = several(tmp_path / "plain")
    blocks = several(tmp_path / "blocks")
    for bench in (plain, blocks):
        bench.text += SECOND.replace("stages.csv\n      counts", "s_{image}.csv\n      counts")
        write_stages(bench, *SAID)
        rows = (bench.folder / "stages.csv").read_text(encoding="utf-8").splitlines()
        text = "\n".join([f"{rows[0]},image", *(f"{row},a" for row in rows[1:])])
        (bench.folder / "stages.csv").write_text(text + "\n", encoding="utf-8")
        bench.edit()
    blocks.edit(
        ("  staged:\n    kind: predict\n", "  staged:\n    kind: blockwise\n    block: 17\n")
    )
    first, second = plain.run(), blocks.run(workers=workers)
    for image in "abc":
        keys = [f"staged.predictions|{image}|", f"predicted.predictions|{image}|"]
        assert [first.digests[k] for k in keys] == [second.digests[k] for k in keys]


def test_objects_to_annotate_next_are_selected_ones(bench: Bench) -> None:
    write_stages(bench, ("dim", 0), ("bright", 10), SMALL)
    bench.run()
    screen = typed("annotations new cells.yaml --node stages -n 20 -o more.csv", bench.folder)
    assert "4 objects of 4" in screen.out
    chosen = pd.read_csv(bench.folder / "more.csv")
    assert sorted(discs_of(chosen)) == [2, 5, 7, 8]


def test_before_the_first_is_trained_they_are_chosen_from_all(bench: Bench) -> None:
    bench.annotations.unlink()
    (bench.folder / "stages.csv").unlink()
    screen = typed("annotations new cells.yaml --node stages -n 20", bench.folder)
    assert screen.code == 0
    assert "chosen from all objects: 'predicted' predicts nothing yet" in screen.out + screen.err
    assert "there is no annotations.csv" in screen.out + screen.err
    assert len(pd.read_csv(bench.folder / "stages.csv")) == 12


def test_an_audit_is_of_selected_objects_and_corrects_their_shares(bench: Bench) -> None:
    write_stages(bench, ("dim", 0), ("bright", 10))
    bench.edit(("from: staged\n", "from: staged\n    audit: a.csv\n"))
    assert typed("run cells.yaml", bench.folder).code == 0
    screen = typed("audit cells.yaml --node stages -n 20 -o a.csv", bench.folder)
    assert "4 of 4 objects" in screen.out
    drawn = pd.read_csv(bench.folder / "a.csv")
    assert sorted(discs_of(drawn)) == [2, 5, 7, 8]
    drawn["class"] = ["dim" if k == 2 else "bright" for k in discs_of(drawn)]
    drawn.to_csv(bench.folder / "a.csv", index=False)
    assert typed("run cells.yaml", bench.folder).code == 0
    (row,) = pd.read_csv(bench.folder / "results/counts.csv").to_dict("records")
    assert [row["audited"], row["share_dim"], row["share_bright"]] == [4, 33.33, 66.67]


def test_truth_of_objects_that_are_not_selected_is_told_and_not_scored(bench: Bench) -> None:
    bench.run()
    write_stages(bench, *SAID, SMALL)
    shutil.move(bench.folder / "stages.csv", bench.folder / "truth.csv")
    screen = typed(
        "evaluate cells.objclass.h5 --raw raw.tif --prediction-map prob.h5 --truth truth.csv"
        " --node staged",
        bench.folder,
    )
    assert "truth.csv: 1 objects are not large of 'predicted': not scored" in screen.out


@pytest.mark.parametrize(
    ("select", "place", "said"),
    [
        ("{class: larg}", "42:21", "'predicted' has no class 'larg'"),
        ("{from: predicted, class: [large, smal]}", "42:46", "did you mean small?"),
        ("{from: classes, class: large}", "42:20", "write from: predicted"),
        ("{from: staged, class: large}", "42:20", "nodes wait for each other in a circle"),
        ("{from: nowhere, class: large}", "42:20", "there is no node 'nowhere'"),
        ("{class: []}", "42:21", "is not a list of names"),
        ("{classes: large}", "42:14", "did you mean class"),
        ("large", "42:13", "select"),
    ],
)
def test_what_is_wrong_with_it_is_told_at_its_place(
    bench: Bench, select: str, place: str, said: str
) -> None:
    bench.edit(("{class: large}", select))
    screen = typed("validate cells.yaml", bench.folder)
    assert screen.code == 2
    assert said in screen.out + screen.err
    assert f"cells.yaml:{place}" in screen.out + screen.err


def test_two_predictions_that_may_have_the_class_must_be_told_apart(bench: Bench) -> None:
    third = SECOND.replace("stages", "others").replace("staged", "told").replace("stages_out", "o")
    third = third[: third.index("  others_out")].replace("    select: {class: large}\n", "")
    bench.text += third
    bench.edit()
    screen = typed("validate cells.yaml", bench.folder)
    assert "which predictions have the class 'large'? Several may" in screen.out + screen.err
    assert "write from: predicted beside class" in screen.out + screen.err
    listed = "    annotations: others.csv\n"
    bench.edit((listed, listed + "    classes: [dim, bright]\n"))
    shutil.copy(bench.folder / "stages.csv", bench.folder / "others.csv")
    assert typed("validate cells.yaml", bench.folder).code == 0


def test_nothing_that_predicts_is_told(bench: Bench) -> None:
    first = bench.text.index("  predicted:\n")
    bench.text = bench.text[:first] + bench.text[bench.text.index("  stages:\n") :]
    bench.edit()
    screen = typed("validate cells.yaml", bench.folder)
    assert "no other node predicts the class 'large'" in screen.out + screen.err


def test_blocks_with_halos_judge_pieces_and_are_refused(bench: Bench) -> None:
    bench.edit(("  staged:\n    kind: predict\n", "  staged:\n    kind: blockwise\n" + HALO))
    screen = typed("validate cells.yaml", bench.folder)
    assert "mode halo judges pieces of objects" in screen.out + screen.err


def test_predictions_of_other_objects_do_not_select(bench: Bench) -> None:
    more = """\
  bigger: {kind: threshold, image: prob, channel: nucleus, sigma: 0, threshold: 0.4}
  measured_too: {kind: features, image: raw, objects: bigger, measure: [size, intensity]}
"""
    bench.text = bench.text.replace("  classes:\n", more + "  classes:\n")
    stages = "  stages:\n    kind: classifier\n    features: measured"
    bench.edit((f"{stages}\n", f"{stages}_too\n"))
    screen = typed("validate cells.yaml", bench.folder)
    assert "'predicted' predicts other objects than those to classify" in screen.out + screen.err


def test_a_third_classifier_selects_a_class_of_the_second(bench: Bench) -> None:
    second = SECOND[: SECOND.index("  stages_out")]
    third = second.replace("stages", "places").replace("staged", "placed")
    bench.text += third.replace("{class: large}", "{from: staged, class: bright}")
    bench.edit()
    rows = (("left", 8), ("right", 10))
    write_stages(bench, *rows)
    shutil.move(bench.folder / "stages.csv", bench.folder / "places.csv")
    write_stages(bench, *SAID)
    found: Prediction = bench.run().data("placed.predictions")
    assert (found.code == 0).sum() == 8
    assert (found.code > 0).sum() == 4


@pytest.mark.parametrize("kind", ["deep", "series"])
def test_volumes_and_time_series_select_frame_by_frame(tmp_path: Path, kind: str) -> None:
    bench = KINDS[kind](tmp_path)
    bench.text += SECOND[: SECOND.index("  stages_out")]
    bench.edit()
    header = bench.annotations.read_text(encoding="utf-8").splitlines()[0]
    place = 2 if kind == "deep" else 1
    rows = [f"{name},{place},{CENTERS[k][0]},{CENTERS[k][1]}" for name, k in (*SAID, SMALL)]
    (bench.folder / "stages.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    ran = bench.run()
    for each in ran.of("staged.predictions"):
        found: Prediction = ran.data("staged.predictions", t=each.step.t)
        assert (found.code == 0).sum() == 6
    (told,) = ran.of("stages.outside")
    assert told.told(OutsideSummary) == OutsideSummary(_row_of_small(ran))


def _row_of_small(ran: Ran) -> list[int]:
    """Number of the row of the small disc among the matches, which are in the order of content."""
    (matched,) = ran.of("stages.matches")
    rows = in_order(matched.step.part.held(ImageAnnotations).rows)
    return [k for k, row in enumerate(rows) if (row.y, row.x) == CENTERS[SMALL[1]]]


def test_sets_and_z_scores_are_of_selected_objects_too(tmp_path: Path) -> None:
    bench = several(tmp_path)
    bench.text += SECOND[: SECOND.index("    write:")] + "    write: {table: results/stages.csv}\n"
    bench.edit(("    classifier: stages\n", "    classifier: stages\n    coverage: 0.5\n"))
    bench.edit(
        ("    use: [intensity_mean]\n", "    normalize: {by: name}\n    use: [intensity_mean]\n")
    )
    lines = [f"{name},{CENTERS[k][0]},{CENTERS[k][1]},a" for name, k in SAID]
    text = "\n".join(["class,y,x,image", *lines]) + "\n"
    (bench.folder / "stages.csv").write_text(text, encoding="utf-8")
    bench.run()
    table = pd.read_csv(bench.folder / "results/stages.csv", keep_default_na=False)
    others = table[table["predicted_class"] == ""]
    assert len(others) == 18
    assert set(others["prediction_set"]) == {""}
    called = table[table["predicted_class"] != ""]
    assert set(called["prediction_set"]) <= {"bright", "dim", "bright or dim", ""}
    assert "dim" in " ".join(called["prediction_set"])


def test_outlines_of_others_have_no_class(bench: Bench) -> None:
    bench.edit(("      counts: results/counts.csv\n", "      geojson: results/{image}.geojson\n"))
    bench.run()
    found = json.loads((bench.folder / "results/raw.geojson").read_text(encoding="utf-8"))
    named = [each["properties"].get("classification") for each in found["features"]]
    assert len(named) == 12
    assert named.count(None) == 6


def test_an_audit_of_a_batch_is_of_selected_objects(bench: Bench) -> None:
    bench.run()
    given = "batch cells.objclass.h5 --raw raw.tif --prediction-map prob.h5 --out out"
    assert typed(given, bench.folder).code == 0
    assert "6 of 6 objects" in typed("audit out -n 20", bench.folder).out
    drawn = pd.read_csv(bench.folder / "out/audit.csv")
    assert sorted(discs_of(drawn)) == LARGE


def test_a_missing_value_of_an_object_that_is_not_selected_matters_to_nobody() -> None:
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    examples = Examples(X, np.array([0, 0, 1, 1]), ("size",), missing="refuse")
    model = fit(examples, ("a", "b"), ForestSettings(trees=3), 0)
    table = {"size": np.array([0.0, np.nan, 3.0])}
    found = predict_selected(model, [1, 2, 3], table, np.array([True, False, True]))
    plain = predict(model, [1, 3], {"size": np.array([0.0, 3.0])})
    assert found.code[[0, 2]].tolist() == plain.code.tolist()
    assert found.code[1] == 0
    assert np.isnan(found.probability[1]).all()


def test_both_kinds_keep_the_contract_of_a_node(bench: Bench) -> None:
    check_node(lambda: bench.job().graph, "stages", "staged")


def test_other_tables_say_nothing_of_others_too(bench: Bench) -> None:
    bench.edit(("table: results/stages.csv", "table: results/stages.parquet"))
    more = "  il: {kind: export, from: staged, names: ilastik, write: {table: results/i.csv}}\n"
    more += "  h5: {kind: export, from: staged, names: ilastik, write: {table: results/i.h5}}\n"
    bench.text += more
    bench.edit()
    bench.run()
    ours = pd.read_parquet(bench.folder / "results/stages.parquet")["predicted_class"]
    theirs = pd.read_csv(bench.folder / "results/i.csv", keep_default_na=False)["Predicted Class"]
    with h5py.File(bench.folder / "results/i.h5") as file:
        table = file["table"]
        assert isinstance(table, h5py.Dataset)
        kept = [each.decode() for each in table["Predicted Class"]]
    assert list(ours) == list(theirs) == kept
    assert kept.count("") == 6
