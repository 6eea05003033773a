"""No message advises what does not exist: every command on a screen is one, with its options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from objclass.cli.main import app

HERE = Path(__file__).parent
SCREENS = sorted((HERE / "screens").rglob("*.txt"))
PACKAGE = HERE.parents[1] / "objclass"
ADVICE = re.compile(r"objclass ((?:run|plan|validate|init|look|features|batch|headless|import|"
                    r"annotations|project|cache)\b[^`'\"\n;]*)")  # fmt: skip
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
