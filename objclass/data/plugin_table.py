"""What can be plugged in, in tables of names whose lines are imported when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TypeVar, cast

Plugin = TypeVar("Plugin")


class PluginTable(Mapping[str, Plugin]):
    """Name to what it stands for; a process that asks for few names imports few files.

    Going through the values imports all of them, names and their number nothing.

    Parameters
    ----------
    lines
        Name to where it stands, ``package.module.NAME``.
    """

    def __init__(self, lines: Mapping[str, str]) -> None:
        self.lines = dict(lines)

    def __getitem__(self, name: str) -> Plugin:
        """Return what a name stands for; KeyError where it is not in the table."""
        module, _, attribute = self.lines[name].rpartition(".")
        return cast("Plugin", getattr(import_module(module), attribute))

    def __contains__(self, name: object) -> bool:
        """Return True for a name in the table."""
        return name in self.lines

    def __iter__(self) -> Iterator[str]:
        """Return the names, in the order of the table."""
        return iter(self.lines)

    def __len__(self) -> int:
        """Return how many names there are."""
        return len(self.lines)
