"""vigra's axis tags as ilastik keeps them in HDF5: JSON with one entry per axis."""

from __future__ import annotations

import json
from collections.abc import Mapping

from objclass.data.dataclass import dataclass
from objclass.io.header import in_one_unit, known_axes, length_unit

# vigra's AxisType flags: channel, space, time.
FLAGS = {"c": 1, "x": 2, "y": 2, "z": 2, "t": 8}


@dataclass(frozen=True)
class AxisTags:
    """Axis letters in file order, and the voxel size where one is given."""

    axes: str
    spacing: Mapping[str, float] | None = None
    unit: str | None = None


def text_of(value: object) -> str:
    """Return an HDF5 attribute as text; it may be bytes, numpy bytes, or text."""
    raw = value.tobytes().rstrip(b"\0") if hasattr(value, "tobytes") else value
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)


def parse(tags: object, units: object, dimensions: int) -> AxisTags | None:
    """Read the attribute ``axistags`` (and ilastik's ``axis_units``).

    Returns None where it is not JSON of that form, does not fit the number of dimensions, or
    leaves an axis unknown (``?``).
    """
    try:
        entries = json.loads(text_of(tags))["axes"]
        letters = "".join(str(entry["key"]) for entry in entries)
        sizes = {str(e["key"]): float(e.get("resolution") or 0) for e in entries}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    axes = known_axes(letters, dimensions)
    if axes is None:
        return None
    spacing = {letter: sizes[letter] for letter in axes if letter in "zyx" and sizes[letter] > 0}
    return AxisTags(axes, *_in_one_unit(units, spacing))


def _in_one_unit(
    units: object, spacing: dict[str, float]
) -> tuple[Mapping[str, float] | None, str | None]:
    """Return the sizes in one unit, from JSON such as ``{"x": "um", "y": "um"}``.

    Without units the numbers are kept, with None.
    """
    if units is None or not spacing:
        return spacing or None, None
    try:
        named = json.loads(text_of(units))
        sizes = {k: (size, length_unit(str(named[k]))) for k, size in spacing.items()}
    except (ValueError, KeyError, TypeError):
        return spacing, None
    found, unit = in_one_unit(sizes)
    return (found, unit) if unit else (spacing, None)


def dumps(axes: str, spacing: Mapping[str, float] | None = None) -> str:
    """Return the attribute ``axistags`` as ilastik and vigra read it."""
    sizes = spacing or {}
    entries = [
        {
            "key": letter,
            "typeFlags": FLAGS[letter],
            "resolution": sizes.get(letter, 0),
            "description": "",
        }
        for letter in axes
    ]
    return json.dumps({"axes": entries}, indent=2)
