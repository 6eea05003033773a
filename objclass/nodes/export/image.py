"""What all outputs share that are images of voxels: type, axes, region and range of values."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from objclass.data.axes import Grid, to_order
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.engine.look import describe
from objclass.engine.node import JoinedInput, Made, View
from objclass.engine.summary import Summary
from objclass.errors import InputError, list_some
from objclass.nodes.export.ilastik import in_file_order
from objclass.nodes.export.layout import ExportLayout
from objclass.nodes.export.output import (
    IMAGE,
    ExportOutput,
    ExportRequest,
    OptionalField,
    ShapeWritten,
)
from objclass.nodes.export.target import HDF5, ImageTarget, planes, region_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Voxels = NDArray[Any]


Range = tuple[float, float]
Region = Mapping[str, int | tuple[int, int]]
"""Axis to a place or a part of it."""


@dataclass(frozen=True)
class ImageLayout(ExportLayout):
    """How an image is laid out.

    Parameters
    ----------
    dataset
        Its place in an HDF5 file.
    dtype, axes
        Type of its voxels and order of its axes.
    region
        Axis to the part that is written, in the uncropped image.
    rescale
        Two ranges; values go from the first to the second.
    """

    dataset: str | None = None
    dtype: str | None = None
    axes: str | None = None
    region: Region | None = None
    rescale: tuple[Range, Range] | None = None


class ImageOutput(ExportOutput):
    """An output that is an image, of all frames.

    Attributes
    ----------
    read
        What :meth:`reads` calls what the frames are made of.
    channels
        ``c`` where a frame has channels behind its spatial axes.
    """

    sort = IMAGE
    tells: ClassVar[type[Summary] | None] = ShapeWritten
    options = ImageTarget
    takes: ClassVar[frozenset[OptionalField]] = frozenset({"names"})
    read: ClassVar[str] = "objects"
    channels: ClassVar[str] = ""

    def holds_fractions(self, asked: ExportRequest) -> bool:
        """Return True where voxels are no whole numbers."""
        return False

    @abstractmethod
    def frame(self, given: JoinedInput, view: View) -> Voxels:
        """Return the voxels of one frame."""

    def stored(self, array: Voxels) -> Voxels:
        """Return all frames in the type that they have where nobody says."""
        return array

    def check_file(self, asked: ExportRequest, suffix: str) -> None:
        """Report what the format cannot hold, and options that have no effect."""
        target, field = asked.options(ImageTarget), f"write.{self.name}"
        if target.dataset is not None and suffix not in HDF5:
            fix = "remove it, or write an .h5 file"
            what = "a dataset is a place in an HDF5 file"
            asked.look.problem(f"{field}.dataset", what, fix=fix)
        elif target.dataset is not None:
            _check_dataset(asked, f"{field}.dataset", target.dataset)
        if suffix == ".png":
            self._check_png(asked, target)

    def _check_png(self, asked: ExportRequest, target: ImageTarget) -> None:
        field, fix = f"write.{self.name}", "write it as .tif or .h5"
        grid = asked.origin.labels.grid
        whole = target.rescale is not None and (target.dtype or "float").lstrip("u")[:3] == "int"
        if self.holds_fractions(asked) and not whole:
            asked.look.problem(field, "PNG holds no fractions", got=target.path, fix=fix)
        elif planes(target, grid) > 1:
            asked.look.problem(field, "a PNG holds one plane", got=describe(grid), fix=fix)

    def layout(self, asked: ExportRequest) -> ImageLayout:
        """Return names, dataset, type, axis order and region; report what does not fit."""
        target, grid, look = asked.options(ImageTarget), asked.origin.labels.grid, asked.look
        needed = axes_of(grid) + self.channels
        lacking = [letter for letter in needed if target.axes and letter not in target.axes]
        if lacking:
            field, got = f"write.{self.name}.axes", str(target.axes)
            says, expected = f"axes lacks {list_some(lacking)}", f"all of {needed}"
            look.problem(field, says, got=got, expected=expected)
        region = region_of(look, self.name, target, grid, needed)
        return ImageLayout(
            asked.origin,
            names=asked.names if "names" in self.takes else None,
            dataset=target.dataset,
            dtype=target.dtype,
            axes=target.axes,
            region=region or None,
            rescale=target.rescale,
        )

    def write(self, path: Path, view: View) -> Made:
        """Write an image of all frames."""
        import numpy as np

        from objclass.io.write import write_image

        given = view.all(self.read)
        header: LabelHeader | ImageHeader = given[0].load().header
        frames = [self.frame(each, view) for each in given]
        stacked = np.stack(frames) if header.grid.frames is not None else frames[0]
        wanted = view.part.held(ImageLayout)
        array, axes = self._laid_out(stacked, header.grid, wanted)
        described = self.described(header.grid, wanted)
        write_image(path, array, axes, dtype=wanted.dtype, **described)
        return Made(summary=ShapeWritten(list(array.shape)))

    def _laid_out(self, array: Voxels, grid: Grid, wanted: ImageLayout) -> tuple[Voxels, str]:
        """Return what is asked for of an image, in the order that is asked for."""
        axes = axes_of(grid) + self.channels
        array = cut_out(array, axes, wanted.region, grid)
        if wanted.rescale is not None:
            array = rescaled(array, wanted.rescale, wanted.dtype)
        if wanted.names is not None:
            array, axes = in_file_order(array, axes, grid)
        elif wanted.dtype is None:
            array = self.stored(array)
        order = wanted.axes or axes
        return to_order(array, axes, order), order

    def described(self, grid: Grid, wanted: ImageLayout) -> dict[str, Any]:
        """Return what the file says of itself."""
        facts: dict[str, Any] = {"unit": grid.unit}
        if grid.spacing is not None:
            facts["spacing"] = dict(zip("zyx", grid.spacing, strict=True))
        if wanted.rescale is not None:
            facts["value_range"] = wanted.rescale[1]
        if wanted.dataset is not None:
            facts["dataset"] = wanted.dataset
        return facts


def _check_dataset(asked: ExportRequest, field: str, name: str) -> None:
    from objclass.io.hdf5 import checked_name

    try:
        checked_name(name)
    except InputError as error:
        asked.look.passed_on(error, field)


def axes_of(grid: Grid) -> str:
    """Return the axes of an image of all frames."""
    return ("t" if grid.frames is not None else "") + grid.spatial


def cut_out(array: Voxels, axes: str, region: Region | None, grid: Grid) -> Voxels:
    """Return a part of an image that is named in coordinates of the uncropped one."""
    if not region:
        return array
    first = dict(zip("tzyx", (grid.first_frame, *grid.origin), strict=True))
    index: list[slice] = []
    for letter in axes:
        part = region.get(letter)
        ends = (part, part + 1) if isinstance(part, int) else part
        start = first.get(letter, 0)
        index.append(
            slice(max(0, ends[0] - start), max(0, ends[1] - start)) if ends else slice(None)
        )
    return array[tuple(index)]


def rescaled(array: Voxels, ranges: tuple[Range, Range], dtype: str | None) -> Voxels:
    """Return values moved linearly from the first of two ranges ``[low, high]`` to the second.

    Half-way values of whole numbers go to the even one, as in ilastik.
    """
    import numpy as np

    (low, high), (new_low, new_high) = ranges
    moved = new_low + (array - np.float64(low)) * ((new_high - new_low) / (high - low))
    if dtype is None or np.dtype(dtype).kind == "f":
        return moved.astype(dtype or np.float32)
    return np.rint(moved).astype(np.int64)
