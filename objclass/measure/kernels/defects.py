"""What an object lacks of a convex shape around it, as connected pieces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.pieces import join, root_of

COUNT, MEAN, VARIANCE, SKEWNESS, KURTOSIS, DISPLACEMENT = 0, 1, 2, 3, 4, 5


@kernel
def rest_of_line(
    outer: NDArray[np.int32],
    runs: NDArray[np.int32],
    at: int,
    end: int,
    rest: NDArray[np.int32],
    count: int,
) -> tuple[int, int]:
    """Append what the runs from `at` on leave of one outer run; return next run and new count."""
    z, y, x = outer[0], outer[1], outer[2]
    stop = x + outer[3]
    while at < end and runs[at, 0] == z and runs[at, 1] == y:
        if runs[at, 2] > x:
            rest[count, 0], rest[count, 1], rest[count, 2] = z, y, x
            rest[count, 3] = runs[at, 2] - x
            count += 1
        x = runs[at, 2] + runs[at, 3]
        at += 1
    if x < stop:
        rest[count, 0], rest[count, 1], rest[count, 2] = z, y, x
        rest[count, 3] = stop - x
        count += 1
    return at, count


@kernel
def difference(outer: NDArray[np.int32], runs: NDArray[np.int32], rest: NDArray[np.int32]) -> int:
    """Write `outer` (one run a line) without `runs` into `rest`; return how many runs."""
    count, at = 0, 0
    for k in range(outer.shape[0]):
        at, count = rest_of_line(outer[k], runs, at, runs.shape[0], rest, count)
    return count


@kernel
def differences(
    outer: NDArray[np.int32],
    first_outer: NDArray[np.int64],
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return for every object what its `runs` leave of `outer`, and its first run (n + 1,)."""
    n = first.size - 1
    rest = np.empty((outer.shape[0] + runs.shape[0], 4), np.int32)
    begin = np.zeros(n + 1, np.int64)
    for row in range(n):
        count = difference(
            outer[first_outer[row] : first_outer[row + 1]],
            runs[first[row] : first[row + 1]],
            rest[begin[row] :],
        )
        begin[row + 1] = begin[row] + count
    return rest[: begin[n]], begin


@kernel
def join_lines(
    runs: NDArray[np.int32], parent: NDArray[np.int64], a: int, a_end: int, b: int, b_end: int
) -> None:
    """Join the runs of two neighbouring lines that share an x."""
    while a < a_end and b < b_end:
        a_stop, b_stop = runs[a, 2] + runs[a, 3], runs[b, 2] + runs[b, 3]
        if runs[a, 2] < b_stop and runs[b, 2] < a_stop:
            join(parent, a, b)
        if a_stop <= b_stop:
            a += 1
        else:
            b += 1


@kernel
def label_runs(
    runs: NDArray[np.int32], start: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the first run of each run's piece; pieces are connected through voxel faces.

    `runs` are in raster order inside the box `start`, `stop`.
    """
    height = stop[1] - start[1]
    lines = (stop[0] - start[0]) * height
    first = np.zeros(lines + 1, np.int64)
    count = runs.shape[0]
    for k in range(count):
        first[(runs[k, 0] - start[0]) * height + runs[k, 1] - start[1] + 1] += 1
    for line in range(lines):
        first[line + 1] += first[line]
    parent = np.arange(count)
    for line in range(lines):
        a, a_end = first[line], first[line + 1]
        if a == a_end:
            continue
        if line % height > 0:
            join_lines(runs, parent, a, a_end, first[line - 1], a)
        if line >= height:
            join_lines(runs, parent, a, a_end, first[line - height], first[line - height + 1])
    for k in range(count):
        parent[k] = root_of(parent, k)
    return parent


@kernel
def piece_sums(
    runs: NDArray[np.int32],
    piece: NDArray[np.int64],
    start: NDArray[np.int64],
    sums: NDArray[np.float64],
) -> int:
    """Write size and coordinate sums of every piece into `sums` (m, 4); return how many.

    Coordinates count from `start`; sums of whole numbers are exact.
    """
    count = 0
    place = np.empty(runs.shape[0], np.int64)
    for k in range(runs.shape[0]):
        if piece[k] == k:
            place[k] = count
            sums[count] = 0.0
            count += 1
        at, length = place[piece[k]], float(runs[k, 3])
        sums[at, 0] += length
        sums[at, 1] += length * (runs[k, 0] - start[0])
        sums[at, 2] += length * (runs[k, 1] - start[1])
        sums[at, 3] += length * (runs[k, 2] - start[2]) + length * (length - 1.0) / 2.0
    return count


@kernel
def size_moments(sums: NDArray[np.float64], count: int, out: NDArray[np.float64]) -> None:
    """Write count, mean, variance, skewness and kurtosis of the pieces' sizes."""
    out[COUNT] = count
    if count == 0:
        return
    mean = sums[:count, 0].sum() / count
    second, third, fourth = 0.0, 0.0, 0.0
    for k in range(count):
        off = sums[k, 0] - mean
        second += off * off
        third += off * off * off
        fourth += off * off * off * off
    variance = second / count
    out[MEAN] = mean
    out[VARIANCE] = variance
    if variance > 0.0:
        out[SKEWNESS] = third / count / (variance * np.sqrt(variance))
        out[KURTOSIS] = fourth / count / (variance * variance) - 3.0


@kernel
def displacement(
    sums: NDArray[np.float64], count: int, center: NDArray[np.float64], voxel: NDArray[np.float64]
) -> float:
    """Return the mean distance of the pieces' centres from `center`, weighted by size."""
    total, weight = 0.0, 0.0
    for k in range(count):
        square = 0.0
        for axis in range(3):
            off = (sums[k, axis + 1] / sums[k, 0] - center[axis]) * voxel[axis]
            square += off * off
        total += sums[k, 0] * np.sqrt(square)
        weight += sums[k, 0]
    return total / weight if weight > 0.0 else np.nan


@kernel
def center_of(sums: NDArray[np.float64], count: int, out: NDArray[np.float64]) -> None:
    """Write the mean z, y, x of all pieces together; NaN where there are none."""
    size = sums[:count, 0].sum()
    for axis in range(3):
        out[axis] = sums[:count, axis + 1].sum() / size if size > 0.0 else np.nan


@kernel
def measure_defects(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    outer: NDArray[np.int32],
    first_outer: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    center: NDArray[np.float64],
    voxel: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measure the pieces of `outer` that an object leaves free.

    Returns ``(n, 6)``: count, mean, variance, skewness and excess kurtosis of sizes (NaN
    where undefined) and mean displacement from `center` (n, 3) in the unit of `voxel`; and
    the centres of all defects together ``(n, 3)`` relative to `start`.
    """
    n = first.size - 1
    result = np.full((n, 6), np.nan)
    centers = np.empty((n, 3), np.float64)
    for row in range(n):
        own = runs[first[row] : first[row + 1]]
        around = outer[first_outer[row] : first_outer[row + 1]]
        rest = np.empty((own.shape[0] + around.shape[0], 4), np.int32)
        left = rest[: difference(around, own, rest)]
        sums = np.empty((left.shape[0], 4), np.float64)
        piece = label_runs(left, start[row], stop[row])
        count = piece_sums(left, piece, start[row], sums)
        size_moments(sums, count, result[row])
        result[row, DISPLACEMENT] = displacement(sums, count, center[row], voxel)
        center_of(sums, count, centers[row])
    return result, centers
