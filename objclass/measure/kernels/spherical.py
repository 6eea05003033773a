"""Spectra of what an object looks like from its centre, on a circle or a sphere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.elementary import PI, cosine, sine
from objclass.measure.kernels.orientation import (
    WAYS,
    find_ways,
    lay_vector,
    stand,
    stand_sizes,
)

ANGLES = 128
LATITUDES = 64
DEGREES = 64
EDGES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 20, 25, 32, 40, 51, 64)
BANDS = len(EDGES) - 1


@kernel
def circle() -> NDArray[np.float64]:
    """Return cosine and sine of ANGLES equal steps ``(ANGLES, 2)``."""
    result = np.empty((ANGLES, 2), np.float64)
    for k in range(ANGLES):
        angle = 2.0 * PI * k / ANGLES
        result[k, 0] = cosine(angle)
        result[k, 1] = sine(angle if angle <= PI else angle - 2.0 * PI)
    return result


@kernel
def legendre(degree: int, x: float) -> tuple[float, float]:
    """Return the Legendre polynomial of a degree and its slope at x."""
    before, value = 1.0, x
    for k in range(2, degree + 1):
        before, value = value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k
    return value, degree * (x * value - before) / (x * x - 1.0)


@kernel
def latitudes(count: int) -> NDArray[np.float64]:
    """Return Gauss-Legendre nodes, descending, and weights ``(count, 2)`` on [−1, 1]."""
    result = np.empty((count, 2), np.float64)
    for k in range(count):
        # Tricomi's guess, then Newton: six rounds reach rounding for 64 nodes.
        x = cosine(PI * (k + 0.75) / (count + 0.5))
        for _ in range(6):
            value, slope = legendre(count, x)
            x -= value / slope
        value, slope = legendre(count, x)
        result[k, 0] = x
        result[k, 1] = 2.0 / ((1.0 - x * x) * slope * slope)
    return result


@kernel
def harmonics(nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return orthonormal associated Legendre functions ``(l, m, latitude)``, real harmonics.

    Their squares integrate to 1 over the sphere together with cos mφ or sin mφ.
    """
    result = np.zeros((DEGREES, DEGREES, LATITUDES), np.float64)
    for i in range(LATITUDES):
        # The diagonal (m, m), then upwards in the degree for each order: the recurrence that
        # loses no digits. The factor 2 at m = 1 is that of cos and sin against the constant.
        x = nodes[i, 0]
        s = np.sqrt(1.0 - x * x)
        result[0, 0, i] = np.sqrt(0.25 / PI)
        for m in range(1, DEGREES):
            ratio = (2.0 * m + 1.0) / (2.0 * m) * (2.0 if m == 1 else 1.0)
            result[m, m, i] = np.sqrt(ratio) * s * result[m - 1, m - 1, i]
        for m in range(DEGREES - 1):
            result[m + 1, m, i] = np.sqrt(2.0 * m + 3.0) * x * result[m, m, i]
            for n in range(m + 2, DEGREES):
                a = np.sqrt((4.0 * n * n - 1.0) / (n * n - m * m))
                b = np.sqrt(((n - 1.0) ** 2 - m * m) / (4.0 * (n - 1.0) ** 2 - 1.0))
                result[n, m, i] = a * (x * result[n - 1, m, i] - b * result[n - 2, m, i])
    return result


@kernel
def ray_mean(
    box: NDArray[np.float64],
    center: NDArray[np.float64],
    z: float,
    y: float,
    x: float,
    neutral: float,
) -> float:
    """Return the mean of the object's voxels on a ray from `center`; `neutral` where it meets none.

    (z, y, x) is one step in voxels, at most half of one. Each voxel counts once.
    """
    depth, height, width = box.shape
    # Steps are at most half a voxel long, so that no voxel is jumped over; one that is met
    # twice in a row counts once, so that the mean does not lean to voxels crossed lengthwise.
    total, count, k = 0.0, 0, 0
    before = -1
    while True:
        c = int(np.floor(center[0] + k * z + 0.5))
        b = int(np.floor(center[1] + k * y + 0.5))
        a = int(np.floor(center[2] + k * x + 0.5))
        if not (0 <= c < depth and 0 <= b < height and 0 <= a < width):
            return total / count if count > 0 else neutral
        at = (c * height + b) * width + a
        if at != before and box[c, b, a] > -np.inf:
            total += box[c, b, a]
            count += 1
        before = at
        k += 1


