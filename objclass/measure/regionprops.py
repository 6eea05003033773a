"""scikit-image's region properties by their own names, and functions written for them.

Every object is cut out along its box and given to ``skimage.measure.regionprops`` alone, with
the size of a voxel: a value depends neither on other objects nor on where a block ends. What
stands here is only what a column has to say: unit, definition, and where it is not defined.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Literal

from objclass.data.dataclass import dataclass
from objclass.data.objects import Column, Group
from objclass.measure.family import Family, ObjectBatch, Setting
from objclass.measure.plugin import complain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Extra = Callable[..., float]

NAME = "regionprops"
LIBRARY = "scikit-image"
Unit = Literal["", "length", "length^2", "size", "moment", "voxel", "rad", "intensity"]
Parts = Literal["one", "axes", "box", "matrix", "powers", "seven"]


@dataclass(frozen=True)
class Property:
    """One region property.

    Parameters
    ----------
    definition
        One sentence.
    unit
        What it is measured in; ``size`` is an area or a volume, ``moment`` a length to the
        sum of the powers.
    parts
        Which numbers it has.
    channel
        True where it is measured in every channel.
    group
        As in :class:`objclass.data.objects.Column`; by default that of its channel.
    plane
        True where it is defined in 2D only.
    square
        True where it is defined for voxels of equal sides only.
    """

    definition: str
    unit: Unit = ""
    parts: Parts = "one"
    channel: bool = False
    group: Group | None = None
    plane: bool = False
    square: bool = False


BOX = "of the object's box"
SAME = "of the ellipse (2D) or ellipsoid (3D) with the same second moments"
MOMENTS = "up to the third power along each axis"
PROPERTIES: dict[str, Property] = {
    "num_pixels": Property("Number of voxels.", "voxel"),
    "area": Property("Number of voxels times the size of one.", "size"),
    "area_bbox": Property(f"Size {BOX}.", "size"),
    "area_convex": Property("Size of the convex hull, as voxels.", "size"),
    "area_filled": Property("Size with all holes filled.", "size"),
    "axis_major_length": Property(f"Longest axis {SAME}.", "length"),
    "axis_minor_length": Property(f"Shortest axis {SAME}.", "length"),
    "bbox": Property(
        f"First voxels, then ends (not inside) {BOX}.", "voxel", "box", False, "location"
    ),
    "centroid": Property("Mean place of the voxels.", "length", "axes", False, "location"),
    "centroid_local": Property(
        f"Mean place of the voxels from the corner {BOX}.", "length", "axes"
    ),
    "eccentricity": Property(f"Eccentricity {SAME}; 0 for one voxel.", plane=True),
    "equivalent_diameter_area": Property("Diameter of the disc or ball of equal size.", "length"),
    "euler_number": Property(
        "Pieces minus holes (2D), or minus tunnels plus cavities (3D), diagonals connected."
    ),
    "extent": Property(f"Voxels of the object over voxels {BOX}."),
    "feret_diameter_max": Property(
        "Longest distance on the contour of the hull; missing for flat objects in 3D.", "length"
    ),
    "inertia_tensor": Property("Inertia tensor about the mean place.", "length^2", "matrix"),
    "inertia_tensor_eigvals": Property(
        "Eigenvalues of the inertia tensor, the largest first.", "length^2", "axes"
    ),
    "moments": Property(f"Moments from the box's corner, {MOMENTS}.", "moment", "powers"),
    "moments_central": Property(f"Moments about the mean place, {MOMENTS}.", "moment", "powers"),
    "moments_hu": Property("Hu's seven invariants.", "", "seven", plane=True, square=True),
    "moments_normalized": Property(f"Central moments free of scale, {MOMENTS}.", "", "powers"),
    "orientation": Property("Angle of the longest axis to the first axis.", "rad", plane=True),
    "perimeter": Property("Length of the outline.", "length", plane=True, square=True),
    "perimeter_crofton": Property(
        "Perimeter from crossings with lines in 4 directions.", "length", plane=True, square=True
    ),
    "solidity": Property("Voxels of the object over voxels of its convex hull."),
    "intensity_max": Property("Largest value.", "intensity", channel=True),
    "intensity_mean": Property("Mean of the values.", "intensity", channel=True),
    "intensity_median": Property("Median of the values.", "intensity", channel=True),
    "intensity_min": Property("Smallest value.", "intensity", channel=True),
    "intensity_std": Property("Standard deviation of the values.", "intensity", channel=True),
    "centroid_weighted": Property(
        "Mean place, weighted by the values.", "length", "axes", True, "location"
    ),
    "centroid_weighted_local": Property(
        f"Mean place from the corner {BOX}, weighted by the values.", "length", "axes", True
    ),
    "moments_weighted": Property(
        f"Moments of the values from the box's corner, {MOMENTS}.", "moment", "powers", True
    ),
    "moments_weighted_central": Property(
        f"Moments of the values about their centroid, {MOMENTS}.", "moment", "powers", True
    ),
    "moments_weighted_hu": Property(
        "Hu's seven invariants of the values, which go with their scale.",
        "",
        "seven",
        True,
        plane=True,
        square=True,
    ),
    "moments_weighted_normalized": Property(
        f"Central moments of the values free of the object's scale, {MOMENTS}.", "", "powers", True
    ),
}
"""Every property that is a fixed count of numbers, in the order of the columns."""

NO_NUMBERS = {
    **dict.fromkeys(("image", "image_convex", "image_filled", "image_intensity"), "a picture"),
    **dict.fromkeys(("coords", "coords_scaled"), "a list of places"),
    "slice": "a place in an array",
    "label": "the object's id, which every table has",
}
"""Properties that are no measurement, and what they are."""


def columns(setting: Setting) -> tuple[Column, ...]:
    """Every property that is defined under a setting, or those of them that are asked for."""
    defined = {name: p for name, p in PROPERTIES.items() if not _undefined(p, setting)}
    made = (column for name, p in defined.items() for column in _columns(name, p, setting))
    return tuple(column for column in made if setting.asks(column.name))


def leaves_out(setting: Setting) -> dict[str, str]:
    """Return the properties that are not measured under a setting, and why."""
    reasons = {n: f"is no feature: it is {what}" for n, what in NO_NUMBERS.items()}
    reasons |= {n: why for n, p in PROPERTIES.items() if (why := _undefined(p, setting))}
    if not setting.channels:
        reasons |= {n: "is measured in a raw image" for n, p in PROPERTIES.items() if p.channel}
    return {f"{NAME}_{name}": why for name, why in reasons.items()}


def _undefined(found: Property, setting: Setting) -> str | None:
    """Return why a property is not defined, or None where it is."""
    if found.plane and setting.dimensions != 2:
        return "is measured in 2D only"
    if found.square and len(set(setting.voxel)) > 1:
        sides = " x ".join(f"{side:g}" for side in setting.voxel)
        return f"needs pixels of equal sides, and these are {sides} {setting.unit}"
    return None


def _columns(name: str, found: Property, setting: Setting) -> Iterator[Column]:
    for channel in setting.channels if found.channel else (None,):
        for index in _indices(name, found, setting.dimensions):
            yield Column(
                _named(name, index, channel),
                NAME,
                f"{NAME}_{name}",
                found.group or ("intensity" if found.channel else "shape"),
                _unit(found, index, setting),
                found.definition,
                f"{LIBRARY}'s {name}",
                channel,
                portable=False,
            )


def _named(name: str, index: Sequence[int], channel: str | None) -> str:
    numbered = "_".join([NAME, name, *map(str, index)])
    return numbered if channel is None else f"{numbered}-{channel}"


def _indices(name: str, found: Property, d: int) -> Iterator[tuple[int, ...]]:
    """Yield the index of every number; normalized moments begin with the second."""
    shapes = {"one": (), "axes": (d,), "box": (2 * d,), "matrix": (d, d), "seven": (7,)}
    shape = shapes.get(found.parts, (4,) * d)
    for index in product(*map(range, shape)):
        if not name.endswith("normalized") or sum(index) > 1:
            yield index


def _unit(found: Property, index: Sequence[int], setting: Setting) -> str:
    if found.unit in ("", "voxel", "rad", "intensity"):
        return found.unit
    powers = {"length": 1, "length^2": 2, "size": setting.dimensions}
    power = powers.get(found.unit, sum(index))
    unit = setting.unit or "voxel"
    length = "" if power == 0 else unit if power == 1 else f"{unit}^{power}"
    values = "intensity" if found.unit == "moment" and found.channel else ""
    return f"{values} {length}".strip()


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
    """Measure the columns of the setting, object by object."""
    import numpy as np

    declared = columns(batch.setting)
    asked = dict.fromkeys((c.feature.removeprefix(f"{NAME}_"), c.channel) for c in declared)
    values = {column.name: np.full(len(batch.ids), np.nan) for column in declared}
    for row in range(len(batch.ids)):
        regions = _Regions(batch, row)
        for name, channel in asked:
            made = _place(name, regions.value(name, channel), batch, row)
            for index in _indices(name, PROPERTIES[name], batch.setting.dimensions):
                column = _named(name, index, channel)
                if made is not None and column in values and np.isfinite(made[index]):
                    values[column][row] = made[index]
    return values


class _Regions:
    """One object cut out alone, as scikit-image sees it in each channel."""

    def __init__(self, batch: ObjectBatch, row: int, extra: Sequence[Extra] = ()) -> None:
        start, stop = batch.start[row].tolist(), batch.stop[row].tolist()
        box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
        self.mask = (batch.labels[box] == batch.ids[row]).astype("uint8")
        channels = zip(batch.setting.channels, batch.images, strict=False)
        self.images = {name: image[box] for name, image in channels}
        self.voxel = batch.setting.voxel
        self.extra = tuple(extra)
        self.made: dict[tuple[str | None, bool], object] = {}

    def region(self, channel: str | None, plain: bool) -> object:
        """Return the object in a channel; `plain` without the size of a voxel."""
        from skimage.measure import regionprops

        key = (channel, plain)
        if key not in self.made:
            image = None if channel is None else self.images[channel]
            spacing = None if plain else self.voxel
            extra = self.extra or None
            found = regionprops(self.mask, image, spacing=spacing, extra_properties=extra)
            (self.made[key],) = found
        return self.made[key]

    def value(self, name: str, channel: str | None) -> NDArray[np.float64] | None:
        """Return a property; None where the library finds none, as the hull of a flat object."""
        import numpy as np

        # Hu's invariants are free of the unit, and the library takes them without one only
        region = self.region(channel, plain=name.endswith("_hu"))
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                return np.asarray(getattr(region, name), np.float64)
            except (ValueError, RuntimeError):
                return None


def _place(
    name: str, made: NDArray[np.float64] | None, batch: ObjectBatch, row: int
) -> NDArray[np.float64] | None:
    """Return places in the box as places in the uncropped image."""
    import numpy as np

    if made is None or name not in ("bbox", "centroid", "centroid_weighted"):
        return made
    corner = batch.start[row].astype(np.int64) + np.array(batch.origin, np.int64)
    placed = made.copy()
    placed += np.tile(corner, 2) if name == "bbox" else corner * np.array(batch.setting.voxel)
    return placed


FAMILY = Family(
    NAME,
    columns,
    measure,
    wrapped=LIBRARY,
    needs_image=False,
    left_out=leaves_out,
)


def extra_properties(
    name: str, *functions: Extra, units: Mapping[str, str] | None = None
) -> Family:
    """Make a feature family of functions written for ``regionprops(extra_properties=...)``.

    Parameters
    ----------
    name
        Name of the family: letters, digits and ``_``.
    functions
        Each takes the object's mask, bool ``(y, x)`` or ``(z, y, x)``; one that also takes the
        values inside (0 outside) is called for every channel. Each returns one number. Its
        name is that of the feature, the first line of its docstring the definition.
    units
        Function name to the unit of what it returns.

    Raises
    ------
    ValueError
        For a function of other arguments, or of the name of a property of scikit-image.
    """
    made = {function.__name__: function for function in functions}
    per_channel = {key: _takes_values(function) for key, function in made.items()}

    def declare(setting: Setting) -> tuple[Column, ...]:
        return tuple(
            _extra_column(name, key, function, (units or {}).get(key, ""), channel)
            for key, function in made.items()
            for channel in (setting.channels if per_channel[key] else (None,))
        )

    def measured(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
        return _measured_extra(name, declare(batch.setting), made, batch)

    reads = any(per_channel.values())
    return Family(
        name,
        declare,
        measured,
        reads_image=reads,
        wrapped=LIBRARY,
        needs_image=reads and all(per_channel.values()),
    )


def _takes_values(function: Extra) -> bool:
    """Return whether a function takes the values beside the mask."""
    name = function.__name__
    if name in PROPERTIES or name in NO_NUMBERS:
        raise ValueError(f"{name} is a property of {LIBRARY}: give the function another name")
    taken = inspect.signature(function).parameters.values()
    needed = [each for each in taken if each.default is each.empty]
    if len(needed) not in (1, 2):
        raise ValueError(f"{name} takes {len(needed)} arguments, not (mask) or (mask, values)")
    return len(needed) == 2


def _extra_column(family: str, key: str, function: Extra, unit: str, channel: str | None) -> Column:
    lines = (inspect.getdoc(function) or f"What the function {key} returns.").splitlines()
    feature = f"{family}_{key}"
    named = feature if channel is None else f"{feature}-{channel}"
    group: Group = "shape" if channel is None else "intensity"
    return Column(named, family, feature, group, unit, lines[0], "plugin", channel, portable=False)


def _measured_extra(
    name: str, declared: Sequence[Column], functions: Mapping[str, Extra], batch: ObjectBatch
) -> dict[str, NDArray[np.float64]]:
    """Call the functions for every object; what fails stays missing."""
    import numpy as np

    values = {column.name: np.full(len(batch.ids), np.nan) for column in declared}
    failed: dict[int, str] = {}
    for row, number in enumerate(batch.ids):
        regions = _Regions(batch, row, tuple(functions.values()))
        for column in declared:
            key = column.feature.removeprefix(f"{name}_")
            try:
                made = float(getattr(regions.region(column.channel, plain=False), key))
                values[column.name][row] = made if np.isfinite(made) else np.nan
            except Exception as error:  # whatever a person's own function does wrong
                failed.setdefault(int(number), f"{key}: {type(error).__name__}: {error}")
    if failed:
        complain(name, failed)
    return values
