"""Maps and label images of another resolution than the raw image, by whole factors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.engine.look import Look, describe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Read = Callable[[Region], NDArray[np.generic]]


def factors_to(look: Look, given: Any) -> tuple[Any, dict[str, list[int]] | None]:
    """Return a header on the grid that ``like`` names, and the factors between both grids.

    Parameters
    ----------
    look
        Of a node with the fields ``image`` and ``like``.
    given
        Header of ``image``.

    Returns
    -------
    header
        As `given`, on the grid of ``like``.
    factors
        ``{"finer": [2, 2]}`` or ``{"coarser": [2, 2]}`` per axis, None where nothing changes.
    """
    if getattr(look.node, "like", None) is None:
        return given, None
    wanted: Grid = look.header("like", ImageHeader, LabelHeader).grid
    if wanted.same_place(given.grid):
        return given, None
    found = _factors(given.grid, wanted)
    if found is None:
        what = "the two grids do not fit by whole factors"
        got = f"'{look.node.image}' is {describe(given.grid)}, 'like' is {describe(wanted)}"  # type: ignore[attr-defined]
        raise look.problem("like", what, got=got, fix="resample one of the files")
    return replace(given, grid=_place(given.grid, wanted, found)), found


def _place(given: Grid, wanted: Grid, found: Mapping[str, list[int]]) -> Grid:
    """Return the wanted grid with the file order of the given one, and a spacing if either has."""
    grid = replace(wanted, axes=given.axes)
    if wanted.spacing is not None or given.spacing is None:
        return grid
    finer, by = "finer" in found, next(iter(found.values()))
    sizes = [n / f if finer else n * f for n, f in zip(given.voxel, by, strict=True)]
    z, y, x = (given.spacing[0], *sizes)[-3:]
    return replace(grid, spacing=(z, y, x), unit=given.unit)


def _factors(given: Grid, wanted: Grid) -> dict[str, list[int]] | None:
    """Return how the given grid becomes the wanted one; crops must fit too."""
    from objclass.segmentation.resample import factors

    times = (given.frames, given.first_frame), (wanted.frames, wanted.first_frame)
    if given.dimensions != wanted.dimensions or times[0] != times[1]:
        return None
    d = given.dimensions
    for name, fine, coarse in (("finer", wanted, given), ("coarser", given, wanted)):
        found = factors(fine.shape, coarse.shape)
        if found and all(
            a == b * f for a, b, f in zip(fine.origin[-d:], coarse.origin[-d:], found, strict=True)
        ):
            return {name: list(found)}
    return None


def resample(
    read: Read, parameters: Mapping[str, Any], shape: tuple[int, ...], *, ids: bool = False
) -> Read:
    """Return a reader on the wanted grid of an image of this (given) shape."""
    from objclass.segmentation.resample import average, enlarge, sample

    found = parameters.get("factors")
    if not found:
        return read
    if "finer" in found:
        return enlarge(read, tuple(found["finer"]))
    by = tuple(found["coarser"])
    return sample(read, by, shape) if ids else average(read, by, shape)
