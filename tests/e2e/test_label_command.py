"""The command that opens the labelling page."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="needs objclass[ui]")

from terminal import typed

import workflows


def test_the_command_prints_an_address_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    workflows.flat(tmp_path)
    words = [sys.executable, "-m", "objclass", "label", "cells.yaml", "--port", "0", "--no-browser"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        assert command.stdout.readline().split() == ["label", "cells.yaml"]
        assert command.stdout.readline().startswith("open    http://127.0.0.1:")
        time.sleep(0.5)
        command.send_signal(signal.SIGINT)
        assert command.wait(20) == 130


def test_a_page_that_nobody_opens_ends_and_a_missing_workflow_is_no_page(tmp_path: Path) -> None:
    workflows.flat(tmp_path)
    assert typed("label cells.yaml --no-browser --idle 0 --port 0", tmp_path).code == 0
    screen = typed("label missing.yaml --no-browser --idle 0 --port 0", tmp_path)
    assert screen.code == 2
    assert "missing.yaml" in screen.err
