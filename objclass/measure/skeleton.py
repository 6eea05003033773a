"""The skeleton of an object: how long it is, how it branches.

Branches are lines of voxels, smoothed (a slanted line of voxels has a longer way to go than
the line) and prolonged at free ends to the object's last voxel, so that a rod is as long as
from its first voxel's centre to its last one's. Every object is measured in one standard
position, so that turned and mirrored objects have the same skeleton.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from objclass.data.axes import SPATIAL
from objclass.data.objects import Column
from objclass.measure.family import Family, ObjectBatch, Setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOURCE = "Pudney 1998, doi:10.1006/cviu.1998.0680"
PRUNED = (
    "of the skeleton's smoothed branches, free ends prolonged to the object's last voxel; without "
    "spurs (branches at most 1.5 times as long as the distance from their junction to the outside)"
)


def columns(setting: Setting) -> tuple[Column, ...]:
    """Lengths, counts and the middle of the longest path."""
    return tuple(_declare(setting))


def _declare(setting: Setting) -> Iterator[Column]:
    unit = setting.unit or "voxel"
    meanings = {
        "length": (unit, f"Length {PRUNED}."),
        "diameter": (unit, "Length of the skeleton's longest path, measured so too."),
        "span": (unit, "Straight distance between the prolonged ends of the longest path."),
        "ends": ("", "Ends of the skeleton."),
        "junctions": ("", "Places where branches of the skeleton meet."),
        "branches": ("", "Branches of the skeleton."),
        "loops": ("", "Independent loops of the skeleton."),
        "branch_mean": (unit, "Mean length of the branches; missing where there are none."),
        "tortuosity": ("", "Diameter over span; missing where the span is 0."),
    }
    for name, (own, text) in meanings.items():
        full = f"skeleton_{name}"
        yield Column(full, "skeleton", full, "shape", own, text, SOURCE)
    for axis in SPATIAL[-setting.dimensions :]:
        text = (
            f"{axis} of the voxel in the middle of the skeleton's longest path; the mean over all "
            "its images where the object is its own turned or mirrored image."
        )
        name = f"skeleton_center_{axis}"
        yield Column(name, "skeleton", "skeleton_center", "location", "voxel", text, SOURCE)


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
    """Thin every object and measure what is left."""
    import numpy as np

    from objclass.measure.kernels import skeleton as kernels

    runs, d = batch.runs, batch.setting.dimensions
    table, center = kernels.measure_skeletons(
        runs.pieces, runs.first, batch.start_zyx, batch.stop_zyx, batch.voxel_zyx, d == 2
    )
    mean = _ratio(table[:, kernels.LENGTH], table[:, kernels.BRANCHES])
    tortuosity = _ratio(table[:, kernels.DIAMETER], table[:, kernels.SPAN])
    low = (batch.start + np.array(batch.origin)).astype(np.float64)
    values = [*table.T, mean, tortuosity, *(low + center[:, 3 - d :]).T]
    return {c.name: v for c, v in zip(columns(batch.setting), values, strict=True)}


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ratio, NaN where the lower one is 0."""
    import numpy as np

    return above / np.where(below > 0.0, below, np.nan)


FAMILY = Family("skeleton", columns, measure, version=3, reads_image=False)
