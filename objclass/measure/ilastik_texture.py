"""How ilastik's plugin "Spherical Texture" is measured; values as float64 (n, …) by name.

The plugin hands the library sphericaltexture two boxes that do not lie on each other: the
image of the object with its margin and the mask of the object alone. Both are stretched to one
cube. That is a slip, and the values depend on it, so it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from objclass.measure.ilastik_names import CIRCLE, SPHERE
from objclass.measure.kernels.ilastik.cube import SIDE, blur, cut_out, stretch

if TYPE_CHECKING:
    from objclass.measure.family import ObjectBatch

    Values = dict[str, NDArray[np.float64]]
    View = NDArray[np.float64]
    Look = Callable[[View], View]
    Power = Callable[[View], View]

CIRCLE_EDGES = (6, 8, 10, 12, 15, 18, 23, 28, 35, 43, 53, 66, 82, 101, 125)
SPHERE_EDGES = (5, 7, 9, 12, 15, 20, 26, 33, 43, 55, 71, 91, 118, 151, 195, 251)
"""Frequencies below the first edge stand alone; those between two edges are summed."""


def circular(batch: ObjectBatch) -> Values:
    """Spectrum and brightest direction around the circle, of every channel."""
    from objclass.measure.ilastik_directions import circle_directions
    from objclass.measure.kernels.ilastik.rays import look_around_circle
    from objclass.measure.kernels.ilastik.spectrum import circle_power

    around = circle_directions()
    spectrum, direction = _textures(
        batch, lambda cube: look_around_circle(cube, around), circle_power, CIRCLE_EDGES
    )
    return dict(zip(CIRCLE, (spectrum, direction), strict=True))


def spherical(batch: ObjectBatch) -> Values:
    """Spectrum and brightest direction around the sphere, of every channel."""
    from objclass.measure.ilastik_directions import sphere_directions
    from objclass.measure.kernels.ilastik.rays import LATITUDES, look_around_sphere
    from objclass.measure.kernels.ilastik.spectrum import sphere_power
    from objclass.measure.kernels.spherical import latitudes

    (around, down), nodes = sphere_directions(), latitudes(LATITUDES)
    spectrum, direction = _textures(
        batch,
        lambda cube: look_around_sphere(cube, around, down),
        lambda view: sphere_power(view, nodes),
        SPHERE_EDGES,
    )
    return dict(zip(SPHERE, (spectrum, direction), strict=True))


def _textures(
    batch: ObjectBatch, look: Look, power: Power, edges: tuple[int, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the condensed spectra (n, 20·c) and the brightest directions (n, (d − 1)·c)."""
    n, c, d = len(batch.ids), len(batch.images), batch.setting.dimensions
    spectrum = np.zeros((n, c, edges[0] + len(edges) - 1))
    direction = np.zeros((n, c, d - 1))
    for row in range(n):
        for k in range(c):
            view = standard_view(look(cube_of(batch, row, k)))
            spectrum[row, k] = condense(power(view), edges)
            direction[row, k] = brightest(view)
    return spectrum.reshape(n, -1), direction.reshape(n, -1)


def cube_of(batch: ObjectBatch, row: int, k: int) -> NDArray[np.float64]:
    """Return an object in one channel as x, y, z; a plane has one z."""
    from objclass.measure.ilastik import margin_of

    d = batch.setting.dimensions
    margin = np.array(margin_of(batch.setting)[-d:])
    start, stop = batch.start[row].astype(np.int64), batch.stop[row].astype(np.int64)
    # ilastik's end of a box is already the voxel behind it, and it adds one more
    low, high = start - margin, stop + margin + 1
    image = _box(batch.images[k], np.maximum(low, 0), np.minimum(high, batch.labels.shape))
    mask = _box(batch.labels == batch.ids[row], start, stop)
    return resized(image, mask, flat=d == 2)


def _box(
    voxels: NDArray[np.generic], start: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.generic]:
    """Return a box of a crop as x, y, z."""
    part = voxels[tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))]
    return np.ascontiguousarray(part.T.reshape((*part.T.shape, 1)[:3]))


def resized(
    image: NDArray[np.generic], mask: NDArray[np.generic], *, flat: bool
) -> NDArray[np.float64]:
    """Return the image ``(x, y, z)`` as a cube that is −1 outside the mask ``(x, y, z)``.

    Both fill the whole cube, whatever their shapes are; where they are `flat` one z is
    enough. float32 stays single, as there.
    """
    single = image.dtype.kind == "f" and image.dtype.itemsize < 8
    box = image.astype(np.float64)
    out = np.empty((SIDE, SIDE, 1 if flat else SIDE))
    stretch(blurred(box, single), single, out)
    np.clip(out, box.min(), box.max(), out=out)
    cut_out(mask.astype(np.bool_), out)
    return out


def blurred(box: NDArray[np.float64], single: bool) -> NDArray[np.float64]:
    """Blur a box ``(x, y, z)`` along the axes that have more voxels than the cube."""
    for axis, count in enumerate(box.shape):
        if count > SIDE:
            before = int(np.prod(box.shape[:axis]))
            lines = box.reshape(before, count, -1)
            box = blur(lines, (count / SIDE - 1.0) / 2.0, single).reshape(box.shape)
    return box


def standard_view(view: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a view with mean 0 and, unless nothing is bright, deviation 1."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if view.max() != 0:
            view = view / view.std()
        result: NDArray[np.float64] = view - view.mean()
    return result


def condense(power: NDArray[np.float64], edges: tuple[int, ...]) -> NDArray[np.float64]:
    """Return single frequencies and sums between `edges`; 0 where a view is even."""
    sums = [power[low:high].sum() for low, high in pairwise(edges)]
    result: NDArray[np.float64] = np.nan_to_num(np.concatenate([power[: edges[0]], sums]))
    return result


def brightest(view: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the place of the largest value along each axis of a view, 0 to 2π."""
    place = np.array(np.unravel_index(int(view.argmax()), view.shape), np.float64)
    return place / view.shape * (2.0 * np.pi)
