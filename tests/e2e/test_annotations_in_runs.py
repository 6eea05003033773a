"""What people decided survives every change: annotations, the gate, and the ways on."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workflows
from objclass.engine.outcome import StepOutcome
from objclass.engine.summary import write_summary
from objclass.nodes.classifier.summary import MatchSummary
from workflows import Bench, Ran

CHANGE = "nuclei.threshold=0.3"
"""Changes the four soft objects, of which two are annotated."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A complete run whose annotations have stamps."""
    bench = workflows.flat(tmp_path).stamp()
    assert bench.run().statuses <= {"ran", "cached"}
    return bench


def stopped(ran: Ran) -> StepOutcome:
    """The outcome of the model that was held back."""
    (outcome,) = ran.of("classes.model")
    assert outcome.status == "stopped"
    return outcome


def examples(ran: Ran) -> dict[str, int]:
    """Number of examples per class."""
    (outcome,) = ran.of("classes.model")
    assert outcome.known is not None
    return dict(write_summary(outcome.known.summary)["examples"])


def test_a_change_of_annotated_objects_stops_the_classifier_and_all_below(bench: Bench) -> None:
    ran = bench.run(CHANGE)
    reason = stopped(ran).reason
    assert reason is not None
    assert reason.because == "blocked"
    assert "6 of 8 annotations valid; 2 invalid" in str(reason)
    assert "nuclei: threshold 0.5 -> 0.3" in str(reason)
    assert any("2 re-attachable one to one" in line for line in reason.details)
    for below in ("predicted", "out", "project"):
        assert ran.state(below) == "skipped"
    for above in ("nuclei", "measured"):
        assert ran.state(above) == "ran"


def test_a_stop_deletes_nothing_and_trains_nothing(bench: Bench) -> None:
    people = bench.annotations.read_bytes()
    results = {p: p.read_bytes() for p in (bench.folder / "results").iterdir()}
    contents = {p.name for p in (bench.folder / ".objclass/content").glob("*/*")}
    ran = bench.run(CHANGE)
    assert bench.annotations.read_bytes() == people
    assert {p: p.read_bytes() for p in (bench.folder / "results").iterdir()} == results
    assert contents <= {p.name for p in (bench.folder / ".objclass/content").glob("*/*")}
    assert {"classes.model", "classes.evaluation"}.isdisjoint(ran.ran_parts)


def test_putting_the_value_back_is_all_cached(bench: Bench) -> None:
    before = bench.run().digests
    stopped(bench.run(CHANGE))
    ran = bench.run()
    assert ran.statuses == {"cached"}
    assert ran.digests == before


def test_use_valid_trains_on_the_valid_ones_for_this_run_only(bench: Bench) -> None:
    ran = bench.run(CHANGE, use_valid=True)
    assert ran.statuses <= {"ran", "cached"}
    assert examples(ran) == {"large": 3, "small": 3}
    stopped(bench.run(CHANGE))
    assert bench.run(CHANGE, use_valid=True).statuses == {"cached"}


def test_reattach_trains_on_those_that_follow_one_to_one(bench: Bench) -> None:
    sets = (CHANGE, "classes.if_objects_changed=reattach")
    ran = bench.run(*sets)
    assert ran.statuses <= {"ran", "cached"}
    assert examples(ran) == {"large": 4, "small": 4}
    assert bench.run(*sets).statuses == {"cached"}
    table = ran.data("classes.examples").arrays
    assert sorted(table["X"][:, 0].tolist())[-1] > workflows.LARGE, "measured on the new objects"


def test_a_model_of_reattached_objects_is_that_of_fresh_annotations(bench: Bench) -> None:
    """The same objects with the same classes give the same model, however they were found."""
    followed = bench.run(CHANGE, "classes.if_objects_changed=reattach")
    bench.annotate(workflows.rows()).stamp(CHANGE)
    fresh = bench.run(CHANGE)
    assert fresh.digests["classes.model||"] == followed.digests["classes.model||"]


