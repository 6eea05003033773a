"""The plainest way to say what the segmentation kernels do: their twins in the tests."""

from __future__ import annotations

import heapq
from collections import deque
from itertools import product

import numpy as np
from blake3 import blake3

from objclass.data.blocks import Region
from objclass.data.labels import Index
from objclass.segmentation.found_objects import FoundObjects
from objclass.segmentation.index import IndexInParts, See, pass_by
from objclass.segmentation.settings import SegmentationReport


def drawn(*lines: str) -> np.ndarray:
    """A 2D image from digits; a dot is 0."""
    return np.array([[0 if c == "." else int(c) for c in line] for line in lines], np.uint32)


def steps(dimensions: int, connectivity: int = 1) -> list[tuple[int, ...]]:
    """Steps to neighbours in raster order."""
    every = product((-1, 0, 1), repeat=dimensions)
    return [s for s in every if 0 < sum(map(abs, s)) <= connectivity]


def inside(place: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    return all(0 <= p < n for p, n in zip(place, shape, strict=True))


def neighbours(place: tuple[int, ...], shape: tuple[int, ...], connectivity: int = 1):
    for step in steps(len(shape), connectivity):
        other = tuple(p + s for p, s in zip(place, step, strict=True))
        if inside(other, shape):
            yield other


def components(values: np.ndarray, connectivity: int = 1) -> np.ndarray:
    """Flood from every voxel without id, in raster order."""
    out = np.zeros(values.shape, np.uint32)
    count = 0
    for start in np.ndindex(values.shape):
        if values[start] and not out[start]:
            count += 1
            out[start] = count
            queue = deque([start])
            while queue:
                here = queue.popleft()
                for other in neighbours(here, values.shape, connectivity):
                    if values[other] == values[here] and not out[other]:
                        out[other] = count
                        queue.append(other)
    return out


def grown(seeds: np.ndarray, image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Flood from the brightest voxel on; ties by the time of asking, seeds in raster order."""
    out = np.where(mask, seeds, 0)
    asked = [(-float(image[p]), k, p) for k, p in enumerate(np.ndindex(out.shape)) if out[p]]
    queue = [(cost, time, place) for cost, time, place in asked]
    heapq.heapify(queue)
    time = out.size
    while queue:
        cost, _, here = heapq.heappop(queue)
        for other in neighbours(here, out.shape):
            if mask[other] and not out[other]:
                out[other] = out[here]
                time += 1
                heapq.heappush(queue, (max(cost, -float(image[other])), time, other))
    return out


def smoothed(image: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """Weigh along each axis in order, in float32, mirrored at the border."""
    out = image.astype(np.float32)
    for axis, half in enumerate(weights):
        lines = np.moveaxis(out, axis, -1)
        n, made = lines.shape[-1], np.empty_like(lines)
        for i in range(n):
            total = half[0] * lines[..., i]
            for k in range(1, len(half)):
                total = total + half[k] * (
                    lines[..., mirror(i - k, n)] + lines[..., mirror(i + k, n)]
                )
            made[..., i] = total
        out = np.moveaxis(made, -1, axis)
    return out


def mirror(i: int, n: int) -> int:
    """Walk along the axis, turning round at both ends."""
    if n == 1:
        return 0
    while not 0 <= i < n:
        i = -i if i < 0 else 2 * (n - 1) - i
    return i


def numbered_by_first_voxel(label_image: np.ndarray) -> np.ndarray:
    new: dict[int, int] = {0: 0}
    flat = [new.setdefault(int(v), len(new)) for v in label_image.ravel()]
    return np.array(flat, np.uint32).reshape(label_image.shape)


def sized(label_image: np.ndarray, minimum: int, maximum: int | None) -> np.ndarray:
    ids, sizes = np.unique(label_image, return_counts=True)
    allowed = [i for i, n in zip(ids, sizes, strict=True) if n >= minimum and n <= (maximum or n)]
    return numbered_by_first_voxel(np.where(np.isin(label_image, allowed), label_image, 0))


def holding(label_image: np.ndarray, cores: np.ndarray) -> np.ndarray:
    held = np.unique(label_image[cores != 0])
    return numbered_by_first_voxel(np.where(np.isin(label_image, held), label_image, 0))


def depth(mask: np.ndarray) -> np.ndarray:
    """Squared distance of every voxel to the nearest one outside the mask or the image."""
    padded = np.pad(mask, 1)
    outside, out = np.argwhere(~padded), np.zeros(mask.shape, np.int64)
    for place in np.argwhere(mask):
        out[tuple(place)] = ((outside - place - 1) ** 2).sum(axis=1).min()
    return out


def index_rows(label_image: np.ndarray, origin=(0, 0, 0), t: int = 0) -> list[tuple]:
    """``(id, start, stop, size, inside, touches_border, stamp)`` of each object."""
    shape = label_image.shape
    flat = len(shape) == 2 or shape[0] == 1
    rows = []
    for one in sorted({int(v) for v in label_image.ravel()} - {0}):
        mask = label_image == one
        places = np.argwhere(mask)
        start, stop = places.min(axis=0), places.max(axis=0) + 1
        deep = depth(mask.reshape(shape[-2:]) if flat else mask)
        best = np.unravel_index(deep.argmax(), deep.shape)
        best = (0,) * (len(shape) - len(best)) + tuple(map(int, best))
        axes = [a for a, n in enumerate(shape) if not (len(shape) == 3 and a == 0 and n == 1)]
        border = any(start[a] == 0 or stop[a] == shape[a] for a in axes)
        stamp = stamp_of(places, start, origin, t)
        rows.append((one, tuple(start), tuple(stop), len(places), best, border, stamp))
    return rows


def stamp_of(places: np.ndarray, start: np.ndarray, origin, t: int) -> str:
    runs: list[list[int]] = []
    for place in places.tolist():
        z, y, x = (0, *place)[-3:]
        if runs and runs[-1][:2] == [z, y] and sum(runs[-1][2:]) == x:
            runs[-1][3] += 1
        else:
            runs.append([z, y, x, 1])
    z0, y0, x0 = (0, *map(int, start))[-3:]
    first = origin[0] if len(start) == 3 else 0
    told = [t, z0 + first, y0 + origin[1], x0 + origin[2]]
    for z, y, x, length in runs:
        told += [z - z0, y - y0, x - x0, length]
    return "o" + blake3(np.array(told, "<i8").tobytes()).hexdigest(5)


class Canvas:
    """Writes regions and knows which voxels have been written."""

    def __init__(self, shape: tuple[int, ...], dtype: str = "uint32") -> None:
        self.voxels = np.zeros(shape, dtype)
        self.times = np.zeros(shape, int)
        self.regions: list[Region] = []

    def write(self, region: Region, voxels: np.ndarray) -> None:
        self.voxels[region.slices] = voxels
        self.times[region.slices] += 1
        self.regions.append(region)

    def of(self, found: FoundObjects) -> SegmentationReport:
        """Paint objects and return what is told of them."""
        found.paint(self.write)
        return found.report


def in_parts(
    label_image: np.ndarray, regions: list[Region], *more, see: See = pass_by, each=map
) -> Index:
    """The index of a label image whose regions come one after the other."""
    ids, sizes = np.unique(label_image[label_image != 0], return_counts=True)
    making = IndexInParts(label_image.shape, (ids.astype(np.uint64), sizes), *more, see=see)
    for _ in each(lambda region: making.add(region, label_image[region.slices]), regions):
        pass
    return making.finished()


def scratch(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    return np.zeros(shape, dtype)


def reader(image: np.ndarray):
    return lambda region: image[region.slices]
