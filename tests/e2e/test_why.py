"""``objclass why``: from a row of a table back to voxels, model, annotations and versions."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import objclass

from objclass.data.delimited import quote
from workflows import CENTERS, LARGE, RADII, SMALL, Bench, deep, flat, rows, series, several


def asked(*words: object) -> dict[str, Any]:
    """What a question is answered with, as JSON."""
    answer = objclass("why", *words, "--json")
    assert answer.code == 0, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    return found


@pytest.fixture
def ran(tmp_path: Path) -> Bench:
    """Twelve discs, classified; their table lies in ``results``."""
    bench = flat(tmp_path)
    bench.run()
    return bench


@pytest.mark.parametrize(("number", "k"), [(1, 0), (3, 1), (12, 11)])
def test_a_row_leads_back_to_its_voxels(ran: Bench, number: int, k: int) -> None:
    found = asked(f"{ran.folder / 'results/objects.csv'}:{number + 1}")
    (y, x), radius = CENTERS[k], RADII[k]
    assert found["object_id"] == number
    assert found["size"] == (LARGE if radius == 6 else SMALL)
    assert found["start"] == [0, y - radius, x - radius]
    assert found["stop"] == [1, y + radius + 1, x + radius + 1]
    assert found["class"] == ("large" if radius == 6 else "small")
    assert found["differences"] == []
    assert {each["name"]: each["value"] for each in found["features"]}["size_voxels"] == found[
        "size"
    ]


def test_model_files_annotations_and_versions_stand_in_the_answer(ran: Bench) -> None:
    found = asked("raw:1", "--of", ran.file)
    source = found["provenance"]
    assert [place.rpartition(":")[2] for place, _ in found["annotations"]] == ["2"]
    assert found["learned"] == {"classes": {"large": 4, "small": 4}}
    assert {each["role"] for each in source["files"]} == {"raw", "prob", "classes"}
    assert all(each["digest"] for each in source["files"])
    shown = objclass("project", "show", ran.folder / "cells.objclass.h5", "--json").out
    model = json.loads(shown)["classifiers"]["classes"]["model"]
    assert source["models"]["classes"][0] == model
    assert source["finding"]["nuclei"]["threshold"] == 0.5
    assert source["versions"]["objclass"]


def test_a_row_that_is_older_than_its_workflow_is_told_apart(ran: Bench) -> None:
    table = ran.folder / "results/objects.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    at = rows[0].index("predicted_class")
    rows[1][at] = "small"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    found = asked(f"{table}:2", "--of", ran.file)
    assert found["differences"] == [["predicted_class", "small", "large"]]
    lines = objclass("why", f"{table}:2", "--of", ran.file).lines
    assert "differs    predicted_class is small in the row and large now" in lines


def test_an_object_that_changed_is_told_by_its_stamp(ran: Bench) -> None:
    table = ran.folder / "results/objects.csv"
    wider = asked(f"{table}:13", "--of", ran.file, "--set", "nuclei.threshold=0.3")
    titles = [title for title, _, _ in wider["differences"]]
    assert titles[0] == "stamp"
    assert "size_voxels" in titles


def test_an_object_of_a_frame_and_of_a_volume_is_found(tmp_path: Path) -> None:
    films, solids = series(tmp_path / "films"), deep(tmp_path / "solids")
    assert asked("raw:1", "--of", films.file, "--frame", "1")["t"] == 1
    found = asked("raw:1", "--of", solids.file)
    assert (found["start"][0], found["stop"][0]) == (1, 4)


@pytest.mark.parametrize("make", [several, series], ids=["images", "frames"])
def test_the_features_are_those_of_the_objects_own_image_and_frame(
    tmp_path: Path, make: Callable[[Path], Bench]
) -> None:
    bench = make(tmp_path)
    bench.run()
    table = tmp_path / "results/objects.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for line in (2, len(rows) // 2 + 1, len(rows) + 1):
        found = asked(f"{table}:{line}", "--of", bench.file)
        row, known = rows[line - 2], {each["name"]: each["value"] for each in found["features"]}
        assert found["differences"] == []
        assert known["intensity_mean-0"] == pytest.approx(float(row["intensity_mean-0"]))


def test_a_row_of_a_batch_leads_back_too(tmp_path: Path) -> None:
    bench = several(tmp_path)
    bench.run()
    out = tmp_path / "run7"
    objclass("batch", tmp_path / "cells.objclass.h5", "--raw", tmp_path / "raw/{name}.tif",
             "--prediction-map", tmp_path / "prob/{name}.h5", "--out", out)  # fmt: skip
    table = next(path for path in sorted(out.rglob("*.csv")) if "object" in path.name)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    found = asked(f"{table}:3")
    assert found["size"] in (LARGE, SMALL)
    assert found["class"] in ("large", "small")
    assert found["differences"] == []
    assert before == {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file()}
    refused = objclass("why", f"{table}:3", "--set", "nuclei.threshold=0.3")
    assert refused.code == 2
    assert "--set: has no effect, since batch" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "names no object"),
        (("raw:99",), "has no object 99"),
        (("other:1",), "there is no such image"),
        (("results/objects.csv",), "which row?"),
        (("results/objects.csv:99",), "there is no such row"),
        (
            ("results/object.csv:2",),
            "there is no file results/object.csv; did you mean objects.csv?",
        ),
        (("annotations.csv:2",), "names no object"),
    ],
)
def test_what_is_not_there_is_refused_with_the_way_on(
    ran: Bench, words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ran.folder)
    answer = objclass("why", *words)
    assert answer.code == 2
    assert said in answer.err


def test_a_table_that_nobody_recorded_asks_for_its_workflow(ran: Bench, tmp_path: Path) -> None:
    away = tmp_path / "away/objects.csv"
    away.parent.mkdir()
    away.write_bytes((ran.folder / "results/objects.csv").read_bytes())
    answer = objclass("why", f"{away}:2")
    assert answer.code == 2
    assert "--of cells.yaml" in answer.err
    assert asked(f"{away}:2", "--of", ran.file)["differences"] == []


@pytest.mark.parametrize("name", ["'=odd", "=odd", 'a "b", c', "-neg", "weiß"])
def test_a_row_of_every_table_knows_a_class_however_it_is_called(name: str, tmp_path: Path) -> None:
    bench = flat(tmp_path)
    bench.edit(("    write:\n", "    write:\n      mobie: results/m.tsv\n"))
    bench.annotate([(quote(name) if c == "large" else c, *at) for c, *at in rows()])
    bench.run()
    for table in ("m.tsv", "objects.csv"):
        found = asked(f"{tmp_path / 'results' / table}:2", "--of", bench.file)
        assert (found["class"], found["differences"]) == (name, [])


@pytest.mark.parametrize("name", ["b_mobie.tsv", "b_omero.csv"])
def test_a_table_of_one_image_of_several_need_not_name_it(name: str, tmp_path: Path) -> None:
    bench = several(tmp_path, "ab")
    bench.edit(
        ("    write:\n", "    write:\n      mobie: results/{image}_mobie.tsv\n"
         "      omero: results/{image}_omero.csv\n")
    )  # fmt: skip
    bench.run()
    out = tmp_path / "run7"
    done = objclass("batch", tmp_path / "cells.objclass.h5", "--raw", tmp_path / "raw/{name}.tif",
                    "--prediction-map", tmp_path / "prob/{name}.h5", "--out", out)  # fmt: skip
    assert done.code == 0, done.err
    for folder in (tmp_path / "results", out):
        found = asked(f"{folder / name}:4")
        assert found["image"] == "b"
        assert found["differences"] == []
