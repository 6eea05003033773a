"""A reader who leaves (``| head``) harms no command: it ends as it would, with no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from progress import without_progress

from objclass.cli.main import COMMANDS
from workflows import flat

LINES = {"run": "run cells.yaml", "plan": "plan cells.yaml", "features": "features"}
LINES |= {"schema": "schema", "graph": "graph cells.yaml", "validate": "validate cells.yaml"}
USUAL = ("run", "batch", "label")
"""Verbs whose help is tried in every session; that of the others in the slow one."""
VERBS = [v if v in USUAL else pytest.param(v, marks=pytest.mark.slow) for v in COMMANDS]


def unread(line: str, folder: Path) -> tuple[int, str]:
    """Call a command whose output nobody reads; return its exit code and what it complained of."""
    reader, writer = os.pipe()
    os.close(reader)
    code = "from objclass.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *line.split()],
        cwd=folder,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    return done.returncode, done.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_every_verb_may_go_unread(verb: str, tmp_path: Path) -> None:
    assert unread(f"{verb} --help", tmp_path) == (0, "")


@pytest.mark.parametrize("verb", LINES)
def test_a_verb_may_go_unread(verb: str, tmp_path: Path) -> None:
    flat(tmp_path)
    code, err = unread(LINES[verb], tmp_path)
    assert code == 0
    assert "Error" not in err
    assert (tmp_path / "results/objects.csv").exists() == (verb == "run")


def test_a_batch_that_nobody_watches_does_every_image(tmp_path: Path) -> None:
    flat(tmp_path)
    assert unread("run cells.yaml", tmp_path)[0] == 0
    line = "batch cells.objclass.h5 --raw raw.tif --prediction-map prob.h5 --out out"
    code, told = unread(line, tmp_path)
    assert (code, without_progress(told)) == (0, "")
    assert {"raw_objects.csv", "summary.csv"} <= {p.name for p in (tmp_path / "out").iterdir()}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_the_output_is_said(tmp_path: Path) -> None:
    code = "from objclass.cli.main import main; main()"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, "features"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.endswith("\nwhat is printed: no space left on device\n")
    assert len(done.stderr) > 1000, "what the full disk did not take is lost"
