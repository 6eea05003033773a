"""Every command prints one JSON document on stdout with ``--json``, however it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from commands import Answer, objclass
from json_check import misfits
from written_ilp import write_ilp, write_inputs

from objclass.cli import napari
from objclass.cli.json_keys import ENVELOPE, KEYS, document_schema, documents_schema
from objclass.cli.main import COMMANDS, app
from workflows import flat

BATCH = ("batch", "cells.objclass.h5", "--raw", "raw.tif", "--prediction-map", "prob.h5")
ILASTIK = ("--raw_data=ilp/raw.h5", "--prediction_maps=ilp/second.h5")
GOOD: dict[str, list[tuple[str, ...]]] = {
    "run": [("run", "cells.yaml"), ("run", "cells.yaml", "--shard", "1/1")],
    "plan": [("plan", "cells.yaml"), ("plan", "cells.yaml", "--shards", "2")],
    "collect": [("collect", "cells.yaml")],
    "validate": [("validate", "cells.yaml")],
    "init": [
        ("init", "--raw", "raw.tif", "--prediction-map", "prob.h5", "--axes", "prob=yxc", "-o",
         "new.yaml"),
    ],
    "label": [("label", "cells.yaml", "--no-browser", "--port", "0", "--idle", "0")],
    "napari": [("napari", "cells.yaml")],
    "look": [("look", "cells.yaml"), ("look", "cells.yaml", "--node", "nuclei")],
    "features": [("features",)],
    "features show": [("features", "show", "size"), ("features", "show", "ilastik")],
    "graph": [("graph", "cells.yaml")],
    "schema": [("schema",), ("schema", "-o", "new.json"), ("schema", "--documents")],
    "evaluate": [
        ("evaluate", "cells.yaml"),
        ("evaluate", "cells.yaml", "--out", "new.csv", "--mistakes"),
    ],
    "report": [
        ("report", "cells.yaml", "-o", "new.html", "--crate"),
        ("report", "cells.objclass.h5", "-o", "new.html"),
    ],
    "why": [("why", "raw:3", "--of", "cells.yaml"), ("why", "results/objects.csv:2")],
    "batch": [
        (*BATCH, "--out", "new"),
        (*BATCH, "--out", "new", "--dry-run"),
        (*BATCH, "--out", "new", "--shard", "1/1"),
    ],
    "headless": [("headless", "--project=p.ilp", *ILASTIK, "--table_filename=t.csv")],
    "import": [
        ("import", "p.ilp", "-o", "new", "--no-run"),
        ("import", "p.ilp", "-o", "new"),
    ],
    "blockwise compare": [
        ("blockwise", "compare", "cells.yaml", "--block", "24", "--halo", "4", "-o", "new.png"),
    ],
    "audit": [("audit", "cells.yaml", "-n", "3")],
    "annotations new": [("annotations", "new", "bare.yaml", "--count", "3")],
    "annotations status": [("annotations", "status", "cells.yaml")],
    "annotations list": [("annotations", "list", "cells.yaml")],
    "annotations reattach": [("annotations", "reattach", "cells.yaml", "--write")],
    "annotations import": [
        ("annotations", "import", "cells.yaml", "second.csv"),
        ("annotations", "import", "cells.yaml", "second.csv", "-o", "new.csv"),
    ],
    "annotations merge": [
        ("annotations", "merge", "cells.yaml", "annotations.csv", "second.csv"),
        ("annotations", "merge", "cells.yaml", "annotations.csv", "second.csv", "-o", "new.csv"),
    ],
    "project show": [("project", "show", "cells.objclass.h5"), ("project", "show", "p.ilp")],
    "project extract": [("project", "extract", "cells.objclass.h5", "-o", "new")],
    "demo": [("demo", "new")],
    "warm": [("warm", "cells.yaml"), ("warm",)],
    "cache info": [("cache", "info")],
    "cache clean": [("cache", "clean", "--dry-run"), ("cache", "clean", "--all")],
    "cache verify": [("cache", "verify")],
}  # fmt: skip
"""Command to lines that end with 0 in the folder of these tests."""
FILES = (
    ("cells.yaml", "away.yaml"), ("bare.yaml", "away.yaml"), ("cells.objclass.h5", "away.h5"),
    ("p.ilp", "away.ilp"), ("raw.tif", "away.tif"), ("--project=p.ilp", "--project=away.ilp"),
)  # fmt: skip
"""What is renamed to what is not there."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workflow that ran, its project, and a project of ilastik."""
    folder = tmp_path_factory.mktemp("made")
    bench = flat(folder)
    bench.stamp()
    bench.run()
    text = (folder / "cells.yaml").read_text(encoding="utf-8")
    (folder / "bare.yaml").write_text(text.replace("annotations.csv", "bare.csv"), encoding="utf-8")
    (folder / "second.csv").write_text("y,x,class\n8,8,small\n0,0,small\n", encoding="utf-8")
    write_ilp(folder / "p.ilp")
    write_inputs(folder / "ilp")
    write_inputs(folder)
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, in which we are."""
    folder = tmp_path / "here"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(napari, "require_napari", lambda: None)
    monkeypatch.setattr(napari, "view", lambda shown: [])
    return folder


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command that can be called, with its words."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from leaves(found, (*words, name))
        if not command.invoke_without_command:
            return
    yield " ".join(words), command


def every_command() -> dict[str, Any]:
    """The whole click tree."""
    return dict(leaves(app))


def document(answer: Answer, command: str) -> dict[str, Any]:
    """The one document of an answer, which is as its schema says."""
    found: dict[str, Any] = json.loads(answer.out)
    assert list(misfits(found, document_schema(command))) == []
    assert not any(misfits(found, documents_schema()))
    assert (found["schema"], found["command"]) == (1, command)
    assert found["exit_code"] == answer.code
    return found


def test_every_command_of_the_tree_has_json_and_documented_keys() -> None:
    tree = every_command()
    assert set(tree) == set(KEYS) == set(GOOD)
    without = [
        name
        for name, command in tree.items()
        if not any("--json" in parameter.opts for parameter in command.params)
    ]
    assert without == []
    assert {name.split()[0] for name in tree} == set(COMMANDS)


SLOW = {"warm": pytest.mark.slow}
"""It compiles every kernel, where they are not on disk."""


@pytest.mark.parametrize(
    ("command", "line"),
    [
        pytest.param(
            command, line, id=" ".join(line[:3]) + f" {number}", marks=SLOW.get(command, ())
        )
        for command, lines in GOOD.items()
        for number, line in enumerate(lines)
    ],
)
def test_a_command_that_succeeds_prints_one_document_with_its_keys(
    here: Path, command: str, line: tuple[str, ...]
) -> None:
    found = document(objclass(*line, "--json"), command)
    assert found["exit_code"] == 0, found["problems"]
    assert not found["interrupted"]
    assert found["problems"] == []
    assert set(found) > set(ENVELOPE)


@pytest.mark.parametrize("command", GOOD)
def test_an_option_that_is_not_there_is_told_in_the_document(here: Path, command: str) -> None:
    line = GOOD[command][0]
    mistake = "--project" if command == "headless" else "--no-such-option"
    (words, rest) = (line[:1], line[1:]) if command == "headless" else (line, ())
    answer = objclass(*words, mistake, *rest[1:], "--json")
    found = document(answer, command)
    assert answer.code == 2
    assert found["problems"][0]["what"]
    assert found["problems"][0]["what"] in answer.err


def with_a_file_away(line: tuple[str, ...]) -> tuple[str, ...] | None:
    """A line whose first file is not there; None for a line without files."""
    for there, away in FILES:
        if there in line:
            return tuple(away if word == there else word for word in line)
    return None


MISSING = [(name, line) for name, ls in GOOD.items() if (line := with_a_file_away(ls[0]))]


@pytest.mark.parametrize(("command", "line"), MISSING, ids=[name for name, _ in MISSING])
def test_a_file_that_is_missing_is_a_problem_with_its_parts(
    here: Path, command: str, line: tuple[str, ...]
) -> None:
    answer = objclass(*line, "--json")
    found = document(answer, command)
    assert answer.code == 2
    (problem, *_) = found["problems"]
    assert "away" in problem["text"]
    assert problem["text"] in answer.err


def test_a_cache_and_a_feature_that_are_not_there_are_problems_too(here: Path) -> None:
    for verb in ("info", "clean", "verify"):
        assert document(objclass("cache", verb, "away", "--json"), f"cache {verb}")["problems"]
    assert document(objclass("features", "show", "sise", "--json"), "features show")["problems"]


def test_a_mistake_in_a_workflow_says_file_line_column_got_and_expected(here: Path) -> None:
    text = Path("cells.yaml").read_text(encoding="utf-8")
    Path("cells.yaml").write_text(text.replace("version: 1", "version: 7"), encoding="utf-8")
    (problem,) = document(objclass("validate", "cells.yaml", "--json"), "validate")["problems"]
    assert (problem["file"], problem["line"]) == ("cells.yaml", 1)
    assert problem["column"] == 10
    assert "7" in problem["text"]


def test_a_command_that_is_not_there_has_a_document(here: Path) -> None:
    for line in (("rum", "cells.yaml"), ("cache", "infos"), ()):
        answer = objclass(*line, "--json")
        found = json.loads(answer.out)
        assert not any(misfits(found, documents_schema()))
        assert (answer.code, found["exit_code"]) == (2, 2)
        assert found["problems"]


def test_a_word_before_the_verb_of_a_group_holds_for_the_verb(here: Path) -> None:
    before = objclass("features", "--json", "show", "size")
    assert document(before, "features show") == document(
        objclass("features", "show", "size", "--json"), "features show"
    )


def test_what_stops_a_run_is_told_with_code_1_and_states_are_lower_case(here: Path) -> None:
    line = ("run", "cells.yaml", "--set", "nuclei.threshold=0.3")
    found = document(objclass(*line, "--json"), "run")
    assert found["exit_code"] == 1
    assert "stopped" in {node["state"] for node in found["nodes"]}
    planned = document(objclass("plan", *line[1:], "--json"), "plan")
    assert "stopped" in {node["state"] for node in planned["nodes"]}


def test_a_failed_image_of_a_batch_has_problems_and_no_count(here: Path) -> None:
    Path("broken.tif").write_bytes(b"II*\0 nothing more")
    files = ("--raw", "raw.tif", "--prediction-map", "prob.h5")
    more = ("--raw", "broken.tif", "--prediction-map", "prob.h5", "--shared", "prob")
    answer = objclass("batch", "cells.objclass.h5", *files, *more, "--out", "o", "--json")
    found = document(answer, "batch")
    assert (found["exit_code"], found["done"], found["failed"]) == (1, 1, 1)
    failed, done = sorted(found["images"], key=lambda each: each["name"])
    assert (failed["objects"], failed["results"], done["objects"]) == (None, {}, 12)
    assert failed["problems"][0]["what"]
    assert failed["state"] == "failed"


def test_an_error_nobody_foresaw_is_in_the_document(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("two and two")

    monkeypatch.setattr("objclass.run.prepare", broken)
    found = document(objclass("validate", "cells.yaml", "--json"), "validate")
    assert found["exit_code"] == 3
    assert "two and two" in found["problems"][0]["what"]
    assert "report" in found["problems"][0]["fix"]


def test_what_plugins_and_libraries_print_is_on_stderr(here: Path) -> None:
    program = (
        "import os, sys, objclass.run as run\n"
        "from objclass.cli.main import main\n"
        "real = run.prepare\n"
        "def loud(*args):\n"
        "    print('from Python')\n"
        "    os.write(1, b'from C')\n"
        "    return real(*args)\n"
        "run.prepare = loud\n"
        "main(['validate', 'cells.yaml', '--json'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert json.loads(done.stdout)["command"] == "validate"
    assert b"from Python" in done.stderr
    assert b"from C" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_batch_that_is_stopped_writes_summary_message_and_document(
    here: Path, number: signal.Signals, code: int
) -> None:
    for k in range(60):
        shutil.copy("raw.tif", f"raw_{k}.tif")
        shutil.copy("prob.h5", f"prob_{k}.h5")
    files = ["--raw", "raw_{k}.tif", "--prediction-map", "prob_{k}.h5", "--workers", "1"]
    command = [sys.executable, "-m", "objclass", "batch", "cells.objclass.h5", *files]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [*command, "--out", "out", "--json"], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        while "1/60" not in process.stderr.readline():
            assert process.poll() is None
        time.sleep(0.1)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    found = document(Answer(process.returncode, out, err), "batch")
    assert (process.returncode, found["interrupted"]) == (code, True)
    assert found["done"] + len(found["not_done"]) == 60
    assert found["done"] > 0
    assert found["not_done"]
    assert "what was finished is kept" in err
    summary = Path("out/summary.csv").read_text(encoding="utf-8")
    assert summary.count("not done") == len(found["not_done"])
