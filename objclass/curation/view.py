"""Shows parts of raw images in colours, with objects outlined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.data.image import Image, ImageHeader
    from objclass.data.labels import LabelImage

    Picture = NDArray[np.uint8]

Voxel = tuple[int, int, int]
"""``(z, y, x)`` in the uncropped image."""
STRETCHED = 2048
"""Grey values are stretched over a plane of at most this many voxels square."""
PLANES = 8
"""Stretched planes that are held."""
SAMPLED_PLANES = 8
"""Planes of a volume in which its brightness is found."""
LARGEST = 4096
"""A picture of a whole plane shows every k-th voxel, so that no side is longer."""


@dataclass(frozen=True)
class Window:
    """A rectangle in one plane, in voxels of the uncropped image; ``stop`` is not inside."""

    z: int
    start: tuple[int, int]
    stop: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.stop[0] - self.start[0], self.stop[1] - self.start[1]

    def around(self, side: int) -> Window:
        """Return the square of this side in the middle of which the window lies."""
        middle = [(a + b) // 2 for a, b in zip(self.start, self.stop, strict=True)]
        y, x = (m - side // 2 for m in middle)
        return Window(self.z, (y, x), (y + side, x + side))

    def inside(self, grid: Grid) -> Window:
        """Return the window moved into the frame; one that is larger is cut to the frame."""
        lows, lengths = grid.origin[1:], grid.shape[-2:]
        sides = [min(side, length) for side, length in zip(self.shape, lengths, strict=True)]
        pairs = zip(self.start, sides, lows, lengths, strict=True)
        y, x = (min(max(start, low), low + n - side) for start, side, low, n in pairs)
        return Window(self.z, (y, x), (y + sides[0], x + sides[1]))


def box_window(labels: LabelImage, object_id: int, z: int) -> Window | None:
    """Return the bounding box of an object as a window in plane `z`."""
    row = labels.index.row_of(object_id)
    if row < 0:
        return None
    box, origin = labels.index.box(row), labels.header.grid.origin
    y, x = (box.start[k] + origin[k] for k in (-2, -1))
    stop_y, stop_x = (box.stop[k] + origin[k] for k in (-2, -1))
    return Window(z, (y, x), (stop_y, stop_x))


def unite(windows: Sequence[Window]) -> Window:
    """Return the smallest window that holds all."""
    starts = tuple(min(w.start[k] for w in windows) for k in (0, 1))
    stops = tuple(max(w.stop[k] for w in windows) for k in (0, 1))
    return Window(windows[0].z, (starts[0], starts[1]), (stops[0], stops[1]))


def cut_window(read: Any, grid: Grid, window: Window, dtype: Any) -> NDArray[Any]:
    """Return the voxels of a window; 0 where it leaves the frame.

    Parameters
    ----------
    read
        ``read(region)`` of the frame.
    grid
        The frame's grid.
    window
        Where.
    dtype
        Type of the result, of shape ``window.shape``.
    """
    import numpy as np

    out = np.zeros(window.shape, dtype)
    z, y, x = (a - o for a, o in zip((window.z, *window.start), grid.origin, strict=True))
    height, width = window.shape
    depth = grid.shape[0] if grid.dimensions == 3 else 1
    start = (max(0, y), max(0, x))
    stop = (min(grid.shape[-2], y + height), min(grid.shape[-1], x + width))
    if not 0 <= z < depth or start[0] >= stop[0] or start[1] >= stop[1]:
        return out
    region = Region(start, stop)
    if grid.dimensions == 3:
        region = Region((z, *start), (z + 1, *stop))
    found = read(region).reshape(stop[0] - start[0], stop[1] - start[1])
    out[start[0] - y : stop[0] - y, start[1] - x : stop[1] - x] = found
    return out


def is_rgb(header: ImageHeader) -> bool:
    """Return True for a colour picture: three 8-bit channels without names of their own."""
    unnamed = header.channels in (("0", "1", "2"), ("red", "green", "blue"), ("r", "g", "b"))
    return unnamed and header.dtype == "uint8"


class PlaneCutter:
    """Cuts windows out of raw images, each plane stretched once."""

    def __init__(self) -> None:
        self._planes: dict[Any, tuple[Window, Picture]] = {}
        self._limits: dict[Any, list[tuple[float, float]]] = {}

    def colored(self, key: Any, raw: Image, planes: Sequence[NDArray[Any]]) -> Picture:
        """Return planes of a volume in colours, in one brightness for the whole frame.

        Parameters
        ----------
        key
            Names image and frame.
        raw
            The frame.
        planes
            Its channels in any plane, each (y, x).
        """
        if key not in self._limits:
            self._limits[key] = _frame_limits(raw)
        return in_colors(planes, rgb_image=is_rgb(raw.header), limits=self._limits[key])

    def shown(self, key: Any, raw: Image | None, labels: LabelImage, window: Window) -> Picture:
        """Return the raw image in a window as uint8 (y, x, 3); black outside of it.

        Parameters
        ----------
        key
            Names image and frame.
        raw
            The image; without one, the objects in grey.
        labels
            The label image of the same frame.
        window
            Where.
        """
        import numpy as np

        shown, picture = self._plane(key, raw, labels, window)
        out = np.zeros((*window.shape, 3), np.uint8)
        start = [max(a, b) for a, b in zip(window.start, shown.start, strict=True)]
        stop = [min(a, b) for a, b in zip(window.stop, shown.stop, strict=True)]
        if start[0] < stop[0] and start[1] < stop[1]:
            out[_within(start, stop, window)] = picture[_within(start, stop, shown)]
        return out

    def _plane(
        self, key: Any, raw: Image | None, labels: LabelImage, window: Window
    ) -> tuple[Window, Picture]:
        grid = labels.header.grid
        bounds = [(o, o + n) for o, n in zip(grid.origin[1:], grid.shape[-2:], strict=True)]
        middle = [(a + b) // 2 for a, b in zip(window.start, window.stop, strict=True)]
        sides = [_side(m, *bound) for m, bound in zip(middle, bounds, strict=True)]
        (top, bottom), (left, right) = sides
        shown = Window(window.z, (top, left), (bottom, right))
        name = (key, shown)
        if name not in self._planes:
            if len(self._planes) >= PLANES:
                self._planes.pop(next(iter(self._planes)))
            self._planes[name] = shown, _show(raw, labels, shown)
        return self._planes[name]


def _side(middle: int, low: int, high: int) -> tuple[int, int]:
    """Return a stretch of at most `STRETCHED` around the middle, on a grid of its half."""
    if high - low <= STRETCHED:
        return low, high
    half = STRETCHED // 2
    start = low + max(0, (middle - low) // half * half - half // 2)
    start = min(start, high - STRETCHED)
    return start, start + STRETCHED


def _within(start: Sequence[int], stop: Sequence[int], window: Window) -> tuple[slice, slice]:
    (y, x), (top, left) = start, window.start
    return slice(y - top, stop[0] - top), slice(x - left, stop[1] - left)


def _show(raw: Image | None, labels: LabelImage, window: Window) -> Picture:
    """Return a window of the raw image in colours."""
    if raw is None:
        ids = cut_window(labels.read, labels.header.grid, window, labels.header.dtype)
        return in_grey(ids)
    header = raw.header
    planes = [
        cut_window(lambda region, k=k: raw.read(k, region), header.grid, window, header.dtype)
        for k in range(len(header.channels))
    ]
    return in_colors(planes, rgb_image=is_rgb(header))


def in_grey(ids: NDArray[Any]) -> Picture:
    """Return objects in grey on black, where there is no raw image."""
    import numpy as np

    return np.repeat(((ids > 0) * np.uint8(120))[..., None], 3, axis=-1)


def _frame_limits(raw: Image) -> list[tuple[float, float]]:
    """Return the values of every channel that become dark and full light, from a few planes."""
    import numpy as np

    from objclass.painting.picture import light_limits

    depth, *plane = raw.header.grid.shape
    levels = sorted({depth * k // SAMPLED_PLANES for k in range(SAMPLED_PLANES)})
    step = step_of(Window(0, (0, 0), (plane[0], plane[1])))
    regions = [Region((z, 0, 0), (z + 1, *plane)) for z in levels]
    return [
        light_limits(np.concatenate([raw.read(k, r)[:, ::step, ::step].ravel() for r in regions]))
        for k in range(len(raw.header.channels))
    ]


def in_colors(
    planes: Sequence[NDArray[Any]],
    *,
    rgb_image: bool,
    limits: Sequence[tuple[float, float]] | None = None,
) -> Picture:
    """Return channels as a colour picture of their size, stretched where they are not RGB.

    `limits` are the values of every channel that become dark and full light; by default they
    are found in the planes.
    """
    import numpy as np

    from objclass.painting import overlay

    nothing = np.zeros(planes[0].shape, np.uint32)
    none = np.empty(0, np.uint64), np.empty(0, np.uint8)
    return overlay(
        planes, nothing, *none, (), (),
        rgb_image=rgb_image, scale=1, legend=False, limits=limits,
    )  # fmt: skip


def outline(
    picture: Picture, areas: NDArray[np.uint32], colors: Sequence[str], scale: int
) -> Picture:
    """Return a colour picture enlarged, with areas 1, 2, … outlined and their insides as they are.

    Parameters
    ----------
    picture
        uint8 (y, x, 3).
    areas
        uint32 (y, x), 0 without an area.
    colors
        ``#RRGGBB`` of area 1, 2, ….
    scale
        Whole factor.
    """
    import numpy as np

    from objclass.painting import overlay

    ids = np.arange(1, len(colors) + 1, dtype=np.uint64)
    names = [str(k) for k in ids]
    channels = [np.ascontiguousarray(picture[..., k]) for k in range(3)]
    return overlay(
        channels, areas, ids, ids.astype(np.uint8), names, colors,
        rgb_image=True, scale=scale, legend=False, fill=False,
    )  # fmt: skip


def whole_plane(
    raw: Image | None, labels: LabelImage, chosen: Mapping[int, int]
) -> tuple[Picture, NDArray[np.uint32], int]:
    """Return a whole 2D frame in colours, its chosen objects, and the step between voxels.

    Parameters
    ----------
    raw, labels
        The frame.
    chosen
        Object id to a number from 1.

    Returns
    -------
    picture, areas, step
        uint8 (y, x, 3), uint32 (y, x) with the numbers of the chosen objects, and k where
        every k-th voxel is shown.
    """
    import numpy as np

    from objclass.painting import paint

    grid = labels.header.grid
    step = -(-max(grid.shape) // LARGEST)
    ids = thin_out(labels.read, grid.shape, step)
    order = np.array(sorted(chosen), np.uint64)
    numbers = np.array([chosen[int(i)] for i in order], np.uint32)
    areas = paint(ids, order, numbers)
    if raw is None:
        return in_grey(ids), areas, step
    planes = [
        thin_out(lambda region, k=k: raw.read(k, region), grid.shape, step)
        for k in range(len(raw.header.channels))
    ]
    return in_colors(planes, rgb_image=is_rgb(raw.header)), areas, step


def step_of(window: Window) -> int:
    """Return k where every k-th voxel of a window makes a picture that is not too large."""
    return -(-max(window.shape) // LARGEST)


def sample(read: Any, grid: Grid, window: Window, step: int) -> NDArray[Any]:
    """Return every `step`-th voxel of a window in its plane, read in bands.

    Parameters
    ----------
    read
        ``read(region)`` of the frame.
    grid
        The frame's grid; the window lies inside it.
    window
        Where, in the uncropped image.
    step
        From :func:`step_of`.
    """
    return _sample(read, grid, window, step, window.z - grid.origin[0])


def project(read: Any, grid: Grid, window: Window, step: int) -> NDArray[Any]:
    """Return the brightest of every `step`-th voxel of a window along z."""
    import numpy as np

    planes = (_sample(read, grid, window, step, z) for z in range(grid.shape[0]))
    return reduce(np.fmax, planes)


def seen_from_above(read: Any, grid: Grid, window: Window, step: int) -> NDArray[Any]:
    """Return, of ids, the one nearest to z = 0 at every `step`-th voxel of a window."""
    import numpy as np

    planes = (_sample(read, grid, window, step, z) for z in range(grid.shape[0]))
    return reduce(lambda above, below: np.where(above > 0, above, below), planes)


def _sample(read: Any, grid: Grid, window: Window, step: int, z: int) -> NDArray[Any]:
    import numpy as np

    top, left = (a - o for a, o in zip(window.start, grid.origin[1:], strict=True))
    bottom, right = top + window.shape[0], left + window.shape[1]
    rows = max(1, 512 // step) * step
    bands = []
    for y in range(top, bottom, rows):
        corner = (y, left), (min(bottom, y + rows), right)
        flat = Region(*corner)
        region = flat if grid.dimensions == 2 else Region((z, *corner[0]), (z + 1, *corner[1]))
        bands.append(read(region).reshape(flat.shape)[::step, ::step])
    return np.concatenate(bands)


def thin_out(read: Any, shape: tuple[int, ...], step: int) -> NDArray[Any]:
    """Return every `step`-th voxel of a 2D frame, read in slabs so that memory stays bounded."""
    import numpy as np

    rows = max(1, 512 // step) * step
    starts = range(0, shape[0], rows)
    slabs = (read(Region((y, 0), (min(shape[0], y + rows), shape[1]))) for y in starts)
    return np.concatenate([slab[::step, ::step] for slab in slabs])
