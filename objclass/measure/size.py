"""How large an object is."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING

from objclass.data.objects import Column
from objclass.measure.family import Family, ObjectBatch, Setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def columns(setting: Setting) -> tuple[Column, ...]:
    """Voxels always; with a unit also the area or volume."""
    voxels = Column("size_voxels", "size", "size_voxels", "shape", "voxel", "Number of voxels.")
    if setting.unit is None:
        return (voxels,)
    feature, word = ("size_volume", "volume") if setting.dimensions == 3 else ("size_area", "area")
    unit = f"{setting.unit}^{setting.dimensions}"
    return (
        voxels,
        Column(feature, "size", feature, "shape", unit, f"Voxels times the {word} of a voxel."),
    )


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
    """Count voxels."""
    voxels = batch.size.astype("float64")
    one = prod(batch.setting.voxel)
    first, *physical = columns(batch.setting)
    return {first.name: voxels, **{column.name: voxels * one for column in physical}}


FAMILY = Family("size", columns, measure, reads_image=False)
