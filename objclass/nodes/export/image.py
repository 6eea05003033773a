"""What all outputs share that are images of voxels: type, axes, region and range of values."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelHeader
from objclass.data.lazy_array import LazyArray
from objclass.engine.look import describe
from objclass.engine.node import JoinedInput, Made, View
from objclass.engine.summary import Summary
from objclass.errors import InputError, list_some
from objclass.io.label_group import is_inside
from objclass.io.output_formats import OutputFormat, output_format
from objclass.nodes.export.ilastik import file_order
from objclass.nodes.export.layout import OF_IMAGES, ExportLayout
from objclass.nodes.export.output import (
    IMAGE,
    ExportOutput,
    ExportRequest,
    OptionalField,
    ShapeWritten,
)
from objclass.nodes.export.target import ImageTarget, planes, region_of, spans_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Voxels = NDArray[Any]

ZARR = "tczyx"
"""The order of the axes of OME-Zarr."""
FRAMES_OPEN = 8
"""Frames that stay open: where time is not the first axis, a region holds a part of each."""


Range = tuple[float, float]
Spans = Mapping[str, int | tuple[int, int]]
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
    ome_zarr
        The version of a new OME-Zarr image, where it is not the usual one.
    """

    dataset: str | None = None
    dtype: str | None = None
    axes: str | None = None
    region: Spans | None = None
    rescale: tuple[Range, Range] | None = None
    ome_zarr: str | None = None


class ImageOutput(ExportOutput):
    """An output that is an image, of all frames.

    Attributes
    ----------
    read
        What :meth:`reads` calls what the frames are made of.
    channels
        ``c`` where a frame has channels behind its spatial axes.
    voxel_bytes
        The fewest and the most bytes of a voxel where nobody says a type.
    """

    sort = IMAGE
    tells: ClassVar[type[Summary] | None] = ShapeWritten
    options = ImageTarget
    takes: ClassVar[frozenset[OptionalField]] = frozenset({"names"})
    read: ClassVar[str] = "objects"
    channels: ClassVar[str] = ""
    voxel_bytes: ClassVar[tuple[int, int]] = (1, 8)

    def holds_fractions(self, asked: ExportRequest) -> bool:
        """Return True where voxels are no whole numbers."""
        return False

    @abstractmethod
    def frame(self, given: JoinedInput, view: View) -> LazyArray:
        """Return the voxels of one frame, its channels behind its spatial axes."""

    def usual_type(
        self, voxels: LazyArray, wanted: ImageLayout, frames: Sequence[JoinedInput]
    ) -> str | None:
        """Return the type of the file where nobody says one; None for that of the voxels."""
        return None

    def check_file(self, asked: ExportRequest, suffix: str) -> None:
        """Report what the format cannot hold, and options that have no effect."""
        target, field = asked.options(ImageTarget), f"write.{self.name}"
        row = output_format(Path(target.path))
        if target.dataset is not None and not row.inside:
            fix = "remove it, or write an .h5 file"
            what = "a dataset is a place in an HDF5 file"
            asked.look.problem(f"{field}.dataset", what, fix=fix)
        elif target.dataset is not None:
            _check_dataset(asked, f"{field}.dataset", target.dataset)
        if target.ome_zarr is not None:
            _check_version(asked, f"{field}.ome_zarr", target, is_zarr=row.folder)
        if is_inside(Path(target.path)) and self.holds_fractions(asked):
            fix, what = "write it as a new .ome.zarr", "a label image holds no fractions"
            asked.look.problem(field, what, got=target.path, fix=fix)
        if target.axes is not None and asked.names is None:
            _check_axes(asked, f"{field}.axes", target.axes, row)
        if row.flat:
            self._check_flat(asked, target, row.name)

    def _check_flat(self, asked: ExportRequest, target: ImageTarget, name: str) -> None:
        field, fix = f"write.{self.name}", "write it as .tif or .h5"
        grid = asked.origin.labels.grid
        whole = target.rescale is not None and (target.dtype or "float").lstrip("u")[:3] == "int"
        to_float = (target.dtype or "").startswith("float")
        if to_float or (self.holds_fractions(asked) and not whole):
            asked.look.problem(field, f"{name} holds no fractions", got=target.path, fix=fix)
        elif planes(target, grid) > 1:
            asked.look.problem(field, f"a {name} holds one plane", got=describe(grid), fix=fix)

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
            names=asked.names if "names" in self.takes and asked.names in OF_IMAGES else None,
            dataset=target.dataset,
            dtype=target.dtype,
            axes=target.axes,
            region=region or None,
            rescale=target.rescale,
            ome_zarr=target.ome_zarr,
            time_step=asked.time_step if output_format(Path(target.path)).folder else None,
        )

    def sizes(self, path: Path, wanted: ImageLayout) -> tuple[int, int]:
        """Return how many bytes a file takes at least, and about at most."""
        from objclass.io.header import voxel_bytes

        spans = spans_of(wanted.origin.labels.grid)
        if self.channels:
            spans[self.channels] = (0, len(wanted.classes or ()))
        count = prod(_lengths(spans, wanted.region or {}))
        of_type = voxel_bytes(wanted.dtype) if wanted.dtype else None
        low, high = (of_type, of_type) if of_type else self.voxel_bytes
        return int(count * low * output_format(path).least), count * high

    def write(self, path: Path, view: View) -> Made:
        """Write an image of all frames."""
        from objclass.io.write import write_image

        given = view.all(self.read)
        grid: Grid = given[0].header.grid  # type: ignore[union-attr]
        wanted = view.part.held(ImageLayout)
        frames = self._all_frames(given, grid, view)
        ids = isinstance(given[0].header, LabelHeader) and frames.dtype.kind in "ui"
        voxels = laid_out(frames, grid, wanted)
        dtype = wanted.dtype or self.usual_type(voxels, wanted, given)
        facts = self.described(grid, wanted)
        write_image(path, voxels, voxels.axes, dtype=dtype, ids=ids, each=view.each, **facts)
        return Made(summary=ShapeWritten(list(voxels.shape)))

    def _all_frames(self, given: Sequence[JoinedInput], grid: Grid, view: View) -> LazyArray:
        """Return all frames as one array; few are open at a time."""
        import numpy as np

        @lru_cache(FRAMES_OPEN)
        def frame(number: int) -> LazyArray:
            return self.frame(given[number], view)

        def read(region: Region) -> Voxels:
            inner = Region(region.start[1:], region.stop[1:])
            numbers = range(region.start[0], region.stop[0])
            found = [frame(number).read(inner) for number in numbers]
            return np.stack(found) if len(found) > 1 else found[0][None]

        first = frame(0)
        if grid.frames is None:
            return first
        return LazyArray(f"t{first.axes}", (len(given), *first.shape), first.dtype, read)

    def described(self, grid: Grid, wanted: ImageLayout) -> dict[str, Any]:
        """Return what the file says of itself."""
        facts: dict[str, Any] = {"unit": grid.unit}
        if grid.spacing is not None:
            facts["spacing"] = dict(zip("zyx", grid.spacing, strict=True))
        if wanted.rescale is not None:
            facts["value_range"] = wanted.rescale[1]
        if wanted.dataset is not None:
            facts["dataset"] = wanted.dataset
        if wanted.ome_zarr is not None:
            facts["ome_zarr"] = wanted.ome_zarr
        if wanted.time_step is not None:
            facts["time_step"] = wanted.time_step
        return facts


