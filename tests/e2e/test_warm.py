"""Whoever has warmed up compiles nothing: not in the shipped workflows, nor in 3D."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import objclass

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
