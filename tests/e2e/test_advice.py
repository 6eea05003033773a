"""No message advises what does not exist, or what does not help when a person does it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import click
import pytest
from advice import Change, changes, commands, edits, what
from mistakes import Mistake
from terminal import Screen, typed
from test_mistakes import ALL

import workflows
from objclass.cli.main import app
from workflows import Bench

HERE = Path(__file__).parent
SCREENS = sorted((HERE / "screens").rglob("*.txt"))
PACKAGE = HERE.parents[1] / "objclass"
ADVICE = re.compile(r"objclass ((?:run|plan|validate|init|look|features|report|why|batch|headless|"
                    r"import|annotations|project|cache)\b[^`'\"\n;]*)")  # fmt: skip
IN_CODE = re.compile(r"objclass ((?:annotations|cache) [a-z]+)\b")


def advised(text: str) -> Iterator[list[str]]:
    """Yield the words of every command that a screen advises."""
    for found in ADVICE.finditer(text):
        words = found[1].split("  ")[0].rstrip(".,:)")
        yield shlex.split(words, posix=False)


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that words name, and the words behind its name."""
    found: click.Command | None = app
    while isinstance(found, click.Group):
        context = click.Context(found)
        found, words = found.get_command(context, words[0]), words[1:]
    assert found is not None, words
    return found, words


@pytest.mark.parametrize("screen", SCREENS, ids=lambda path: path.stem)
def test_every_command_on_a_screen_exists_with_its_options(screen: Path) -> None:
    for words in advised(screen.read_text(encoding="utf-8")):
        command, rest = command_of(words)
        known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        unknown = [w for w in rest if w.startswith("-") and w.partition("=")[0] not in known]
        assert unknown == [], f"{screen.name}: objclass {' '.join(words)}"


def test_the_screens_advise_something() -> None:
    """Without a command on any screen the test above could not fail."""
    texts = [screen.read_text(encoding="utf-8") for screen in SCREENS]
    assert sum(1 for text in texts for _ in advised(text)) > 20


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_every_command_that_the_code_names_exists(path: Path) -> None:
    for found in IN_CODE.finditer(path.read_text(encoding="utf-8")):
        command, _ = command_of(found[1].split())
        assert not isinstance(command, click.Group)


# --- what is advised is done ----------------------------------------------------------------

IN_FULL = [m for m in ALL if any(next(edits(said), None) for said in m.says.splitlines())]
"""The mistakes whose answer says what to write, so that no choice is left."""


@pytest.mark.parametrize("mistake", IN_FULL, ids=lambda mistake: mistake.title)
def test_what_a_message_says_to_write_mends_the_mistake(mistake: Mistake, tmp_path: Path) -> None:
    before = mistake.made(tmp_path)
    file = tmp_path / "cells.yaml"
    text = file.read_text(encoding="utf-8")
    for said in filter(lambda said: any(edits(said)), mistake.says.splitlines()):
        assert what(said) in before.out + before.err
        for change in changes(said, text):
            file.write_text(change.text, encoding="utf-8")
            after = typed(f"{mistake.args} {change.options}", tmp_path)
            assert after.code in (0, 1, 2), after.err
            assert what(said) not in after.out + after.err, change


def test_many_messages_say_what_to_write() -> None:
    assert len(IN_FULL) >= 20


def test_a_change_is_read_from_a_message_as_a_person_reads_it() -> None:
    text = "version: 1\nnodes:\n  raw:\n    kind: input\n    axes: yx\n  cells: {kind: input}\n"
    place = "cells.yaml:5:11: node 'raw': what is wrong; got yx; "

    def changed(fix: str) -> list[str]:
        lines = text.splitlines()
        after = [change.text.splitlines() for change in changes(place + fix, text)]
        return [line for each in after for line in each if line not in lines]

    assert changed("add for example axes: zyx") == ["    axes: zyx"]
    assert changed("write zyx") == ["    axes: zyx"]
    assert changed("set 'role: segmentation' or 'role: label_image'") == [
        "    role: segmentation",
        "    role: label_image",
    ]
    assert changed("add role: segmentation to 'cells'") == [
        "  cells: {role: segmentation, kind: input}"
    ]
    assert changed('quote it: axes: "yx"') == ['    axes: "yx"']
    assert changed("add 'path: …'") == []
    assert changed("give both the same shape") == []
    assert list(changes("add for example --set raw.axes=zyx", text)) == [
        Change(text, "--set raw.axes=zyx")
    ]


CHANGED = "run cells.yaml --set nuclei.threshold=0.3"


