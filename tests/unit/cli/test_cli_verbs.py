"""Every verb is there, cheap to ask for help, and answers slips with one clear sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from commands import objclass

GROUPS = {
    "annotations": ("new", "status", "reattach"),
    "cache": ("info", "clean", "verify"),
    "project": ("show", "extract"),
}
VERBS = [("init",), ("graph",), ("schema",), *((g, v) for g, vs in GROUPS.items() for v in vs)]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_a_verb_has_help(verb: tuple[str, ...]) -> None:
    answer = objclass(*verb, "--help")
    assert answer.code == 0
    assert answer.lines[0].startswith(f"Usage: objclass {' '.join(verb)} ")
    assert answer.err == ""


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_lists_its_verbs_with_whole_sentences(group: str) -> None:
    answer = objclass(group, "--help")
    for verb in GROUPS[group]:
        (line,) = [line for line in answer.lines if line.startswith(f"  {verb} ")]
        assert line.endswith(".")
        assert not line.endswith("...")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from objclass.cli.main import app, COMMANDS\n"
        "names = ['init', 'graph', 'schema', 'annotations', 'project', 'cache']\n"
        "assert all(app.get_command(None, name) for name in names)\n"
        "heavy = ['numpy', 'pydantic', 'ruamel.yaml', 'h5py', 'PIL', 'networkx', 'numba']\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("init",), "Missing option '--raw'"),
        (("graph",), "Missing argument 'WORKFLOW.yaml'"),
        (("graph", "a.yaml", "--direction", "up"), "Invalid value for '--direction'"),
        (("annotations", "new", "a.yaml", "--count", "0"), "0 is not in the range x>=1"),
        (("annotations", "neu"), "There is no command 'neu'. Did you mean 'new'?"),
        (("cache", "clean", "--keep-gb", "-1"), "-1.0 is not in the range x>=0"),
        (("cache", "clean", "--keep-gb", "1", "--all"), "give --keep-gb or --all, not both"),
        (("project", "extract", "a.h5"), "Missing option '-o'"),
        (("project", "show"), "Missing argument 'PROJECT'"),
    ],
)
def test_a_slip_on_the_command_line_is_answered(args: tuple[str, ...], said: str) -> None:
    answer = objclass(*args)
    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("graph no.yaml", "no.yaml: cannot be read: no such file or directory"),
        ("annotations new no.yaml", "no.yaml: cannot be read: no such file or directory"),
        ("annotations status no.yaml", "no.yaml: cannot be read: no such file or directory"),
        ("annotations reattach no.yaml", "no.yaml: cannot be read: no such file or directory"),
        ("cache info no.yaml", "there is no no.yaml; expected a workflow or a folder"),
        ("project show no.h5", "there is no project file no.h5"),
        ("project extract no.h5 -o x", "there is no project file no.h5"),
        ("init --raw no.tif --segmentation no.png", "--raw: there is no file no.tif"),
        (
            "init --raw no.tif",
            "what are the objects?; expected one of --prediction-map, --segmentation and "
            "--label-image",
        ),
        (
            "init --raw a --segmentation b --label-image c",
            "what are the objects?; got --segmentation and --label-image; expected one of "
            "--prediction-map, --segmentation and --label-image",
        ),
    ],
)
def test_a_file_that_is_not_there_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = objclass(*args.split())
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.splitlines()[0].replace(f"{tmp_path}/", "") == said
    assert list(tmp_path.iterdir()) == []
