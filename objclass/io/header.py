"""What a file says of itself before a voxel is read, and what a reader can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from objclass.data.dataclass import dataclass
from objclass.data.lengths import convert
from objclass.errors import InputError, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike, NDArray

# Voxel types as files store them → as objclass computes with them.
VOXEL_TYPES = {
    "bool": "uint8",
    "float16": "float32",
    **{f"{kind}int{bits}": f"{kind}int{bits}" for kind in ("u", "") for bits in (8, 16, 32, 64)},
    "float32": "float32",
    "float64": "float64",
}


@dataclass(frozen=True)
class FileHeader:
    """What is known of one array in one file.

    Parameters
    ----------
    shape
        Lengths in file order, none of them 0.
    dtype
        numpy name of the voxels as they are read (bool is read as ``uint8``, half as
        ``float32``).
    axes
        One letter of ``tczyx`` per axis in file order, or None where the file does not say.
    channels
        Channel names where the file has them; one name may stand without a ``c`` axis.
    spacing
        Size of a voxel per axis letter, or None.
    unit
        Unit of `spacing`, such as ``um``; None where the file gives only numbers.
    value_range
        ``(low, high)`` that the values span by declaration, or None.
    inner
        The array's path inside the file, for formats that hold several.
    datasets
        All arrays inside the file.
    notes
        What a person should know, such as "alpha channel dropped".
    stored
        Bytes that the file holds of the voxels, where they may be far fewer than it declares.
    chunks
        Edges of the chunks that the file decodes at once, in file order, for formats that cut
        along more than rows and planes.
    black
        What black is stored as where the file stores white as 0 (MinIsWhite), else None.
    time_step
        Time between two frames, such as ``5 min``, where the file says it.
    """

    shape: tuple[int, ...]
    dtype: str
    axes: str | None = None
    channels: tuple[str, ...] | None = None
    spacing: Mapping[str, float] | None = None
    unit: str | None = None
    value_range: tuple[float, float] | None = None
    inner: str | None = None
    datasets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stored: int | None = None
    chunks: tuple[int, ...] | None = None
    black: int | None = None
    time_step: str | None = None


class Reader(Protocol):
    """Voxels of one array in one file, read on demand."""

    def read(self, index: tuple[slice | int, ...]) -> NDArray[np.generic]:
        """Return the voxels at `index`: one slice (step 1) or integer per axis in file order."""

    def close(self) -> None:
        """Give the file back."""


def voxel_type(dtype: DTypeLike, file: object) -> str:
    """Return the numpy name of the voxels as read, or raise where objclass cannot use them."""
    import numpy as np

    name = np.dtype(dtype).name
    if name not in VOXEL_TYPES:
        kind = "a table" if np.dtype(dtype).names else name
        raise InputError(
            Problem(
                f"{file}: voxels of this type cannot be classified",
                got=kind,
                expected="integers of 8 to 64 bits, float16, float32 or float64",
            )
        )
    return VOXEL_TYPES[name]


def voxel_bytes(dtype: str) -> int:
    """Return the bytes of one voxel.

    >>> voxel_bytes("uint16")
    2
    """
    return int(dtype.lstrip("abcdefghijklmnopqrstuvwxyz")) // 8


def as_voxels(array: NDArray[np.generic], dtype: str) -> NDArray[np.generic]:
    """Return `array` as an ordinary array of `dtype` in the machine's byte order."""
    import numpy as np

    return np.asarray(array).astype(dtype, copy=False)


def plain_axes(dimensions: int, colour: bool = False) -> str | None:
    """The axes of a file that names none: 2D grey is ``yx``, RGB is ``yxc``, else unknown."""
    if colour:
        return "yxc" if dimensions == 3 else None
    return "yx" if dimensions == 2 else None


def known_axes(letters: str, dimensions: int) -> str | None:
    """Return `letters` where they are distinct, of ``tczyx``, and as many as dimensions."""
    good = set(letters) <= set("tczyx") and len(set(letters)) == len(letters) == dimensions
    return letters if good and {"x", "y"} <= set(letters) else None


UNITS = {
    "um": ("um", "µm", "μm", "micron", "microns", "micrometer", "micrometers", "micrometre"),
    "nm": ("nm", "nanometer", "nanometers", "nanometre"),
    "mm": ("mm", "millimeter", "millimeters", "millimetre"),
    "cm": ("cm", "centimeter", "centimeters", "centimetre"),
    "m": ("m", "meter", "metre"),
    "pm": ("pm", "picometer", "picometre"),
    "in": ("in", "inch", "inches"),
    "angstrom": ("å", "angstrom", "ångström"),
}


def length_unit(text: str | None) -> str | None:
    """Return the plain spelling of a unit of length, or None for pixels and unknown words."""
    word = (text or "").replace("\\u00B5", "µ").strip().rstrip("\0").lower()
    return next((unit for unit, names in UNITS.items() if word in names), None)


TIME_UNITS = {
    "ms": ("ms", "millisecond", "milliseconds"),
    "s": ("s", "sec", "second", "seconds"),
    "min": ("min", "minute", "minutes"),
    "h": ("h", "hour", "hours"),
    "d": ("d", "day", "days"),
}


def duration(value: float, unit: str | None) -> str | None:
    """Return a time as a workflow writes it, or None where its unit is not known.

    >>> duration(5.0, "minute"), duration(1.0, None)
    ('5 min', None)
    """
    word = (unit or "").strip().lower()
    found = next((plain for plain, names in TIME_UNITS.items() if word in names), None)
    return f"{value:.12g} {found}" if found and value > 0 else None


def in_one_unit(
    sizes: Mapping[str, tuple[float, str | None]],
) -> tuple[dict[str, float] | None, str | None]:
    """Return voxel sizes in the unit of x, or of the last axis; nothing where one is unknown.

    Parameters
    ----------
    sizes
        Axis letter to size and plain unit (see :func:`length_unit`).
    """
    if not sizes or any(unit is None for _, unit in sizes.values()):
        return None, None
    wanted = sizes.get("x", list(sizes.values())[-1])[1]
    found = {letter: convert(size, str(of), str(wanted)) for letter, (size, of) in sizes.items()}
    return found, wanted


def checked_shape(shape: tuple[int, ...], file: object) -> tuple[int, ...]:
    """Return `shape`, or raise where it has no voxels or is no image."""
    if len(shape) < 2 or len(shape) > 5:
        raise InputError(
            Problem(f"{file} is no image", got=f"shape {shape}", expected="2 to 5 dimensions")
        )
    if 0 in shape:
        raise InputError(Problem(f"{file} has no voxels", got=f"shape {shape}"))
    return tuple(int(n) for n in shape)
