"""Where an image's voxels come from: one path, or files stacked along t, z or c."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stack:
    """Files on a grid of one to three of the axes t, z, c.

    Parameters
    ----------
    axes
        Letters of the grid, in the order of `values`.
    values
        Per letter the texts in the file names, in natural order.
    paths
        One path (it may go on inside the file) per place of the grid, last letter fastest.
    """

    axes: str
    values: tuple[tuple[str, ...], ...]
    paths: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of files along each letter."""
        return tuple(len(texts) for texts in self.values)


Source = str | Stack
