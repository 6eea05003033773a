"""Sizes of objects as a person gives them: voxels, ``50 um^2`` or ``200 um^3``."""

from __future__ import annotations

from math import ceil, floor, isclose, prod

from objclass.data.axes import Grid
from objclass.engine.look import Look
from objclass.schema.fields import Quantity


def limits(
    look: Look, low: int | Quantity | None, high: int | Quantity | None, grid: Grid
) -> dict[str, int | None]:
    """Return ``min_size`` and ``max_size`` in voxels; report limits that let nothing through."""
    least, most = voxels(look, "min_size", low, grid), voxels(look, "max_size", high, grid)
    if least is not None and most is not None and most < least:
        got = f"max_size {high}, min_size {low}"
        look.problem("max_size", "no object is that small and that large", got=got)
    return {"min_size": least, "max_size": most}


def voxels(look: Look, field: str, size: int | Quantity | None, grid: Grid) -> int | None:
    """Return a size limit in voxels; a physical one is rounded so that the limit is inclusive."""
    if size is None or isinstance(size, int):
        return size
    if size.power != grid.dimensions:
        expected = f"a number of voxels, or {'um^2' if grid.dimensions == 2 else 'um^3'}"
        raise look.problem(field, "size has the wrong unit", got=str(size), expected=expected)
    if grid.spacing is None or grid.unit is None:
        fix = "give the input a pixel_size, or the size in voxels"
        raise look.problem(field, "the image has no pixel size", got=str(size), fix=fix)
    count = size.to(grid.unit) / prod(grid.voxel)
    if isclose(count, round(count), rel_tol=1e-9):  # 42.25 um^2 are 100 voxels of 0.65 um
        return round(count)
    return ceil(count) if field == "min_size" else floor(count)
