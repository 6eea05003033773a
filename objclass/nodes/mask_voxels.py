"""What the voxels of a segmentation or a label image say against how it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from objclass.data.foreground import Foreground
from objclass.data.image import ImageHeader
from objclass.data.labels import Index
from objclass.errors import Advice, FieldSetting, Problem, RunError, advise, list_some
from objclass.segmentation.plausible import FEW_LEVELS, Levels, background_like, specks
from objclass.segmentation.runs import runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from objclass.segmentation.fragments import ScatteredObjects


EXACT = 2**24
"""Up to here a 32-bit float holds every whole number."""
NO_BACKGROUND = "no voxel is 0, so there is no background; if an id stands for it, save it as 0"
ROUNDED = (
    "its ids are stored as float32 and go up to {:,}; above 16,777,216 that type holds only every "
    "second number or fewer, so that objects may share an id: save it as uint32"
)


class VoxelCheck(Protocol):
    """Looks at the voxels of one frame while they are read, some rows at a time."""

    def see(self, voxels: NDArray[np.generic]) -> None:
        """Take some rows as they are used."""

    def finished(self, stored: Iterable[NDArray[np.generic]]) -> tuple[str, ...]:
        """Return what there is to say; `stored` gives the voxels as the file has them."""


@dataclass
class LabelCheck:
    """Tells of objects that leave no voxel free, and of ids that may have been rounded.

    Parameters
    ----------
    floats
        True where the ids are stored as 32-bit floats.
    full, highest
        What was seen so far: no voxel that is 0, and the highest id.
    """

    floats: bool
    full: bool = True
    highest: int = 0

    def see(self, voxels: NDArray[np.generic]) -> None:
        """Take some rows."""
        self.full = self.full and bool(voxels.all())
        if self.floats:
            self.highest = max(self.highest, int(voxels.max()))

    def finished(self, stored: Iterable[NDArray[np.generic]]) -> tuple[str, ...]:
        """Return the warnings, if any."""
        rounded = (ROUNDED.format(self.highest),) if self.highest > EXACT else ()
        return (NO_BACKGROUND, *rounded) if self.full else rounded


class SegmentationCheck:
    """Looks at the voxels of one frame of a segmentation, some rows at a time.

    Parameters
    ----------
    name
        The file as the workflow calls it.
    foreground
        What its objects hold; None where they are what is not 0.
    """

    def __init__(self, name: str, foreground: Foreground | None) -> None:
        self._name = name
        self._foreground = foreground
        self._levels = Levels()
        self._empty = self._full = True

    def see(self, voxels: NDArray[np.generic]) -> None:
        """Take some rows, after the choice of the foreground."""
        self._full = self._full and bool(voxels.all())
        self._empty = self._empty and not voxels.any()
        if self._foreground is None:
            self._levels.add(runs(voxels))

    def finished(self, stored: Iterable[NDArray[np.generic]]) -> tuple[str, ...]:
        """Return what there is to say, or raise where this cannot be a segmentation.

        `stored` gives the voxels as the file has them, for the case that they are needed.
        """
        if self._foreground is not None:
            return self._chosen(self._foreground, stored)
        if self._levels.are_grey:
            raise RunError(grey_levels(self._name, self._levels.values))
        if self._full:
            raise RunError(no_background(self._name, sorted(self._levels.values)))
        return ()

    def _chosen(
        self, foreground: Foreground, stored: Iterable[NDArray[np.generic]]
    ) -> tuple[str, ...]:
        if not (self._empty or self._full):
            return ()
        holds = f"it holds {_values(stored)}"
        if self._empty:
            return (f"no voxel of {self._name} is foreground: {foreground}; {holds}",)
        what = f"{self._name} has no background: every voxel is foreground: {foreground}"
        fix = "choose other values for foreground"
        raise RunError(Problem(what, got=holds.removeprefix("it holds "), fix=fix))


def _values(stored: Iterable[NDArray[np.generic]]) -> str:
    """Name the values of voxels, or the smallest and the largest where there are many."""
    found: set[Any] = set()
    for voxels in stored:
        found |= set(np.unique(voxels[np.isfinite(voxels)]).tolist())
    if not found:
        return "no number, only NaN or infinity"
    if len(found) > FEW_LEVELS:
        return f"values from {min(found):g} to {max(found):g}"
    return f"values {list_some(sorted(found), FEW_LEVELS)}"


def no_background(name: str, values: list[int]) -> Problem:
    """The problem of a segmentation without any 0."""
    low, *others = values
    fix: str | Advice
    if not others:
        fix = "is it the right file?"
    elif len(values) > FEW_LEVELS:
        fix = advise(_taking(half(values), example=True), ", or role: label_image")
    elif len(others) == 1:
        fix = advise(_taking(others[0]), f" if {others[0]} is the object, else {low}")
    else:
        fix = f"write the values of objects, for example foreground: {Foreground(tuple(others))}"
    return Problem(
        f"{name} has no background: no voxel is 0",
        got=f"values {list_some(values, 6)}",
        expected="0 where there is no object",
        fix=fix,
    )


def grey_levels(name: str, values: Iterable[int]) -> Problem:
    """The problem of a mask that was smoothed, resized or saved as JPEG."""
    found = sorted(values)
    return Problem(
        f"{name} holds {len(found)} grey levels that change from voxel to voxel",
        got=f"values up to {found[-1]}",
        expected="0 and one value per class",
        fix=advise(_taking(half(found))),
    )


def _taking(values: Foreground | int, *, example: bool = False) -> FieldSetting:
    """Return the advice to take these values for objects."""
    return FieldSetting("foreground", str(values), verb="write", example=example)


def half(values: Iterable[int]) -> Foreground:
    """Return the upper half of the range of values, of 8 bits where they have no more."""
    highest = max(values)
    return Foreground(above=127 if 127 < highest <= 255 else highest // 2)


def label_warnings(
    index: Index, shape: tuple[int, ...], scattered: ScatteredObjects
) -> Iterator[str]:
    """Yield what is odd about the objects of a label image, each with what mends it.

    Parameters
    ----------
    index
        Its objects.
    shape
        Of the frame.
    scattered
        What has seen all of them.
    """
    for row in background_like(index, shape)[:1]:
        yield f"{covering(index, int(row), shape, 'id')}; {_label_way(index, int(row))}"
    count = specks(index)
    if count:
        what = f"{count:,} of {len(index):,} ids have one voxel"
        yield f"{what}; a components node with min_size: 2 drops them"
    pieces, far = scattered.class_pieces, scattered.ids
    if pieces:
        yield _say_mask(len(index), sum(pieces))
    elif len(far):
        yield _find_scattered(far, int(index.ids.max()))


def _say_mask(ids: int, pieces: int) -> str:
    """Tell of a mask that is taken for a label image: all objects of a class are one."""
    what = f"1 id lies in {pieces:,}" if ids == 1 else f"{ids} ids lie in {pieces:,}"
    way = "write role: segmentation, and find its objects with a components node"
    return f"{what} pieces, and each id counts as one object; if the file is a mask, {way}"


def covering(index: Index, row: int, shape: tuple[int, ...], called: str) -> str:
    """Say how much of the frame an object covers."""
    share = round(100 * int(index.size[row]) / int(np.prod(shape)))
    what = f"{called} {int(index.ids[row])} covers {share} % of the frame"
    return what if share >= 50 else f"{what} and touches all its borders"


def _label_way(index: Index, row: int) -> str:
    """Say how to take an id for background."""
    if len(index) <= FEW_LEVELS:
        others = np.delete(index.ids, row).tolist()
        wanted = Foreground(tuple(others)) if others else Foreground((0,))
        return f"if it is background, write role: segmentation and foreground: {wanted}"
    size = int(index.size[row]) - 1
    return f"if it is background, a components node with max_size: {size} drops it"


def _find_scattered(ids: NDArray[np.uint64], highest: int) -> str:
    """Tell of ids in pieces far apart, as a label image has whose ids were cut to few bits."""
    bits = next((b for b in (8, 16, 32) if highest < 2**b), 64)
    many = f"{len(ids):,} ids, such as {int(ids[0])}, have" if len(ids) > 1 else f"id {ids[0]} has"
    cut = f"were ids cut to {bits} bits?" if bits <= 16 else "were files joined without new ids?"
    return f"{many} pieces that lie far apart and count as one object; {cut}"


def component_warnings(
    node: str, header: ImageHeader, index: Index, values: NDArray[np.uint64]
) -> Iterator[str]:
    """Yield what is odd about the objects of a segmentation, each with what mends it.

    Parameters
    ----------
    node
        The input that the objects come from.
    header
        Of the segmentation.
    index
        Its objects.
    values
        uint64 (n + 1,), what the voxels of each object hold, by id.
    """
    levels = sorted(set(values[1:].tolist()))
    for row in background_like(index, header.grid.shape)[:1]:
        what = covering(index, int(row), header.grid.shape, "object")
        inner = int(values[int(index.ids[row])])
        others = tuple(value for value in levels if value != inner)
        way = f"write foreground: {Foreground(others or (0,))} in '{node}'"
        if header.foreground is not None:
            way = f"foreground of '{node}' takes the wrong values"
        yield f"{what}; if it is background, {way}"
    count = specks(index)
    if count:
        what = f"{count:,} of {len(index):,} objects have one voxel"
        grey = header.foreground is None and len(levels) > 1
        more = f", foreground: {half(levels)} in '{node}' joins them" if grey else ""
        yield f"{what}; min_size: 2 drops them{more}"
