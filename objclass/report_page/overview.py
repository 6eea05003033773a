"""Overviews: whole frames with their objects in class colours, small enough for a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from objclass.curation.view import Window, is_rgb, sample
from objclass.nodes.counted import count_objects
from objclass.preview.frame import PictureFrame, chosen_plane
from objclass.preview.picture import Style, coded
from objclass.report_page.content import PagePicture
from objclass.report_page.embedded import embed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE, SMALL_SIDE = 1400, 900
"""Longest side of a picture, in pixels: where there is one, and where there are several."""
MOST = 12
"""Images that are drawn."""
FINE = 14
"""Objects less wide than this, in pixels of the picture, are tinted: outlines would hide them."""


def draw_overview(frame: PictureFrame, title: str, side: int) -> PagePicture:
    """Return one frame, every k-th voxel, with its objects outlined or tinted."""
    from objclass.painting import overlay
    from objclass.painting.picture import enlargement

    plane = chosen_plane(frame.labels, None)
    window = _window(frame, int(plane or 0))
    step = -(-max(window.shape) // side)
    labels, raw = frame.labels, frame.raw
    ids = sample(labels.read, labels.header.grid, window, step)
    code, classes, colors = coded(frame, Style())
    picture = overlay(
        _light(frame, window, step, ids), ids, frame.index.ids, code, classes, colors,
        rgb_image=raw is not None and is_rgb(raw.header), legend=False,
        scale=max(1, min(enlargement(ids.shape), side // max(ids.shape))),
        fill=_width(frame) / step < FINE,
    )  # fmt: skip
    words = [count_objects(len(frame.index))]
    words += [f"frame {frame.t}"] if frame.t is not None else []
    words += [f"plane {plane}"] if plane is not None else []
    words += [f"1 of {step} voxels along each side"] if step > 1 else []
    return embed(picture, title, ", ".join(words))


def _light(
    frame: PictureFrame, window: Window, step: int, ids: NDArray[np.integer]
) -> Sequence[NDArray[np.generic]]:
    """Return the channels of the raw image in the window, or the objects in grey."""
    import numpy as np

    if frame.raw is None:
        return [(ids > 0) * np.uint8(120)]
    read, header = frame.raw.read, frame.raw.header
    return [
        sample(lambda region, k=k: read(k, region), header.grid, window, step)
        for k in range(len(header.channels))
    ]


def _window(frame: PictureFrame, z: int) -> Window:
    grid = frame.labels.header.grid
    (y, x), (height, width) = grid.origin[1:], grid.shape[-2:]
    return Window(z, (y, x), (y + height, x + width))


def _width(frame: PictureFrame) -> float:
    """Return how wide objects are in voxels, at the median."""
    import numpy as np

    index = frame.index
    if len(index) == 0:
        return 0.0
    return float(np.median((index.stop[:, -1] - index.start[:, -1]).astype(np.float64)))