def test_changes_elsewhere_invalidate_nothing(bench: Bench) -> None:
    """A new object renumbers those after it; every annotation stays valid."""
    before = bench.run()
    _, probability = workflows.discs()
    probability[0:2, 30:36] = 0.9
    workflows.write_map(bench.folder / "prob.h5", probability)
    ran = bench.run()
    assert "stopped" not in ran.statuses
    old, new = before.labels("nuclei"), ran.labels("nuclei")
    assert len(new.index) == 13
    assert old.read()[8, 8] != new.read()[8, 8]
    assert set(old.index.stamp.tolist()) < set(new.index.stamp.tolist())
    assert ran.digests["classes.model||"] == before.digests["classes.model||"]


def test_a_size_filter_that_drops_other_objects_invalidates_nothing(tmp_path: Path) -> None:
    large = [k for k in workflows.ANNOTATED if workflows.CLASSES[k] == "large"]
    rows = [("odd" if k == large[0] else "large", *workflows.CENTERS[k]) for k in large]
    bench = workflows.flat(tmp_path).annotate(rows).stamp()
    before = bench.run()
    ran = bench.run("nuclei.min_size=50")
    assert "stopped" not in ran.statuses
    assert ran.digests["classes.model||"] == before.digests["classes.model||"]


def test_a_size_filter_that_drops_annotated_objects_loses_them(bench: Bench) -> None:
    reason = stopped(bench.run("nuclei.min_size=50")).reason
    assert reason is not None
    assert "4 invalid, because nuclei: min_size 10 -> 50" in str(reason)
    assert any("4 lost" in line for line in reason.details)


def test_until_the_objects_already_says_what_is_invalid(bench: Bench) -> None:
    ran = bench.run(CHANGE, until="nuclei")
    assert ran.ran_parts == {"nuclei.objects", "classes.matches"}
    (matches,) = ran.of("classes.matches")
    assert matches.known is not None
    statuses = matches.told(MatchSummary).statuses
    assert sorted(set(statuses)) == ["invalid", "valid"]
    assert statuses.count("invalid") == 2


def test_without_the_old_label_image_objects_are_found_by_position_and_size(
    bench: Bench,
) -> None:
    shutil.rmtree(bench.folder / ".objclass")
    reason = stopped(bench.run(CHANGE)).reason
    assert reason is not None
    assert "6 of 8 annotations valid; 2 invalid" in str(reason)
    assert "because" not in str(reason)
    assert any("by position and size" in line for line in reason.details)


