"""From no annotations to a classifier, and on after a threshold moved: all by commands."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from commands import objclass

from workflows import CENTERS, CLASSES, SHAPE, Bench, flat, write_map


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A workflow without annotations, in its folder."""
    found = flat(tmp_path)
    found.annotations.unlink()
    monkeypatch.chdir(tmp_path)
    return found


@pytest.fixture
def stamped(bench: Bench) -> Bench:
    """Twelve annotations with stamps that were learned from once."""
    bench.annotate([(c, *p) for c, p in zip(CLASSES, CENTERS, strict=True)]).stamp()
    assert objclass("run", "cells.yaml").code == 0
    return bench


def fill_in() -> None:
    """Do what a person does: give every row of the table its class."""
    with Path("annotations.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["class"] = CLASSES[CENTERS.index((int(row["y"]), int(row["x"])))]
    with Path("annotations.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def started() -> None:
    """Go from a workflow without annotations to a trained classifier, screen by screen."""
    assert objclass("run", "cells.yaml").code == 1
    answer = objclass("annotations", "status", "cells.yaml")
    assert (answer.code, answer.out) == (
        0,
        "no annotations yet: there is no annotations.csv\n"
        "choose  objclass annotations new cells.yaml\n"
        "            choose objects, and give them classes in a table\n"
        "        objclass label cells.yaml\n"
        "            give objects classes in a browser, and watch the classifier learn\n",
    )
    answer = objclass("annotations", "new", "cells.yaml")
    assert answer.out == (
        "wrote   annotations.csv  12 objects of 12, all that nobody has annotated\n"
        "wrote   annotations_numbers.png  each with its line in the table\n"
        "next    fill in the column class of annotations.csv\n"
        "        objclass run cells.yaml\n"
    )
    answer = objclass("annotations", "status", "cells.yaml")
    assert answer.out == "annotations.csv: 12 rows without a class yet\n"
    fill_in()
    answer = objclass("annotations", "status", "cells.yaml")
    assert answer.out == (
        "annotations.csv: 12 of 12 annotations valid\n"
        "  class  valid\n"
        "  large      6\n"
        "  small      6\n"
    )
    assert objclass("run", "cells.yaml").code == 0


def test_a_new_file_is_filled_in_and_trained_on(bench: Bench) -> None:
    started()


FOLLOWED = (
    "annotations.csv: objects changed, because nuclei: threshold 0.5 -> 0.4\n"
    "  line  class  became  overlap      voxels\n"
    "  10    large  kept       0.76  113 -> 149\n"
    "  11    large  kept       0.76  113 -> 149\n"
    "  12    small  kept       0.59    29 -> 49\n"
    "  13    small  kept       0.59    29 -> 49\n"
    "4 re-attachable one to one (median overlap 0.68) · 0 split · 0 lost\n"
    "wrote   annotations_reattach.png\n"
)


def test_annotations_follow_their_objects_after_a_threshold_change(bench: Bench) -> None:
    started()
    bench.edit(("threshold: 0.5", "threshold: 0.4"))
    assert objclass("run", "cells.yaml").code == 1
    answer = objclass("annotations", "status", "cells.yaml")
    assert answer.out == (
        "annotations.csv: 8 of 12 annotations valid; 4 invalid\n"
        "  because nuclei: threshold 0.5 -> 0.4\n"
        "  class  valid  invalid\n"
        "  large      4        2\n"
        "  small      4        2\n"
        "4 rows invalid (lines 10, 11, 12, 13)\n"
        "next    objclass annotations reattach cells.yaml\n"
    )
    answer = objclass("annotations", "reattach", "cells.yaml")
    assert answer.out == FOLLOWED + (
        "next    objclass annotations reattach cells.yaml --write\n"
        "            saves the 4 one to one, keeps annotations.csv.bak\n"
    )
    answer = objclass("annotations", "reattach", "cells.yaml", "--write")
    assert answer.out == FOLLOWED + (
        "wrote   annotations.csv  4 rows re-attached\n"
        "kept    annotations.csv.bak  the file as it was\n"
        "next    objclass run cells.yaml\n"
    )
    answer = objclass("annotations", "reattach", "cells.yaml", "--write")
    assert answer.out == (
        "annotations.csv: no annotation is invalid; there is nothing to re-attach\n"
    )
    assert objclass("run", "cells.yaml").code == 0
    assert len(list(Path().glob("*.bak*"))) == 1


def test_rows_that_a_person_must_look_at_are_left_and_said(bench: Bench) -> None:
    bench.annotate([(c, *p) for c, p in zip(CLASSES, CENTERS, strict=True)]).stamp()
    bench.run()
    bench.edit(("threshold: 0.5", "threshold: 0.4\n    min_size: 40"))
    answer = objclass("annotations", "reattach", "cells.yaml", "--write")
    assert answer.lines[-4:] == [
        "wrote   annotations.csv  4 rows re-attached",
        "kept    annotations.csv.bak  the file as it was",
        "left    4 rows invalid: mend or delete lines 3, 5, 6, 8 of annotations.csv",
        "        or train without them: objclass run cells.yaml --use-valid",
    ]
    assert objclass("run", "cells.yaml", "--use-valid").code == 0


def test_the_same_as_json(bench: Bench) -> None:
    bench.annotate([(c, *p) for c, p in zip(CLASSES, CENTERS, strict=True)]).stamp()
    bench.run()
    bench.edit(("threshold: 0.5", "threshold: 0.4"))
    answer = objclass("annotations", "status", "cells.yaml", "--json")
    (found,) = json.loads(answer.out)["classifiers"].values()
    assert found["counts"] == {"valid": 8, "invalid": 4}
    answer = objclass("annotations", "reattach", "cells.yaml", "--json", "--write")
    (found,) = json.loads(answer.out)["classifiers"].values()
    assert (found["one_to_one"], found["lost"], len(found["rows"])) == (4, 0, 4)
    assert found["backup"].endswith("annotations.csv.bak")
    assert answer.err == ""


def test_more_rows_are_written_elsewhere(bench: Bench) -> None:
    bench.annotate([(CLASSES[0], *CENTERS[0])])
    answer = objclass("annotations", "new", "cells.yaml")
    assert answer.code == 2
    assert answer.err == (
        f"{bench.annotations.name} exists already; nothing was written; "
        "fill it in, or write more rows elsewhere with -o\n"
    )
    answer = objclass("annotations", "new", "cells.yaml", "-o", "more.csv", "--count", "3")
    assert answer.lines[:2] == [
        "note: nothing is trained: a classifier needs two classes",
        "wrote   more.csv  3 objects of 11, diverse",
    ]
    assert answer.lines[4] == "        add its rows to the annotations that the workflow names"


def test_what_to_do_next_names_the_classifier_that_was_asked_for(bench: Bench) -> None:
    answer = objclass("annotations", "status", "cells.yaml", "--node", "classes")
    assert [answer.lines[k] for k in (-4, -2)] == [
        "choose  objclass annotations new cells.yaml --node classes",
        "        objclass label cells.yaml --node classes",
    ]


def test_a_path_with_spaces_is_quoted_in_what_to_do_next(bench: Bench) -> None:
    bench.file.rename("two words.yaml")
    answer = objclass("annotations", "status", "two words.yaml")
    assert answer.lines[-4] == "choose  objclass annotations new 'two words.yaml'"


def stopped(folder: Path, threshold: float) -> str:
    """Return what a run says that stops for its annotations."""
    answer = objclass("run", "cells.yaml", "--set", f"nuclei.threshold={threshold}")
    assert answer.code == 1
    return answer.out


def test_the_value_is_put_back_only_while_all_rows_were_valid_with_it(
    stamped: Bench,
) -> None:
    assert "put the value back" in stopped(stamped.folder, 0.3)
    before = stamped.annotations.read_text(encoding="utf-8").splitlines()
    changed = ["--set", "nuclei.threshold=0.3"]
    assert objclass("annotations", "reattach", "cells.yaml", *changed, "--write").code == 0
    after = stamped.annotations.read_text(encoding="utf-8").splitlines()
    assert [a == b for a, b in zip(before, after, strict=True)].count(False) == 4
    # one of the four rows is as it was: with either threshold some row is invalid
    mixed = "\n".join([*after[:-1], before[-1]]) + "\n"
    stamped.annotations.write_text(mixed, encoding="utf-8")
    for threshold in (0.3, 0.5, 0.3):
        said = stopped(stamped.folder, threshold)
        assert "invalid, because" in said
        assert "put the value back" not in said


def test_what_no_row_can_do_is_not_offered(stamped: Bench) -> None:
    """All objects are gone: nothing re-attaches, and nothing is valid to train on."""
    probability = np.full(SHAPE, 0.05, np.float32)
    probability[20:23, 30:45] = 0.9
    write_map(stamped.folder / "prob.h5", probability)
    said = objclass("run", "cells.yaml").out
    assert "0 of 12 annotations valid; 12 invalid" in said
    assert "the list and a picture: mend or delete the rows that it names" in said
    assert "--use-valid" not in said
    assert "put the value back" not in said, "the prediction map is another one"
    answer = objclass("annotations", "reattach", "cells.yaml", "--write")
    assert "annotations.csv stays as it is: no row re-attaches one to one" in answer.out
