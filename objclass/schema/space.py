"""Axes and what is said per axis: ``sigma: {z: 0, y: 1, x: 1}``, ``pixel_size``, ``crop``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from objclass.data.axes import LETTERS, SPATIAL
from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, nearest
from objclass.schema.quantity import LENGTHS, Quantity, read_quantity
from objclass.schema.rule import ValueRule, mistake, number_fix

Letter = Literal["t", "c", "z", "y", "x"]
_PER_AXIS: Final = "one number or {z: 0, y: 1, x: 1}"
MOST_SIGMA: Final = 1000
"""Voxels by which an image may be smoothed: each is then the mean of thousands along an axis."""


@dataclass(frozen=True)
class AxisValues:
    """One number per axis; ``z`` is None where only a plane was meant."""

    y: float
    x: float
    z: float | None = None

    def written(self) -> dict[str, float]:
        """Return the mapping as written: ``{z: 0, y: 1, x: 1}``."""
        values = {"z": self.z, "y": self.y, "x": self.x}
        return {letter: value for letter, value in values.items() if value is not None}


def per_axis(
    value: float | AxisValues, spatial: str, field: str = "the value"
) -> tuple[float, ...]:
    """Return one number per axis.

    Parameters
    ----------
    value
        What a :data:`PerAxis` field holds.
    spatial
        ``yx`` or ``zyx``; a value given for z is not used in ``yx``.
    field
        What the message calls the value, such as ``sigma``.

    Raises
    ------
    InputError
        If `spatial` has z and the mapping says nothing about it.
    """
    if not isinstance(value, AxisValues):
        return (value,) * len(spatial)
    if "z" in spatial and value.z is None:
        raise InputError(Problem(f"{field} says nothing about z of a 3D image", expected=_PER_AXIS))
    numbers = value.written()
    return tuple(numbers[letter] for letter in spatial)


def whole_per_axis(
    value: int | AxisValues, spatial: str, field: str = "the value"
) -> tuple[int, ...]:
    """Return one whole number per axis, as :func:`per_axis`, for a :data:`WholePerAxis` field."""
    return tuple(int(number) for number in per_axis(value, spatial, field))


def read_per_axis(value: Any) -> float | AxisValues:
    """Read one number of at least 0, or one per axis."""
    return _read_per_axis(value, read_number)


def read_sigma(value: Any) -> float | AxisValues:
    """Read what an image is smoothed by, as :func:`read_per_axis`; nobody waits for more."""
    found = read_per_axis(value)
    numbers = found.written().values() if isinstance(found, AxisValues) else (found,)
    if max(numbers) > MOST_SIGMA:
        what = f"is more than {MOST_SIGMA:g} voxels"
        raise mistake(what, got=max(numbers), fix="smooth less")
    return found


def read_whole_per_axis(value: Any) -> float | AxisValues:
    """Read one whole number of at least 0, or one per axis."""
    return _read_per_axis(value, _read_whole)


def _read_per_axis(value: Any, read: Callable[[Any], float]) -> float | AxisValues:
    if isinstance(value, AxisValues):
        return value
    if isinstance(value, tuple | list):
        raise mistake("is a list, which names no axes", got=value, expected=_PER_AXIS)
    if not isinstance(value, Mapping):
        return read(value)
    _refuse_letters(value, SPATIAL, required="yx", example=_PER_AXIS)
    numbers = {letter: read(number) for letter, number in value.items()}
    if len(numbers) == len(SPATIAL) and len(set(numbers.values())) == 1:
        return numbers["x"]  # all three equal: the same as the number alone
    return AxisValues(**numbers)


def read_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise mistake("is not a number", got=value, expected=_PER_AXIS, fix=number_fix(value))
    if not 0 <= value < float("inf"):
        raise mistake("is not a number of at least 0", got=value)
    return float(value)


def _read_whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        what, fix = "is not a whole number of at least 0", number_fix(value)
        raise mistake(what, got=value, expected=_PER_AXIS, fix=fix)
    return int(value)


def _refuse_letters(value: Mapping[Any, Any], letters: str, required: str, example: str) -> None:
    for key in value:
        if key not in tuple(letters):
            close = nearest(str(key).lower(), letters)
            fix = f"did you mean {close}?" if close else None
            raise mistake(f"has no axis '{key}'", expected=example, fix=fix)
    missing = [letter for letter in required if letter not in value]
    if missing:
        raise mistake(f"says nothing about {' and '.join(missing)}", got=value, expected=example)


@dataclass(frozen=True)
class PixelSize:
    """The size of a voxel in `unit`; ``z`` is None where only a plane was meant."""

    y: float
    x: float
    z: float | None
    unit: str

    def spacing(self, spatial: str) -> tuple[float, ...]:
        """Return one size per axis of ``yx`` or ``zyx``.

        Raises
        ------
        InputError
            If `spatial` has z and the workflow says nothing about it.
        """
        return per_axis(AxisValues(self.y, self.x, self.z), spatial, "pixel_size")

    def written(self) -> object:
        """Return what a person would write."""
        if self.x == self.y == self.z:
            return str(Quantity(self.x, self.unit))
        values = AxisValues(self.y, self.x, self.z).written()
        return {axis: str(Quantity(value, self.unit)) for axis, value in values.items()}


_PIXEL_SIZE: Final = "0.65 um or {z: 2 um, y: 0.65 um, x: 0.65 um}"


def read_pixel_size(value: Any) -> PixelSize:
    """Read ``0.65 um`` (all axes) or one length per axis, all in one unit."""
    if isinstance(value, PixelSize):
        return value
    if not isinstance(value, Mapping):
        size = _read_physical(value)
        return PixelSize(size.value, size.value, size.value, size.unit)
    _refuse_letters(value, SPATIAL, required="yx", example=_PIXEL_SIZE)
    sizes = {letter: _read_physical(length) for letter, length in value.items()}
    units = sorted({size.unit for size in sizes.values()})
    if len(units) > 1:
        raise mistake("mixes units", got=value, fix=f"use {units[0]} or {units[1]} for all axes")
    z = sizes["z"].value if "z" in sizes else None
    return PixelSize(sizes["y"].value, sizes["x"].value, z, units[0])


def _read_physical(value: Any) -> Quantity:
    if not isinstance(value, str | int | float | Quantity) or isinstance(value, bool):
        raise mistake("is not a pixel size", got=value, expected=_PIXEL_SIZE)
    size = read_quantity(value)
    if size.power != 1 or size.unit not in LENGTHS or not size.value:
        raise mistake("is not a length above 0", got=value, expected=_PIXEL_SIZE)
    return size


@dataclass(frozen=True)
class Crop:
    """A part of an image, in coordinates of the whole.

    A pair ``(start, stop)`` keeps the axis, an integer drops it, None leaves it whole.
    """

    t: int | tuple[int, int] | None = None
    c: int | tuple[int, int] | None = None
    z: int | tuple[int, int] | None = None
    y: int | tuple[int, int] | None = None
    x: int | tuple[int, int] | None = None

    @property
    def dropped(self) -> dict[str, int]:
        """The axes that vanish, each with its one index."""
        return {axis: part for axis, part in self.parts.items() if isinstance(part, int)}

    @property
    def ranges(self) -> dict[str, tuple[int, int]]:
        """The axes that are cut, each with start and stop."""
        return {axis: part for axis, part in self.parts.items() if isinstance(part, tuple)}

    @property
    def parts(self) -> dict[str, int | tuple[int, int]]:
        """Everything that is said, in the order t, c, z, y, x."""
        parts = ((axis, getattr(self, axis)) for axis in LETTERS)
        return {axis: part for axis, part in parts if part is not None}

    def without_ranges(self) -> Crop:
        """Return the crop that batch uses: dropped axes and chosen channels stay, cuts go."""
        return Crop(**{**self.dropped, "c": self.c})


_CROP: Final = "{z: [200, 456], t: 0}: a pair keeps the axis, an integer drops it"


def read_crop(value: Any) -> Crop:
    """Read ``{z: [200, 456], t: 0}``."""
    if isinstance(value, Crop):
        return value
    if not isinstance(value, Mapping):
        raise mistake("is not a mapping of axes", got=value, expected=_CROP)
    _refuse_letters(value, LETTERS, required="", example=_CROP)
    return Crop(**{axis: _read_part(axis, part) for axis, part in value.items()})


def _read_part(axis: str, part: Any) -> int | tuple[int, int]:
    if _is_index(part) and axis in "yx":
        raise mistake(f"drops {axis}; an image needs y and x", fix=f"write {axis}: [start, stop]")
    if _is_index(part):
        return int(part)
    if not (isinstance(part, tuple | list) and len(part) == 2 and all(map(_is_index, part))):
        raise mistake(f"has no range for {axis}", got=part, expected=f"{axis}: [start, stop]")
    if part[0] >= part[1]:
        raise mistake(f"has an empty range for {axis}", got=part, expected="start below stop")
    return int(part[0]), int(part[1])


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def read_axes(value: Any) -> str:
    """Read axis letters in file order: distinct letters of ``tczyx`` with y and x."""
    expected = f"letters of {LETTERS} in file order, such as zyx"
    if not isinstance(value, str):
        raise mistake("is not axis letters", got=value, expected=expected)
    wrong = [letter for letter in value if letter not in LETTERS]
    if wrong and set(value.lower()) <= set(LETTERS):
        raise mistake("has capital letters", got=value, fix=f"write {value.lower()}")
    if wrong:
        raise mistake(f"has the unknown axis '{wrong[0]}'", got=value, expected=expected)
    if len(set(value)) != len(value):
        raise mistake("has an axis twice", got=value, expected=expected)
    if not {"y", "x"} <= set(value):
        raise mistake("needs y and x", got=value, expected=expected)
    return value


def _by_letter(schema: Mapping[str, Any], letters: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {letter: dict(schema) for letter in letters},
        "additionalProperties": False,
    }


def _number_or_letters(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [dict(schema), {**_by_letter(schema, SPATIAL), "required": ["y", "x"]}]}


def _write_out(value: object) -> object:
    return value.written() if isinstance(value, AxisValues | PixelSize) else value


_LENGTH: Final = {"type": "string", "examples": ["0.65 um"]}
_PART: Final = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
    ]
}

PerAxis = Annotated[
    float | AxisValues,
    ValueRule(read_per_axis, _number_or_letters({"type": "number", "minimum": 0}), _write_out),
]
"""One number of at least 0, or one per axis; see :func:`per_axis`."""

SigmaField = Annotated[
    float | AxisValues,
    ValueRule(
        read_sigma,
        _number_or_letters({"type": "number", "minimum": 0, "maximum": MOST_SIGMA}),
        _write_out,
    ),
]
"""Standard deviations in voxels: as :data:`PerAxis`, up to :data:`MOST_SIGMA`."""

WholePerAxis = Annotated[
    int | AxisValues,
    ValueRule(
        read_whole_per_axis, _number_or_letters({"type": "integer", "minimum": 0}), _write_out
    ),
]
"""One whole number of at least 0, or one per axis; see :func:`whole_per_axis`."""

PixelSizeField = Annotated[
    PixelSize, ValueRule(read_pixel_size, _number_or_letters(_LENGTH), _write_out)
]
"""The size of a voxel: one length or one per axis."""

CropField = Annotated[
    Crop,
    ValueRule(read_crop, _by_letter(_PART, LETTERS), lambda crop: dict(crop.parts)),
]
"""A part of an image."""

AxesText = Annotated[
    str,
    ValueRule(read_axes, {"type": "string", "pattern": "^[tczyx]+$", "examples": ["yx", "tzyx"]}),
]
"""Axis letters in file order."""
