"""Writes images: HDF5, TIFF, PNG and NPY by suffix, aside and then renamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.errors import InputError, Problem, RunError, list_some
from objclass.io.aside import written_aside
from objclass.io.formats import FORMATS, format_of, module_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike, NDArray


@dataclass(frozen=True)
class ImageToWrite:
    """An image about to be written.

    Parameters
    ----------
    voxels
        Integers, floats or bool; one axis per letter of `axes`.
    axes
        Distinct letters of ``tczyx`` in the order of the array, among them y and x.
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
    """

    voxels: NDArray[np.generic]
    axes: str
    channel_names: tuple[str, ...] | None = None
    spacing: Mapping[str, float] | None = None
    unit: str | None = None
    colors: tuple[str, ...] | None = None
    dataset: str = "exported_data"
    value_range: tuple[float, float] | None = None
    rgb: bool = False

    def in_order(self, axes: str) -> ImageToWrite:
        """The same image with its axes transposed."""
        moved = self.voxels.transpose([self.axes.index(letter) for letter in axes])
        return replace(self, voxels=moved, axes=axes)

    @property
    def channels(self) -> int:
        """Number of channels, at least 1."""
        return self.voxels.shape[self.axes.index("c")] if "c" in self.axes else 1


def write_image(
    path: Path,
    frames: NDArray[np.generic],
    axes: str,
    *,
    channel_names: Sequence[str] | None = None,
    spacing: Mapping[str, float] | None = None,
    unit: str | None = None,
    colors: Sequence[str] | None = None,
    dataset: str = "exported_data",
    value_range: tuple[float, float] | None = None,
    rgb: bool = False,
    dtype: DTypeLike | None = None,
) -> None:
    """Write an image; the suffix of `path` is the format (see :class:`ImageToWrite`).

    Parameters
    ----------
    path
        ``.h5``, ``.hdf5``, ``.tif``, ``.tiff`` (also ``.ome.tif``), ``.png`` or ``.npy``.
    frames
        Voxels, one axis per letter of `axes`. TIFF puts y and x last; the others keep the
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
    if frames.ndim != len(axes) or len(set(axes)) < len(axes) or not {"x", "y"} <= set(axes):
        raise ValueError(f"axes {axes} do not fit an array of shape {frames.shape}")
    check_writable(path)
    picture = ImageToWrite(
        fit_size(frames, dtype, path),
        axes,
        tuple(channel_names) if channel_names else None,
        spacing,
        unit,
        tuple(colors) if colors else None,
        dataset,
        value_range,
        rgb,
    )
    with written_aside(path, picture.voxels.nbytes) as aside:
        module_of(format_of(path)).write(aside, picture)


WRITABLE = (".h5", ".hdf5", ".tif", ".tiff", ".png", ".npy")


def check_writable(path: Path) -> None:
    """Raise where no image can be written with this suffix."""
    suffix = path.suffix.lower()
    if suffix in WRITABLE:
        return
    reads = any(suffix in row.suffixes for row in FORMATS)
    got = f"{suffix or 'no suffix'}{', which is only read' if reads else ''}"
    expected = list_some(WRITABLE)
    raise InputError(Problem(f"{path}: images are not written so", got=got, expected=expected))


def fit_size(
    voxels: NDArray[np.generic], dtype: DTypeLike | None, path: Path
) -> NDArray[np.generic]:
    """Return `voxels` in another type, or raise where a value would change.

    bool becomes ``uint8``; a float may become a smaller float (rounded), and an integer any
    type that holds all its values exactly.
    """
    import numpy as np

    given = voxels.astype(np.uint8) if voxels.dtype.kind == "b" else voxels
    target = np.dtype(dtype or given.dtype)
    target = np.dtype(np.uint8) if target.kind == "b" else target
    if target == given.dtype or np.can_cast(given.dtype, target, "safe"):
        return given.astype(target, copy=False)
    if given.dtype.kind == "f" and target.kind == "f":
        return given.astype(target)
    if given.dtype.kind == "f" or not holds(target, given):
        got = _extent(given)
        raise RunError(
            Problem(
                f"{path}: the values do not fit {target.name}",
                got=got,
                expected=f"values that {target.name} holds exactly",
                fix="choose a larger type",
            )
        )
    return given.astype(target)


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


def _extent(values: NDArray[np.generic]) -> str:
    if values.size == 0:
        return values.dtype.name
    return f"{values.dtype.name} from {values.min()} to {values.max()}"
