"""Principal axes of an object's shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from objclass.data.axes import SPATIAL
from objclass.data.objects import Column
from objclass.measure.family import Family, ObjectBatch, Setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOURCE = "principal component analysis of the voxel coordinates"


def columns(setting: Setting) -> tuple[Column, ...]:
    """Radii, unit vectors and, in 2D, the orientation."""
    return tuple(_declare(setting))


def _declare(setting: Setting) -> Iterator[Column]:
    unit = setting.unit or "voxel"
    for k in range(setting.dimensions):
        yield Column(
            f"axes_radius_{k}",
            "axes",
            "axes_radius",
            "shape",
            unit,
            f"Standard deviation of the voxel coordinates along principal axis {k} "
            "(0 is the longest): the root of an eigenvalue of their covariance.",
            SOURCE,
        )
    for k in range(setting.dimensions):
        for axis in SPATIAL[-setting.dimensions :]:
            yield Column(
                f"axes_vector_{k}_{axis}",
                "axes",
                "axes_vector",
                "shape",
                "",
                f"{axis} of the unit vector along principal axis {k}; its largest component is "
                "positive. Missing where another axis has the same radius.",
                SOURCE,
                axis_vector=True,
            )
    if setting.dimensions == 2:
        yield Column(
            "axes_orientation",
            "axes",
            "axes_orientation",
            "shape",
            "rad",
            "Angle of the longest axis from the x axis, in (−π/2, π/2], positive where y grows "
            "with x. Missing where both radii agree.",
            SOURCE,
            axis_vector=True,
        )


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
    """Measure radii, vectors and orientation."""
    import numpy as np

    from objclass.measure.kernels.place import orientations, principal_axes

    d = batch.setting.dimensions
    runs = batch.runs
    variances, axes = principal_axes(runs.pieces, runs.first, batch.start_zyx, batch.voxel_zyx, d)
    values = [np.sqrt(variances), axes.reshape(len(axes), d * d)]
    if d == 2:
        values.append(orientations(axes)[:, None])
    table = np.concatenate(values, axis=1)
    return {c.name: table[:, k] for k, c in enumerate(columns(batch.setting))}


FAMILY = Family("axes", columns, measure, version=2, reads_image=False)
