"""The convex hull of an object and what the object lacks of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING

from objclass.data.axes import SPATIAL
from objclass.data.objects import Column, Group
from objclass.measure.family import Family, ObjectBatch, Setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOURCE = "convex hull of voxel centres and face middles, as scikit-image's convex_hull_image"
DEFECTS = {
    "defects": (0, "Connected pieces (through voxel faces) of the hull outside the object."),
    "defect_mean": (1, "Mean size of the defects; missing where there are none."),
    "defect_variance": (2, "Population variance of the defects' sizes."),
    "defect_skewness": (0, "Skewness of the defects' sizes; missing where all are equal."),
    "defect_kurtosis": (0, "Excess kurtosis of the defects' sizes; missing where all are equal."),
}


def columns(setting: Setting) -> tuple[Column, ...]:
    """Size of the hull, convexity, defects and their places."""
    return tuple(_declare(setting))


def _declare(setting: Setting) -> Iterator[Column]:
    yield _column("voxels", "voxel", "Number of voxels whose centre lies in the convex hull.")
    if setting.unit is not None:
        word = "volume" if setting.dimensions == 3 else "area"
        unit = f"{setting.unit}^{setting.dimensions}"
        yield _column(word, unit, f"Voxels of the hull times the {word} of a voxel.")
    yield _column("convexity", "", "Voxels of the object over voxels of the hull.")
    for feature, (power, definition) in DEFECTS.items():
        yield _column(feature, _unit(setting, power), definition)
    yield _column(
        "defect_displacement",
        setting.unit or "voxel",
        "Mean distance of the defects' centres from the object's centre, weighted by size; "
        "missing where there are none.",
    )
    for what, text in (("center", "the hull's voxels"), ("defect_center", "the defects' voxels")):
        for axis in SPATIAL[-setting.dimensions :]:
            yield _column(what, "voxel", f"Mean {axis} of {text}.", axis)


def _unit(setting: Setting, power: int) -> str:
    """Return the unit of a defect's size to the given power."""
    if power == 0:
        return ""
    if setting.unit is not None:
        return f"{setting.unit}^{power * setting.dimensions}"
    return "voxel" if power == 1 else f"voxel^{power}"


def _column(feature: str, unit: str, definition: str, axis: str | None = None) -> Column:
    name = f"hull_{feature}"
    group: Group = "shape" if axis is None else "location"
    full = name if axis is None else f"{name}_{axis}"
    return Column(full, "hull", name, group, unit, definition, SOURCE)


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
    """Measure hulls and defects."""
    import numpy as np

    hull = batch.hulls.runs
    voxels = hull.size.astype(np.float64)
    one = prod(batch.setting.voxel)
    physical = [voxels * one] if batch.setting.unit is not None else []
    defects, center, defect_center = _defects(batch)
    scale = [one**power for power, _ in DEFECTS.values()]
    low = (batch.start + np.array(batch.origin)).astype(np.float64)
    skip = 3 - batch.setting.dimensions
    values = [voxels, *physical, batch.runs.size / voxels, *(defects * [*scale, 1.0]).T]
    values += [*(low + center[:, skip:]).T, *(low + defect_center[:, skip:]).T]
    return {c.name: v for c, v in zip(columns(batch.setting), values, strict=True)}


def _defects(
    batch: ObjectBatch,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return defect statistics, the hulls' centres and the defects' centres."""
    from objclass.measure.kernels.defects import measure_defects
    from objclass.measure.kernels.place import centers

    own, hull, start = batch.runs, batch.hulls.runs, batch.start_zyx
    center = centers(own.pieces, own.first, start)
    defects, defect_center = measure_defects(
        own.pieces,
        own.first,
        hull.pieces,
        hull.first,
        start,
        batch.stop_zyx,
        center,
        batch.voxel_zyx,
    )
    return defects, centers(hull.pieces, hull.first, start), defect_center


FAMILY = Family("hull", columns, measure, reads_image=False)
