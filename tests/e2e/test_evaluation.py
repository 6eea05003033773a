"""How good a classifier is: groups, images that are held out, and what they change."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from terminal import Screen, typed

import workflows
from objclass.curation import mistakes
from objclass.curation.tiles import GAP, SIDE, WIDEST
from objclass.report.project import _quality
from objclass.run import Request
from objclass.scoring import truth
from objclass.scoring.workflow import assess_workflow
from workflows import ANNOTATED, Bench, Ran

TREES = ("trees: 5}", "trees: 60}")
FILE = "    annotations: annotations.csv\n"
PLATES = ("p1_a", "p1_b", "p2_a", "p2_b")


def plates(folder: Path, *fields: str) -> Bench:
    """Four images of two plates, all annotated, with more fields of the classifier."""
    bench = workflows.several(folder, PLATES)
    bench.text = bench.text.replace("{name}", "{plate}_{well}")
    rows = [row for name in PLATES for row in workflows.rows(ANNOTATED, name)]
    more = "".join(f"    {field}\n" for field in fields)
    return bench.annotate(rows, "class,y,x,image").edit(TREES, (FILE, FILE + more))


def scores(ran: Ran) -> dict[str, Any]:
    facts: dict[str, Any] = ran.data("classes.evaluation").facts
    return facts


def model_of(ran: Ran) -> str:
    known = ran.of("classes.model")[0].known
    assert known is not None
    return known.artifact.digest


def test_a_group_changes_the_scores_and_no_byte_of_the_model(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    plain = bench.run()
    grouped = bench.edit((FILE, FILE + "    group: plate\n")).run()
    assert model_of(grouped) == model_of(plain)
    assert {p for p in grouped.ran_parts if p.startswith("classes.")} == {"classes.evaluation"}
    assert scores(grouped)["group"] == "plate"
    assert "group" not in scores(plain)


def test_what_is_held_out_is_scored_and_not_learned_from(tmp_path: Path) -> None:
    held = plates(tmp_path / "held", "hold_out: {plate: p2}").run()
    without = plates(tmp_path / "without")
    without.annotate(
        [row for name in PLATES[:2] for row in workflows.rows(ANNOTATED, name)], "class,y,x,image"
    )
    assert model_of(held) == model_of(without.run())
    found = scores(held)
    assert found["hold_out"]["scored"] == 16
    assert found["hold_out"]["where"] == "plate p2"
    assert sum(found["examples"].values()) == 16


def test_held_out_images_give_no_range_of_training(tmp_path: Path) -> None:
    ran = plates(tmp_path, "hold_out: {plate: p2}").run()
    empty = {
        o.step.image: not o.known.artifact.subtrees for o in ran.of("classes.ranges") if o.known
    }
    assert empty == {"p1_a": False, "p1_b": False, "p2_a": True, "p2_b": True}


def test_run_shows_both_scores_and_what_is_held_out(tmp_path: Path) -> None:
    plates(tmp_path, "group: well", "hold_out: {plate: p2, well: b}")
    out = typed("run cells.yaml", tmp_path).out
    assert "where its well was not learned from; 1.00 within images (out of bag)" in out
    assert "on 8 objects held out (plate p2, well b)" in out
    assert "on 8 objects held out" in typed("project show cells.objclass.h5", tmp_path).out


def test_images_held_out_without_annotations_are_named_and_training_goes_on(
    tmp_path: Path,
) -> None:
    bench = plates(tmp_path, "hold_out: {plate: p2}")
    bench.annotate(
        [row for name in PLATES[:2] for row in workflows.rows(ANNOTATED, name)], "class,y,x,image"
    )
    screen = typed("run cells.yaml", tmp_path)
    assert screen.code == 0
    assert "held out (plate p2): not scored, no annotated objects were held out" in screen.out


def test_one_group_has_no_score_by_group_and_says_so(tmp_path: Path) -> None:
    plates(tmp_path, "group: plate", "hold_out: {plate: p2}")
    assert "not by plate: all examples are in one" in typed("run cells.yaml", tmp_path).out


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("group: plat", "no image has a name 'plat'"),
        ("hold_out: {plte: p2}", "did you mean plate?"),
        ("hold_out: {plate: p3}", "hold_out names no image; got plate p3; expected plate p1, p2"),
        ("hold_out: {plate: [p1, p2]}", "so that none is left to learn from"),
        ("hold_out: p2", "does not say which images; got 'p2'; expected {plate: P4}"),
        ("hold_out: {plate: []}", "names no value"),
    ],
)
def test_a_group_or_choice_that_fits_nothing_is_refused(
    tmp_path: Path, field: str, said: str
) -> None:
    plates(tmp_path, field)
    screen = typed("validate cells.yaml", tmp_path)
    assert screen.code == 2
    assert said in screen.out + screen.err


# --- objclass evaluate ------------------------------------------------------------------------


def test_evaluate_makes_nothing_but_what_it_needs_and_keeps_it(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    before = bench.run()
    screen = typed("evaluate cells.yaml", tmp_path)
    assert screen.code == 0
    for said in (
        "F1",
        "Brier score",
        "right: 1.00 of all",
        "held out: whole images",
        "without half of the examples of large it changes by",
    ):
        assert said in screen.out
    after = bench.run()
    assert model_of(after) == model_of(before)
    assert after.ran == set()
    again = assess_workflow(bench.file, Request())
    assert {o.status for o in again.outcomes} == {"cached"}


def test_evaluate_before_a_run_writes_no_results(tmp_path: Path) -> None:
    plates(tmp_path)
    assert typed("evaluate cells.yaml", tmp_path).code == 0
    assert not (tmp_path / "results").exists()
    assert not (tmp_path / "cells.objclass.h5").exists()


def test_a_run_does_not_make_the_costly_part(tmp_path: Path) -> None:
    assert "classes.assessment" not in plates(tmp_path).run().ran_parts


def test_a_planted_mistake_is_listed_with_the_line_of_its_annotation(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    lines = bench.annotations.read_text(encoding="utf-8").splitlines()
    wrong = lines[11].replace("large", "?").replace("small", "large").replace("?", "small")
    lines[11] = wrong
    bench.annotations.write_text("\n".join(lines) + "\n", encoding="utf-8")
    screen = typed("evaluate cells.yaml --mistakes", tmp_path)
    first = screen.out.splitlines()[2].split()
    said, y, x, image = wrong.split(",")
    assert first[:5] == ["annotations.csv:12", image, y, x, said]


def planted(folder: Path, *lines: int) -> Bench:
    """Four images, and annotations of which these lines say the other class."""
    bench = plates(folder)
    rows = bench.annotations.read_text(encoding="utf-8").splitlines()
    for line in lines:
        said, rest = rows[line - 1].split(",", 1)
        rows[line - 1] = f"{'small' if said == 'large' else 'large'},{rest}"
    bench.annotations.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return bench


def test_suspected_mistakes_are_drawn_each_outlined_in_a_tile_of_its_own(tmp_path: Path) -> None:
    planted(tmp_path, 12, 21)
    screen = typed("evaluate cells.yaml --mistakes", tmp_path)
    assert "wrote   annotations_mistakes.png  each with its line" in screen.out
    sheet = np.asarray(Image.open(tmp_path / "annotations_mistakes.png"))
    listed = sum(line.startswith("annotations.csv:") for line in screen.out.splitlines())
    assert 2 <= listed <= WIDEST
    yellow = (sheet[..., 2] < 90) & (sheet[..., 0] > 230)
    for k in range(listed):
        left = GAP + k * (SIDE + GAP)
        assert yellow[GAP : GAP + SIDE, left : left + SIDE].sum() > 50


def test_a_suspected_mistake_of_a_time_series_is_drawn_in_its_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = workflows.series(tmp_path)
    said = [(c, t, y, x) for t in range(3) for c, y, x in workflows.rows(range(8))]
    wrong = {"large": "small", "small": "large"}[said[9][0]]
    said[9] = (wrong, *said[9][1:])
    bench.annotate(said, "class,t,y,x").edit(TREES)
    drawn: list[Any] = []
    cut = mistakes.close_up
    monkeypatch.setattr(mistakes, "close_up", lambda *of: (drawn.append(of), cut(*of))[1])
    assert typed("evaluate cells.yaml --mistakes", tmp_path).code == 0
    place, voxel = drawn[0][1], drawn[0][5]
    assert (place[1], voxel[1:]) == (1, said[9][2:])


def test_the_document_names_the_picture_of_suspected_mistakes(tmp_path: Path) -> None:
    planted(tmp_path, 12)
    found = json.loads(typed("evaluate cells.yaml --mistakes --json", tmp_path).out)
    where = "annotations_mistakes.png"
    assert found["written"] == [where]
    assert found["classifiers"]["classes"]["mistakes_picture"] == where


def test_without_suspected_mistakes_no_picture_is_written(tmp_path: Path) -> None:
    plates(tmp_path)
    screen = typed("evaluate cells.yaml --mistakes", tmp_path)
    assert "no annotation is contradicted" in screen.out
    assert not list(tmp_path.glob("*.png"))


def test_evaluate_writes_no_picture_unasked_and_says_what_draws_one(tmp_path: Path) -> None:
    planted(tmp_path, 12)
    out = typed("evaluate cells.yaml", tmp_path).out
    assert "--mistakes lists all and writes a picture of each" in out
    assert not list(tmp_path.glob("*.png"))


def test_numbers_are_written_as_a_table_and_as_json(tmp_path: Path) -> None:
    plates(tmp_path)
    assert typed("evaluate cells.yaml --out numbers.csv", tmp_path).code == 0
    text = (tmp_path / "numbers.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    found = {(r["measure"], r["of"], r["at"]): r["value"] for r in rows}
    assert found["recall", "large", ""] == "1.0"
    assert found["objects", "large", "called large"] == "16"
    again = typed("evaluate cells.yaml --out numbers.csv", tmp_path)
    assert again.code == 2
    assert "exists already" in again.err
    shown = json.loads(typed("evaluate cells.yaml --json", tmp_path).out)
    assert shown["classifiers"]["classes"]["score"]["confusion"] == [[16, 0], [0, 16]]


def test_an_export_writes_the_evaluation(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    line = "      table: results/objects.csv\n"
    more = "      evaluation: results/quality.{}\n"
    bench.edit((line, line + more.format("json"))).run()
    found = json.loads((tmp_path / "results/quality.json").read_text(encoding="utf-8"))
    assert found["by"] == "image"
    bench.edit((more.format("json"), more.format("csv"))).run()
    assert "Brier score" in (tmp_path / "results/quality.csv").read_text(encoding="utf-8")


def wrote_quality(folder: Path, *lines: int) -> Bench:
    """A run that wrote its evaluation, with these lines of annotations planted wrong."""
    bench = planted(folder, *lines)
    line = "      table: results/objects.csv\n"
    bench.edit((line, f"{line}      evaluation: results/quality.json\n")).run()
    return bench


def test_a_workflow_that_writes_its_evaluation_has_all_of_it_in_the_project(
    tmp_path: Path,
) -> None:
    wrote_quality(tmp_path, 12)
    written = json.loads((tmp_path / "results/quality.json").read_text(encoding="utf-8"))
    shown = json.loads(typed("project show cells.objclass.h5 --json", tmp_path).out)
    kept = shown["classifiers"]["classes"]["evaluation"]
    assert {**kept["assessment"], "evaluation": written["evaluation"]} == written
    assert kept["by_image"] == written["evaluation"]["by_image"]


def test_project_show_tells_what_evaluate_tells(tmp_path: Path) -> None:
    wrote_quality(tmp_path, 12)
    told = typed("evaluate cells.yaml", tmp_path).out.split("annotations that are probably wrong")
    shown = [
        line.strip() for line in typed("project show cells.objclass.h5", tmp_path).out.split("\n")
    ]
    for line in told[0].splitlines()[1:]:  # the first is a note on the workflow
        assert any(each.endswith(line.strip()) for each in shown), line
    said, y, x, image = (tmp_path / "annotations.csv").read_text("utf-8").split("\n")[11].split(",")
    assert any(each.split()[:4] == [image, y, x, said] for each in shown)


def test_a_project_of_a_workflow_that_writes_no_evaluation_costs_none(tmp_path: Path) -> None:
    plates(tmp_path).run()
    shown = json.loads(typed("project show cells.objclass.h5 --json", tmp_path).out)
    assert "assessment" not in shown["classifiers"]["classes"]["evaluation"]


@pytest.mark.parametrize("key", ["mistakes", "score", "rejection", "learning_curve", "reliability"])
@pytest.mark.parametrize("value", [None, 7, "x", [1], {"a": {}}, {}])
def test_an_assessment_that_nobody_understands_leaves_the_scores(key: str, value: Any) -> None:
    facts = {"balanced_accuracy": 0.5, "classes": {}}
    lines = _quality({"out_of_bag": facts, "assessment": {key: value}}, "yx")
    assert lines[0].startswith("balanced accuracy 0.50")


def test_evaluation_stops_where_training_would(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    bench.annotations.unlink()
    screen = typed("evaluate cells.yaml", tmp_path)
    assert screen.code == 1
    assert "no annotations yet" in screen.out


def test_one_class_is_told_as_training_tells_it(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    bench.annotate([("large", 8, 8, "p1_a"), ("large", 8, 40, "p1_a")], "class,y,x,image")
    screen = typed("evaluate cells.yaml", tmp_path)
    assert screen.code == 1
    assert "a classifier needs two classes" in screen.out


# --- projects on other images -----------------------------------------------------------------

FILES = "--raw 'raw/{name}.tif' --prediction-map 'prob/{name}.h5'"


def trained(folder: Path) -> Bench:
    """A project, two images that it has not seen, and a table that says all their classes."""
    bench = workflows.several(folder, ("a",))
    bench.run()
    for name in ("y", "z"):
        workflows.write_image(folder / "new", name)
    lines = ["class,y,x,image"]
    lines += [f"{c},{y},{x},{i}" for i in "yz" for c, y, x in workflows.rows(range(12))]
    (folder / "truth.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return bench


def on_truth(folder: Path, words: str = "", projects: str = "cells.objclass.h5") -> Screen:
    files = FILES.replace("'raw", "'new/raw").replace("'prob", "'new/prob")
    return typed(f"evaluate {projects} {files} --truth truth.csv {words}", folder)


def test_a_project_is_scored_on_other_images(tmp_path: Path) -> None:
    trained(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    screen = on_truth(tmp_path)
    assert screen.code == 0, screen.err
    assert "balanced accuracy 1.00 (0.83 to 1.00) on 24 objects of 2 images" in screen.out
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_rows_beside_objects_and_strange_classes_are_told_and_the_rest_is_scored(
    tmp_path: Path,
) -> None:
    trained(tmp_path)
    with (tmp_path / "truth.csv").open("a", encoding="utf-8") as file:
        file.write("large,0,0,y\nhuge,8,8,z\n")
    screen = on_truth(tmp_path)
    assert screen.code == 0
    assert "1 rows lie on no object, the first is truth.csv:26: not scored" in screen.out


def test_two_projects_are_compared_on_the_same_objects(tmp_path: Path) -> None:
    bench = trained(tmp_path)
    good = (tmp_path / "cells.objclass.h5").rename(tmp_path / "good.objclass.h5")
    wrong = [(c if k % 3 else "small", y, x, "a") for k, (c, y, x) in enumerate(workflows.rows())]
    bench.annotate(wrong, "class,y,x,image").run()
    screen = on_truth(tmp_path, projects=f"{good.name} cells.objclass.h5")
    assert screen.code == 0, screen.err
    assert "on the 24 objects of both: 1.00 good.objclass.h5" in screen.out
    shown = json.loads(on_truth(tmp_path, "--json", f"{good.name} {good.name}").out)["paired"]
    assert (shown["difference"], shown["p"], shown["objects"]) == (0, 1, 24)


def test_a_table_of_truth_is_parsed_once_for_images_that_are_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(tmp_path)
    read: list[object] = []
    parse = truth.parse
    monkeypatch.setattr(truth, "parse", lambda *given: (read.append(given), parse(*given))[1])
    assert on_truth(tmp_path).code == 0
    assert len(read) == 1


def test_truth_that_fits_nothing_is_refused_with_what_would_fit(tmp_path: Path) -> None:
    trained(tmp_path)
    (tmp_path / "truth.csv").write_text("class,y,x,image\nlarge,8,8,q\n", encoding="utf-8")
    screen = on_truth(tmp_path)
    assert screen.code == 2
    assert "truth.csv: no row fits an object" in screen.err
    assert "images y, z, and classes large, small" in screen.err


def test_a_project_without_truth_is_refused_with_the_option(tmp_path: Path) -> None:
    screen = typed("evaluate cells.objclass.h5", tmp_path)
    assert screen.code == 2
    assert "add --truth" in screen.err


# --- prediction sets --------------------------------------------------------------------------

SETS = ("    classifier: classes\n", "    classifier: classes\n    coverage: 0.6\n")


def sets_in(path: Path) -> set[str]:
    return {row["prediction_set"] for row in csv.DictReader(path.read_text("utf-8").splitlines())}


def test_a_coverage_adds_a_column_and_changes_no_prediction(tmp_path: Path) -> None:
    bench = plates(tmp_path)
    before = bench.run().digests
    ran = bench.edit(SETS).run()
    assert {key: ran.digests[key] for key in before} == before
    assert {"classes.calibration", "predicted.sets"} <= ran.ran_parts
    assert {"large", "small"} <= sets_in(tmp_path / "results/objects.csv")


def test_too_few_examples_say_what_coverage_they_reach(tmp_path: Path) -> None:
    bench = plates(tmp_path).edit((SETS[0], SETS[1].replace("0.6", "0.99")))
    screen = typed("run cells.yaml", bench.folder)
    assert screen.code == 0
    assert "coverage: 16 scored examples of large promise 0.94 at most, not 0.99" in screen.out


def test_a_project_brings_the_sets_to_other_images(tmp_path: Path) -> None:
    plates(tmp_path).edit(SETS).run()
    workflows.write_image(tmp_path / "new", "y")
    screen = typed(
        "batch cells.objclass.h5 --raw 'new/raw/{well}.tif' --out out"
        " --prediction-map 'new/prob/{well}.h5' --export table",
        tmp_path,
    )
    assert screen.code == 0, screen.out
    assert {"large", "small"} <= sets_in(next((tmp_path / "out").glob("*objects.csv")))


def test_a_project_without_calibration_refuses_sets_with_the_way_on(tmp_path: Path) -> None:
    plates(tmp_path).run()
    screen = typed(
        "batch cells.objclass.h5 --raw 'raw/{well}.tif' --out out --prediction-map"
        " 'prob/{well}.h5' --export table --set predicted.coverage=0.9",
        tmp_path,
    )
    assert screen.code == 1
    assert "was trained without a coverage" in screen.out


@pytest.mark.parametrize("idle", ["--mistakes", "--workers 2", "--cache elsewhere"])
def test_an_option_of_workflows_is_refused_beside_truth(tmp_path: Path, idle: str) -> None:
    trained(tmp_path)
    screen = on_truth(tmp_path, idle)
    assert screen.code == 2
    assert f"{idle.split()[0]} has no effect with --truth; leave it out" in screen.err


def test_an_option_of_projects_is_refused_without_truth(tmp_path: Path) -> None:
    trained(tmp_path)
    screen = typed("evaluate cells.yaml --shared prob", tmp_path)
    assert screen.code == 2
    assert "--shared has no effect without --truth; leave it out" in screen.err
