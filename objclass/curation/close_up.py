"""Close-ups of single objects, to be judged by a person: outlined, in one brightness for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from objclass.curation.tiles import PAPER, SIDE
from objclass.curation.view import PlaneCutter, Voxel, Window, cut_window, in_grey, outline
from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.data.image import Image

    Picture = NDArray[np.uint8]
    Areas = NDArray[np.uint32]

SMALLEST, WIDEST, DEEPEST = 40, 400, 128
"""Voxels that a close-up shows along a side, at least and at most, and along z at most."""
DARK, BRIGHT = 64, 200
"""A close-up whose brightest voxels stay below `DARK` is brightened until they reach `BRIGHT`."""
GAP = 2
"""Pixels between the three planes of a volume."""


@dataclass(frozen=True)
class CloseUp:
    """What a tile shows: a picture (y, x, 3), areas to outline of its shape, and a remark."""

    picture: Picture
    areas: Areas
    remark: str = ""


def close_up(
    viewer: PlaneCutter,
    key: Any,
    raw: Image | None,
    labels: LabelImage,
    object_id: int,
    voxel: Voxel,
) -> CloseUp:
    """Return the neighbourhood of an object in its own plane; of a volume in three planes.

    Parameters
    ----------
    viewer
        Knows how bright the frames are shown.
    key
        Names image and frame.
    raw, labels
        The frame; without a raw image the objects are shown in grey.
    object_id, voxel
        The object and a voxel ``(z, y, x)`` of it, in the uncropped image: the planes go
        through it.
    """
    grid = labels.header.grid
    window = square(_cross_section(labels, object_id, voxel)).inside(grid)
    if grid.dimensions == 3:
        return _three_planes(viewer, key, raw, labels, object_id, voxel, window)
    ids = cut_window(labels.read, grid, window, labels.header.dtype)
    picture, remark = brighten(viewer.shown(key, raw, labels, window))
    return CloseUp(picture, (ids == object_id).astype("uint32"), remark)


def _cross_section(labels: LabelImage, object_id: int, voxel: Voxel) -> Window:
    """Return the box of an object in the plane of the voxel, at least the voxel itself."""
    import numpy as np

    from objclass.curation.view import box_window

    z, y, x = voxel
    box = box_window(labels, object_id, z) or Window(z, (y, x), (y + 1, x + 1))
    seen = np.argwhere(
        cut_window(labels.read, labels.header.grid, box, labels.header.dtype) == object_id
    )
    if not len(seen):
        return Window(z, (y, x), (y + 1, x + 1))
    (top, left), (bottom, right) = seen.min(0), seen.max(0) + 1
    start = box.start[0] + int(top), box.start[1] + int(left)
    return Window(z, start, (box.start[0] + int(bottom), box.start[1] + int(right)))


def square(window: Window, margin: float = 1.0) -> Window:
    """Return the square that a tile shows of an object: with its surroundings, not too much."""
    side = round(max(window.shape) * (1 + 2 * margin))
    return window.around(max(SMALLEST, min(WIDEST, side)))


def brighten(picture: Picture) -> tuple[Picture, str]:
    """Return a picture that is not all dark, and by how much it was brightened.

    One brightness holds for all tiles of a frame, so that bright objects look brighter than dim
    ones; but what is black on black cannot be judged at all.
    """
    import numpy as np

    top = float(np.percentile(picture.max(axis=-1), 99)) if picture.size else 0.0
    if not 0 < top < DARK:
        return picture, ""
    factor = BRIGHT / top
    return np.minimum(picture * factor, 255).astype(np.uint8), f"{factor:.0f} x brighter"


def _three_planes(
    viewer: PlaneCutter,
    key: Any,
    raw: Image | None,
    labels: LabelImage,
    object_id: int,
    voxel: Voxel,
    window: Window,
) -> CloseUp:
    """Return the planes through a voxel: xy, to its right zy, below xz."""
    import numpy as np

    grid = labels.header.grid
    region = _around(labels, object_id, voxel, window)
    at = [v - o - s for v, o, s in zip(voxel, grid.origin, region.start, strict=True)]
    shape = region.shape
    ratio = grid.spacing[0] / grid.spacing[2] if grid.spacing else 1.0
    ids = compose(labels.read(region).reshape(shape) == object_id, at, ratio)
    if raw is None:
        picture = in_grey(compose(labels.read(region).reshape(shape), at, ratio))
    else:
        image = raw
        planes = [
            compose(image.read(k, region).reshape(shape), at, ratio)
            for k in range(len(image.header.channels))
        ]
        picture = viewer.colored(key, image, planes)
    picture, remark = brighten(picture)
    picture = picture.copy()
    height, width = shape[1], shape[2]
    picture[height : height + GAP] = picture[:, width : width + GAP] = PAPER
    picture[height:, width:] = PAPER
    return CloseUp(picture, ids.astype(np.uint32), remark)


def _around(labels: LabelImage, object_id: int, voxel: Voxel, window: Window) -> Region:
    """Return the part of the frame that three planes show, in voxels of the frame."""
    grid = labels.header.grid
    row = labels.index.row_of(object_id)
    box = labels.index.box(row) if row >= 0 else None
    z = voxel[0] - grid.origin[0]
    tall = (box.stop[0] - box.start[0]) if box else 1
    half = max(3, min(DEEPEST // 2, tall))
    (y, x), (bottom, right) = (
        (side[0] - grid.origin[1], side[1] - grid.origin[2]) for side in (window.start, window.stop)
    )
    return Region((max(0, z - half), y, x), (min(grid.shape[0], z + half + 1), bottom, right))


def compose(volume: NDArray[Any], at: Sequence[int], ratio: float) -> NDArray[Any]:
    """Return three planes through a voxel side by side.

    Parameters
    ----------
    volume
        (z, y, x).
    at
        The voxel ``(z, y, x)`` in it.
    ratio
        How many voxels along x one voxel along z is tall.

    Returns
    -------
    (y + GAP + z · ratio, x + GAP + z · ratio): xy at the top left, zy right of it, xz below;
    the rest is 0.
    """
    import numpy as np

    z, y, x = at
    rows, columns = volume.shape[1:]
    tall = max(1, round(len(volume) * min(max(ratio, 0.1), 10.0)))
    levels = (np.arange(tall) * len(volume)) // tall
    out = np.zeros((rows + GAP + tall, columns + GAP + tall), volume.dtype)
    out[:rows, :columns] = volume[z]
    out[:rows, columns + GAP :] = volume[levels, :, x].T
    out[rows + GAP :, :columns] = volume[levels, y]
    return out


def fit_size(shown: CloseUp, colors: Sequence[str]) -> Picture:
    """Return a close-up as a tile: enlarged by a whole factor, then to the tile's size.

    What is not square leaves the tile white beside it.
    """
    import numpy as np
    from PIL import Image

    height, width = shown.areas.shape
    scale = max(1, round(SIDE / max(height, width)))
    large = Image.fromarray(outline(shown.picture, shown.areas, colors, scale))
    factor = SIDE / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    tile = Image.new("RGB", (SIDE, SIDE), PAPER)
    corner = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    tile.paste(large.resize(size, Image.Resampling.LANCZOS), corner)
    return np.asarray(tile)