def test_points_take_whatever_object_is_there(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.run()
    ran = bench.run(CHANGE)
    assert "stopped" not in ran.statuses
    assert examples(ran) == {"large": 4, "small": 4}


def test_points_on_background_and_conflicts_are_not_used(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.annotate([*workflows.rows(), ("large", 0, 0), ("small", 8, 9), ("ignore", 24, 24)])
    ran = bench.run()
    assert examples(ran) == {"large": 2, "small": 4}
    matches = ran.of("classes.matches")[0].known
    assert matches is not None
    statuses = matches.summary.statuses
    assert {name: statuses.count(name) for name in set(statuses)} == {
        "point": 6, "conflict": 4, "background": 1,
    }  # fmt: skip


def test_two_points_in_one_object_count_once(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    before = bench.run()
    bench.annotate([*workflows.rows(), ("large", 8, 9)])
    ran = bench.run()
    assert examples(ran) == {"large": 4, "small": 4}
    assert ran.digests["classes.model||"] == before.digests["classes.model||"]


def test_no_annotation_file_stops_the_classifier_and_keeps_the_features(tmp_path: Path) -> None:
    bench = workflows.flat(tmp_path)
    bench.annotations.unlink()
    ran = bench.run()
    assert "there is no annotations.csv" in str(stopped(ran).reason)
    assert ran.state("measured") == "ran"
    bench.annotate(workflows.rows())
    again = bench.run()
    assert again.state("measured") == "cached"
    assert examples(again) == {"large": 4, "small": 4}


def test_a_changed_frame_invalidates_the_annotations_of_that_frame(tmp_path: Path) -> None:
    bench = workflows.series_of_files(tmp_path, 3)
    half = len(workflows.ANNOTATED) // 2
    said = [(row[0], int(n >= half), *row[1:]) for n, row in enumerate(workflows.rows())]
    bench.annotate(said, "class,t,y,x").stamp()
    assert "stopped" not in bench.run().statuses
    _, probability = workflows.discs(1)
    probability[40:44, 8] = 0.05  # a notch in a disc that is annotated in frame 1
    workflows.write_map(tmp_path / "prob/f1.h5", probability)
    assert "7 of 8 annotations valid; 1 invalid" in str(stopped(bench.run()).reason)


def test_frames_before_the_crop_keep_their_coordinates(tmp_path: Path) -> None:
    """Rows speak of the uncropped image; those outside the crop are left alone."""
    bench = workflows.series(tmp_path, 3)
    said = [(row[0], 1 + n % 2, *row[1:]) for n, row in enumerate(workflows.rows())]
    bench.annotate(said, "class,t,y,x").stamp()
    whole = bench.run()
    crop = "{t: [1, 3], y: [1, 48], x: [1, 63]}"
    ran = bench.run(f"raw.crop={crop}", f"prob.crop={crop}")
    assert "stopped" not in ran.statuses
    assert examples(ran) == examples(whole)
    inner = "{t: [2, 3], y: [0, 32]}"
    ran = bench.run(f"raw.crop={inner}", f"prob.crop={inner}", use_valid=True)
    matches = ran.of("classes.matches")[0].known
    assert matches is not None
    assert {*matches.summary.statuses} == {"valid", "cropped"}


def test_only_images_with_annotations_are_read_for_training(tmp_path: Path) -> None:
    bench = workflows.several(tmp_path, ("a", "b"))
    ran = bench.run(until="classes")
    assert {o.step.image for o in ran.of("measured")} == {"a", "b"}
    assert ran.of("classes.examples")[1].known is not None
    bench.annotate(workflows.rows(workflows.ANNOTATED, "b"), "class,y,x,image")
    moved = bench.run()
    assert moved.statuses <= {"ran", "cached"}
    assert examples(moved) == {"large": 4, "small": 4}


def test_the_model_does_not_depend_on_the_order_or_names_of_images(tmp_path: Path) -> None:
    models = []
    for folder, names in (("x", ("a", "b")), ("y", ("z", "b"))):
        (tmp_path / folder).mkdir()
        bench = workflows.several(tmp_path / folder, names)
        for number, name in enumerate(names):  # the first file of both folders is the same
            raw, probability = workflows.discs(number)
            workflows.write_raw(bench.folder / f"raw/{name}.tif", raw)
            workflows.write_map(bench.folder / f"prob/{name}.h5", probability)
        both = [row for name in names for row in workflows.rows(workflows.ANNOTATED, name)]
        bench.annotate(both, "class,y,x,image")
        models.append(bench.run().digests["classes.model||"])
    assert models[0] == models[1]


def test_valid_annotations_protect_their_label_image(bench: Bench) -> None:
    ran = bench.run()
    (label_image,) = ran.of("nuclei.objects")
    assert label_image.known is not None
    found = {pin.artifact.digest: pin.tags for pin in ran.job.store.pins()}
    stamps = found[label_image.known.artifact.digest]
    assert len(stamps) == len(workflows.ANNOTATED)
    index = ran.labels("nuclei").index
    assert set(stamps) <= {stamp.decode() for stamp in index.stamp}
    assert np.all(index.size > 0)


def test_what_a_person_said_stands_in_its_frame_only(tmp_path: Path) -> None:
    """The discs lie at the same places in all frames; frame 1 alone is annotated."""
    workflows.series(tmp_path).run()
    table = pd.read_csv(tmp_path / "results/objects.csv")
    said = table[table["user_class"].notna()]
    assert len(table) == 3 * 12
    assert said["t"].tolist() == [1] * len(workflows.ANNOTATED)
    of_place = said.set_index(["y", "x"])["user_class"].to_dict()
    expected = {workflows.CENTERS[k]: workflows.CLASSES[k] for k in workflows.ANNOTATED}
    assert of_place == expected
