"""Texture of an object: which grey values lie side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from objclass.data.objects import Column
from objclass.data.value_range import Range
from objclass.measure.family import Family, ObjectBatch, Setting

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
    "information_1": "First information measure of correlation, (HXY − HXY1) / HX; missing where "
    "all are equal.",
    "information_2": "Second information measure of correlation, √(1 − exp(−2 (HXY2 − HXY))) with "
    "entropies in nats.",
    "dissimilarity": "Mean difference of neighbouring levels.",
}


def columns(setting: Setting) -> tuple[Column, ...]:
    """Haralick's features of every channel whose range is known."""
    return tuple(c for k in ranged_channels(setting) for c in declare("texture", setting, k))


def ranged_channels(setting: Setting) -> list[int]:
    """Return the numbers of the channels whose range is known: levels need one."""
    return [k for k, span in enumerate(setting.ranges) if span is not None]


def declare(family: str, setting: Setting, k: int) -> Iterator[Column]:
    """Yield the columns of one channel, for texture over a range or over an object's own."""
    ways = 4 if setting.dimensions == 2 else 13
    span = setting.ranges[k] if family == "texture" and setting.ranges else None
    over = f"over {span[0]:g} to {span[1]:g}" if span else "over the object's own range"
    for name, text in FEATURES.items():
        yield Column(
            f"{family}_{name}-{setting.channels[k]}",
            family,
            f"{family}_{name}",
            "intensity",
            "",
            f"{text} {levels(setting)} levels {over}, neighbours one voxel apart, "
            f"averaged over {ways} directions.",
            SOURCE,
            channel=setting.channels[k],
        )


def levels(setting: Setting) -> int:
    """Return the number of grey levels: the option ``levels``."""
    value = setting.options.get("levels", LEVELS)
    return value if isinstance(value, int) else LEVELS


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
    """Measure every channel whose range is known."""
    result: list[NDArray[np.float64]] = []
    for k in ranged_channels(batch.setting):
        result.extend(textures_of(batch, k, batch.setting.ranges[k]).T)
    return {c.name: v for c, v in zip(columns(batch.setting), result, strict=True)}


def textures_of(batch: ObjectBatch, k: int, span: Range | None) -> NDArray[np.float64]:
    """Return the features of one channel ``(n, 14)``, over a range or each object's own (None)."""
    import numpy as np

    from objclass.measure.kernels.intensity import MAXIMUM, MINIMUM, moments
    from objclass.measure.kernels.outline import directions
    from objclass.measure.kernels.texture import textures

    runs, setting = batch.runs, batch.setting
    values = runs.values(batch.images[k])
    own = moments(values, runs.voxel)[:, MINIMUM : MAXIMUM + 1]
    extent = np.ascontiguousarray(own if span is None else np.where(np.isnan(own), own, span))
    steps = directions()
    return textures(
        values,
        runs.voxel,
        runs.pieces,
        runs.first,
        steps[steps[:, 0] == 0] if setting.dimensions == 2 else steps,
        extent,
        levels(setting),
    )


FAMILY = Family("texture", columns, measure, version=2, uses_spacing=False, levels=levels)
