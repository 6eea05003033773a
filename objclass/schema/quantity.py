"""Numbers with a unit: ``3 um``, ``50 um^2``, ``5 min``."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from objclass.data.dataclass import dataclass
from objclass.data.lengths import convert, is_length
from objclass.errors import InputError, Problem, nearest
from objclass.schema.rule import ValueRule, mistake, number_fix
from objclass.schema.scalars import as_written

LENGTHS: Final = ("nm", "um", "mm", "cm", "m")
"""Units of length that a workflow names; ``px`` is one too, but its length is not known here."""

_SPELLINGS: Final = {"µm": "um", "μm": "um", "micron": "um", "microns": "um", "pixel": "px"}
_SPELLINGS_PX: Final = {"pixels": "px", "voxel": "px", "voxels": "px", "vx": "px"}
_UNITS: Final = {**{unit: unit for unit in (*LENGTHS, "px")}, **_SPELLINGS, **_SPELLINGS_PX}
SECONDS: Final = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
"""Units of time, and their length."""
_POWERS: Final = {"": 1, "^1": 1, "^2": 2, "^3": 3, "²": 2, "³": 3}
_NUMBER: Final = r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)"
_QUANTITY: Final = re.compile(rf"\s*{_NUMBER}\s*([A-Za-zµμ]+)(\^\d|²|³)?\s*")
_KNOWN: Final = "nm, um, mm, cm, m or px"


@dataclass(frozen=True)
class Quantity:
    """A length, area or volume.

    Parameters
    ----------
    value
        The number, at least 0.
    unit
        ``nm``, ``um``, ``mm``, ``cm``, ``m`` or ``px``.
    power
        1 for a length, 2 for an area, 3 for a volume.
    """

    value: float
    unit: str
    power: int = 1

    def to(self, unit: str) -> float:
        """Return the number in another unit of length.

        Parameters
        ----------
        unit
            A unit of :data:`~objclass.data.lengths.PICOMETERS`; ``px`` only converts to itself.

        Raises
        ------
        InputError
            If one of the units is ``px`` or unknown and they differ.
        """
        if unit == self.unit:
            return self.value
        if not (is_length(unit) and is_length(self.unit)):
            raise InputError(Problem(f"{self} cannot be said in {unit}"))
        return convert(self.value, self.unit, unit, self.power)

    def __str__(self) -> str:
        exponent = "" if self.power == 1 else f"^{self.power}"
        return f"{as_written(self.value)} {self.unit}{exponent}"


@dataclass(frozen=True)
class Duration:
    """A time such as ``5 min``: the number (above 0) and one of ms, s, min, h, d."""

    value: float
    unit: str

    @property
    def seconds(self) -> float:
        """The duration in seconds."""
        return self.value * SECONDS[self.unit]

    def __str__(self) -> str:
        return f"{as_written(self.value)} {self.unit}"


def _with_point(value: Any) -> str | None:
    """Return the advice to write a decimal comma as a point, where that makes a quantity."""
    text = value.replace(",", ".") if isinstance(value, str) and value.count(",") == 1 else ""
    return f"write {text}" if _QUANTITY.fullmatch(text) else None


def read_quantity(value: Any) -> Quantity:
    """Read ``3 um``, ``0.65 µm``, ``50 um^2``, ``200 um³``."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        fix = f"write {as_written(value)} um, or another unit: {_KNOWN}"
        raise mistake("has no unit", got=value, fix=fix)
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        way = _with_point(value)
        raise mistake("is not a number with a unit", got=value, expected="such as 3 um", fix=way)
    number, unit, power = found.groups(default="")
    if unit not in _UNITS:
        close = nearest(unit, LENGTHS)
        raise mistake(
            f"has the unknown unit '{unit}'",
            expected=_KNOWN,
            fix=close and f"did you mean {close}?",
        )
    if power not in _POWERS:
        raise mistake(f"has the unknown power {power}", expected="um, um^2 or um^3")
    if float(number) < 0 or float(number) == float("inf"):
        raise mistake("is below 0 or without end", got=value)
    return Quantity(abs(float(number)), _UNITS[unit], _POWERS[power])


def read_length(value: Any) -> Quantity:
    """Read ``3 um``; a bare number counts pixels."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{as_written(float(value))} px"
    quantity = read_quantity(value)
    if quantity.power != 1:
        raise mistake("is not a length", got=str(quantity), expected="such as 3 um")
    return quantity


def read_size(value: Any) -> int | Quantity:
    """Read a number of voxels (``30``), an area (``50 um^2``) or a volume (``200 um^3``)."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise mistake("is below 0", got=value)
        return int(value)
    if isinstance(value, float):
        raise mistake(
            "is not a whole number of voxels", got=value, fix="or give a unit: um^2, um^3"
        )
    if isinstance(value, str) and re.fullmatch(r"[\s\d.,_+-]+", value):
        raise mistake("is not a whole number of voxels", got=value, fix=number_fix(value))
    quantity = read_quantity(value)
    if quantity.unit == "px":
        raise mistake("counts voxels without a unit", fix=f"write {as_written(quantity.value)}")
    if quantity.power == 1:
        fix = f"write {quantity}^2 for an area, {quantity}^3 for a volume"
        raise mistake("is a length, not an area or volume", got=value, fix=fix)
    return quantity


def read_duration(value: Any) -> Duration:
    """Read ``5 min``, ``0.5 s``."""
    if isinstance(value, Duration):
        return value
    expected = "a number and one of ms, s, min, h, d"
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[3] or found[2] not in SECONDS:
        raise mistake("is not a time", got=value, expected=expected)
    if not 0 < float(found[1]) < float("inf"):
        raise mistake("is not above 0", got=value, expected=expected)
    return Duration(float(found[1]), found[2])


_UNIT_PATTERN: Final = r"(nm|um|µm|mm|cm|m|px)"
_QUANTITY_SCHEMA: Final = {
    "type": "string",
    "pattern": rf"^\s*[0-9.eE+-]+\s*{_UNIT_PATTERN}(\^[123]|²|³)?\s*$",
    "examples": ["3 um", "50 um^2", "200 um^3"],
}

QuantityField = Annotated[Quantity, ValueRule(read_quantity, _QUANTITY_SCHEMA)]
"""A length, area or volume with its unit."""

Length = Annotated[
    Quantity,
    ValueRule(read_length, {"anyOf": [{"type": "number", "minimum": 0}, _QUANTITY_SCHEMA]}),
]
"""A length; a bare number counts pixels."""

Size = Annotated[
    int | Quantity,
    ValueRule(
        read_size,
        {"anyOf": [{"type": "integer", "minimum": 0}, _QUANTITY_SCHEMA]},
        lambda size: size if isinstance(size, int) else str(size),
    ),
]
"""A size of objects: voxels, or an area or volume with its unit."""

DurationField = Annotated[
    Duration,
    ValueRule(
        read_duration, {"type": "string", "pattern": r"^\s*[0-9.eE+-]+\s*(ms|s|min|h|d)\s*$"}
    ),
]
"""A time with its unit."""
