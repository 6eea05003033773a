"""A scheduler of dask and its workers, as processes of this computer that listen on it only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

HERE = "127.0.0.1"
LONGEST = 120.0
"""Seconds within which servers are ready, on a loaded machine."""


@contextmanager
def server(folder: Path, kind: str, *words: str, path: str = "") -> Iterator[subprocess.Popen[str]]:
    """A scheduler or a worker of dask, which listens on this computer only."""
    root = str(Path(__file__).parents[1])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [path, root])),
        "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "false",
    }
    common = ["--host", HERE, "--no-dashboard"]
    command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *common, *words]
    with (folder / f"{kind}.log").open("a") as log:
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    threading.Thread(target=child.wait, daemon=True).start()  # who is dead is gone at once
    try:
        yield child
    finally:
        child.kill()
        child.wait()


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A scheduler: its address, and its process."""
    folder.mkdir(parents=True, exist_ok=True)
    told_in = folder / "scheduler.json"
    with server(folder, "scheduler", "--port", "0", "--scheduler-file", str(told_in)) as child:
        end = time.monotonic() + LONGEST
        while not told_in.exists() or not told_in.read_text().endswith("}"):
            waited = child.poll() is None and time.monotonic() < end
            assert waited, (folder / "scheduler.log").read_text()
            time.sleep(0.05)
        yield json.loads(told_in.read_text())["address"], child


def worker(folder: Path, address: str, *words: str, path: str = "") -> ExitStack:
    """A worker of one thread; ends with the block."""
    usual = ["--nthreads", "1", "--no-nanny", "--local-directory", str(folder)]
    stack = ExitStack()
    stack.enter_context(server(folder, "worker", address, *usual, *words, path=path))
    return stack
