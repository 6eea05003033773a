"""Where an image's voxels come from: one array, or files stacked along t, z or c."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.io.locator import Locator


@dataclass(frozen=True)
class Stack:
    """Files on a grid of one to three of the axes t, z, c.

    Parameters
    ----------
    axes
        Letters of the grid, in the order of `values`.
    values
        Per letter the texts in the file names, in natural order.
    members
        One array per place of the grid, last letter fastest.
    """

    axes: str
    values: tuple[tuple[str, ...], ...]
    members: tuple[Locator, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of files along each letter."""
        return tuple(len(texts) for texts in self.values)

    @property
    def first(self) -> Locator:
        """The first of its files."""
        return self.members[0]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files on disk, each once."""
        return tuple(dict.fromkeys(member.path for member in self.members))

    @property
    def key(self) -> list[object]:
        """What is chosen in each of the files."""
        return self.first.key

    def at(self, series: str | int | None, level: int | None = None) -> Stack:
        """Return the stack of another image, or another level, of the same files."""
        members = tuple(each.at(series, level) for each in self.members)
        same = all(new is old for new, old in zip(members, self.members, strict=True))
        return self if same else replace(self, members=members)


Source = Locator | Stack
WrittenPath = str | tuple[str, ...]
"""A path as the workflow sees it, or those of the members of a stack."""