@kernel
def bands(power: NDArray[np.float64], out: NDArray[np.float64]) -> bool:
    """Write each band's share of the power of degrees 1 on; return False where there is none."""
    total = 0.0
    for k in range(EDGES[0], EDGES[BANDS]):
        total += power[k]
    if total <= 0.0:
        return False
    for band in range(BANDS):
        out[band] = 0.0
        for k in range(EDGES[band], EDGES[band + 1]):
            out[band] += power[k] / total
    return True


@kernel
def circular_power(
    view: NDArray[np.float64], turns: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    """Write the power of every frequency of a view on the circle ``(ANGLES,)``."""
    for k in range(1, DEGREES):
        real, other = 0.0, 0.0
        for j in range(ANGLES):
            at = (j * k) % ANGLES
            real += view[j] * turns[at, 0]
            other += view[j] * turns[at, 1]
        out[k] = real * real + other * other


@kernel
def spherical_power(
    view: NDArray[np.float64],
    turns: NDArray[np.float64],
    nodes: NDArray[np.float64],
    table: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write the power of every degree of a view on the sphere ``(LATITUDES, ANGLES)``."""
    # Fourier sums around each parallel first, then Gauss-Legendre sums over latitudes: the
    # product of both grids would cost a hundred times more.
    out[:] = 0.0
    real, other = np.empty(LATITUDES, np.float64), np.empty(LATITUDES, np.float64)
    for m in range(DEGREES):
        for i in range(LATITUDES):
            real[i], other[i] = 0.0, 0.0
            for j in range(ANGLES):
                at = (j * m) % ANGLES
                real[i] += view[i, j] * turns[at, 0]
                other[i] += view[i, j] * turns[at, 1]
            real[i] *= nodes[i, 1]
            other[i] *= nodes[i, 1]
        for n in range(m, DEGREES):
            a, b = 0.0, 0.0
            for i in range(LATITUDES):
                a += real[i] * table[n, m, i]
                b += other[i] * table[n, m, i]
            out[n] += a * a + b * b


@kernel
def circular_view(
    box: NDArray[np.float64],
    center: NDArray[np.float64],
    step: NDArray[np.float64],
    turns: NDArray[np.float64],
    neutral: float,
    view: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Write the view around the circle; return its dipole as z, y, x."""
    dipole = np.zeros(3, np.float64)
    mean = 0.0
    for j in range(ANGLES):
        x, y = turns[j, 0], turns[j, 1]
        view[0, j] = ray_mean(box, center, 0.0, y * step[1], x * step[2], neutral)
        mean += view[0, j] / ANGLES
    for j in range(ANGLES):
        view[0, j] -= mean
        dipole[1] += view[0, j] * turns[j, 1]
        dipole[2] += view[0, j] * turns[j, 0]
    return dipole


@kernel
def spherical_view(
    box: NDArray[np.float64],
    center: NDArray[np.float64],
    step: NDArray[np.float64],
    turns: NDArray[np.float64],
    nodes: NDArray[np.float64],
    neutral: float,
    view: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Write the view around the sphere; return its dipole as z, y, x."""
    dipole = np.zeros(3, np.float64)
    mean = 0.0
    for i in range(LATITUDES):
        z = nodes[i, 0]
        flat = np.sqrt(1.0 - z * z)
        for j in range(ANGLES):
            x, y = flat * turns[j, 0], flat * turns[j, 1]
            view[i, j] = ray_mean(box, center, z * step[0], y * step[1], x * step[2], neutral)
            mean += view[i, j] * nodes[i, 1] / (2.0 * ANGLES)
    for i in range(LATITUDES):
        z = nodes[i, 0]
        flat = np.sqrt(1.0 - z * z)
        for j in range(ANGLES):
            view[i, j] -= mean
            weight = view[i, j] * nodes[i, 1]
            dipole[0] += weight * z
            dipole[1] += weight * flat * turns[j, 1]
            dipole[2] += weight * flat * turns[j, 0]
    return dipole


@kernel
def look_around(
    box: NDArray[np.float64],
    center: NDArray[np.float64],
    step: NDArray[np.float64],
    turns: NDArray[np.float64],
    nodes: NDArray[np.float64],
    neutral: float,
    view: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Write the view on the circle or the sphere, by the rows of `view`; return its dipole."""
    if view.shape[0] == 1:
        return circular_view(box, center, step, turns, neutral, view)
    return spherical_view(box, center, step, turns, nodes, neutral, view)


@kernel
def power_of(
    view: NDArray[np.float64],
    turns: NDArray[np.float64],
    nodes: NDArray[np.float64],
    table: NDArray[np.float64],
    power: NDArray[np.float64],
) -> None:
    """Write the power of every degree in a view on the circle or the sphere, by its rows."""
    if view.shape[0] == 1:
        circular_power(view[0], turns, power)
    else:
        spherical_power(view, turns, nodes, table, power)


@kernel
def draw_values(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    values: NDArray[np.float64],
    start: NDArray[np.int64],
    box: NDArray[np.float64],
) -> None:
    """Write the object's values into its box."""
    place = 0
    for i in range(begin, end):
        z, y, x = runs[i, 0] - start[0], runs[i, 1] - start[1], runs[i, 2] - start[2]
        for k in range(runs[i, 3]):
            box[z, y, x + k] = values[place]
            place += 1


@kernel
def boxed_values(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    values: NDArray[np.float64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the object's values in its box, −∞ outside the object."""
    shape = stop - start
    box = np.full((shape[0], shape[1], shape[2]), -np.inf)
    draw_values(runs, begin, end, values, start, box)
    return box


@kernel
def spectra(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    voxel: NDArray[np.int64],
    values: NDArray[np.float64],
    means: NDArray[np.float64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    size: NDArray[np.float64],
    flat: bool,
) -> NDArray[np.float64]:
    """Return ``(n, BANDS + 4)``: shares of the bands, polarisation, its direction z, y, x.

    `size` (3,) is that of a voxel. Every object is looked at in its standard position. NaN
    where it looks the same in all directions.
    """
    n = first.size - 1
    result = np.full((n, BANDS + 4), np.nan)
    turns, nodes = circle(), latitudes(LATITUDES)
    table = harmonics(nodes) if not flat else np.zeros((1, 1, 1), np.float64)
    view = np.empty((1 if flat else LATITUDES, ANGLES), np.float64)
    power = np.zeros(DEGREES, np.float64)
    ways, middle, dipole = np.empty(WAYS, np.int64), np.empty(3), np.empty(3)
    for row in range(n):
        own = values[voxel[row] : voxel[row + 1]]
        if own.size == 0 or np.isnan(means[row]):
            continue
        box = boxed_values(runs, first[row], first[row + 1], own, start[row], stop[row])
        # A turned image must give the same bytes, so the object is first laid in the one of its
        # turns that a rule of its own values names; where several turns look alike, the
        # dipole is averaged over them, since any could have been taken.
        count = find_ways(box, size, flat, ways)
        standing, step = stand(box, ways[0]), steps_of(stand_sizes(size, ways[0]), flat)
        mean = center_of(standing, middle)
        seen = look_around(standing, middle, step, turns, nodes, mean, view)
        if is_even(view):
            continue
        lay_vector(seen, ways[:count], dipole)
        power_of(view, turns, nodes, table, power)
        if bands(power, result[row]):
            result[row, BANDS] = np.sqrt(result[row, 0])
            write_direction(dipole, seen, result[row])
    return result


@kernel
def center_of(box: NDArray[np.float64], center: NDArray[np.float64]) -> float:
    """Write the mean z, y, x of the object's voxels; return the mean of their values."""
    total, count = 0.0, 0
    center[:] = 0.0
    for z in range(box.shape[0]):
        for y in range(box.shape[1]):
            for x in range(box.shape[2]):
                if box[z, y, x] > -np.inf:
                    total += box[z, y, x]
                    count += 1
                    center[0] += z
                    center[1] += y
                    center[2] += x
    center /= count
    return total / count


@kernel
def steps_of(size: NDArray[np.float64], flat: bool) -> NDArray[np.float64]:
    """Return a step of half the smallest voxel size along each axis, in voxels."""
    smallest = min(size[1], size[2]) if flat else min(size[0], min(size[1], size[2]))
    step: NDArray[np.float64] = 0.5 * smallest / size
    return step


@kernel
def is_even(view: NDArray[np.float64]) -> bool:
    """Tell whether the view is the same everywhere, but for rounding."""
    largest = 0.0
    for value in view.ravel():
        largest = max(largest, abs(value))
    return largest <= 1e-9


@kernel
def write_direction(
    dipole: NDArray[np.float64], seen: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    """Write the unit vector of the dipole behind the bands and the polarisation.

    NaN where nothing but rounding is left of what was `seen`, for an object that is its own
    turned image.
    """
    whole = np.sqrt(seen[0] ** 2 + seen[1] ** 2 + seen[2] ** 2)
    length = np.sqrt(dipole[0] ** 2 + dipole[1] ** 2 + dipole[2] ** 2)
    if length > 1e-9 * whole:
        for k in range(3):
            out[BANDS + 1 + k] = dipole[k] / length
