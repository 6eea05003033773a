"""Several workers: the same results, files and screens as one, also where one is killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from terminal import typed
from test_batch import put

from objclass.report.summary import summarize
from workflows import KINDS, Bench, Ran, flat, several

MANY = [3, pytest.param(2, marks=pytest.mark.slow)]
SLOWEST = 20.0
"""Seconds within which nothing of a stopped command may be left, on a loaded machine."""


@pytest.fixture(autouse=True)
def _eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are worth their start from the first two tasks on."""
    monkeypatch.setattr("objclass.engine.schedulers.processes.LARGE", 0)
    monkeypatch.setattr("objclass.batch.side_by_side.LARGE", 0)


def files(folder: Path) -> dict[str, bytes]:
    """Bytes of every file below a folder."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def told(ran: Ran) -> list[Any]:
    """What is told of every step, apart from its time."""
    return [(o.step.key, o.status, str(o.reason), o.warnings, o.problems) for o in ran.outcomes]


def screen(ran: Ran, folder: Path) -> list[Any]:
    """Node by node what the summary says, apart from times."""
    report = summarize(ran.job, ran.outcomes)
    nodes = [(n.name, n.state, n.facts, n.warnings) for n in report.nodes]
    return [nodes, report.exit_code, [path.relative_to(folder) for path in report.written]]


@pytest.mark.parametrize("many", MANY)
@pytest.mark.parametrize("kind", ["several", "series_of_files", "deep"])
def test_results_files_and_reports_do_not_depend_on_the_number_of_workers(
    kind: str, many: int, tmp_path: Path
) -> None:
    found = []
    for number in (1, many):
        bench: Bench = KINDS[kind](tmp_path / str(number))
        ran = bench.run(workers=number)
        assert "failed" not in ran.statuses
        found.append(
            (ran.digests, files(bench.folder / "results"), told(ran), screen(ran, bench.folder))
        )
        assert bench.run(workers=number).statuses == {"cached"}
    assert found[1] == found[0]


# --- batch ---------------------------------------------------------------------------------

NAMES = "abcdef"
USUAL = (
    "batch", "cells.objclass.h5", "--raw", "new/{name}.tif", "--prediction-map", "new/{name}.h5",
    "--out", "out",
)  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained project, and six images of which that of c is cut off."""
    folder = tmp_path_factory.mktemp("trained")
    bench = flat(folder)
    bench.edit(("      predictions: results/{image}_classes.tif\n", ""))
    bench.run(workers=1)
    put(folder, *NAMES)
    cut = folder / "new/c.tif"
    cut.write_bytes(cut.read_bytes()[:1500])
    return folder


def batch(folder: Path, *more: str) -> tuple[int, str, dict[str, bytes]]:
    """Run the batch into an empty folder; return exit code, screen and what a person sees there."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    line = (
        "batch cells.objclass.h5 --raw 'new/{name}.tif' --prediction-map 'new/{name}.h5' --out out"
    )
    done = typed(" ".join([line, *more]), folder)
    written = files(folder / "out").items()
    return done.code, done.out, {n: b for n, b in written if not n.startswith(".batch/")}


@pytest.mark.parametrize("many", MANY)
def test_a_batch_does_not_depend_on_the_number_of_workers(many: int, trained: Path) -> None:
    """Its tables, images, summary and failures are the same bytes, and so is what is printed."""
    one = batch(trained, "--workers 1")
    code, out, written = one
    assert code == 1
    assert "5 done, 1 failed" in out
    assert {"summary.csv", "failures.csv"} <= set(written)
    assert batch(trained, f"--workers {many}") == one


def test_a_batch_with_a_cache_does_not_depend_on_it_either(trained: Path, tmp_path: Path) -> None:
    one = batch(trained, "--workers 1", f"--cache {tmp_path / 'one'}")
    assert batch(trained, "--workers 2", f"--cache {tmp_path / 'two'}") == one
    assert batch(trained, "--workers 2", f"--cache {tmp_path / 'two'}") == one


# --- plugins -------------------------------------------------------------------------------

PLUGIN = """
import os, signal
from pathlib import Path
from objclass.measure.plugin import Object, object_family

