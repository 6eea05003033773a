"""The voxel values of an object, channel by channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from objclass.data.objects import Column
from objclass.measure.family import Batch, Family, Setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUANTILES = (0, 10, 25, 50, 75, 90, 100)
BINS = 64
MOMENTS = {
    "mean": "Mean of the voxel values.",
    "variance": "Mean squared difference of the voxel values from their mean.",
    "skewness": "Third central moment over variance^1.5; missing where all values are equal.",
    "kurtosis": "Fourth central moment over variance squared, minus 3; missing where all "
    "values are equal.",
    "min": "Smallest voxel value.",
    "max": "Largest voxel value.",
    "total": "Sum of the voxel values.",
}
UNITS = {"mean": "intensity", "variance": "intensity^2", "skewness": "", "kurtosis": ""}


def columns(setting: Setting) -> tuple[Column, ...]:
    """Moments, extremes, quantiles and, over a known range, a histogram of each channel."""
    return tuple(
        column for c in range(len(setting.channels)) for column in _declare_channel(setting, c)
    )


def _declare_channel(setting: Setting, c: int) -> Iterator[Column]:
    channel, span = setting.channels[c], setting.ranges[c] if setting.ranges else None
    for feature, definition in MOMENTS.items():
        yield _column(feature, None, channel, UNITS.get(feature, "intensity"), definition)
    for q in QUANTILES:
        text = f"{q} % quantile of the voxel values, linear between neighbours."
        yield _column("quantile", q, channel, "intensity", text)
    if span is None:
        return
    for k in range(BINS):
        text = (
            f"Voxels in bin {k} of {BINS} equal bins over {span[0]:g} to {span[1]:g}; "
            "values beyond count in the end bins."
        )
        yield _column("histogram", k, channel, "voxel", text)


def _column(feature: str, k: int | None, channel: str, unit: str, definition: str) -> Column:
    full = f"intensity_{feature}"
    name = full if k is None else f"{full}_{k}"
    return Column(
        f"{name}-{channel}", "intensity", full, "intensity", unit, definition, channel=channel
    )


def measure(batch: Batch) -> Mapping[str, NDArray[np.float64]]:
    """Measure every channel of the setting."""
    result: dict[str, NDArray[np.float64]] = {}
    for c in range(len(batch.setting.channels)):
        table = _measure_channel(batch, c)
        declared = _declare_channel(batch.setting, c)
        result.update({column.name: table[:, k] for k, column in enumerate(declared)})
    return result


def _measure_channel(batch: Batch, c: int) -> NDArray[np.float64]:
    """Return all columns of one channel ``(n, k)``."""
    import numpy as np

    from objclass.measure.kernels import intensity as kernels

    image, span = batch.images[c], batch.setting.ranges[c] if batch.setting.ranges else None
    runs = batch.runs
    values = runs.values(image)
    parts = [kernels.moments(values, runs.voxel)]
    if span is not None:
        low, high = map(float, span)
        parts.append(kernels.histograms(values, runs.voxel, low, high, BINS))
    shares = np.array(QUANTILES, np.float64) / 100.0
    whole_numbers = image.dtype.kind in "uib"
    extent = np.ascontiguousarray(parts[0][:, kernels.MINIMUM : kernels.MAXIMUM + 1])
    parts.insert(1, kernels.quantiles(values, runs.voxel, shares, extent, whole_numbers))
    return np.concatenate(parts, axis=1)


FAMILY = Family("intensity", columns, measure, regional=True, uses_spacing=False)
