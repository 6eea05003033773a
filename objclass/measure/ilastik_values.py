"""How each group of ilastik's features is measured; values as float64 (n, …) by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from objclass.measure.ilastik_names import NEAR
from objclass.measure.kernels import intensity as moment_kernels
from objclass.measure.kernels.defects import differences
from objclass.measure.kernels.ilastik import box as box_kernels
from objclass.measure.kernels.ilastik import channels as channel_kernels
from objclass.measure.kernels.ilastik import histogram as histogram_kernels
from objclass.measure.kernels.ilastik import skeleton as skeleton_kernels
from objclass.measure.kernels.ilastik.extremes import extreme_places
from objclass.measure.kernels.ilastik.place import coordinate_statistics
from objclass.measure.kernels.place import centers
from objclass.measure.kernels.rings import find_rings, widths
from objclass.measure.runs import ObjectRuns, label_volume, sorted_runs

if TYPE_CHECKING:
    from objclass.measure.family import ObjectBatch

    Values = dict[str, NDArray[np.float64]]

SHARES = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
PLAIN = ("Mean", "Variance", "Skewness", "Kurtosis", "Minimum", "Maximum", "Sum")
FEW = 1 << 21


def origin_zyx(batch: ObjectBatch) -> NDArray[np.int64]:
    """Return the first voxel of the crop in the whole image as z, y, x."""
    return np.array((0,) * (3 - len(batch.origin)) + tuple(batch.origin), np.int64)


def to_xyz(zyx: NDArray[np.float64], dimensions: int) -> NDArray[np.float64]:
    """Return ``(n, 3)`` z, y, x as ``(n, d)`` x, y, (z)."""
    return zyx[:, ::-1][:, :dimensions]


def voxels(batch: ObjectBatch, runs: ObjectRuns, k: int) -> NDArray[np.float64]:
    """Return one channel's voxel values as float32 has them."""
    values = runs.values(batch.images[k])
    if batch.images[k].dtype.itemsize > 2:
        values = values.astype(np.float32).astype(np.float64)
    return values


def places(batch: ObjectBatch) -> Values:
    """Boxes, centres, axes, and argmin/argmax with one channel."""
    d, origin = batch.setting.dimensions, origin_zyx(batch)
    result = _along_axes(batch, np.empty(0), "")
    result["Count"] = batch.size.astype(np.float64)
    low, high = batch.start_zyx + origin, batch.stop_zyx + origin
    result["Coord<Minimum>"] = to_xyz(low.astype(np.float64), d)
    result["Coord<Maximum>"] = to_xyz(high.astype(np.float64), d)
    if len(batch.images) == 1:
        runs, start = batch.runs, batch.start_zyx
        extreme = extreme_places(voxels(batch, runs, 0), runs.voxel, runs.pieces, runs.first, start)
        for k, name in enumerate(("Coord<ArgMinWeight>", "Coord<ArgMaxWeight>")):
            result[name] = to_xyz(low + extreme[:, k], d)
    return result


def weigh_by_intensity(batch: ObjectBatch) -> Values:
    """The same weighted by intensity."""
    return _along_axes(batch, voxels(batch, batch.runs, 0), "Weighted")


def _along_axes(batch: ObjectBatch, weights: NDArray[np.float64], prefix: str) -> Values:
    runs, d = batch.runs, batch.setting.dimensions
    count, total, values, axes, powers = coordinate_statistics(
        runs.pieces, runs.first, runs.voxel, weights, origin_zyx(batch), d
    )
    n = count[:, None]
    coord, end = ("Weighted<Coord", ">") if prefix else ("Coord", "")
    open_, close = ("Weighted<", ">") if prefix else ("", "")
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "Weighted<PowerSum<0>>": count,
            f"{coord}<PowerSum<1>>{end}": total,
            f"{open_}RegionCenter{close}": total / n,
            f"{open_}RegionRadii{close}": np.sqrt(values / n),
            f"{open_}RegionAxes{close}": axes,
            f"{coord}<Principal<PowerSum<2>>>{end}": values,
            f"{coord}<Principal<PowerSum<3>>>{end}": powers[:, 0],
            f"{coord}<Principal<PowerSum<4>>>{end}": powers[:, 1],
            f"{coord}<DivideByCount<Principal<PowerSum<2>>>>{end}": values / n,
            f"{coord}<Principal<Skewness>>{end}": _skewness(n, values, powers[:, 0]),
            f"{coord}<Principal<Kurtosis>>{end}": _kurtosis(n, values, powers[:, 1]),
        }


