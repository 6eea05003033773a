"""Two workflows in one folder: neither takes the results of the other without a word."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from commands import objclass

from workflows import Bench, discs, flat, write_map, write_raw


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A folder, in which we are, with cells.yaml and other.yaml, which write the same files.

    other.yaml has images of its own, but wants to write the table of cells.yaml.
    """
    bench = flat(tmp_path)
    raw, probability = discs(5)
    write_raw(tmp_path / "raw2.tif", raw)
    write_map(tmp_path / "prob2.h5", probability)
    text = bench.text.replace("raw.tif", "raw2.tif").replace("prob.h5", "prob2.h5")
    text = text.replace("annotations.csv", "other.csv")
    (tmp_path / "other.yaml").write_text(text, encoding="utf-8")
    shutil.copy(bench.annotations, tmp_path / "other.csv")
    monkeypatch.chdir(tmp_path)
    return bench


def first_cell() -> str:
    return Path("results/objects.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]


def test_the_results_of_the_other_workflow_are_kept_and_named(bench: Bench) -> None:
    assert objclass("run", "cells.yaml").code == 0
    answer = objclass("run", "other.yaml")
    assert first_cell() == "raw2"
    (kept,) = Path("results").glob("*.of-cells-*")
    assert kept.read_text(encoding="utf-8").splitlines()[1].startswith("raw,")
    assert (
        f"warning: objects.csv was written by cells.yaml; it is kept as {kept.name}" in answer.out
    )


def test_the_reason_tells_whose_the_file_is_now(bench: Bench) -> None:
    objclass("run", "cells.yaml")
    objclass("run", "other.yaml")
    for command in ("plan", "run"):
        answer = objclass(command, "cells.yaml")
        assert "objects.csv is now that of other.yaml" in answer.out
        assert "no longer in the cache" not in answer.out
    assert first_cell() == "raw"
    assert len(list(Path("results").glob("*.of-other-*"))) == 1


def test_a_run_that_stops_does_not_call_the_file_of_the_other_its_own(bench: Bench) -> None:
    objclass("run", "cells.yaml")
    objclass("run", "other.yaml")
    bench.annotations.unlink()
    answer = objclass("run", "cells.yaml")
    assert "objects.csv is from" not in answer.out
    assert "raw_classes.tif is from" in answer.out


def test_with_caches_of_their_own_the_file_is_kept_too(bench: Bench) -> None:
    objclass("run", "cells.yaml", "--cache", "c1")
    answer = objclass("run", "other.yaml", "--cache", "c2")
    (kept,) = Path("results").glob("objects.csv.edited-*")
    said = "objects.csv was there already, and this cache does not know it"
    assert f"warning: {said}; it is kept as {kept.name}" in answer.out
    planned = objclass("plan", "cells.yaml", "--cache", "c1").out
    assert "objects.csv was edited or replaced" in planned


def test_a_renamed_workflow_goes_on_with_its_files(bench: Bench) -> None:
    objclass("run", "cells.yaml")
    bench.file.rename("renamed.yaml")
    answer = objclass("run", "renamed.yaml", "--set", "nuclei.threshold=0.4")
    assert "is kept as" not in answer.out
    assert not list(Path("results").glob("*.of-*"))


def test_two_drafts_in_one_folder_share_nothing(bench: Bench) -> None:
    for name, number in (("day1", ""), ("day2", "2")):
        given = ("--raw", f"raw{number}.tif", "--prediction-map", f"prob{number}.h5")
        assert objclass("init", *given, "--axes", "prob=yxc", "-o", f"{name}.yaml").code == 0
    day1, day2 = (Path(f"{name}.yaml").read_text(encoding="utf-8") for name in ("day1", "day2"))
    assert "annotations: day1.annotations.csv" in day1
    assert "table: day1_results/objects.csv" in day1
    assert "day1" not in day2


def test_the_annotations_of_the_other_workflow_are_not_suggested(bench: Bench) -> None:
    given = ("--raw", "raw.tif", "--prediction-map", "prob.h5", "--axes", "prob=yxc")
    for name in ("day1", "day2"):
        assert objclass("init", *given, "-o", f"{name}.yaml").code == 0
    bench.annotations.unlink()
    Path("day1.annotations.csv").write_text("y,x,class\n8,8,a\n8,24,b\n", encoding="utf-8")
    answer = objclass("run", "day2.yaml")
    assert "there is no day2.annotations.csv" in answer.out
    assert "did you mean" not in answer.out