MARK, SPARED = Path("{mark}"), {spared}


@object_family("roundness", columns={{"ratio": "Shortest by longest side of the box."}})
def roundness(thing: Object) -> dict[str, float]:
    if not MARK.exists() and os.getpid() != SPARED:
        MARK.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    sides = sorted(thing.mask.shape)
    return {{"ratio": sides[0] / sides[-1]}}
"""


def with_plugin(folder: Path, *, kills: bool) -> Bench:
    """Several images, measured by a plugin that may kill the first worker it meets."""
    bench = several(folder)
    mark = folder / "killed"
    if not kills:
        mark.touch()
    (folder / "mine.py").write_text(PLUGIN.format(mark=mark, spared=os.getpid()))
    return bench.edit(
        ("version: 1\n", "version: 1\nplugins: [mine.py]\n"),
        ("measure: [", "measure: [roundness, "),
    )


def test_families_of_plugin_files_are_measured_in_workers(tmp_path: Path) -> None:
    one = with_plugin(tmp_path / "one", kills=False)
    two = with_plugin(tmp_path / "one/two", kills=False)
    (two.folder / "mine.py").write_bytes((one.folder / "mine.py").read_bytes())
    assert two.run(workers=2).digests == one.run(workers=1).digests


def test_workers_run_the_plugins_as_they_were_when_the_run_began(tmp_path: Path) -> None:
    bench = with_plugin(tmp_path, kills=False)
    job = bench.job(workers=2)
    (tmp_path / "mine.py").write_text("raise SystemExit\n")
    ran = Ran(job, job.run())
    assert {o.status for o in ran.of("measured")} <= {"ran", "cached"}


def test_a_run_whose_worker_is_killed_comes_out_the_same(tmp_path: Path) -> None:
    plain = with_plugin(tmp_path / "plain", kills=False)
    killed = with_plugin(tmp_path / "killed", kills=True)
    (plain.folder / "mine.py").write_bytes((killed.folder / "mine.py").read_bytes())
    ran = killed.run(workers=2)
    assert (killed.folder / "killed").exists(), "no worker was killed"
    assert "failed" not in ran.statuses
    assert ran.digests == plain.run(workers=1).digests
    assert files(killed.folder / "results") == files(plain.folder / "results")
    assert left(killed.folder) == []


def left(folder: Path) -> list[str]:
    """What is neither a record, nor a content, nor a file of a person."""
    found = [*folder.rglob(".objclass-*"), *folder.rglob("*.tmp")]
    found += [*folder.glob(".objclass/building/*"), *folder.glob(".objclass/locks/*")]
    return [path.relative_to(folder).as_posix() for path in found]


# --- stopping ------------------------------------------------------------------------------

SLOW = """
import os, threading, time
from pathlib import Path
from objclass.measure.plugin import Object, object_family


@object_family("slow", columns={{"value": "One."}}, per_channel=True)
def slow(thing: Object) -> dict[str, float]:
    (Path("{folder}") / str({who})).touch()
    time.sleep(1)
    return {{"value": 1.0}}
"""
COMMAND = """
import sys
from objclass.batch import side_by_side
from objclass.data import blocks
from objclass.cli.main import main
from objclass.engine.schedulers import processes
processes.LARGE = side_by_side.LARGE = 0
blocks.CHUNKS[2] = (24, 64)
main(sys.argv[1:])
"""


def slow(folder: Path) -> Bench:
    """Several images, measured by a plugin that takes seconds and says in which process."""
    bench = several(folder)
    (folder / "pids").mkdir()
    text = SLOW.format(folder=folder / "pids", who="os.getpid()")
    (folder / "mine.py").write_text(text)
    return bench.edit(
        ("version: 1\n", "version: 1\nplugins: [mine.py]\n"),
        ("measure: [", "measure: [slow, "),
    )


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    """A command at work in two workers."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", COMMAND, *words]
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    child = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, **pipes)
    waited(lambda: len(list((folder / "pids").iterdir())) > 1 or child.poll() is not None)
    assert child.poll() is None, child.communicate()
    return child