def _skewness(
    n: NDArray[np.float64], second: NDArray[np.float64], third: NDArray[np.float64]
) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.sqrt(n) * third / (second * np.sqrt(second))
    return result


def _kurtosis(
    n: NDArray[np.float64], second: NDArray[np.float64], fourth: NDArray[np.float64]
) -> NDArray[np.float64]:
    result: NDArray[np.float64] = n * fourth / (second * second) - 3.0
    return result


def statistics(batch: ObjectBatch) -> Values:
    """Moments and extremes of every channel."""
    runs = batch.runs
    values = [voxels(batch, runs, k) for k in range(len(batch.images))]
    tables = np.stack([moment_kernels.moments(v, runs.voxel) for v in values], axis=1)
    sums = np.stack(
        [moment_kernels.power_sums(v, runs.voxel, t) for v, t in _with_means(values, tables)],
        axis=1,
    )
    result = {name: tables[:, :, k] for k, name in enumerate(PLAIN)}
    result.update({f"Central<PowerSum<{k}>>": sums[:, :, k - 2] for k in (2, 3, 4)})
    return result


def _with_means(
    values: list[NDArray[np.float64]], tables: NDArray[np.float64]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    means = [np.ascontiguousarray(tables[:, k, moment_kernels.MEAN]) for k in range(len(values))]
    return list(zip(values, means, strict=True))


def together(batch: ObjectBatch) -> Values:
    """Covariance of the channels and statistics along its axes."""
    return _together(batch, batch.runs)


def _together(batch: ObjectBatch, runs: ObjectRuns) -> Values:
    values = np.stack([voxels(batch, runs, k) for k in range(len(batch.images))], axis=1)
    scatter, axes, own = channel_kernels.channel_statistics(values, runs.voxel)
    n = runs.size.astype(np.float64)[:, None]
    second, third, fourth = own[:, 2], own[:, 3], own[:, 4]
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "Covariance": scatter / n[:, :, None],
            "PrincipalAxes": axes,
            "Principal<Minimum>": own[:, 0],
            "Principal<Maximum>": own[:, 1],
            "Principal<PowerSum<2>>": second,
            "Principal<PowerSum<3>>": third,
            "Principal<PowerSum<4>>": fourth,
            "Principal<Variance>": second / n,
            "Principal<Skewness>": _skewness(n, second, third),
            "Principal<Kurtosis>": _kurtosis(n, second, fourth),
        }


def levels(batch: ObjectBatch) -> Values:
    """Histogram and quantiles over the range of all objects of the frame, and that range."""
    runs, n = batch.runs, len(batch.ids)
    (low, high), *_ = batch.extent or ((0.0, 0.0),)
    low, high = float(np.float32(low)), float(np.float32(high))
    values = voxels(batch, runs, 0)
    table = moment_kernels.moments(values, runs.voxel)
    extremes = np.ascontiguousarray(table[:, moment_kernels.MINIMUM : moment_kernels.MAXIMUM + 1])
    counts, quantiles = histogram_kernels.histogram_quantiles(
        values, runs.voxel, extremes, low, high, SHARES
    )
    return {
        "Histogram": counts,
        "Quantiles": quantiles,
        "Global<Minimum>": np.full(n, low),
        "Global<Maximum>": np.full(n, high),
    }


