"""The voxel values of an object, channel by channel and channel against channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

from objclass.data.axes import SPATIAL
from objclass.data.objects import Column, Group
from objclass.measure.family import Family, ObjectBatch, Setting

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
UNITS = {"variance": "intensity^2", "skewness": "", "kurtosis": ""}
PLACES = {
    "center": "Mean {axis} of the voxels weighted by value; missing where a value is negative "
    "or all are 0.",
    "argmin": "{axis} of the smallest voxel value; of several equal ones their mean.",
    "argmax": "{axis} of the largest voxel value; of several equal ones their mean.",
}


def columns(setting: Setting) -> tuple[Column, ...]:
    """Moments, extremes, quantiles, places and, over a known range, a histogram per channel.

    With several channels also the covariance of every pair.
    """
    return _declare(setting.dimensions, setting.channels, setting.ranges)


@lru_cache(maxsize=16)
def _declare(
    dimensions: int, channels: tuple[str, ...], ranges: tuple[tuple[float, float] | None, ...]
) -> tuple[Column, ...]:
    """Return the columns; thousands of images have the same."""
    spans = ranges or (None,) * len(channels)
    single = [
        column
        for channel, span in zip(channels, spans, strict=True)
        for column in _declare_channel(dimensions, channel, span)
    ]
    return (*single, *_declare_pairs(channels))


def _declare_channel(
    dimensions: int, channel: str, span: tuple[float, float] | None
) -> Iterator[Column]:
    for feature, definition in MOMENTS.items():
        yield _column(feature, None, channel, UNITS.get(feature, "intensity"), definition)
    for q in QUANTILES:
        text = f"{q} % quantile of the voxel values, linear between neighbours."
        yield _column("quantile", q, channel, "intensity", text)
    for place, definition in PLACES.items():
        for axis in SPATIAL[-dimensions:]:
            text = definition.format(axis=axis)
            yield _column(place, axis, channel, "voxel", text[0].upper() + text[1:])
    yield from _declare_histogram(channel, span)


def _declare_histogram(channel: str, span: tuple[float, float] | None) -> Iterator[Column]:
    if span is None:
        return
    for k in range(BINS):
        text = (
            f"Voxels in bin {k} of {BINS} equal bins over {span[0]:g} to {span[1]:g}; "
            "values beyond count in the end bins."
        )
        yield _column("histogram", k, channel, "voxel", text)


def _declare_pairs(channels: tuple[str, ...]) -> Iterator[Column]:
    for a, b in combinations(channels, 2):
        text = f"Population covariance of the voxel values of {a} and {b}."
        yield _column("covariance", None, f"{a}-{b}", "intensity^2", text)


def _span(setting: Setting, k: int) -> tuple[float, float] | None:
    return setting.ranges[k] if setting.ranges else None


def _column(feature: str, k: int | str | None, channel: str, unit: str, text: str) -> Column:
    full = f"intensity_{feature}"
    name = full if k is None else f"{full}_{k}"
    group: Group = "location" if feature in PLACES else "intensity"
    return Column(
        f"{name}-{channel}", "intensity", full, group, unit, text, channel=channel,
        histogram=feature == "histogram",
    )  # fmt: skip


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
    """Measure every channel of the setting, then every pair."""
    import numpy as np

    from objclass.measure.kernels.intensity import MEAN, moments
    from objclass.measure.kernels.weighted import covariances

    runs = batch.runs
    values = [runs.values(image) for image in batch.images]
    statistics = [moments(v, runs.voxel) for v in values]
    means = [np.ascontiguousarray(s[:, MEAN]) for s in statistics]
    pairs = [
        covariances(values[a], values[b], runs.voxel, means[a], means[b])
        for a, b in combinations(range(len(values)), 2)
    ]
    single = [
        column for k in range(len(values)) for column in _channel(batch, k, values, statistics[k]).T
    ]
    names = [column.name for column in columns(batch.setting)]
    return dict(zip(names, [*single, *pairs], strict=True))


def _channel(
    batch: ObjectBatch, k: int, values: list[NDArray[np.float64]], moments: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return all columns of one channel ``(n, m)``; its values are reordered and let go."""
    import numpy as np

    from objclass.measure.kernels import intensity as kernels

    runs, span, own = batch.runs, _span(batch.setting, k), values[k]
    extent = np.ascontiguousarray(moments[:, kernels.MINIMUM : kernels.MAXIMUM + 1])
    places = _places(batch, own, extent)
    whole_numbers = batch.images[k].dtype.kind in "uib"
    histogram = moments[:, :0]
    if span is not None:
        low, high = map(float, span)
        histogram = kernels.histograms(own, runs.voxel, low, high, BINS)
    shares = np.array(QUANTILES, np.float64) / 100.0
    quantiles = kernels.quantiles(own, runs.voxel, shares, extent, whole_numbers)
    values[k] = own[:0]
    return np.concatenate([moments, quantiles, places, histogram], axis=1)


def _places(
    batch: ObjectBatch, values: NDArray[np.float64], extent: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return centre, argmin and argmax in voxels of the uncropped image ``(n, 3 d)``."""
    import numpy as np

    from objclass.measure.kernels.weighted import extreme_places, weighted_centers

    runs, start, d = batch.runs, batch.start_zyx, batch.setting.dimensions
    center = weighted_centers(values, runs.voxel, runs.pieces, runs.first, start)
    extremes = extreme_places(values, runs.voxel, runs.pieces, runs.first, start, extent)
    low = (batch.start + np.array(batch.origin)).astype(np.float64)
    local = (center, extremes[:, 0], extremes[:, 1])
    return np.concatenate([low + place[:, 3 - d :] for place in local], axis=1)


def bins(setting: Setting) -> int:
    """Return the number of bins of a histogram."""
    return BINS


FAMILY = Family(
    "intensity", columns, measure, version=2, regional=True, uses_spacing=False, levels=bins
)