def stamped(folder: Path) -> Bench:
    """A run is complete, and every annotation has a stamp."""
    bench = workflows.flat(folder).stamp()
    assert typed("run cells.yaml", folder).code == 0
    return bench


def unannotated(folder: Path) -> Bench:
    bench = workflows.flat(folder)
    bench.annotations.unlink()
    return bench


def elsewhere(folder: Path) -> Bench:
    """As :func:`stamped`, with another cache."""
    bench = workflows.flat(folder).stamp()
    assert typed("run cells.yaml --cache other", folder).code == 0
    return bench


def on_background(folder: Path) -> Bench:
    bench = workflows.flat(folder)
    return bench.annotate([*workflows.rows(), ("large", 0, 0), ("small", 16, 16)])


TYPED: dict[str, tuple[Callable[[Path], Bench], str, str]] = {
    "objects changed": (stamped, CHANGED, "annotations valid; 2 invalid"),
    "objects changed in another cache": (
        elsewhere,
        f"{CHANGED} --cache other",
        "annotations valid; 2 invalid",
    ),
    "no annotations": (unannotated, "run cells.yaml", "there is no annotations.csv"),
    "no annotations of other objects": (unannotated, CHANGED, "there is no annotations.csv"),
    "rows on background": (on_background, "run cells.yaml", "2 rows on background"),
    "a part of the workflow": (stamped, "run cells.yaml --until nuclei", ""),
    "a part of a changed workflow": (stamped, f"{CHANGED} --until nuclei", ""),
}
"""What happened: the folder, the command, and the problem that it tells."""


@pytest.mark.parametrize("case", TYPED.values(), ids=TYPED)
def test_a_command_that_a_screen_advises_solves_what_it_tells(
    case: tuple[Callable[[Path], Bench], str, str], tmp_path: Path
) -> None:
    make, line, problem = case
    folder = tmp_path / "told"
    folder.mkdir()
    make(folder)
    told = typed(line, folder)
    assert problem in told.out
    advised = list(commands(told.out))
    assert advised
    for number, command in enumerate(advised):
        here = copytree(folder, tmp_path / f"done{number}")
        last = done(command, here)
        after = last if command.startswith("run ") else typed(line, here)
        assert not problem or problem not in after.out, f"{command}\n{last.out}\n{after.out}"


def done(command: str, folder: Path) -> Screen:
    """Type a command and what its screen says comes next, up to a run."""
    screen = typed(command, folder)
    assert screen.code in (0, 1), f"{command}: {screen.err}"
    following = [c for line in screen.lines if line.startswith("next ") for c in commands(line)]
    for each in following:
        assert each != command
        screen = done(each, folder)
    return screen


def test_a_program_reads_the_same_commands_as_a_person(tmp_path: Path) -> None:
    stamped(tmp_path)
    (classes,) = (n for n in json.loads(typed(f"{CHANGED} --json", tmp_path).out)["nodes"]
                  if n["name"] == "classes")  # fmt: skip
    words = "cells.yaml --set nuclei.threshold=0.3"
    assert [what for what, _ in classes["ways"]] == [
        f"objclass annotations reattach {words}",
        f"objclass run {words} --use-valid",
        "put the value back: everything is cached",
    ]


def test_of_several_classifiers_the_one_is_named_whose_rows_are_meant(tmp_path: Path) -> None:
    second = "  again: {kind: classifier, features: measured, annotations: more.csv}\n"
    on_background(tmp_path).edit(("  predicted:\n", f"{second}  predicted:\n"))
    screen = typed("run cells.yaml --until classes", tmp_path)
    (advised,) = (each for each in commands(screen.out) if each.startswith("annotations"))
    assert advised == "annotations reattach cells.yaml --node classes --nearest 6"
    screen = done(advised, tmp_path)
    assert next(line for line in screen.lines if line.startswith("classes ")).split()[1] == "ran"
    assert "objclass annotations new cells.yaml --node again" in screen.out


def test_a_drafted_workflow_with_a_space_in_its_name_is_quoted_in_what_comes_next(
    tmp_path: Path,
) -> None:
    workflows.flat(tmp_path)
    files = "--raw raw.tif --prediction-map prob.h5 --axes prob=yxc"
    screen = typed(f"init {files} -o 'two words.yaml'", tmp_path)
    assert screen.code == 0, screen.err
    assert list(commands(screen.out))[:1] == ["annotations new 'two words.yaml'"]
    text = (tmp_path / "two words.yaml").read_text(encoding="utf-8")
    assert "#   objclass run 'two words.yaml' " in text
    assert done("annotations new 'two words.yaml'", tmp_path).code in (0, 1)
