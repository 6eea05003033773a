"""``objclass annotations merge``: how far people agree, and one table of what they say."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from commands import objclass
from PIL import Image

from workflows import CENTERS, CLASSES, Bench, flat, rows, series, several

ANNA = [(CLASSES[k], *CENTERS[k]) for k in range(6)]
"""large, small, large, small, small, large."""


def write(path: Path, said: Iterable[tuple[object, ...]], header: str = "class,y,x") -> Path:
    lines = [header, *(",".join(map(str, row)) for row in said)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Anna and Bert classed five objects both, four of them alike."""
    made = flat(tmp_path)
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "anna.csv", ANNA)
    bert = [("large", 9, 9), ("large", *CENTERS[1]), *ANNA[2:5], ("small", *CENTERS[6])]
    write(tmp_path / "bert.csv", bert)
    return made


MERGE = ("annotations", "merge", "cells.yaml", "anna.csv", "bert.csv")


def test_agreement_and_disagreements_are_told(bench: Bench) -> None:
    answer = objclass(*MERGE)
    assert answer.code == 0, answer.err
    assert answer.lines[0] == "anna.csv and bert.csv: 5 objects classed by both, 4 alike (80 %)"
    assert answer.lines[1].startswith("  Cohen's kappa 0.62 (95 %: -0.01 to 1.00;")
    assert [line.split() for line in answer.lines[6:8]] == [
        ["image", "y", "x", "object", "anna.csv", "line", "anna.csv", "bert.csv", "line",
         "bert.csv"],
        ["raw", "8", "24", "3", "3", "small", "3", "large"],
    ]  # fmt: skip
    assert not list(bench.folder.glob("*disagreements*"))


def test_the_merged_table_trains_and_the_files_of_both_stay(bench: Bench) -> None:
    before = [(bench.folder / name).read_bytes() for name in ("anna.csv", "bert.csv")]
    answer = objclass(*MERGE, "-o", "both.csv")
    assert answer.code == 0, answer.err
    assert "of 12 rows: 6 kept, 4 say the same as another, 2 in disagreements left open" in (
        answer.out
    )
    found = table(bench.folder / "both.csv")
    assert [row["class"] for row in found] == [
        "large", "", "large", "small", "small", "large", "small",
    ]  # fmt: skip
    assert found[1]["note"] == "anna.csv:3 small, bert.csv:3 large"
    (listed,) = table(bench.folder / "both_disagreements.csv")
    assert (listed["anna.csv line"], listed["anna.csv"], listed["bert.csv"]) == (
        "3", "small", "large",
    )  # fmt: skip
    assert np.asarray(Image.open(bench.folder / "both_disagreements.png")).std() > 0
    assert before == [(bench.folder / name).read_bytes() for name in ("anna.csv", "bert.csv")]
    assert bench.run("classes.annotations=both.csv").state("classes.model") == "ran"


def test_each_may_have_one_file_an_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    several(tmp_path)
    for name, image, class_ in (("anna", "a", "x"), ("anna", "b", "x"), ("bert", "b", "y")):
        write(tmp_path / f"{name}_{image}.csv", [(class_, 8, 8)])
    words = ("annotations", "merge", "cells.yaml", "anna_{name}.csv", "bert_{name}.csv")
    found = json.loads(objclass(*words, "-o", "both.csv", "--json").out)
    assert (found["pairs"][0]["objects"], found["pairs"][0]["alike"]) == (1, 0)
    assert found["fates"] == {"kept": 1, "open": 2}
    assert [(row["image"], row["class"]) for row in table(tmp_path / "both.csv")] == [
        ("a", "x"), ("b", ""),
    ]  # fmt: skip
    answer = objclass(*words[:3], "anna_{name}.csv", "carl_{name}.csv")
    assert (answer.code, "there is no file carl_{name}.csv" in answer.err) == (2, True)


def test_files_with_spaces_in_their_names_are_quoted_in_advice(bench: Bench) -> None:
    (bench.folder / "anna.csv").rename("by anna.csv")
    answer = objclass("annotations", "merge", "cells.yaml", "by anna.csv", "bert.csv")
    advised = "next    objclass annotations merge cells.yaml 'by anna.csv' bert.csv -o NEW.csv"
    assert advised in answer.lines


def test_nothing_is_overwritten(bench: Bench) -> None:
    assert objclass(*MERGE, "-o", "both.csv").code == 0
    answer = objclass(*MERGE, "-o", "both.csv")
    assert (answer.code, "exists already" in answer.err) == (2, True)
    (bench.folder / "both.csv").unlink()
    answer = objclass(*MERGE, "-o", "both.csv")
    assert "both_disagreements.csv exists already" in answer.err
    assert not (bench.folder / "both.csv").exists()