def waited(condition: Callable[[], bool]) -> bool:
    """Wait until something is so; False where it does not become so."""
    end = time.monotonic() + 4 * SLOWEST
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def is_empty(group: int) -> bool:
    """True where no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


RUN = ("run", "cells.yaml", "--workers", "2", "--trust-plugins")
BATCH = (*USUAL, "--workers", "2", "--plugin", "mine.py")


STOPPED = "stopped by SIGTERM; what was finished is kept"
INTERRUPTED = "interrupted; what was finished is kept"
STOPS = {
    "one": (signal.SIGTERM, False, 143, STOPPED),
    "all": (signal.SIGTERM, True, 143, STOPPED),
    "typed": (signal.SIGINT, True, 130, INTERRUPTED),
}
"""Signal, whether the whole group gets it, exit code and last words."""


@pytest.mark.parametrize(
    ("words", "stop"),
    [
        pytest.param(RUN, "one", id="run-one"),
        pytest.param(BATCH, "typed", id="batch-typed"),
        pytest.param(RUN, "all", id="run-all", marks=pytest.mark.slow),
        pytest.param(RUN, "typed", id="run-typed", marks=pytest.mark.slow),
        pytest.param(BATCH, "one", id="batch-one", marks=pytest.mark.slow),
        pytest.param(BATCH, "all", id="batch-all", marks=pytest.mark.slow),
    ],
)
def test_a_command_that_is_stopped_stops_its_workers(
    words: tuple[str, ...], stop: str, tmp_path: Path
) -> None:
    """As ``kill``, a cluster and Ctrl-C do it; nothing is left behind."""
    number, everybody, code, says = STOPS[stop]
    bench = slow(tmp_path)
    if words is BATCH:
        trained_with_plugin(bench)
    child = started(tmp_path, *words)
    os.killpg(child.pid, number) if everybody else child.send_signal(number)
    begun = time.monotonic()
    _, err = child.communicate(timeout=60)
    assert time.monotonic() - begun < SLOWEST
    assert waited(lambda: is_empty(child.pid)), "processes are left"
    assert (child.returncode, err.splitlines()[-1]) == (code, says)
    assert left(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_command_that_is_stopped_while_threads_share_blocks_ends_within_seconds(
    number: int, code: int, tmp_path: Path
) -> None:
    """One image in two blocks of six objects that take a minute each."""
    bench = flat(tmp_path)
    (tmp_path / "pids").mkdir()
    text = SLOW.format(folder=tmp_path / "pids", who="threading.get_ident()")
    minute = "for _ in range(600):\n        time.sleep(0.1)"
    (tmp_path / "mine.py").write_text(text.replace("time.sleep(1)", minute))
    bench.edit(
        ("version: 1\n", "version: 1\nplugins: [mine.py]\n"),
        ("measure: [", "measure: [slow, "),
        ("    kind: predict\n", "    kind: blockwise\n    block: 24\n"),
    )
    child = started(tmp_path, *RUN)
    os.kill(child.pid, number)
    begun = time.monotonic()
    _, err = child.communicate(timeout=60)
    assert time.monotonic() - begun < SLOWEST
    assert child.returncode == code, err
    assert err.splitlines()[-1].endswith("what was finished is kept")
    assert left(tmp_path) == []


def test_workers_end_where_their_command_is_killed(tmp_path: Path) -> None:
    slow(tmp_path)
    child = started(tmp_path, *RUN)
    child.kill()
    child.communicate()
    assert waited(lambda: is_empty(child.pid)), "processes are left"


def trained_with_plugin(bench: Bench) -> None:
    """Train without waiting, and write images for a batch."""
    plugin = bench.folder / "mine.py"
    text = plugin.read_text()
    plugin.write_text(
        text.replace("time.sleep(1)", "time.sleep(1 if (Path.cwd() / 'new').exists() else 0)")
    )
    bench.run(workers=1)
    shutil.rmtree(bench.folder / "pids")
    (bench.folder / "pids").mkdir()
    put(bench.folder, *NAMES)
