"""Every command has a documented function, and every documented function is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from objclass.cli.main import app

PAGE = Path(__file__).parents[2] / "docs/how-to/from-python.md"
ROWS = re.findall(r"^\| (`[^|]*`) \| (.*) \|$", PAGE.read_text().split("## Every command")[1], re.M)
QUOTED = re.compile(r"`([^`]+)`")


def verbs(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield every command that does something."""
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield " ".join(words)
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), name)
            assert found is not None
            yield from verbs(found, (*words, name))


def test_every_command_stands_on_the_page_once() -> None:
    listed = [name for cell, _ in ROWS for name in QUOTED.findall(cell)]
    assert sorted(listed) == sorted(name for name in verbs(app) if name)


@pytest.mark.parametrize(
    "name", [n for _, cell in ROWS for n in QUOTED.findall(cell) if n.startswith("objclass.")]
)
def test_a_function_on_the_page_is_there_and_says_what_it_does(name: str) -> None:
    module, _, function = name.rpartition(".")
    found = getattr(import_module(module), function)
    assert callable(found)
    assert found.__doc__