def test_one_annotator_settles_disagreements(bench: Bench) -> None:
    answer = objclass(*MERGE, "-o", "both.csv", "--disagreements", "bert.csv", "--json")
    found = json.loads(answer.out)
    assert found["fates"] == {"kept": 7, "the same": 4, "settled": 1}
    assert found["disagreements"][0]["said"] == [
        {"file": "anna.csv", "line": 3, "class": "small"},
        {"file": "bert.csv", "line": 3, "class": "large"},
    ]
    assert table(bench.folder / "both.csv")[1]["class"] == "large"


def test_three_annotators_are_compared_in_pairs(bench: Bench) -> None:
    write(bench.folder / "carl.csv", [("large", *CENTERS[1]), *ANNA[2:4]])
    answer = objclass(
        *MERGE, "carl.csv", "-o", "all.csv", "--disagreements", "majority", "--json"
    )  # fmt: skip
    found = json.loads(answer.out)
    assert [(pair["first"], pair["second"], pair["objects"]) for pair in found["pairs"]] == [
        ("anna.csv", "bert.csv", 5), ("anna.csv", "carl.csv", 3), ("bert.csv", "carl.csv", 3),
    ]  # fmt: skip
    assert table(bench.folder / "all.csv")[1]["class"] == "large"


def test_rows_whose_objects_changed_are_followed(bench: Bench) -> None:
    for name in ("anna", "bert"):
        bench.annotate([*ANNA, *rows((8,))])
        bench.stamp()
        bench.annotations.rename(bench.folder / f"{name}.csv")
    answer = objclass(*MERGE, "--set", "nuclei.threshold=0.4", "--json")
    (pair,) = json.loads(answer.out)["pairs"]
    assert (pair["objects"], pair["alike"]) == (7, 7)


def test_rows_without_object_or_class_are_told(bench: Bench) -> None:
    write(bench.folder / "bert.csv", [*ANNA[:3], ("large", 0, 0), ("", 40, 56)])
    answer = objclass(*MERGE, "-o", "both.csv")
    assert answer.lines[:2] == [
        "note: bert.csv: 1 row found no object to compare; it is merged as written",
        "note: bert.csv: 1 row without a class left out",
    ]
    assert "no object is classed differently" in answer.lines
    assert not list(bench.folder.glob("*disagreements*"))
    assert (bench.folder / "both.csv").read_text().endswith("raw,0,0,large\n")


def test_frames_and_images_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    series(tmp_path)
    write(tmp_path / "anna.csv", [("a", t, 8, 8) for t in range(3)], "class,t,y,x")
    write(tmp_path / "bert.csv", [("b", 2, 8, 8), ("a", 1, 8, 8)], "class,t,y,x")
    found = json.loads(objclass(*MERGE, "--json").out)
    assert (found["pairs"][0]["objects"], found["pairs"][0]["alike"]) == (2, 1)
    assert [each["t"] for each in found["disagreements"]] == [2]


def test_the_same_place_in_two_images_is_two_objects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    several(tmp_path)
    write(tmp_path / "anna.csv", [("x", 8, 8, "a")], "class,y,x,image")
    write(tmp_path / "bert.csv", [("y", 8, 8, "b.tif")], "class,y,x,image")
    answer = objclass(*MERGE, "-o", "both.csv")
    assert "Cohen's kappa not defined: no object is classed by both" in answer.out
    found = table(tmp_path / "both.csv")
    assert [(row["image"], row["class"]) for row in found] == [("a", "x"), ("b", "y")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("anna.csv",), "merging takes two annotation files or more; got anna.csv"),
        (("anna.csv", "anna.csv"), "anna.csv is given twice"),
        (("anna.csv", "brt.csv"), "there is no file brt.csv; did you mean bert.csv?"),
        (("anna.csv", "bert.csv", "-o", "x.csv", "--disagreements", "berd.csv"),
         "--disagreements berd.csv: not known; expected open, out, majority, anna.csv, bert.csv; "
         "did you mean bert.csv?"),
        (("anna.csv", "bert.csv", "--disagreements", "out"), "add -o FILE"),
        (("anna.csv", "bert.csv", "-o", "x.parquet"), "x.parquet is written as text"),
    ],
)  # fmt: skip
def test_what_cannot_be_merged_is_said(bench: Bench, words: tuple[str, ...], said: str) -> None:
    answer = objclass("annotations", "merge", "cells.yaml", *words)
    assert answer.code == 2
    assert said in answer.err
