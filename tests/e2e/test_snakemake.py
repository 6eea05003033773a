"""The how-to's Snakefile, with each step broken: what is stale is never called up to date."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from doc_folders import ROOT, trained

SNAKEMAKE = shutil.which("snakemake")
pytestmark = pytest.mark.skipif(
    SNAKEMAKE is None, reason="snakemake is not on the path: pip install snakemake"
)
PAGE = ROOT / "docs/how-to/snakemake-nextflow.md"
THRESHOLD = "channel: nucleus, sigma: 0"
OUTPUTS = (
    "cells.objclass.h5", "out/objects.csv", "out/overlay.png",
    "results/s1/s1_objects.csv", "results/s1/summary.csv",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the how-to, with its Snakefile for one sample, made once."""
    folder = tmp_path_factory.mktemp("pipeline")
    trained(folder)
    (snakefile,) = re.findall(r"```snakemake\n(.*?)```", PAGE.read_text(), re.S)
    (folder / "Snakefile").write_text(snakefile.replace('"s1", "s2", "s3"', '"s1"'))
    assert snakemake(folder).returncode == 0
    assert missing(folder) == []
    return folder


@pytest.fixture
def pipeline(made: Path, tmp_path: Path) -> Path:
    """The same, in a folder of its own; files are as old as they were."""
    return shutil.copytree(made, tmp_path / "pipeline", symlinks=True)


def call(folder: Path) -> subprocess.Popen[str]:
    """Start Snakemake there, with our objclass on its path."""
    assert SNAKEMAKE is not None
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        [SNAKEMAKE, "--cores", "1"], cwd=folder, env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def snakemake(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Snakemake there to its end."""
    process = call(folder)
    told, _ = process.communicate(timeout=240)
    return subprocess.CompletedProcess(process.args, process.returncode, told)


def missing(folder: Path) -> list[str]:
    """Files that the how-to promises and that are not there."""
    return [name for name in OUTPUTS if not (folder / name).is_file()]


def change(folder: Path, old: str, new: str) -> None:
    """Edit the workflow."""
    path = folder / "cells.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def is_up_to_date(folder: Path) -> bool:
    """Return True where Snakemake finds nothing to do."""
    done = snakemake(folder)
    assert done.returncode == 0, done.stdout
    return "Nothing to be done" in done.stdout


def test_a_finished_pipeline_has_nothing_to_do(pipeline: Path) -> None:
    assert is_up_to_date(pipeline)


def test_a_training_that_failed_is_tried_again_and_never_called_done(pipeline: Path) -> None:
    change(pipeline, THRESHOLD, f"{THRESHOLD}, threshold: 0.999")
    assert snakemake(pipeline).returncode == 1
    again = snakemake(pipeline)
    assert again.returncode == 1
    assert "Nothing to be done" not in again.stdout
    change(pipeline, f"{THRESHOLD}, threshold: 0.999", THRESHOLD)
    assert not is_up_to_date(pipeline)
    assert missing(pipeline) == []


@pytest.mark.slow
def test_a_pipeline_stopped_by_sigterm_goes_on_where_it_was(pipeline: Path) -> None:
    change(pipeline, THRESHOLD, f"{THRESHOLD}, threshold: 0.55")
    process = call(pipeline)
    time.sleep(2.5)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert not is_up_to_date(pipeline)
    assert missing(pipeline) == []
    assert is_up_to_date(pipeline)


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTPUTS)
def test_a_deleted_output_is_made_again(pipeline: Path, name: str) -> None:
    (pipeline / name).unlink()
    assert not is_up_to_date(pipeline)
    assert missing(pipeline) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nuclei.csv", "data/s1_Probabilities.h5"])
def test_an_input_with_other_contents_is_looked_at_again(pipeline: Path, name: str) -> None:
    if name == "nuclei.csv":
        rows = (pipeline / name).read_text().splitlines(keepends=True)
        (pipeline / name).write_text("".join(rows[:-1]))
    else:
        shutil.copy(pipeline / "data/s2_Probabilities.h5", pipeline / name)
        shutil.copy(pipeline / "data/s2.tif", pipeline / "data/s1.tif")
    assert not is_up_to_date(pipeline)
    assert is_up_to_date(pipeline)


@pytest.mark.slow
def test_a_changed_value_reaches_the_last_table(pipeline: Path) -> None:
    before = (pipeline / "results/s1/s1_objects.csv").read_text()
    change(pipeline, "measure: [size, intensity_mean]", "measure: [size, intensity_mean, axes]")
    assert not is_up_to_date(pipeline)
    assert (pipeline / "results/s1/s1_objects.csv").read_text() != before
