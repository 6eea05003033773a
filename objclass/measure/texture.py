"""Texture of an object: which grey values lie side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from objclass.data.objects import Column
from objclass.measure.family import Batch, Family, Setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOURCE = "Haralick et al. 1973, doi:10.1109/TSMC.1973.4309314"
LEVELS = 16
FEATURES = {
    "energy": "Angular second moment: sum of squared co-occurrence shares.",
    "contrast": "Mean squared difference of neighbouring levels.",
    "correlation": "Correlation of neighbouring levels; missing where all are equal.",
    "variance": "Variance of the levels of voxels that have a neighbour.",
    "homogeneity": "Inverse difference moment, mean of 1 / (1 + difference²).",
    "sum_average": "Mean of the sum of neighbouring levels.",
    "sum_variance": "Variance of the sum of neighbouring levels.",
    "sum_entropy": "Entropy of the sum of neighbouring levels in bits.",
    "entropy": "Entropy of the co-occurrence shares in bits.",
    "difference_variance": "Variance of the difference of neighbouring levels.",
    "difference_entropy": "Entropy of the difference of neighbouring levels in bits.",
    "information_1": "First information measure of correlation; missing where all are equal.",
    "information_2": "Second information measure of correlation.",
    "dissimilarity": "Mean difference of neighbouring levels.",
}


def columns(setting: Setting) -> tuple[Column, ...]:
    """Haralick's features of every channel."""
    ways = 4 if setting.dimensions == 2 else 13
    return tuple(
        Column(
            f"texture_{name}-{channel}",
            "texture",
            f"texture_{name}",
            "intensity",
            "",
            f"{text} {_levels(setting)} levels {_over(setting, k)}, neighbours one voxel apart, "
            f"averaged over {ways} directions.",
            SOURCE,
            channel=channel,
        )
        for k, channel in enumerate(setting.channels)
        for name, text in FEATURES.items()
    )


def _levels(setting: Setting) -> int:
    value = setting.options.get("levels", LEVELS)
    return value if isinstance(value, int) else LEVELS


def _over(setting: Setting, k: int) -> str:
    span = setting.ranges[k] if setting.ranges else None
    return f"over {span[0]:g} to {span[1]:g}" if span else "over the object's own range"


def measure(batch: Batch) -> Mapping[str, NDArray[np.float64]]:
    """Measure every channel; the option ``levels`` sets the number of grey levels."""
    result: list[NDArray[np.float64]] = []
    for k in range(len(batch.setting.channels)):
        result.extend(_measure_channel(batch, k).T)
    return {c.name: v for c, v in zip(columns(batch.setting), result, strict=True)}


def _measure_channel(batch: Batch, k: int) -> NDArray[np.float64]:
    import numpy as np

    from objclass.measure.kernels.intensity import MAXIMUM, MINIMUM, moments
    from objclass.measure.kernels.outline import directions
    from objclass.measure.kernels.texture import textures

    runs, setting = batch.runs, batch.setting
    values = runs.values(batch.images[k])
    own = moments(values, runs.voxel)[:, MINIMUM : MAXIMUM + 1]
    span = setting.ranges[k] if setting.ranges else None
    extent = np.ascontiguousarray(own if span is None else np.where(np.isnan(own), own, span))
    steps = directions()
    return textures(
        values,
        runs.voxel,
        runs.pieces,
        runs.first,
        batch.start_zyx,
        batch.stop_zyx,
        steps[steps[:, 0] == 0] if setting.dimensions == 2 else steps,
        extent,
        _levels(setting),
    )


FAMILY = Family("texture", columns, measure, uses_spacing=False)
