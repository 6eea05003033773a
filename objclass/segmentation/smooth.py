"""Gaussian smoothing: separable, float32, the same bits for a region as for the whole image.

The value of a voxel is a fixed sequence of float32 multiplications and additions over its
neighbours along z, then y, then x. So it does not depend on where the array was cut, as long
as the cut left `radius` voxels of context on every side that is not the image border.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.kernel import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


def radius(sigma: float) -> int:
    """Return how many voxels to each side a smoothing with `sigma` (in voxels) looks.

    ``int(2 * sigma + 0.5)`` but at least 1; 0 for sigma 0, which leaves the axis as it is.
    """
    return 0 if sigma == 0 else max(1, int(2 * sigma + 0.5))


def halo(sigma: tuple[float, ...]) -> tuple[int, ...]:
    """Return the context in voxels, one number per axis, that smoothing of a region needs."""
    return tuple(radius(s) for s in sigma)


def half_weights(sigma: float) -> NDArray[np.float64]:
    """Return the weights at distances 0, 1, … radius, float64; the full set sums to one."""
    if sigma == 0:
        return np.ones(1)
    half = [math.exp(-(k * k) / (2.0 * sigma * sigma)) for k in range(radius(sigma) + 1)]
    total = half[0] + 2.0 * math.fsum(half[1:])
    return np.array([weight / total for weight in half])


def gaussian(image: NDArray[np.generic], sigma: tuple[float, ...]) -> NDArray[np.float32]:
    """Return `image` smoothed by a Gaussian, one sigma per axis.

    Parameters
    ----------
    image
        ``(y, x)`` or ``(z, y, x)``, any integer or float type; computed in float32.
    sigma
        Standard deviations in voxels in the order of the axes; 0 leaves an axis unsmoothed.

    Returns
    -------
    float32 array of the same shape; without any smoothing, a float32 image itself. The border
    is mirrored without repeating the edge voxel; an axis of length 1 is left as it is.

    Notes
    -----
    NaN is a missing voxel. Where one lies in reach, the result is the weighted mean of the
    others in reach (normalised convolution, Knutsson and Westin 1993); NaN where there are
    none.

    Weights are computed in float64 and rounded to float32. Only + and × of float32 are used,
    in one fixed order, so the bytes are the same on every machine and for every region.
    """
    values = np.ascontiguousarray(image, dtype=np.float32)
    shape = (1, *values.shape)[-3:]
    used = [s if n > 1 else 0.0 for s, n in zip((0.0, *sigma)[-3:], shape, strict=True)]
    if values.size == 0 or not any(used):
        return values
    weights = [half_weights(float(s)).astype(np.float32) for s in used]
    out = _convolve(values, shape, weights)
    if image.dtype.kind == "f" and np.isnan(out.min()):
        _fill_missing(values, shape, weights, out)
    return out


def _convolve(
    values: NDArray[np.float32], shape: tuple[int, ...], weights: list[NDArray[np.float32]]
) -> NDArray[np.float32]:
    out = np.empty_like(values)
    wz, wy, wx = weights
    rz, ry, rx = len(wz) - 1, len(wy) - 1, len(wx) - 1
    depth, nx = 2 * ry + 1, shape[-1]
    ring, line = np.empty(depth * nx, np.float32), np.empty(nx + 2 * rx, np.float32)
    at = (
        np.empty(2 * rz + 1, np.int64),
        np.empty(depth, np.int64),
        np.arange(2 * rx + 1, dtype=np.int64),
    )
    _smooth(values.reshape(values.size), shape, wz, wy, wx, ring, line, *at, out.reshape(out.size))
    return out


def _fill_missing(
    values: NDArray[np.float32],
    shape: tuple[int, ...],
    weights: list[NDArray[np.float32]],
    out: NDArray[np.float32],
) -> None:
    """Replace what a missing voxel made NaN by the mean of the voxels that are there.

    Every other voxel keeps its bits, so that a block without a missing one, which never gets
    here, equals the same part of the whole image.
    """
    missing, holes = np.isnan(values), np.isnan(out)
    total = _convolve(np.where(missing, np.float32(0), values), shape, weights)
    share = _convolve((~missing).astype(np.float32), shape, weights)
    reached = holes & (share > 0)
    out[reached] = total[reached] / share[reached]


def scaled(image: NDArray[np.generic], low: float, high: float) -> NDArray[np.float32]:
    """Return ``(image - low) / (high - low)`` in float32: a declared value range becomes 0…1."""
    values = image.astype(np.float32)
    values -= np.float32(low)
    values /= np.float32(high - low)
    return values


@kernel
def mirror(i: int, n: int) -> int:
    """Return the voxel that stands for position i of an axis of length n, mirrored."""
    if n == 1:
        return 0
    period = 2 * (n - 1)
    i = abs(i) % period
    return period - i if i >= n else i


@kernel
def _weigh(source: Any, at: Any, weights: Any, out: Any, begin: Any, n: Any) -> None:
    """Weigh the n voxels from ``source[at[0]]``, ``source[at[1]]``, … into ``out[begin:]``.

    All arrays are flat; ``at[r]`` is the centre, the weights of ``at[r - k]`` and
    ``at[r + k]`` are equal. The order of the additions is part of the result.
    """
    r = weights.shape[0] - 1
    line = out[begin : begin + n]
    c = source[at[r] : at[r] + n]
    if r == 0:
        for i in range(n):
            line[i] = c[i]
        return
    b, d = source[at[r - 1] : at[r - 1] + n], source[at[r + 1] : at[r + 1] + n]
    w0, w1 = weights[0], weights[1]
    if r == 1:
        for i in range(n):
            line[i] = w0 * c[i] + w1 * (b[i] + d[i])
        return
    a, e = source[at[r - 2] : at[r - 2] + n], source[at[r + 2] : at[r + 2] + n]
    w2 = weights[2]
    for i in range(n):
        line[i] = (w0 * c[i] + w1 * (b[i] + d[i])) + w2 * (a[i] + e[i])
    for k in range(3, r + 1):
        a, e = source[at[r - k] : at[r - k] + n], source[at[r + k] : at[r + k] + n]
        w2 = weights[k]
        for i in range(n):
            line[i] += w2 * (a[i] + e[i])


@kernel
def _smooth(
    image: Any, shape: Any, wz: Any, wy: Any, wx: Any, ring: Any, line: Any, planes: Any,
    rows: Any, shifts: Any, out: Any,
) -> None:  # fmt: skip
    """Smooth along z, y and x in one sweep; what is between the passes stays in the cache.

    `ring` holds the last rows after the z pass, `line` one row after the y pass with its
    mirrored ends; `planes`, `rows` and `shifts` are where what is weighed lies.
    """
    nz, ny, nx = shape
    rz, ry, rx = wz.shape[0] - 1, wy.shape[0] - 1, wx.shape[0] - 1
    depth = 2 * ry + 1
    for z in range(nz):
        ready = 0
        for y in range(ny):
            while ready < ny and ready <= y + ry:
                for k in range(2 * rz + 1):
                    planes[k] = (mirror(z + k - rz, nz) * ny + ready) * nx
                _weigh(image, planes, wz, ring, ready % depth * nx, nx)
                ready += 1
            for k in range(depth):
                rows[k] = mirror(y + k - ry, ny) % depth * nx
            _weigh(ring, rows, wy, line, rx, nx)
            for k in range(1, rx + 1):
                line[rx - k] = line[rx + mirror(-k, nx)]
                line[rx + nx - 1 + k] = line[rx + mirror(nx - 1 + k, nx)]
            _weigh(line, shifts, wx, out, (z * ny + y) * nx, nx)