def _check_dataset(asked: ExportRequest, field: str, name: str) -> None:
    from objclass.io.hdf5_write import checked_name

    try:
        checked_name(name)
    except InputError as error:
        asked.look.passed_on(error, field)


def _check_axes(asked: ExportRequest, field: str, axes: str, row: OutputFormat) -> None:
    """Report an order that a format does not have, in which the file would not be written."""
    order = [letter for letter in ZARR if letter in axes]
    if row.flat:
        what, expected = f"a {row.name} has y down and x across, whatever axes says", None
    elif row.folder and list(axes) != order:
        what, expected = f"{row.name} has one order of axes", "".join(order)
    elif row.name == "TIFF" and not axes.endswith("yx"):
        what, expected = "a TIFF ends in yx", None
    else:
        return
    fix = "remove it, or write an .h5 file"
    asked.look.problem(field, what, got=axes, expected=expected, fix=fix)


def _check_version(asked: ExportRequest, field: str, target: ImageTarget, is_zarr: bool) -> None:
    """Report a version of what is no OME-Zarr, or lies in an image that has one."""
    if not is_zarr:
        what, fix = "it is a version of OME-Zarr", "remove it, or write an .ome.zarr"
        asked.look.problem(field, what, got=target.path, fix=fix)
    elif is_inside(Path(target.path)):
        what = "a label image inside an image has the version of that image"
        asked.look.problem(field, what, got=target.path, fix="remove it")


def axes_of(grid: Grid) -> str:
    """Return the axes of an image of all frames."""
    return ("t" if grid.frames is not None else "") + grid.spatial


def _lengths(spans: Mapping[str, tuple[int, int]], region: Spans) -> Iterator[int]:
    """Yield the length of every axis of what is written."""
    for letter, (low, high) in spans.items():
        part = region.get(letter, (low, high))
        yield 1 if isinstance(part, int) else min(part[1], high) - max(part[0], low)


def laid_out(voxels: LazyArray, grid: Grid, wanted: ImageLayout) -> LazyArray:
    """Return what is asked for of an image, in the order that is asked for."""
    voxels = cut_out(voxels, wanted.region, grid)
    if wanted.rescale is not None:
        voxels = rescaled(voxels, wanted.rescale, wanted.dtype)
    if wanted.names is not None:
        voxels = voxels.ordered(file_order(grid))
    return voxels.ordered(wanted.axes) if wanted.axes else voxels


def cut_out(voxels: LazyArray, region: Spans | None, grid: Grid) -> LazyArray:
    """Return a part of an image that is named in coordinates of the uncropped one."""
    if not region:
        return voxels
    first = dict(zip("tzyx", (grid.first_frame, *grid.origin), strict=True))
    spans: dict[str, tuple[int, int]] = {}
    for letter, part in region.items():
        low, high = (part, part + 1) if isinstance(part, int) else part
        start = first.get(letter, 0)
        length = voxels.length(letter)
        spans[letter] = (max(0, low - start), min(length, max(0, high - start)))
    return voxels.cut(spans)


def rescaled(voxels: LazyArray, ranges: tuple[Range, Range], dtype: str | None) -> LazyArray:
    """Return values moved linearly from the first of two ranges ``[low, high]`` to the second.

    Half-way values of whole numbers go to the even one, as in ilastik.
    """
    import numpy as np

    (low, high), (new_low, new_high) = ranges
    fractions = dtype is None or np.dtype(dtype).kind == "f"
    target = np.dtype(dtype or np.float32) if fractions else np.dtype(np.int64)

    def move(piece: Voxels) -> Voxels:
        moved = new_low + (piece - np.float64(low)) * ((new_high - new_low) / (high - low))
        return moved.astype(target) if fractions else np.rint(moved).astype(target)

    return voxels.mapped(move, target)