def neighborhood(batch: ObjectBatch) -> Values:
    """Intensity features of the voxels around each object, some objects at a time."""
    from objclass.measure.ilastik import margin_of

    margin = margin_of(batch.setting)[-batch.setting.dimensions :]
    parts = [_near_part(part) for part in batch.parts(margin, FEW)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _near_part(batch: ObjectBatch) -> Values:
    runs = _context(batch)
    values = [voxels(batch, runs, k) for k in range(len(batch.images))]
    tables = np.stack([moment_kernels.moments(v, runs.voxel) for v in values], axis=1)
    result = {name + NEAR: tables[:, :, k] for k, name in enumerate(PLAIN)}
    if len(values) == 1:
        extremes = np.ascontiguousarray(
            tables[:, 0, moment_kernels.MINIMUM : moment_kernels.MAXIMUM + 1]
        )
        histogram = histogram_kernels.own_histograms(values[0], runs.voxel, extremes)
        result["Histogram" + NEAR] = histogram
    else:
        result["Covariance" + NEAR] = _together(batch, runs)["Covariance"]
    return result


def _context(batch: ObjectBatch) -> ObjectRuns:
    """Return the voxels nearer than the margin to each object that are not its own."""
    from objclass.measure.ilastik import margin_of

    margin = np.array(margin_of(batch.setting), np.int64)
    largest = int(margin.max())
    pitch = np.array([largest // m if m > 0 else 1 for m in margin], np.float64)
    behind = np.where(margin > 0, margin + 1, 0)
    found, count = find_rings(
        label_volume(batch.labels),
        batch.runs.pieces,
        batch.runs.first,
        batch.start_zyx,
        batch.stop_zyx,
        margin,
        behind,
        widths(pitch, largest * largest - 0.5, behind),
        np.zeros((1, 1), np.int64),
        True,
    )
    return sorted_runs(found, count, len(batch.ids))


def hull(batch: ObjectBatch) -> Values:
    """The features of the filled bounding box, which ilastik calls convex hull."""
    d, runs, start, stop = batch.setting.dimensions, batch.runs, batch.start_zyx, batch.stop_zyx
    low = start + origin_zyx(batch)
    center = centers(runs.pieces, runs.first, start)
    outer, first_outer = box_kernels.boxes(start, stop)
    rest, first = differences(outer, first_outer, runs.pieces, runs.first)
    table, defects = box_kernels.box_defects(rest, first, start, stop, center)
    box = np.prod(stop - start, axis=1).astype(np.float64)
    names = ("Count", "VolumeMean", "VolumeVariance", "VolumeSkewness", "VolumeKurtosis")
    result = {f"Defect{name}": table[:, k] for k, name in enumerate(names)}
    result["DefectDisplacementMean"] = table[:, box_kernels.DISPLACEMENT]
    result["InputVolume"] = batch.size.astype(np.float64)
    result["HullVolume"] = box
    result["Convexity"] = batch.size / box
    result["InputCenter"] = to_xyz(low + center, d)
    result["HullCenter"] = to_xyz(low + (stop - start - 1) / 2.0, d)
    result["DefectCenter"] = to_xyz(low + defects, d)
    return result


def skeleton(batch: ObjectBatch) -> Values:
    """The features of the pruned 2D skeleton."""
    runs = batch.runs
    border = np.array([side for axis in batch.border[-2:] for side in axis], np.bool_)
    table, places = skeleton_kernels.skeletons(
        label_volume(batch.labels),
        runs.pieces,
        runs.first,
        batch.start_zyx,
        batch.stop_zyx,
        border,
        origin_zyx(batch),
    )
    names = (
        *("Diameter", "Euclidean Diameter", "Total Length", "Average Length"),
        *("Branch Count", "Hole Count"),
    )
    result = {name: table[:, k] for k, name in enumerate(names)}
    for k, name in enumerate(("Skeleton Center", "Terminal 1", "Terminal 2")):
        result[name] = places[:, k]
    return result
