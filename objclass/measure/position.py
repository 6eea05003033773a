"""Where an object lies: its box and its centre, in voxels of the uncropped image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from objclass.data.axes import SPATIAL
from objclass.data.objects import Column
from objclass.measure.family import Family, ObjectBatch, Setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEFINITIONS = {
    "min": "First voxel of the object's box along {axis}.",
    "max": "Last voxel of the object's box along {axis} (inside the object's box).",
    "center": "Mean {axis} of the object's voxels.",
}


def columns(setting: Setting) -> tuple[Column, ...]:
    """Smallest, largest and mean coordinate along each axis."""
    return tuple(
        Column(
            f"position_{what}_{axis}",
            "position",
            f"position_{what}",
            "location",
            "voxel",
            definition.format(axis=axis),
        )
        for what, definition in DEFINITIONS.items()
        for axis in SPATIAL[-setting.dimensions :]
    )


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
    """Measure boxes and centres."""
    import numpy as np

    from objclass.measure.kernels.place import centers

    origin = np.array(batch.origin, np.int64)
    low = batch.start + origin
    high = batch.stop + origin - 1
    runs = batch.runs
    local = centers(runs.pieces, runs.first, batch.start_zyx)
    center = low.astype(np.float64) + local[:, 3 - batch.setting.dimensions :]
    values = np.concatenate([low.astype(np.float64), high.astype(np.float64), center], axis=1)
    return {c.name: values[:, k] for k, c in enumerate(columns(batch.setting))}


FAMILY = Family("position", columns, measure, reads_image=False, uses_spacing=False)
