"""Whoever has warmed up compiles nothing: not in the shipped workflows, nor in 3D."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import objclass

from objclass.errors import InputError
from objclass.warmup import warm_workflow
from workflows import deep, flat

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from objclass.data.kernel import kernels_used
from objclass.run import prepare
from objclass.warmup import warm

def used():
    return {(module, name, str(one)) for module, name, all_ in kernels_used() for one in all_}

warmed = warm()
assert warmed.kept == warmed.kernels > 300, warmed
assert warmed.folders, warmed
before = used()
for file in sys.argv[1:]:
    for outcome in prepare(file).run():
        assert outcome.status == "ran", outcome
for each in sorted(used() - before):
    print(*each)
"""

ONE = """
import sys
from objclass.data.kernel import kernels_compiled, kernels_used
from objclass.run import prepare
from objclass.warmup import warm_workflow

def used():
    return {(module, name, str(one)) for module, name, all_ in kernels_used() for one in all_}

for file in sys.argv[1:]:
    warmed = warm_workflow(file)
    assert warmed.left == (), warmed
    before, compiled = used(), kernels_compiled()
    for outcome in prepare(file).run():
        assert outcome.status == "ran", outcome
    assert kernels_compiled() == compiled
    for each in sorted(used() - before):
        print(file, *each)
"""


def test_a_workflow_that_is_warmed_up_needs_no_other_machine_code(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "workflows", tmp_path / "w", ignore=shutil.ignore_patterns(".objclass"))
    files = ["w/segmentation.yaml", "w/prediction_map.yaml"]
    for name, bench in (("flat", flat), ("deep", deep)):
        bench(tmp_path / name)
        files.append(f"{name}/cells.yaml")
    done = subprocess.run(
        [sys.executable, "-c", ONE, *files],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_warming_up_a_workflow_leaves_its_folder_as_it_is(tmp_path: Path) -> None:
    bench = flat(tmp_path / "bench")
    (bench.folder / "annotations.csv").unlink()
    before = contents(tmp_path)
    answer = objclass("warm", str(bench.folder / "cells.yaml"))
    assert answer.code == 0, answer.err
    assert answer.out.startswith("warm ")
    assert contents(tmp_path) == before


IMAGES = """
version: 1
images: sheet.csv
nodes:
  raw: {kind: input, path: "/elsewhere/{plate}/{well}.npy", axes: yxc, channels: [dna, actin]}
  mask: {kind: input, path: "{plate}-{well}.npy", axes: yx, role: segmentation, foreground: 7}
  cells: {kind: components, image: mask, min_size: 30000}
  feats: {kind: features, image: raw, objects: cells, measure: [size]}
  classes: {kind: classifier, features: feats, annotations: "{plate}.csv", classes: [x, y, z]}
  called: {kind: predict, features: feats, classifier: classes}
  save: {kind: export, from: called, write: {table: "/elsewhere/{plate}.csv"}}
"""


def test_paths_with_names_of_images_and_paths_that_lead_elsewhere_stay_untouched(
    tmp_path: Path,
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "p1").mkdir(parents=True)
    np.save(elsewhere / "p1" / "A01.npy", np.zeros((20, 30, 2), np.int16))
    np.save(tmp_path / "p1-A01.npy", np.zeros((20, 30), np.uint8))
    (tmp_path / "sheet.csv").write_text("plate,well\np1,A01\n", encoding="utf-8")
    workflow = tmp_path / "cells.yaml"
    workflow.write_text(IMAGES.replace("/elsewhere", elsewhere.as_posix()), encoding="utf-8")
    before = contents(tmp_path)
    assert warm_workflow(workflow).left == ()
    assert contents(tmp_path) == before


def test_a_workflow_of_which_every_image_is_left_out_is_refused_with_the_reasons(
    tmp_path: Path,
) -> None:
    np.save(tmp_path / "cells.npy", np.zeros((20, 30), np.uint8))
    (tmp_path / "cells.npy").rename(tmp_path / os.fsdecode(b"\xff.npy"))
    workflow = tmp_path / "cells.yaml"
    text = 'version: 1\nnodes:\n  raw: {kind: input, path: "{name}.npy"}\n'
    workflow.write_text(f"{text}  found: {{kind: threshold, image: raw}}\n", encoding="utf-8")
    with pytest.raises(InputError, match="is not UTF-8"):
        warm_workflow(workflow)


def test_overrides_are_for_a_workflow() -> None:
    answer = objclass("warm", "--set", "cells.sigma=1")
    assert answer.code == 2
    assert "name its file" in answer.err


@pytest.mark.slow
def test_after_warming_up_real_runs_need_no_other_machine_code(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "workflows", tmp_path / "w", ignore=shutil.ignore_patterns(".objclass"))
    for name, bench in (("flat", flat), ("deep", deep)):
        bench(tmp_path / name)
    files = ["w/prediction_map.yaml", "w/segmentation.yaml", "flat/cells.yaml", "deep/cells.yaml"]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *files],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_without_a_folder_for_machine_code_warming_up_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import objclass.warmup as warmup

    nowhere = warmup.Warmed(kernels=3, compiled=3, kept=1, folders=(tmp_path,))
    monkeypatch.setattr(warmup, "warm", lambda tell: nowhere)
    answer = objclass("warm")
    assert answer.code == 1
    assert "no folder that takes the files of 2 kernels" in answer.err
    assert "NUMBA_CACHE_DIR=FOLDER" in answer.err
