"""Shape descriptors that people know from other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import pi, prod
from typing import TYPE_CHECKING

from objclass.data.objects import Column
from objclass.measure.family import Family, ObjectBatch, Setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SKIMAGE = "as scikit-image's regionprops"
CROFTON = "Legland et al. 2007, doi:10.5566/ias.v26.p83-92"
HU = "Hu 1962, doi:10.1109/TIT.1962.1057692"
ORDERS_2D = ("20", "11", "02", "30", "21", "12", "03")
ORDERS_3D = (
    *("200", "110", "101", "020", "011", "002"),
    *("300", "210", "201", "120", "111", "102", "030", "021", "012", "003"),
)


def columns(setting: Setting) -> tuple[Column, ...]:
    """Outline, roundness, extent, calipers and moments."""
    declare = _declare_2d if setting.dimensions == 2 else _declare_3d
    return (*declare(setting), *_declare_common(setting), *_declare_moments(setting))


def _column(feature: str, unit: str, definition: str, source: str = "objclass") -> Column:
    name = f"morphology_{feature}"
    whole = name.rsplit("_", 1)[0] if name[-1].isdigit() else name
    return Column(name, "morphology", whole, "shape", unit, definition, source)


def _declare_2d(setting: Setting) -> Iterator[Column]:
    unit = setting.unit or "voxel"
    yield _column(
        "perimeter",
        unit,
        "Length of the outline through the centres of edge voxels; missing where voxels are "
        "not square.",
        "Benkrid and Crookes 2000, as scikit-image's perimeter",
    )
    text = "Perimeter from crossings with lines in 4 directions."
    yield _column("perimeter_crofton", unit, text, CROFTON)
    text = (
        "4π · area over the Crofton perimeter squared; 1 for a large disc. Not cut off: the "
        "perimeter of few voxels is off, so that one voxel has 1.75."
    )
    yield _column("circularity", "", text)
    text = "Eccentricity of the ellipse with the same second moments; missing for one voxel."
    yield _column("eccentricity", "", text, SKIMAGE)
    yield _column(
        "feret_min",
        unit,
        "Smallest distance of two parallel lines that enclose the object's voxel centres and face "
        "middles.",
    )


def _declare_3d(setting: Setting) -> Iterator[Column]:
    unit = setting.unit or "voxel"
    text = "Surface area from crossings with lines in 13 directions."
    yield _column("surface_area", f"{unit}^2", text, CROFTON)
    text = (
        "Surface of the ball of equal volume over the surface area; 1 for a large ball. Not cut "
        "off: one voxel has 1.61."
    )
    yield _column("sphericity", "", text)
    text = "Second longest over shortest radius of the axes; missing where the shortest is 0."
    yield _column("flatness", "", text)


def _declare_common(setting: Setting) -> Iterator[Column]:
    unit, word = setting.unit or "voxel", "disc" if setting.dimensions == 2 else "ball"
    yield _column(
        "feret_max",
        unit,
        "Largest distance between two face middles of the object's voxels: 1 for a single voxel, "
        "whose corners are 1.41 apart.",
    )
    text = "Longest over second longest radius of the axes; missing where that is 0."
    yield _column("aspect_ratio", "", text)
    yield _column("solidity", "", "Voxels of the object over voxels of its convex hull.", SKIMAGE)
    yield _column("extent", "", "Voxels of the object over voxels of its box.", SKIMAGE)
    what = "minus holes" if setting.dimensions == 2 else "minus tunnels plus cavities"
    text = f"Pieces {what}, with diagonal neighbours connected."
    yield _column("euler_number", "", text, SKIMAGE)
    text = f"Diameter of the {word} of equal size."
    yield _column("equivalent_diameter", unit, text, SKIMAGE)


def _declare_moments(setting: Setting) -> Iterator[Column]:
    axes, word = ("yx", "area") if setting.dimensions == 2 else ("zyx", "volume")
    for order in ORDERS_2D if setting.dimensions == 2 else ORDERS_3D:
        parts = [f"{a}^{p}" for a, p in zip(axes, order, strict=True) if p != "0"]
        powers = sum(map(int, order))
        text = (
            f"Sum of {' '.join(parts)} over the voxels' centres about their mean, times the {word} "
            f"of a voxel, over the object's {word}^(1 + {powers}/{setting.dimensions}); lengths in "
            "the unit."
        )
        yield _column(f"moment_{order}", "", text, f"{SKIMAGE} for voxels of equal sides")
    if setting.dimensions == 2:
        for k in range(7):
            yield _column(f"hu_{k}", "", f"Hu's invariant {k + 1}.", HU)


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
    """Measure all descriptors."""
    own = _measure_2d(batch) if batch.setting.dimensions == 2 else _measure_3d(batch)
    values = [*own, *_measure_moments(batch)]
    return {c.name: v for c, v in zip(columns(batch.setting), values, strict=True)}


def _measure_2d(batch: ObjectBatch) -> list[NDArray[np.float64]]:
    import numpy as np

    from objclass.measure.kernels.hull import smallest_width
    from objclass.measure.kernels.outline import outlines_2d

    runs, start, voxel = batch.runs, batch.start_zyx, batch.voxel_zyx
    outline = outlines_2d(runs.pieces, runs.first, start, batch.stop_zyx, voxel)
    perimeter, crofton, euler = outline.T
    variances = _variances(batch)
    area = batch.size * prod(batch.setting.voxel)
    with np.errstate(invalid="ignore"):
        eccentricity = np.sqrt(1.0 - variances[:, 1] / variances[:, 0])
    width = smallest_width(batch.hulls.corners, batch.hulls.first, start, voxel)
    mine = [perimeter, crofton, 4.0 * pi * area / (crofton * crofton), eccentricity, width]
    return [*mine, *_common(batch, variances, euler, np.sqrt(area * 4.0 / pi))]


def _measure_3d(batch: ObjectBatch) -> list[NDArray[np.float64]]:
    import numpy as np

    from objclass.measure.kernels.elementary import cube_roots
    from objclass.measure.kernels.outline import outlines_3d

    runs = batch.runs
    area, euler = outlines_3d(
        runs.pieces, runs.first, batch.start_zyx, batch.stop_zyx, batch.voxel_zyx
    ).T
    variances = _variances(batch)
    volume = batch.size.astype(np.float64) * prod(batch.setting.voxel)
    diameter = cube_roots(volume * (6.0 / pi))
    flatness = _ratio(variances[:, 1], variances[:, 2])
    mine = [area, pi * diameter * diameter / area, flatness]
    return [*mine, *_common(batch, variances, euler, diameter)]


def _common(
    batch: ObjectBatch,
    variances: NDArray[np.float64],
    euler: NDArray[np.float64],
    diameter: NDArray[np.float64],
) -> list[NDArray[np.float64]]:
    import numpy as np

    from objclass.measure.kernels.hull import largest_distance

    hull = batch.hulls
    feret = largest_distance(hull.corners, hull.first, batch.voxel_zyx)
    aspect = _ratio(variances[:, 0], variances[:, 1])
    size = batch.runs.size
    box = np.prod(batch.stop_zyx - batch.start_zyx, axis=1)
    return [feret, aspect, size / hull.runs.size, size / box, euler, diameter]


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ratio of two radii from their squares, NaN where the lower one is 0."""
    import numpy as np

    positive = np.where(below > 0.0, below, np.nan)
    return np.sqrt(above / positive)


def _variances(batch: ObjectBatch) -> NDArray[np.float64]:
    """Return the variances along the principal axes ``(n, d)``, descending."""
    from objclass.measure.kernels.place import principal_axes

    runs, d = batch.runs, batch.setting.dimensions
    return principal_axes(runs.pieces, runs.first, batch.start_zyx, batch.voxel_zyx, d)[0]


def _measure_moments(batch: ObjectBatch) -> list[NDArray[np.float64]]:
    import numpy as np

    from objclass.measure.kernels import moments, place

    d, runs, start = batch.setting.dimensions, batch.runs, batch.start_zyx
    names = ORDERS_2D if d == 2 else ORDERS_3D
    orders = np.array([[0] * (3 - d) + [int(p) for p in name] for name in names], np.int64)
    center = place.centers(runs.pieces, runs.first, start)
    normalized = moments.normalized_moments(
        runs.pieces, runs.first, start, center, batch.voxel_zyx, orders, d
    )
    hu = moments.hu_moments(normalized) if d == 2 else normalized[:, :0]
    return [*normalized.T, *hu.T]


FAMILY = Family("morphology", columns, measure, version=2, reads_image=False)
