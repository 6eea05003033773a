"""The execution block of a step as a shape."""

from __future__ import annotations

from collections.abc import Mapping

from objclass.data.axes import Grid


def block_shape(block: Mapping[str, int] | None, grid: Grid) -> tuple[int, ...] | None:
    """Return block edges per axis of the grid; an axis that is not named is not cut."""
    if block is None:
        return None
    lengths = zip(grid.spatial, grid.shape, strict=True)
    return tuple(min(n, block.get(axis, n)) for axis, n in lengths)
