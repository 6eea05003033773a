"""Writes images region by region, aside and then renamed; the suffix is the format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.blocks import chunk_runs
from objclass.data.dataclass import dataclass
from objclass.data.lazy_array import LazyArray
from objclass.data.ordered import OrderedMap
from objclass.errors import Problem, RunError
from objclass.io.aside import written_aside
from objclass.io.output_formats import output_format, output_module
from objclass.io.raster import BLOCK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike, NDArray


@dataclass(frozen=True)
class ImageToWrite:
    """An image about to be written.

    Parameters
    ----------
    voxels
        Integers, floats or bool, among whose axes are y and x; read by region.
    channel_names
        One per channel, where there are names.
    spacing
        Size of a voxel per axis letter in `unit`.
    unit
        Such as ``um``.
    colors
        ``#rrggbb``: with a channel axis one per channel, without one for ids 1, 2, ….
    dataset
        HDF5: path of the array inside the file.
    value_range
        HDF5: the attribute ``drange``.
    rgb
        TIFF and PNG: the three channels are red, green, blue.
    ids
        True for ids and classes, which are never averaged.
    classes
        OME-Zarr: what the ids 1, 2, … mean.
    name
        OME-Zarr: what the image is called.
    ome_zarr
        OME-Zarr: the version of a new image.
    time_step
        OME-Zarr: value and unit (ms, s, min, h, d) of the time between two frames.
    each
        ``map``, or one whose calls run side by side: regions are read and compressed by it. The
        file is the same.
    """

    voxels: LazyArray
    channel_names: tuple[str, ...] | None = None
    spacing: Mapping[str, float] | None = None
    unit: str | None = None
    colors: tuple[str, ...] | None = None
    dataset: str = "exported_data"
    value_range: tuple[float, float] | None = None
    rgb: bool = False
    ids: bool = False
    classes: tuple[str, ...] | None = None
    name: str = ""
    ome_zarr: str | None = None
    time_step: tuple[float, str] | None = None
    each: OrderedMap = map

    @property
    def axes(self) -> str:
        """The letters of the axes, in order."""
        return self.voxels.axes

    def in_order(self, axes: str) -> ImageToWrite:
        """The same image with its axes transposed."""
        return replace(self, voxels=self.voxels.ordered(axes))

    @property
    def channels(self) -> int:
        """Number of channels, at least 1."""
        return self.voxels.length("c")


def write_image(
    path: Path,
    voxels: NDArray[np.generic] | LazyArray,
    axes: str,
    *,
    channel_names: Sequence[str] | None = None,
    spacing: Mapping[str, float] | None = None,
    unit: str | None = None,
    colors: Sequence[str] | None = None,
    dataset: str = "exported_data",
    value_range: tuple[float, float] | None = None,
    rgb: bool = False,
    ids: bool = False,
    classes: Sequence[str] | None = None,
    dtype: DTypeLike | None = None,
    ome_zarr: str | None = None,
    time_step: tuple[float, str] | None = None,
    each: OrderedMap = map,
) -> None:
    """Write an image; the suffix of `path` is the format (see :class:`ImageToWrite`).

    Parameters
    ----------
    path
        ``.h5``, ``.hdf5``, ``.tif``, ``.tiff`` (also ``.ome.tif``), ``.png``, ``.npy`` or
        ``.zarr`` (``.ome.zarr``).
    voxels
        An array, or one that is read by region and never whole.
    axes
        One letter per axis of an array in memory. TIFF puts y and x last; the others keep the
        order.
    dtype
        Type to write; a value that it cannot hold is refused, never wrapped or rounded.

    Raises
    ------
    InputError
        Where the format is unknown, only read, or cannot hold the image.
    RunError
        Where a value does not fit, or the disk refuses.
    """
    lazy = voxels if isinstance(voxels, LazyArray) else LazyArray.of(voxels, axes)
    if len(lazy.shape) != len(axes) or len(set(axes)) < len(axes) or not {"x", "y"} <= set(axes):
        raise ValueError(f"axes {axes} do not fit an array of shape {lazy.shape}")
    row = output_format(path)
    picture = ImageToWrite(
        fit_size(lazy, dtype, path), tuple(channel_names) if channel_names else None, spacing,
        unit, tuple(colors) if colors else None, dataset, value_range, rgb, ids,
        tuple(classes) if classes else None, path.name, ome_zarr, time_step, each,
    )  # fmt: skip
    with written_aside(path, picture.voxels.nbytes, folder=row.folder) as aside:
        output_module(row).write(aside, picture)


def fit_size(voxels: LazyArray, dtype: DTypeLike | None, path: Path) -> LazyArray:
    """Return `voxels` in another type; reading raises where a value would change.

    bool becomes ``uint8``; a float may become a smaller float (rounded), and an integer any
    type that holds all its values exactly.
    """
    import numpy as np

    whole = np.dtype(np.uint8)
    given = whole if voxels.dtype.kind == "b" else voxels.dtype
    target = np.dtype(dtype or given)
    target = whole if target.kind == "b" else target
    if target == voxels.dtype:
        return voxels
    fits = np.can_cast(given, target, "safe") or (given.kind == "f" and target.kind == "f")

    def change(piece: NDArray[Any]) -> NDArray[Any]:
        if not fits and (given.kind == "f" or not holds(target, piece)):
            raise RunError(_misfit(voxels, target, path))
        return piece.astype(target, copy=False)

    return voxels.mapped(change, target)


def holds(target: np.dtype[Any], values: NDArray[Any]) -> bool:
    """True where a type holds all these integers exactly."""
    import numpy as np

    if values.size == 0:
        return True
    low, high = int(values.min()), int(values.max())
    if target.kind == "f":
        exact = 1 << (int(np.finfo(target).nmant) + 1)
        return -exact <= low and high <= exact
    info = np.iinfo(target)
    return bool(info.min <= low and high <= info.max)


def _misfit(voxels: LazyArray, target: np.dtype[Any], path: Path) -> Problem:
    """Say which values there are that a type does not hold."""
    return Problem(
        f"{path}: the values do not fit {target.name}",
        got="{} from {} to {}".format(voxels.dtype.name, *extent(voxels)),
        expected=f"values that {target.name} holds exactly",
        fix="choose a larger type",
    )


def extent(voxels: LazyArray) -> tuple[Any, Any]:
    """Return the smallest and the largest value of an array that is not empty."""
    blocks = map(voxels.read, chunk_runs(voxels.shape, voxels.chunk, BLOCK))
    ends = [(block.min(), block.max()) for block in blocks]
    return min(low for low, _ in ends), max(high for _, high in ends)
