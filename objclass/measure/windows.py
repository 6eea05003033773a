"""Windows around objects, as networks want them: of one size, at one scale, in 0 to 1.

A window lies about the pixel ``(start + stop) // 2`` of the box of its object, wherever blocks
are: that pixel is pixel ``size // 2`` of the window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Final

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.data.labels import Index

ROWS: Final = 1024
"""Rows of a plane that are in memory at once, beside the windows that reach over them."""
PIECE: Final = 2**20
"""Values that are counted at once: counting makes eight bytes of each."""
COUNTED: Final = ("uint8", "uint16")
"""Types whose values are counted, not sorted, for percentiles."""
STRIP: Final = 2**16
"""Values that are normalised at once."""
CODES: Final = 2**16
"""Values that a whole number of two bytes may have."""


@dataclass(frozen=True)
class WindowSettings:
    """How windows are cut.

    Parameters
    ----------
    size
        Pixels along y and x.
    step
        Voxels of the image per pixel of a window, along y and x.
    spans
        Channel by channel the values that become 0 and 1.
    masked
        True where voxels outside of the object become 0.
    """

    size: int
    step: tuple[float, float]
    spans: Sequence[tuple[float, float]]
    masked: bool


@dataclass(frozen=True)
class AxisSampling:
    """How one axis of a window is made of voxels: pixel i is ``weights[i]`` of the voxels that
    begin `first` after the centre; its nearest voxel is ``nearest[i]`` after the centre.
    """

    first: int
    weights: NDArray[np.float32]
    nearest: NDArray[np.intp]
    plain: bool


def axis_sampling(size: int, step: float) -> AxisSampling:
    """Return the sampling of an axis: a triangle as wide as a pixel, at least as a voxel.

    With a step of 1 every pixel is one voxel; smaller ones interpolate linearly, larger ones
    average.
    """
    import numpy as np

    places = (np.arange(size) - size // 2) * step
    reach = max(1.0, step)
    first, last = floor(places[0] - reach) + 1, ceil(places[-1] + reach) - 1
    voxels = np.arange(first, last + 1)
    weights = np.maximum(0.0, 1.0 - np.abs(places[:, None] - voxels) / reach)
    weights /= weights.sum(axis=1, keepdims=True)
    nearest = np.floor(places + 0.5).astype(np.intp)
    return AxisSampling(first, weights.astype(np.float32), nearest, step == 1.0)


def normalize(
    values: NDArray[np.generic],
    span: tuple[float, float],
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Return values as 0 to 1: what lies beyond the span is 0 or 1, what is missing 0.

    Parameters
    ----------
    values
        Any numbers (n, …).
    span
        The values that become 0 and 1.
    out
        Where the result is written, of the same shape.
    """
    import numpy as np

    found = np.empty(values.shape, np.float32) if out is None else out
    low, high = span
    if not high > low:
        found[...] = 0
        return found
    width = np.float32(high - low)
    rows = max(1, STRIP * len(values) // max(1, values.size))
    for k in range(0, len(values), rows):  # rows that stay in the processor's cache
        strip = found[k : k + rows]
        np.subtract(
            values[k : k + rows], np.float32(low), strip, dtype=np.float32, casting="unsafe"
        )
        np.divide(strip, width, strip)
        np.clip(strip, 0, 1, out=strip)
        if values.dtype.kind == "f":
            strip[np.isnan(strip)] = 0
    return found


def percentiles(values: NDArray[np.generic], shares: Sequence[float]) -> list[float]:
    """Return the values below which shares of the values lie, in percent; 0 where all are missing.

    Between two values it is interpolated, as numpy does. Whole numbers of two bytes are counted,
    which is far faster than sorting them.
    """
    import numpy as np

    if str(values.dtype) in COUNTED:
        flat = values.ravel()
        pieces = (flat[k : k + PIECE] for k in range(0, max(1, flat.size), PIECE))
        below = np.cumsum(sum(np.bincount(each, minlength=CODES) for each in pieces))
        places = [(values.size - 1) * share / 100 for share in shares]
        ends = [np.searchsorted(below, [floor(p), ceil(p)], side="right") for p in places]
        pairs = zip(places, ends, strict=True)
        return [float(low + (high - low) * (p - floor(p))) for p, (low, high) in pairs]
    found = values.ravel().astype(np.float64)
    found = found[np.isfinite(found)]
    return [float(np.percentile(found, share)) if len(found) else 0.0 for share in shares]


Read = Callable[[Region], "NDArray[np.generic]"]


def windows(
    channels: Sequence[Read],
    labels: Read,
    index: Index,
    settings: WindowSettings,
    shape: tuple[int, ...],
    count: int = 1,
) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
    """Yield rows of objects and their windows (n, channels, y, x), plane by plane.

    Parameters
    ----------
    channels, labels
        Read a region of the image and of the label image.
    index
        The objects; in 3D each has a window for every plane of its box.
    settings
        How windows are cut.
    shape
        Of the frame.
    count
        Windows that are given at once; the last may be fewer.
    """
    import numpy as np

    rows: list[int] = []
    made = np.empty((0, 0, 0, 0), np.float32)
    for row, write in _cuts(channels, labels, index, settings, shape):
        if not rows:  # each has its own memory: who takes it may still read the one before
            made = np.empty((count, len(channels), settings.size, settings.size), np.float32)
        write(made[len(rows)])
        rows.append(row)
        if len(rows) == count:
            yield rows, made
            rows = []
    if rows:
        yield rows, made[: len(rows)]


def _cuts(
    channels: Sequence[Read],
    labels: Read,
    index: Index,
    settings: WindowSettings,
    shape: tuple[int, ...],
) -> Iterator[tuple[int, Callable[[NDArray[np.float32]], None]]]:
    """Yield the row of an object and what writes its window, plane by plane, band by band."""
    import numpy as np

    ways = [axis_sampling(settings.size, step) for step in settings.step]
    middle = (index.start[:, -2:].astype(np.int64) + index.stop[:, -2:]) // 2
    for z in range(shape[0]) if len(shape) == 3 else (None,):
        here = np.arange(len(index))
        if z is not None:
            here = np.flatnonzero((index.start[:, 0] <= z) & (z < index.stop[:, 0]))
        for band in np.unique(middle[here, 0] // ROWS):
            rows = here[middle[here, 0] // ROWS == band]
            seen = _Band(channels, labels, (ways[0], ways[1]), settings, shape, z, int(band) * ROWS)
            for row in rows.tolist():
                y, x = middle[row].tolist()
                yield row, partial(seen.write, y, x, int(index.ids[row]))


class _Band:
    """Rows of a plane with zeros around them, from which windows are cut."""

    def __init__(
        self, channels: Sequence[Read], labels: Read, ways: tuple[AxisSampling, AxisSampling],
        settings: WindowSettings, shape: tuple[int, ...], z: int | None, first: int,
    ) -> None:  # fmt: skip
        self._ways = ways
        self._plain = all(way.plain for way in ways)
        edges = [max(-w.first, w.first + w.weights.shape[1]) + 1 for w in ways]
        height, width = shape[-2:]
        low, high = max(0, first - edges[0]), min(height, first + ROWS + edges[0])
        self._y, self._x = first - edges[0], -edges[1]
        self._inside = (slice(low - self._y, high - self._y), slice(edges[1], edges[1] + width))
        plane = () if z is None else (z,)
        after = () if z is None else (z + 1,)
        self._region = Region((*plane, low, 0), (*after, high, width))
        self._shape = (ROWS + 2 * edges[0], width + 2 * edges[1])
        self._values = [
            self._normalized(read, span)
            for read, span in zip(channels, settings.spans, strict=True)
        ]
        self._labels = self._padded(labels(self._region)) if settings.masked else None

    def _normalized(self, read: Read, span: tuple[float, float]) -> NDArray[np.float32]:
        import numpy as np

        found = np.zeros(self._shape, np.float32)
        values = read(self._region)
        normalize(values.reshape(values.shape[-2:]), span, found[self._inside])
        return found

    def _padded(self, values: NDArray[Any]) -> NDArray[Any]:
        import numpy as np

        found = np.zeros(self._shape, values.dtype)
        found[self._inside] = values.reshape(values.shape[-2:])
        return found

    def write(self, y: int, x: int, number: int, found: NDArray[np.float32]) -> None:
        """Write the window about a pixel, of the object of this id: (channels, y, x)."""
        import numpy as np

        down, across = self._ways
        top, left = y - self._y, x - self._x
        rows = slice(top + down.first, top + down.first + down.weights.shape[1])
        columns = slice(left + across.first, left + across.first + across.weights.shape[1])
        for k, values in enumerate(self._values):
            cut = values[rows, columns]
            found[k] = cut if self._plain else down.weights @ cut @ across.weights.T
        if self._labels is not None:
            nearest = np.ix_(top + down.nearest, left + across.nearest)
            seen = self._labels[rows, columns] if self._plain else self._labels[nearest]
            found *= seen == number
